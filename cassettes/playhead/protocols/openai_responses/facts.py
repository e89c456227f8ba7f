"""What the response object says about itself: id, model, usage, how it ended, its error.

Reads the `response` of lifecycle events, which is also the body of a response that was not streamed. Knows
the members of openai 3.51.0 `types/responses/response.py`; knows no block.
"""

from __future__ import annotations

from playhead.protocols.ledger import Json
from playhead.protocols.openai_responses.book import Book
from playhead.protocols.remarks import RemarkKind

_OVER = ("completed", "failed", "incomplete", "cancelled")


def read_response(book: Book, frame: int, response: dict[str, Json]) -> None:
    """The members that are the same in every protocol's words."""
    record = book.record
    named = response.get("id")
    if isinstance(named, str):
        if record.id.latest not in (None, named):
            text = "the response changes its id under way"
            book.say_once(frame, RemarkKind.ID_CHANGED, "response", text)
        record.id.set(frame, named)
    if isinstance(response.get("model"), str):
        record.model.set(frame, response["model"])
    status = response.get("status")
    if status in _OVER:
        record.stop_reason.set(frame, stop_reason(response))
    read_usage(book, frame, response.get("usage"))
    error = response.get("error")
    if error:
        tell_error(book, frame, error)


def stop_reason(response: dict[str, Json]) -> Json:
    """Why the response ended: the reason where it gives one, as `max_output_tokens`; else its status."""
    details = response.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    return reason or response.get("status")


def read_usage(book: Book, frame: int, usage: Json) -> None:
    if not isinstance(usage, dict):
        return
    record = book.record
    record.usage.set(frame, usage)
    for name, slot in (("input_tokens", record.input_tokens), ("output_tokens", record.output_tokens)):
        count, before = usage.get(name), slot.latest
        if not isinstance(count, int) or isinstance(count, bool):
            continue
        if isinstance(before, int) and count < before:
            text = f"{name} shrinks from {before} to {count}"
            book.say_once(frame, RemarkKind.USAGE_SHRANK, name, text)
        slot.set(frame, count)


def tell_error(book: Book, frame: int, error: Json) -> None:
    """An error inside the stream. Often it is told twice: as an event, and in the failed response."""
    record = book.record
    if record.error.latest is None:
        message = error.get("message") if isinstance(error, dict) else error
        kind = RemarkKind.ERROR_BODY if book.is_refused else RemarkKind.ERROR_EVENT
        record.remark(frame, kind, f"the stream tells of an error: {message}")
        record.error.set(frame, error)
