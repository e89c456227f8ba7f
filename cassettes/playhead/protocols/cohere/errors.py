"""Which exception the cohere client raises for a status: cohere-python `v2/raw_client.py`.

It looks at the status before it looks at the body, and at the body before it raises: one that is no JSON is
an `ApiError` whatever the status. Knows statuses, and where the body tells the error.
"""

from __future__ import annotations

from playhead.protocols import refusals
from playhead.protocols.ledger import Json
from playhead.protocols.record import Record

_BY_STATUS = {
    400: "cohere.BadRequestError",
    401: "cohere.UnauthorizedError",
    403: "cohere.ForbiddenError",
    404: "cohere.NotFoundError",
    422: "cohere.UnprocessableEntityError",
    429: "cohere.TooManyRequestsError",
    498: "cohere.InvalidTokenError",
    499: "cohere.ClientClosedRequestError",
    500: "cohere.InternalServerError",
    501: "cohere.NotImplementedError",
    503: "cohere.ServiceUnavailableError",
    504: "cohere.GatewayTimeoutError",
}
_OTHER = "cohere.core.api_error.ApiError"


def exception_for(status: int | None, *, is_json: bool) -> str | None:
    """The exception under that status; `None` where the client reads on."""
    if status is None or status < 400:
        return None
    return _BY_STATUS.get(status, _OTHER) if is_json else _OTHER


def read(record: Record, status: int | None, value: Json) -> None:
    """A body that is an error: Cohere calls it `message`."""
    raises = exception_for(status, is_json=not isinstance(value, str))
    said = value.get("message") if isinstance(value, dict) else None
    refusals.read(record, status, value, raises=raises, error=said)
