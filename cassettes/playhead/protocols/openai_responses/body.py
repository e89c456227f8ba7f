"""A response that is no stream: the response object whole, an error, or anything else.

Knows JSON and statuses; knows no event.
"""

from __future__ import annotations

from playhead.protocols.base import Clues
from playhead.protocols.blocks import BlockKind
from playhead.protocols.ledger import Json, Slot
from playhead.protocols.openai_responses import lifecycle
from playhead.protocols.openai_responses.book import Book
from playhead.protocols.openai_wire import status_error
from playhead.protocols.payload import NotJson, parse, parse_object
from playhead.protocols.remarks import RemarkKind


def read_body(book: Book, message: Slot, clues: Clues, body: bytes) -> None:
    """Everything in it is stamped with frame 1."""
    text = body.decode("utf-8", "replace")
    try:
        value = parse(text)
    except NotJson as error:
        _show(book, text)
        if not is_error(clues):
            book.record.remark(1, RemarkKind.NOT_JSON, f"the body is no JSON: {error}", block=1)
        else:
            _tell(book, clues, text)
        return
    if isinstance(value, dict) and value.get("object") == "response":
        message.set(1, value)
        lifecycle.read_whole(book, 1, value)
        _check_streamed(book, clues)
    elif isinstance(value, dict) and (value.get("error") or is_error(clues)):
        _tell(book, clues, value.get("error") or value)
    else:
        _show(book, value)
        if is_error(clues):
            _tell(book, clues, value)


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
    return clues.status is not None and clues.status >= 400


def _tell(book: Book, clues: Clues, error: Json) -> None:
    said = error.get("message") if isinstance(error, dict) else None
    status = f"status {clues.status}" if clues.status is not None else "no status"
    raises = status_error(clues.status)
    text = f"an error instead of a stream, {status}" + (f": {said}" if isinstance(said, str) else "")
    book.record.error.set(1, error)
    book.record.remark(1, RemarkKind.ERROR_BODY, text, raises=raises)
    if raises:
        book.record.raised(1, raises, f"the client raises for status {clues.status}")


def _check_streamed(book: Book, clues: Clues) -> None:
    """Who asks for a stream gets no event from such a body, and then misses the end."""
    if clues.asked.get("stream") is True and not is_error(clues):
        text = "Didn't receive a `response.completed` event."
        book.record.raised(1, "RuntimeError", text, took=True)


def _show(book: Book, value: Json) -> None:
    block = book.record.open_block(1, BlockKind.DATA, "body")
    if isinstance(value, str):
        book.record.grow(1, block, value)
    else:
        block.data.set(1, value)
        book.record.grow_otherwise(1, block)
    block.closed = 1
