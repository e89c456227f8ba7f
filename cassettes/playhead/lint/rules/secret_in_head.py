"""Credentials in headers and URLs. Knows heads."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.secrets import in_heads


def _find(exchange: Exchange) -> Iterator[Spot]:
    for secret in in_heads(exchange):
        if secret.names_an_account:
            yield Spot(f"the account is named in the {secret}", severity=Severity.INFO)
        else:
            yield Spot(f"a credential in clear: {secret}")


RULE = Rule(
    id="secret-in-head",
    group=Group.SECRETS,
    severity=Severity.ERROR,
    title="a credential in a header or in the URL",
    explanation=(
        "The recorder replaces what looks like a credential before it writes. This one is there in clear:"
        " the cassette was made in another way, or by an older version. Whoever gets the file can use it."
        " Withdraw the credential, then record again, or take it out of the file: playhead redact. The"
        " finding tells the place and the length, not the value."
    ),
    source="playhead.redaction: the headers, parameters and shapes that the recorder replaces",
    find=_find,
)
