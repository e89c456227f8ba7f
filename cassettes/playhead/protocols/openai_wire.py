"""What OpenAI's client does with any stream, whichever of its protocols is spoken: statuses, errors, blocks.

Source: openai 3.51.0 `_client.py` (`_make_status_error`), `_streaming.py` (`Stream`, `SSEDecoder.decode`).
Knows frames, statuses and the record; no event of a protocol.
"""

from __future__ import annotations

from playhead.protocols.ledger import Json
from playhead.protocols.record import Record
from playhead.sse import Frame, FrameKind

_BY_STATUS = {
    400: "openai.BadRequestError",
    401: "openai.AuthenticationError",
    403: "openai.PermissionDeniedError",
    404: "openai.NotFoundError",
    409: "openai.ConflictError",
    422: "openai.UnprocessableEntityError",
    429: "openai.RateLimitError",
}
_FIRST_ERROR = 400
_FIRST_SERVER_ERROR = 500


def status_error(status: int | None) -> str | None:
    """The exception for a response with that status; `None` where the client reads on."""
    if status is None or status < _FIRST_ERROR:
        return None
    other = "openai.InternalServerError" if status >= _FIRST_SERVER_ERROR else "openai.APIStatusError"
    return _BY_STATUS.get(status, other)


def refuse_status(record: Record, number: int, status: int | None) -> None:
    """An error status: the client raises before it reads any of the stream. Only the first time counts."""
    exception = status_error(status)
    if exception is not None:
        text = f"the client raises for status {status}, before it reads the stream"
        record.raised(min(number, 1), exception, text)


def error_text(error: Json) -> str:
    """The text of the exception that the client raises for an `error` in an event."""
    said = error.get("message") if isinstance(error, dict) else None
    return said if isinstance(said, str) and said else "An error occurred during streaming"


def client_sees(frame: Frame) -> bool:
    """Whether the client makes an event, without data, of a frame that is no event.

    A blank line dispatches whatever has been set, data or none, and an id is never unset.
    """
    if frame.kind is FrameKind.TAIL:
        return False
    return bool(frame.event or frame.id) or frame.retry is not None or _sets_retry(frame.other or "")


def _sets_retry(lines: str) -> bool:
    """Whether there is a `retry` that the standard passes over and Python takes for a number."""
    for line in lines.split("\n"):
        name, _, value = line.partition(":")
        if name == "retry":
            try:
                int(value)
            except ValueError:
                continue
            return True
    return False
