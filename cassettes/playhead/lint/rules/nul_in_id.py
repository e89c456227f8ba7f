"""An `id` with a NUL in it. Knows lines."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.scan import Mark, frame_at, places


def _find(exchange: Exchange) -> Iterator[Spot]:
    for offset in places(exchange, Mark.NUL_IN_ID):
        yield Spot(
            "an `id` with a NUL is ignored: the last event id stays as it was", frame_at(exchange, offset)
        )


RULE = Rule(
    id="nul-in-id",
    group=Group.FRAMING,
    severity=Severity.WARNING,
    title="an id with a NUL in it",
    explanation=(
        "A NUL may not stand in a header, so the standard ignores an `id` that holds one, and a client that"
        " reconnects resumes from an older event. Use ids of printable ASCII."
    ),
    source="WHATWG HTML 9.2.6, field `id`",
    find=_find,
)
