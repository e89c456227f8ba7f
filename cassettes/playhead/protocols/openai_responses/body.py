"""A response that is no stream: the response object whole, an error, or anything else.

Knows JSON and statuses; knows no event.
"""

from __future__ import annotations

from playhead.protocols import refusals
from playhead.protocols.base import Clues
from playhead.protocols.ledger import Slot
from playhead.protocols.openai_responses import lifecycle
from playhead.protocols.openai_responses.book import Book
from playhead.protocols.openai_wire import status_error
from playhead.protocols.payload import finite, parse_object
from playhead.protocols.remarks import RemarkKind


def read_body(book: Book, message: Slot, clues: Clues, body: bytes) -> None:
    """Everything in it is stamped with frame 1."""
    record, status = book.record, clues.status
    value = refusals.parsed(body)
    is_response = isinstance(value, dict) and value.get("object") == "response"
    has_error = isinstance(value, dict) and bool(value.get("error"))
    if is_error(clues) or (has_error and not is_response):
        refusals.read(record, status, value, raises=status_error(status))
    elif isinstance(value, dict) and is_response:
        message.set(1, finite(value))
        lifecycle.read_whole(book, 1, value)
        _check_streamed(book, clues)
    else:
        if isinstance(value, str):
            record.remark(1, RemarkKind.NOT_JSON, "the body is no JSON", block=1)
        record.show(1, "body", value)


def read_bare(book: Book, frame: int, lines: str) -> None:
    """Lines that set nothing, in a stream: an error that was sent as bare JSON says so all the same."""
    value = parse_object(lines) if lines.lstrip().startswith("{") else None
    error = value.get("error") if value else None
    if error:
        book.record.error.set(frame, error)
        said = error.get("message") if isinstance(error, dict) else error
        book.record.remark(frame, RemarkKind.ERROR_BODY, f"an error instead of a stream: {said}")
        text = "the client passes over lines that are no field"
        book.record.remark(frame, RemarkKind.CLIENT_IGNORES, text)


def is_error(clues: Clues) -> bool:
    """Whether the client raises for the status, whatever the body is."""
    return refusals.is_refused(clues.status)


def _check_streamed(book: Book, clues: Clues) -> None:
    """Who asks for a stream gets no event from such a body, and then misses the end."""
    if clues.asked.get("stream") is True:
        text = "Didn't receive a `response.completed` event."
        book.record.raised(1, "RuntimeError", text, took=True)
