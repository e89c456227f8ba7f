"""How the exchange ended is not known. Knows endings."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.model import EndingKind

_MEANING = {
    EndingKind.TRUNCATED: (Severity.WARNING, "the recording stops without an end: its recorder was cut off"),
    EndingKind.RECORDER_STOPPED: (Severity.INFO, "the recorder was stopped before the exchange ended"),
    EndingKind.UNKNOWN: (Severity.INFO, "nobody knows how the exchange ended"),
}


def _find(exchange: Exchange) -> Iterator[Spot]:
    meaning = _MEANING.get(exchange.ending.kind)
    if meaning is not None:
        severity, message = meaning
        yield Spot(message, severity=severity)


RULE = Rule(
    id="unclear-ending",
    group=Group.RECORDING,
    severity=Severity.WARNING,
    title="the ending was not recorded",
    explanation=(
        "The cassette does not say how the exchange ended: the recorder was killed or stopped, or the"
        " stream was imported from a file that only had the bytes. Whether something is missing at the end"
        " cannot be told, and replay ends an imported stream cleanly. `playhead recover` closes what a"
        " killed recorder left."
    ),
    source="FORMAT.md, record `end`",
    find=_find,
)
