"""The members of a delta, each into the blocks of its choice.

Knows the members that OpenAI and compatible providers send. What none of them sends is kept as data.
"""

from __future__ import annotations

from collections.abc import Mapping

from playhead.protocols.blocks import BlockKind, BlockLog
from playhead.protocols.ledger import Fields, Json, Rope
from playhead.protocols.openai_chat.calls import add_call, add_function_call
from playhead.protocols.openai_chat.lane import Lane
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind

KNOWN: Mapping[str, type] = {
    "content": object,
    "reasoning_content": str,
    "reasoning": str,
    "reasoning_details": list,
    "refusal": str,
    "tool_calls": list,
    "function_call": dict,
    "audio": dict,
    "annotations": list,
    "images": list,
    "executed_tools": list,
}
"""The members that are read, and the type that each must be of."""
# What providers send beside the content and nobody shows.
_ASIDE = frozenset(
    {"role", "channel", "token_id", "token_ids", "index", "obfuscation", "provider_specific_fields", "name"}
)


def add_delta(record: Record, lane: Lane, frame: int, delta: dict[str, Json]) -> list[str]:
    """Write a delta into the choice's blocks; the names of the members that cannot be read are returned."""
    if len(delta) == 1 and isinstance(text := delta.get("content"), str):
        lane.grow(frame, BlockKind.TEXT, "text", ("content",), text)
        return []
    _add_reasoning(record, lane, frame, delta)
    _add_content(record, lane, frame, delta.get("content"))
    if isinstance(refusal := delta.get("refusal"), str):
        lane.grow(frame, BlockKind.REFUSAL, "refusal", ("refusal",), refusal)
    if isinstance(calls := delta.get("tool_calls"), list):
        for place, call in enumerate(calls):
            add_call(record, lane, frame, place, call)
    if isinstance(call := delta.get("function_call"), dict):
        add_function_call(record, lane, frame, call)
    if isinstance(audio := delta.get("audio"), dict):
        _add_audio(record, lane, frame, audio)
    _add_lists(record, lane, frame, delta)
    return _add_unknown(record, lane, frame, delta)


def _add_reasoning(record: Record, lane: Lane, frame: int, delta: dict[str, Json]) -> None:
    told = ""
    for name in ("reasoning_content", "reasoning"):
        text = delta.get(name)
        # Gateways send the same under both names.
        if isinstance(text, str) and (not text or text != told):
            told = text
            lane.grow(frame, BlockKind.THINKING, name, (name,), text)
    details = delta.get("reasoning_details")
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict):
            _add_reasoning_detail(record, lane, frame, detail, is_told=bool(told))


def _add_reasoning_detail(
    record: Record, lane: Lane, frame: int, detail: dict[str, Json], *, is_told: bool
) -> None:
    text = next((part for name in ("text", "summary") if isinstance(part := detail.get(name), str)), None)
    if text is None and detail.get("data") is not None:
        _add_whole(record, lane, frame, BlockKind.THINKING, "reasoning.encrypted", detail)
        return
    if text and not is_told:
        lane.grow(frame, BlockKind.THINKING, "reasoning_details", ("reasoning_details",), text)
    signature = detail.get("signature")
    if isinstance(signature, str) and lane.open is not None and lane.open.kind is BlockKind.THINKING:
        lane.open.signature.set(frame, signature)


def _add_content(record: Record, lane: Lane, frame: int, content: Json) -> None:
    if isinstance(content, str):
        lane.grow(frame, BlockKind.TEXT, "text", ("content",), content)
    elif isinstance(content, list):
        for part in content:
            _add_part(record, lane, frame, part)
    elif content is not None:
        record.remark(frame, RemarkKind.UNEXPECTED_SHAPE, "`content` is neither text nor a list of parts")
        _add_whole(record, lane, frame, BlockKind.DATA, "content", content)


