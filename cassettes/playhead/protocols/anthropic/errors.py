"""Which exception the SDK raises for an error: `_error_classes.py` and `_exceptions.py` of anthropic 2.10.0.

Where the body's `error.details.error_code` says more, the SDK raises a subclass of the one named here.
Knows statuses.
"""

from __future__ import annotations

_BY_STATUS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    402: "PaymentRequiredError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    408: "RequestTimeoutError",
    409: "ConflictError",
    412: "PreconditionFailedError",
    413: "ContentTooLargeError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
    431: "RequestHeaderFieldsTooLargeError",
    499: "ClientClosedRequestError",
    501: "HTTPNotImplementedError",
    503: "ServiceUnavailableError",
    504: "GatewayTimeoutError",
    529: "OverloadedError",
}


def exception_for(status: int) -> str:
    """The class that the SDK raises for an error under this status."""
    return "anthropic." + _BY_STATUS.get(status, "InternalServerError" if status >= 500 else "APIStatusError")
