"""Credentials in headers and URLs. Knows heads."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.secrets import Secret, in_request_headers, in_response_headers, in_url


def _find(exchange: Exchange) -> Iterator[Spot]:
    for secret in _secrets(exchange):
        if secret.names_an_account:
            yield Spot(f"the account is named in the {secret}", severity=Severity.INFO)
        else:
            yield Spot(f"a credential in clear: {secret}")


def _secrets(exchange: Exchange) -> Iterator[Secret]:
    if exchange.request is not None:
        yield from in_url(exchange.request.url)
        yield from in_request_headers(exchange.request.headers)
    for response in exchange.responses:
        yield from in_response_headers(response.headers)
    yield from in_response_headers(exchange.ending.trailers, "trailer")


RULE = Rule(
    id="secret-in-head",
    group=Group.SECRETS,
    severity=Severity.ERROR,
    title="a credential in a header or in the URL",
    explanation=(
        "The recorder replaces what looks like a credential before it writes. This one is there in clear:"
        " the cassette was made in another way, or by an older version. Whoever gets the file can use it."
        " Withdraw the credential, then record again, or take it out of the file. The finding tells the"
        " place and the length, not the value."
    ),
    source="playhead.redaction: the headers, parameters and shapes that the recorder replaces",
    find=_find,
)
