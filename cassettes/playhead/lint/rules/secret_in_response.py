"""Credentials in what was answered. Knows frames."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.scan import frame_at
from playhead.lint.secrets import in_response


def _find(exchange: Exchange) -> Iterator[Spot]:
    for secret in in_response(exchange):
        frame = frame_at(exchange, secret.start) if exchange.is_stream else None
        yield Spot(f"what looks like a credential: {secret}", frame)


RULE = Rule(
    id="secret-in-response",
    group=Group.SECRETS,
    severity=Severity.WARNING,
    title="what looks like a credential in the response",
    explanation=(
        "The model, or a tool whose result is part of the stream, wrote something that has the shape of a"
        " well-known key. The recorder did not replace it, so it is in the file. Withdraw it if it is real,"
        " and find out how the model came to know it. `playhead redact` takes it out of the file."
    ),
    source="playhead.redaction: the shapes and members that `playhead redact` replaces",
    find=_find,
)
