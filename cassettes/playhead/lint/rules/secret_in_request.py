"""Credentials in the request's body."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.secrets import in_request


def _find(exchange: Exchange) -> Iterator[Spot]:
    for secret in in_request(exchange):
        yield Spot(f"what looks like a credential: {secret}")


RULE = Rule(
    id="secret-in-request",
    group=Group.SECRETS,
    severity=Severity.WARNING,
    title="what looks like a credential in the request's body",
    explanation=(
        "Prompts, tool results and configurations of remote tools are part of it. Something in this one has"
        " the shape of a well-known key, or is the value of a member that is named like one."
        " It went to the provider, and it is in the file. Withdraw it if it is real; keep keys out of"
        " prompts. `playhead redact` takes it out of the file."
    ),
    source="playhead.redaction: the shapes and members that `playhead redact` replaces",
    find=_find,
)
