"""An answer that is an error: the same for every protocol, whatever stands in the body.

The error is kept as the protocol calls it, the body is shown as it came, one remark says so and names what
the client raises. Knows statuses, JSON and the record; which exception it is, each protocol knows.
"""

from __future__ import annotations

from playhead.protocols.ledger import Json
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind

_FIRST_ERROR = 400
_QUOTED = 200  # characters of a page of HTML that a remark repeats


def is_refused(status: int | None) -> bool:
    """Whether the status is that of an error. An unknown one is not."""
    return status is not None and status >= _FIRST_ERROR


def parsed(body: bytes) -> Json:
    """The JSON of a body, else its text."""
    text = body.decode("utf-8", "replace").strip()
    try:
        return parse(text)
    except NotJson:
        return text


def error_in(value: Json) -> Json:
    """What a body tells of an error: its `error` member, else all of it."""
    if isinstance(value, dict) and value.get("error"):
        return value["error"]
    return value


def describe(error: Json) -> str:
    """An error in one line: `overloaded_error: Overloaded`."""
    if isinstance(error, dict):
        parts = [part for name in ("type", "message") if isinstance(part := error.get(name), str)]
        return ": ".join(parts) or "an error without type and message"
    text = " ".join(error.split()) if isinstance(error, str) else ""
    return text[:_QUOTED] or "an error without text"


def read(record: Record, status: int | None, value: Json, *, raises: str | None, error: Json = None) -> None:
    """A body that is an error, shown and told; `value` is what `parsed` makes of it."""
    if value is not None and value != "":
        record.show(1, "error", value)
    tell(record, status, value, raises=raises, error=error)


def tell(record: Record, status: int | None, value: Json, *, raises: str | None, error: Json = None) -> None:
    """The same, where the body is shown otherwise.

    `error` is what is kept of it, by default what `error_in` finds; where there is nothing, the status is the
    error. `raises` is the client's exception, if it raises one: then it has no message.
    """
    found = error or error_in(value)
    record.error.set(1, found or f"status {status}")
    if raises is not None:
        record.frozen = 0
    under = f"HTTP {status}, " if is_refused(status) else ""
    record.remark(
        1, RemarkKind.ERROR_BODY, under + (describe(found) if found else "an empty body"), raises=raises
    )


class Gate:
    """Of a stream under the status of an error: the client raises before it reads any of it."""

    __slots__ = ("_raises", "_record", "_status", "is_shut")

    def __init__(self, record: Record, status: int | None, raises: str | None) -> None:
        self._record = record
        self._status = status
        self._raises = raises if is_refused(status) else None
        self.is_shut: bool = is_refused(status)
        """Whether the client reads nothing of the stream."""

    @property
    def error_kind(self) -> RemarkKind:
        """What an error in the stream is: one inside an answer, or one instead of it."""
        return RemarkKind.ERROR_BODY if self.is_shut else RemarkKind.ERROR_EVENT

    def say(self, number: int) -> None:
        """With the first frame, or at the end: only the first time counts."""
        if self._raises is not None:
            raises, self._raises = self._raises, None
            text = f"the client raises for status {self._status}, before it reads the stream"
            self._record.raised(min(number, 1), raises, text)
