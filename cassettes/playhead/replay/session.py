"""Which exchange answers a request: the first one with its method, path and query that was not played.

Knows requests as method and target, and what has been played; no client library, no socket. Hosts are not
compared: a replay stands on another one. An exchange whose request is unknown (an import) answers any
request.
"""

from __future__ import annotations

import enum
import os
import threading
from collections.abc import Sequence
from typing import Final, TypeAlias

from playhead.errors import ReplayMiss
from playhead.exchange import Exchange
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
        self.name = name
        """What messages call the cassette."""
        self._exchanges = tuple(exchanges)
        self._keys = [_key(exchange) for exchange in exchanges]
        self._played = [0] * len(self._exchanges)
        self._repeats = repeats
        self._lock = threading.Lock()

    def take(self, method: str, target: str) -> Exchange:
        """The exchange that answers; it counts as played. Raises `ReplayMiss` where there is none.

        `target` is the path and query, or a whole URL.
        """
        asked = (method, _path_and_query(target))
        with self._lock:
            fitting = [at for at, key in enumerate(self._keys) if key is None or key == asked]
            if self._repeats is Repeats.FAIL:
                fitting = [at for at in fitting if not self._played[at]]
            if not fitting:
                raise ReplayMiss(self._miss(*asked))
            at = min(fitting, key=self._played.__getitem__)
            self._played[at] += 1
            return self._exchanges[at]

    def _miss(self, method: str, target: str) -> str:
        lines = [f"No exchange of {self.name} answers {method} {target}"]
        lines.append("It holds:" if self._exchanges else "It holds no exchange.")
        for exchange, key, played in zip(self._exchanges[:_LISTED], self._keys, self._played, strict=False):
            state = "played" if played else "not played yet"
            lines.append(f"  {exchange.number}. {' '.join(key or ('any request',))} ({state})")
        if len(self._exchanges) > _LISTED:
            lines.append(f"  and {len(self._exchanges) - _LISTED} more")
        if any(key == (method, target) for key in self._keys):
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


def _key(exchange: Exchange) -> tuple[str, str] | None:
    request = exchange.request
    return (request.method, _path_and_query(request.url)) if request else None


def _path_and_query(url: str) -> str:
    """The target of a request, out of a whole URL too; the fragment, which is never sent, left out."""
    if not url.startswith("/"):
        rest = url.partition("://")[2] or url
        at = min((place for place in map(rest.find, "/?#") if place >= 0), default=len(rest))
        url = rest[at:]
    target = url.partition("#")[0]
    return target if target.startswith("/") else f"/{target}"