def _add_part(record: Record, lane: Lane, frame: int, part: Json) -> None:
    """A part of a content list, as Mistral sends them."""
    match part:
        case {"type": "thinking", "thinking": list(steps)}:
            for step in steps:
                if isinstance(step, dict) and isinstance(text := step.get("text"), str):
                    lane.grow(frame, BlockKind.THINKING, "thinking", ("content", "thinking"), text)
        case {"text": str(text)} | str(text):
            lane.grow(frame, BlockKind.TEXT, "text", ("content", "text"), text)
        case {"type": "reference"} if lane.text is not None:
            lane.text.citations.append(frame, part)
        case {"type": str(type_)}:
            kind = BlockKind.MEDIA if "image" in type_ or "audio" in type_ else BlockKind.DATA
            _add_whole(record, lane, frame, kind, type_, part)
        case _:
            record.remark(frame, RemarkKind.UNEXPECTED_SHAPE, "a part of `content` has no type")
            _add_whole(record, lane, frame, BlockKind.DATA, "content", part)


def _add_audio(record: Record, lane: Lane, frame: int, audio: dict[str, Json]) -> None:
    """Sound is data that grows, base64; what is said in it is the block's text."""
    path = ("audio", "transcript")
    data, transcript, expiry = audio.get("data"), audio.get("transcript"), audio.get("expires_at")
    block = lane.audio
    if block is None:
        block = lane.audio = lane.begin(frame, BlockKind.MEDIA, "audio", path)
    elif data or transcript:
        lane.resume(frame, block, path)
    held = block.data.latest
    if not isinstance(held, Fields):
        held = Fields()
        block.data.set(frame, held)
    if isinstance(data, str):
        _add_sound(record, lane, frame, block, held, data)
    if isinstance(transcript, str):
        lane.grow(frame, BlockKind.MEDIA, "audio", path, transcript)
    if isinstance(id_ := audio.get("id"), str):
        block.id.set(frame, id_)
    if expiry is not None:
        held.set(frame, "expires_at", expiry)


def _add_sound(record: Record, lane: Lane, frame: int, block: BlockLog, held: Fields, data: str) -> None:
    path = ("audio", "data")
    rope = held.latest("data")
    if not isinstance(rope, Rope):
        rope = Rope()
        held.set(frame, "data", rope)
        lane.channel(path).add(rope)
    rope.append(frame, data)
    lane.taken[path] = lane.taken.get(path, "") + data
    if data:
        record.grow_otherwise(frame, block)


def _add_lists(record: Record, lane: Lane, frame: int, delta: dict[str, Json]) -> None:
    annotations = delta.get("annotations")
    for annotation in annotations if isinstance(annotations, list) else ():
        # They may come before the text that they are about.
        block = lane.text or lane.begin(frame, BlockKind.TEXT, "text", ("content",))
        block.citations.append(frame, annotation)
    for name, kind in (("images", BlockKind.MEDIA), ("executed_tools", BlockKind.TOOL_RESULT)):
        items = delta.get(name)
        for item in items if isinstance(items, list) else ():
            _add_whole(record, lane, frame, kind, name, item)


def _add_unknown(record: Record, lane: Lane, frame: int, delta: dict[str, Json]) -> list[str]:
    """Members that cannot be read: the latest value of each is data, in a block of its own."""
    names = [
        name
        for name, value in delta.items()
        if value and name not in _ASIDE and (name not in KNOWN or not isinstance(value, KNOWN[name]))
    ]
    for name in names:
        block = lane.asides.get(name)
        if block is None:
            block = record.open_block(frame, BlockKind.DATA, name, choice=max(lane.index, 0))
            block.closed = frame
            lane.asides[name] = block
        block.data.set(frame, delta[name])
    return names


def _add_whole(record: Record, lane: Lane, frame: int, kind: BlockKind, type_: str, data: Json) -> None:
    """A block that comes at once."""
    block = lane.begin(frame, kind, type_, ())
    block.data.set(frame, data)
    record.grow_otherwise(frame, block)
    lane.close(frame)
