"""What OpenAI's client raises for an HTTP status, whichever of its protocols was spoken.

Source: openai 3.51.0 `_client.py`, `_make_status_error`.
"""

from __future__ import annotations

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
