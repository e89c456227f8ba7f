"""Exchanges that are played otherwise than they were recorded.

Knows exchanges and alterations. Whoever plays an exchange gets its altered acts from `acts_of`, and knows
nothing of it.
"""

from __future__ import annotations

import os
from typing import overload

from playhead.exchange import Exchange
from playhead.plan.alterations import Alteration
from playhead.plan.alterations.base import check
from playhead.store.cassette import Cassette, load


class Altered(Exchange):
    """An exchange that reads as its recording does, and is played as `alteration` makes it."""

    def __init__(self, exchange: Exchange, alteration: Alteration) -> None:
        super().__init__(exchange.number, exchange._lines, exchange._index, over=exchange.is_over)
        # What was read of the recording need not be read again.
        self.__dict__.update({name: exchange.__dict__[name] for name in _SHARED if name in exchange.__dict__})
        self.intact: Exchange = exchange
        """The exchange as it is played without the alteration."""
        self.alteration: Alteration = alteration

    def __repr__(self) -> str:
        return f"<{super().__repr__().strip('<>')}, altered: {self.alteration}>"


_SHARED = ("request", "responses", "response", "ending", "chunks", "losses", "redactions", "frames")


@overload
def altered(source: Exchange, alteration: Alteration) -> Exchange: ...
@overload
def altered(
    source: Cassette | str | os.PathLike[str], alteration: Alteration, *, number: int | None = None
) -> Cassette: ...
def altered(
    source: Cassette | Exchange | str | os.PathLike[str],
    alteration: Alteration,
    *,
    number: int | None = None,
) -> Cassette | Exchange:
    """A cassette, or one exchange, that is played as `alteration` makes it; it reads as it was recorded.

    Of a cassette every exchange is altered, or the one with `number`. Goes wherever a cassette or an
    exchange goes: into a transport, a server, a session. Raises `NoSuchExchange` for a number that none has.
    A point that an exchange does not have is a `ReplayMiss` when it is played; what is no alteration is a
    `UsageError` now.
    """
    check(alteration)
    if isinstance(source, Exchange):
        return Altered(source, alteration)
    cassette = source if isinstance(source, Cassette) else load(source)
    chosen = cassette.exchanges if number is None else (cassette[number],)
    return cassette.replacing({each.number: Altered(each, alteration) for each in chosen})
