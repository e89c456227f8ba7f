"""A `retry` that is no number. Knows lines."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.scan import Mark, frame_at, places


def _find(exchange: Exchange) -> Iterator[Spot]:
    for offset in places(exchange, Mark.BAD_RETRY):
        yield Spot("a `retry` that is not all ASCII digits is ignored", frame_at(exchange, offset))


RULE = Rule(
    id="invalid-retry",
    group=Group.FRAMING,
    severity=Severity.WARNING,
    title="a retry that is no number",
    explanation=(
        "The standard takes a `retry` of ASCII digits only, in milliseconds. Clients in Python call `int`,"
        " which also takes a sign, underscores and other digits: the same stream then sets a reconnection"
        " time for some clients and none for others. Send whole milliseconds, without a unit."
    ),
    source="WHATWG HTML 9.2.6, field `retry`; `SSEDecoder.decode` in anthropic and openai `_streaming.py`",
    find=_find,
)
