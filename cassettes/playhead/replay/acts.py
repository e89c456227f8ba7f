"""The acts of an exchange, kept as a plan once they were read, so that the second replay decodes nothing.

Replay in tests plays the same short streams again and again. What is large is decoded each time, and never
held whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from weakref import WeakKeyDictionary

from playhead.errors import PlayheadError
from playhead.exchange import Exchange
from playhead.model import EndingKind
from playhead.plan import Act, Plan, Send, acts, whole
from playhead.replay.altered import Altered

_KEPT_BYTES: Final = 1024 * 1024
_KEPT_ACTS: Final = 20_000
_KEPT_EXCHANGES: Final = 64
_known: WeakKeyDictionary[Exchange, Plan] = WeakKeyDictionary()


def acts_of(exchange: Exchange, method: str) -> Iterable[Act]:
    """The acts that answer `method`; a plan where they are known, or can be had at once.

    Never raises for a damaged cassette: whoever performs them meets the damage in its place.
    """
    try:
        return _acts_of(exchange, method)
    except PlayheadError:
        return acts(exchange, method=method)


def _acts_of(exchange: Exchange, method: str) -> Iterable[Act]:
    if isinstance(exchange, Altered):
        return _altered(exchange, method)
    # Without an end record it may still be growing.
    if method == "HEAD" or exchange.ending.kind is EndingKind.TRUNCATED:
        return acts(exchange, method=method)
    known = _known.get(exchange)
    if known is None and exchange.chunks.at_hand is not None and len(exchange.chunks) <= _KEPT_ACTS:
        known = _at_once(exchange)
    return known if known is not None else _remembering(exchange)


def _at_once(exchange: Exchange) -> Plan | None:
    """The plan of a short recording; `None` where it is damaged: its client is to meet that in its place."""
    try:
        found = whole(exchange)
    except PlayheadError:
        return None
    _remember(exchange, found)
    return found


def _altered(exchange: Altered, method: str) -> Iterator[Act]:
    # Lazy, so that a point that is not there is met by whoever performs, as damage is.
    yield from exchange.alteration(Plan.of(acts_of(exchange.intact, method), method=method))


def _remembering(exchange: Exchange) -> Iterator[Act]:
    kept: list[Act] = []
    size = 0
    is_short = True
    for act in acts(exchange):
        if is_short:
            kept.append(act)
            size += len(act.data) if type(act) is Send else 0
            if size > _KEPT_BYTES or len(kept) > _KEPT_ACTS:
                kept.clear()
                is_short = False
        yield act
    if is_short:
        _remember(exchange, Plan.of(kept))


def _remember(exchange: Exchange, found: Plan) -> None:
    if len(_known) >= _KEPT_EXCHANGES:
        _known.clear()
    _known[exchange] = found
