"""Hypothesis strategies that give alterations of a recording: `@given(alteration=rechunkings(exchange))`.

The only module that imports hypothesis, which is the user's own. A strategy gives values, not transports:
`playhead.altered(cassette, alteration)` plays one. They shrink to the smallest alteration that fails: to a
single split inside one character, to the first event after which a cut is not noticed.
"""

from __future__ import annotations

from playhead.errors import UsageError
from playhead.exchange import Exchange
from playhead.plan import whole
from playhead.plan.alterations import Alteration, cut, rechunk, stall
from playhead.plan.alterations.places import frame_ends

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy
except ModuleNotFoundError as _error:
    raise ImportError(
        "playhead.strategies needs hypothesis, which is not installed: pip install hypothesis",
        name=_error.name,
    ) from _error

__all__ = ["alterations", "cuts", "rechunkings", "stalls"]


def rechunkings(exchange: Exchange, *, max_splits: int | None = None) -> SearchStrategy[Alteration]:
    """The body in one chunk, divided at any places; shrinks to fewer splits, and earlier ones."""
    size = exchange.size
    if size < 2:
        return st.just(rechunk(at=()))
    splits = st.lists(st.integers(1, size - 1), max_size=max_splits, unique=True)
    return splits.map(lambda places: rechunk(at=places))


def cuts(exchange: Exchange, *, by: str = "clean") -> SearchStrategy[Alteration]:
    """A cut after any event but the last; shrinks to the first. Raises `UsageError` where there is none."""
    return st.integers(0, _events(exchange) - 1).map(lambda number: cut(by, event=number))


def stalls(exchange: Exchange) -> SearchStrategy[Alteration]:
    """Silence for ever after any event but the last. Raises `UsageError` where there is none."""
    return st.integers(0, _events(exchange) - 1).map(lambda number: stall(event=number))


def alterations(exchange: Exchange) -> SearchStrategy[Alteration]:
    """Any of these, and any two, one after the other."""
    one = cuts(exchange) | cuts(exchange, by="fin") | cuts(exchange, by="reset") | stalls(exchange)
    return (
        rechunkings(exchange) | one | st.builds(lambda first, then: first | then, one, rechunkings(exchange))
    )


def _events(exchange: Exchange) -> int:
    count = len(frame_ends(whole(exchange), events_only=True))
    if not count:
        raise UsageError(f"exchange {exchange.number} has no events")
    return count
