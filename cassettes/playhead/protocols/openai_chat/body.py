"""An answer that is no stream: a whole completion, or an error.

Knows JSON and statuses.
"""

from __future__ import annotations

from playhead.protocols import refusals
from playhead.protocols.base import Clues
from playhead.protocols.ledger import Fields, Json
from playhead.protocols.openai_chat.neutral import Neutral
from playhead.protocols.openai_wire import status_error
from playhead.protocols.payload import NotJson, finite, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind


def read(record: Record, clues: Clues, neutral: Neutral, body: bytes) -> None:
    """The whole body, into blocks, facts and the message."""
    value = refusals.parsed(body)
    raises = status_error(clues.status)
    error = _error(value, is_refused=raises is not None)
    if raises is not None or error is not None:
        refusals.read(record, clues.status, value, raises=raises, error=error)
    elif isinstance(value, dict):
        _read_completion(record, neutral, value)
    elif value != "":
        record.remark(1, RemarkKind.NOT_JSON, "a body that is no JSON object")
        record.show(1, "body", value)
    if raises is None and clues.asked.get("stream") is True:
        text = "the client reads a body that is no event stream as an empty stream"
        record.remark(1, RemarkKind.CLIENT_IGNORES, text)


def read_bare(record: Record, number: int, lines: str) -> None:
    """Lines that set nothing, in a stream: an error that was sent as bare JSON says so all the same."""
    if not lines.lstrip().startswith("{"):
        return
    try:
        value = parse(lines)
    except NotJson:
        return
    error = _error(value, is_refused=False)
    if error is not None:
        record.error.set(number, error)
        said = _said(error)
        record.remark(number, RemarkKind.ERROR_BODY, "an error instead of a stream" + said)
        record.remark(number, RemarkKind.CLIENT_IGNORES, "the client passes over lines that are no field")


def _said(error: Json) -> str:
    said = error.get("message") if isinstance(error, dict) else error
    return f": {said}" if isinstance(said, str) else ""


def _error(value: Json, *, is_refused: bool) -> Json:
    """The error that a body tells, as OpenAI or, flat, as others do; `None` where it tells none."""
    if not isinstance(value, dict):
        return None
    if value.get("error"):
        return value["error"]
    is_flat = value.get("object") == "error" or (is_refused and "choices" not in value)
    return value if is_flat else None


def _read_completion(record: Record, neutral: Neutral, value: dict[str, Json]) -> None:
    choices = value.get("choices")
    messages = [
        {**choice, "delta": choice.get("message")} if isinstance(choice, dict) else choice
        for choice in (choices if isinstance(choices, list) else [])
    ]
    neutral.read(1, "message", {**value, "object": "chat.completion.chunk", "choices": messages})
    record.began = 1
    record.message = Fields(1, {name: finite(part) for name, part in value.items()})
    if messages and all(lane.finished for lane in neutral.lanes.values()):
        record.completed = 1
