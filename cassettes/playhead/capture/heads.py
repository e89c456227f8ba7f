"""Heads as they go into a file: redacted, and the body of a request without its content encoding.

The one place where what was captured loses the secrets of its heads; those of bodies go when a cassette is
finished. Knows values and the redaction's rules; never files. The key is random and dies with the cassette:
equal secrets have equal placeholders in it.
"""

from __future__ import annotations

import secrets
from typing import TypeVar

import msgspec

from playhead.capture.log import unquoted
from playhead.encodings import ContentDecoder
from playhead.model import Headers, Redaction, Request, Response
from playhead.redaction import redact_request_headers, redact_response_headers, redact_url
from playhead.redaction.policy import DEFAULT, Policy

POLICY = "heads/2"
"""What the header of an unfinished cassette says of its redaction."""

T = TypeVar("T")
Redacted = tuple[T, tuple[Redaction, ...]]
"""A value without secrets, and what was replaced in it."""


class HeadRedactor:
    """Redacts for one cassette."""

    def __init__(self, policy: Policy = DEFAULT) -> None:
        self.key: bytes = secrets.token_bytes(32)
        """Of the placeholders. It is written nowhere."""
        self._policy = policy

    def request(self, request: Request) -> Redacted[Request]:
        """A request as it passed; where its body cannot be decoded it stays raw, and a fact says so."""
        headers, replaced = redact_request_headers(request.headers, self.key, policy=self._policy)
        url, in_url = redact_url(request.url, self.key, policy=self._policy)
        body, facts = request.body, dict(request.facts)
        if body:
            decoded = ContentDecoder(values(request.headers, "content-encoding")).feed(body)
            body = decoded.data
            if decoded.undecoded:
                facts["body"] = "undecoded"
        safe = msgspec.structs.replace(request, url=url, headers=headers, body=body, facts=facts)
        return safe, (*in_url, *replaced)

    def response(self, response: Response) -> Redacted[Response]:
        """The head of a response."""
        headers, replaced = redact_response_headers(response.headers, self.key, policy=self._policy)
        return msgspec.structs.replace(response, headers=headers), replaced

    def trailers(self, trailers: Headers) -> Redacted[Headers]:
        """The trailers of a response."""
        return redact_response_headers(trailers, self.key, "response.trailers", policy=self._policy)

    def said(self, text: str) -> str:
        """What was said of an ending: a proxy or client may quote a line of a head that it could not read."""
        return text if self._policy.off else unquoted(text)


def values(headers: Headers, name: str) -> str:
    """All values of a header, as one list; `name` is in lower case."""
    return ",".join(value for key, value in headers if key.lower() == name)
