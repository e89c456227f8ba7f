"""An answer that is no stream: a whole message, or an error as JSON or as text.

Knows the shape of both; what a message holds is read as from a stream.
"""

from __future__ import annotations

from playhead.protocols import refusals
from playhead.protocols.anthropic import errors
from playhead.protocols.anthropic.facts import MessageReader
from playhead.protocols.base import Clues
from playhead.protocols.ledger import Fields, Json
from playhead.protocols.payload import finite
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind


def read_error(record: Record, clues: Clues, value: Json) -> None:
    """An error instead of an answer."""
    status = clues.status
    raises = errors.exception_for(status) if status is not None and refusals.is_refused(status) else None
    refusals.read(record, status, value, raises=raises)


def is_error(clues: Clues, body: Json) -> bool:
    if refusals.is_refused(clues.status):
        return True
    return isinstance(body, dict) and (body.get("type") == "error" or bool(body.get("error")))


def read_body(record: Record, clues: Clues, body: bytes) -> None:
    """The body of an answer by itself."""
    value = refusals.parsed(body)
    if is_error(clues, value):
        record.frozen = 0
        read_error(record, clues, value)
        return
    reader = MessageReader(record)
    if not isinstance(value, dict) or value.get("type") != "message":
        record.frozen = 0
        record.remark(1, RemarkKind.UNEXPECTED_SHAPE, "the body is neither a message nor an error")
        record.show(1, "body", value)
        return
    record.message = Fields(1, {name: finite(part) for name, part in value.items()})
    record.began = 1
    reader.begin(1, value)
    record.completed = 1
    if clues.asked.get("stream") is True:
        text = "a whole message answers a request for a stream: the client's stream is empty"
        record.remark(1, RemarkKind.CLIENT_RAISES, text, raises="AssertionError")
