"""Events about the whole response: created to completed, and errors.

Knows no client.
"""

from __future__ import annotations

from playhead.protocols.ledger import Json
from playhead.protocols.openai_responses import facts, output, wire
from playhead.protocols.openai_responses.book import Book
from playhead.protocols.openai_responses.content import Event
from playhead.protocols.remarks import RemarkKind

_ERROR = ("code", "message", "param")


def read_lifecycle(name: str, book: Book, frame: int, event: Event) -> None:
    """`response.created`, `.queued`, `.in_progress`, `.completed`, `.failed`, `.incomplete`."""
    response = event.get("response")
    if isinstance(response, dict):
        facts.read_response(book, frame, response)
    else:
        book.say_once(frame, RemarkKind.UNEXPECTED_SHAPE, name, f"{name} brings no response")
        response = {}
    if name in wire.TERMINATORS:
        _end(book, frame, name, response)
        return
    if name == "response.created" and book.is_created:
        book.say_once(frame, RemarkKind.SECOND_START, "", "the response is created a second time")
    book.is_created = book.is_created or name == "response.created"
    for index, item in enumerate(_output(response)):
        if index not in book.ids:
            output.show_item(book, frame, index, item)


def read_whole(book: Book, frame: int, response: Event) -> None:
    """A response that comes whole."""
    facts.read_response(book, frame, response)
    _end(book, frame, "response.completed", response)


def read_keep_alive(book: Book, frame: int, _: Event) -> None:
    """`keepalive`: the model is still at work, or is not."""
    book.record.keep_alive(frame)


def read_error(book: Book, frame: int, event: Event) -> None:
    """An `error` event: the error is nested in it, or is it."""
    error: Json = event.get("error") or {name: event[name] for name in _ERROR if name in event}
    facts.tell_error(book, frame, error or dict(event))


def _end(book: Book, frame: int, name: str, response: Event) -> None:
    record = book.record
    for track in list(book):
        book.held.know(track.block.text)
    _show_output(book, frame, response)
    for track in list(book):
        if track.block.closed:
            continue
        if name == "response.completed" and not track.implicit:
            text = f"the response is completed, block {track.block.number} ({track.block.type}) is open"
            book.say(frame, track, RemarkKind.BLOCK_LEFT_OPEN, text)
        if track.implicit:
            book.close(frame, track)
    if not record.completed:
        record.completed = frame


def _show_output(book: Book, frame: int, response: Event) -> None:
    """The whole output, said again: items that did not come before are shown, the others compared."""
    if not book.ids and not len(book):
        for index, item in enumerate(_output(response)):
            output.show_item(book, frame, index, item)
            output.end_item(book, frame, {"output_index": index, "item": item})
        return
    for index, item in enumerate(_output(response)):
        if book.ids.get(index) == (item.get("type"), item.get("id")):
            output.compare_item(book, frame, index, item)


def _output(response: Event) -> list[Event]:
    """The items of a response, those that are objects."""
    found = response.get("output")
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
