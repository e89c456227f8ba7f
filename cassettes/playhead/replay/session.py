"""Which exchange answers a request: the first one with its method, path and query that was not played.

Knows requests as method and target, and what has been played; no client library, no socket. An exchange
whose request is unknown (an import) answers any request.
"""

from __future__ import annotations

import enum
import os
import secrets
import threading
from collections.abc import Sequence
from typing import Final, TypeAlias

from playhead.errors import ReplayMiss
from playhead.exchange import Exchange
from playhead.redaction import redact_url
from playhead.replay.targets import Recorded, recorded, target_of
from playhead.sanitise import sanitise
from playhead.store.cassette import Cassette, load

Source: TypeAlias = Cassette | Exchange | str | os.PathLike[str]
"""What is replayed: a cassette, the path of one, or a single exchange."""

_LISTED: Final = 20


class Repeats(enum.Enum):
    """What a request meets whose exchanges were all played."""

    FAIL = enum.auto()
    """A miss: in a test, one request too many is a finding."""
    LOOP = enum.auto()
    """The first of them again, then the second: a server is asked again and again."""


class Session:
    """Hands out the exchanges of a cassette, each to one request. Safe to use from several threads."""

    def __init__(self, exchanges: Sequence[Exchange], name: str, *, repeats: Repeats = Repeats.FAIL) -> None:
        self.name: str = sanitise(name)
        """What messages call the cassette."""
        self._exchanges = tuple(exchanges)
        self._recorded = [_answered(exchange) for exchange in exchanges]
        self._key = secrets.token_bytes(32)
        self._played = [0] * len(self._exchanges)
        self._repeats = repeats
        self._lock = threading.Lock()

    def take(self, method: str, target: str) -> Exchange:
        """The exchange that answers; it counts as played. Raises `ReplayMiss` where there is none.

        `target` is the path and query, or a whole URL.
        """
        asked = (method, target_of(target))
        with self._lock:
            fitting = [at for at, each in enumerate(self._recorded) if each is None or each.fits(*asked)]
            if self._repeats is Repeats.FAIL:
                fitting = [at for at in fitting if not self._played[at]]
            if not fitting:
                raise ReplayMiss(self._miss(*asked))
            at = min(fitting, key=self._played.__getitem__)
            self._played[at] += 1
            return self._exchanges[at]

    def shown(self, method: str, target: str) -> str:
        """A request as messages show it: the client's keys are its own."""
        return sanitise(f"{method} {redact_url(target, self._key)[0]}")

    def _miss(self, method: str, target: str) -> str:
        lines = [f"No exchange of {self.name} answers {self.shown(method, target)}"]
        lines.append("It holds:" if self._exchanges else "It holds no exchange.")
        for exchange, each, played in zip(
            self._exchanges[:_LISTED], self._recorded, self._played, strict=False
        ):
            what = sanitise(f"{each.method} {each.target}") if each else "any request"
            lines.append(f"  {exchange.number}. {what} ({'played' if played else 'not played yet'})")
        if len(self._exchanges) > _LISTED:
            lines.append(f"  and {len(self._exchanges) - _LISTED} more")
        if any(each is not None and each.fits(method, target) for each in self._recorded):
            lines.append("Every exchange for this request was played: it is made more often than recorded.")
        left = self._played.count(0)
        lines.append(f"{left} of {len(self._played)} are left to play.")
        lines.append("Record this request too, or correct its method, path or query.")
        return "\n".join(lines)


def session_of(source: Source, *, repeats: Repeats = Repeats.FAIL) -> Session:
    """A session over a cassette, over the one at a path, or over a single exchange."""
    if isinstance(source, Exchange):
        return Session((source,), f"exchange {source.number}", repeats=repeats)
    cassette = source if isinstance(source, Cassette) else load(source)
    return Session(cassette.exchanges, cassette.name, repeats=repeats)


def _answered(exchange: Exchange) -> Recorded | None:
    request = exchange.request
    return recorded(request, exchange.redactions) if request else None
