"""Tool calls: which call a fragment belongs to, and what it adds.

Knows the calls of OpenAI, in a list by `index`, and what compatible providers make of them: no index, one
index for all, arguments that are an object. Knows no other content.
"""

from __future__ import annotations

import json

from playhead.protocols.blocks import BlockKind, BlockLog
from playhead.protocols.ledger import Json, Slot
from playhead.protocols.openai_chat.lane import Call, Lane, Path
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind

_FUNCTION_CALL = "function_call"


def add_call(record: Record, lane: Lane, frame: int, place: int, entry: Json) -> None:
    """A fragment of a tool call; `place` is its place in the delta's list."""
    if not isinstance(entry, dict):
        record.remark(frame, RemarkKind.UNEXPECTED_SHAPE, "a tool call is no object")
        return
    index = entry.get("index")
    key: int | str = index if type(index) is int else f"place {place}"
    call = lane.calls.get(key)
    if call is None or _is_another(call, entry):
        if call is not None and isinstance(key, int):
            text = f"tool call {key} is begun again under another id: clients join the two"
            record.remark(frame, RemarkKind.BLOCK_REOPENED, text, block=call.block.number)
        elif call is None and isinstance(key, int):
            _judge_index(record, lane, frame, key)
        call = _begin(lane, frame, key, entry)
    _identify(record, frame, call, entry)
    _add_input(record, lane, frame, call, _path(key), entry)


def add_function_call(record: Record, lane: Lane, frame: int, entry: dict[str, Json]) -> None:
    """A fragment of the one call that the API knew before there were tools."""
    call = lane.calls.get(_FUNCTION_CALL)
    path = (_FUNCTION_CALL, "arguments")
    if call is None:
        call = Call(lane.begin(frame, BlockKind.TOOL_CALL, _FUNCTION_CALL, path), is_json=True)
        lane.calls[_FUNCTION_CALL] = call
    _tell_once(record, frame, call, "name", call.block.name, entry.get("name"))
    _add_arguments(record, lane, frame, call.block, path, entry.get("arguments"))


def is_json(text: str) -> bool:
    """Whether a client can read it as JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_another(call: Call, entry: dict[str, Json]) -> bool:
    """Whether the fragment begins another call than the one that has its index, or its place."""
    id_, before = entry.get("id"), call.block.id.latest
    return isinstance(id_, str) and bool(id_) and bool(before) and id_ != before


def _judge_index(record: Record, lane: Lane, frame: int, index: int) -> None:
    expected = lane.indexed
    lane.indexed += 1
    if index != expected:
        text = f"a tool call has index {index}, the next one is {expected}"
        record.remark(frame, RemarkKind.INDEX_GAP, text)


def _begin(lane: Lane, frame: int, key: int | str, entry: dict[str, Json]) -> Call:
    type_ = entry.get("type")
    named = type_ if isinstance(type_, str) and type_ else "function"
    call = Call(lane.begin(frame, BlockKind.TOOL_CALL, named, _path(key)), is_json=named != "custom")
    if not call.is_json:
        call.block.parse = _as_text
    lane.calls[key] = call
    return call


def _path(key: int | str) -> Path:
    return ("tool_calls", key, "function", "arguments")


def _as_text(text: str) -> Json:
    """A custom tool takes text."""
    return text


def _identify(record: Record, frame: int, call: Call, entry: dict[str, Json]) -> None:
    inner = entry.get("function") or entry.get("custom")
    name = inner.get("name") if isinstance(inner, dict) else None
    _tell_once(record, frame, call, "id", call.block.id, entry.get("id"))
    _tell_once(record, frame, call, "name", call.block.name, name)


def _tell_once(record: Record, frame: int, call: Call, what: str, slot: Slot, value: Json) -> None:
    if not isinstance(value, str) or not value:
        return
    if slot.born is None:
        slot.set(frame, value)
    elif not call.repeated:
        call.repeated = True
        text = f"the {what} of a tool call is sent again, and clients join them: {slot.latest}{value}"
        record.remark(frame, RemarkKind.NAME_REPEATED, text, block=call.block.number)


def _add_input(
    record: Record, lane: Lane, frame: int, call: Call, path: Path, entry: dict[str, Json]
) -> None:
    function, custom = entry.get("function"), entry.get("custom")
    if isinstance(function, dict):
        _add_arguments(record, lane, frame, call.block, path, function.get("arguments"))
    elif isinstance(custom, dict) and isinstance(text := custom.get("input"), str):
        _add_arguments(record, lane, frame, call.block, path, text)


def _add_arguments(
    record: Record, lane: Lane, frame: int, block: BlockLog, path: Path, arguments: Json
) -> None:
    if isinstance(arguments, str):
        if arguments:
            lane.resume(frame, block, path)
        lane.grow(frame, BlockKind.TOOL_CALL, block.type, path, arguments)
    elif arguments is not None:
        text = "the arguments of a tool call are no text"
        record.remark(frame, RemarkKind.UNEXPECTED_SHAPE, text, block=block.number)
        block.data.set(frame, arguments)
        record.grow_otherwise(frame, block)
