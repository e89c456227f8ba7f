"""What the rules about waits share: how long is too long, and how a wait is put in words.

Knows `playhead.timing`, which finds the waits and their causes.
"""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Spot
from playhead.model import Ending
from playhead.timing import Stall, StallCause, StallPhase, measure

THRESHOLD = 5.0
"""Seconds without content that people take for a hang. `playhead stats --stall` looks for shorter ones."""

_CAUSES = {
    StallCause.TRANSPORT_SILENT: "not a byte came",
    StallCause.UNFINISHED_EVENT: "one event came piece by piece",
    StallCause.EVENTS_WITHOUT_CONTENT: "events came, without content",
    StallCause.HELD_BACK: "what the server sent meanwhile came at once behind it",
    StallCause.SLOW_CLIENT: "the client did not read",
    StallCause.UNKNOWN: "what came meanwhile is not known",
}
_PLACES = {
    StallPhase.BEFORE_CONTENT: "before the first content",
    StallPhase.BETWEEN_CONTENT: "in the middle of the content",
    StallPhase.AFTER_CONTENT: "behind the last content",
}
# A model may think long before it answers, and a client that does not read is no fault of the stream's.
_HARMLESS = (StallCause.SLOW_CLIENT, StallCause.UNKNOWN)


_Known = tuple[int, Ending]
_found: WeakKeyDictionary[Exchange, tuple[_Known, tuple[Stall, ...]]] = WeakKeyDictionary()


def stalls(exchange: Exchange, *, masked: bool) -> Iterator[Spot]:
    """The waits that keep-alives masked, or all others."""
    for stall in _stalls(exchange):
        if (stall.cause is StallCause.KEEP_ALIVES_ONLY) == masked:
            yield _spot(stall)


def _stalls(exchange: Exchange) -> tuple[Stall, ...]:
    """All waits. Both rules ask; they are looked for once, and again where the exchange has grown."""
    known = (len(exchange.chunks), exchange.ending)
    kept = _found.get(exchange)
    if kept is None or kept[0] != known:
        kept = _found[exchange] = (known, measure(exchange, stall=THRESHOLD).stalls)
    return kept[1]


def _spot(stall: Stall) -> Spot:
    cause = _CAUSES.get(stall.cause, f"{stall.keep_alives} keep-alives came, and nothing else")
    harmless = stall.phase is StallPhase.BEFORE_CONTENT or stall.cause in _HARMLESS
    return Spot(
        f"{stall.seconds:.1f} s without content {_PLACES[stall.phase]}: {cause}",
        stall.until_frame or stall.after_frame or None,
        stall.block,
        Severity.INFO if harmless else None,
    )
