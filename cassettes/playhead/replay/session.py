"""Which exchange answers a request: the first that fits and was not played, then as `repeats` says.

Knows what has been played and what went wrong with it, whoever asks: transports, the server, a test. What
fits, `playhead.matching` decides. An exchange whose request is unknown (an import) answers any request.
"""

from __future__ import annotations

import enum
import os
import secrets
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from playhead.errors import PlayheadError, RecordingEnded, ReplayMiss, UsageError
from playhead.exchange import Exchange
from playhead.matching import DEFAULT, Book, Rules
from playhead.model import EndingKind, Request
from playhead.replay.books import book_of
from playhead.replay.shelf import opened
from playhead.sanitise import sanitise
from playhead.store.cassette import Cassette

if TYPE_CHECKING:
    from playhead.redaction import Policy


class Repeats(enum.StrEnum):
    """What a request meets whose exchanges were all played."""

    FAIL = "fail"
    """A miss: in a test, one request too many is a finding."""
    REPEAT = "repeat"
    """The last of them again."""
    LOOP = "loop"
    """The first of them again, then the second: a server is asked again and again."""

    @classmethod
    def of(cls, name: str) -> Repeats:
        """The one of that name; `UsageError` where there is none."""
        try:
            return cls(name)
        except ValueError:
            known = ", ".join(each.value for each in cls)
            raise UsageError(f"no such repeats: {name!r}", hint=f"There are: {known}.") from None


_CUT: Final = (EndingKind.CLIENT_CLOSED, EndingKind.RECORDER_STOPPED, EndingKind.TRUNCATED)
"""Endings behind which the server may have sent more."""


class Body(Protocol):
    """The body of a response that is played."""

    @property
    def number(self) -> int:
        """Its exchange's."""

    @property
    def is_open(self) -> bool:
        """Whether there may be more of it, and nobody closed it."""

    @property
    def transport(self) -> object:
        """With whose closing the connection closes."""

    def disconnect(self) -> None: ...


class Session:
    """Hands out the exchanges of a cassette, each to one request. Safe to use from several threads.

    `book` holds the requests of the exchanges where somebody has made it, by rules of its own. `miss` makes
    the exception that a miss is raised as; `misses` keeps every one, for whoever must know of
    those that the code under test has swallowed, and `ended` every recording that a client has read past the
    end of. `policy` tells what is secret in a request, where messages show it; by default the built-in one
    does. Raises `UsageError` where the rules compare a header of which a recorded request has only a
    placeholder.
    """

    def __init__(
        self,
        exchanges: Sequence[Exchange],
        name: str,
        *,
        rules: Rules = DEFAULT,
        book: Book | None = None,
        repeats: Repeats = Repeats.FAIL,
        miss: Callable[[str], ReplayMiss] = ReplayMiss,
        policy: Policy | None = None,
    ) -> None:
        self.name: str = sanitise(name)
        """What messages call the cassette."""
        self.exchanges: tuple[Exchange, ...] = tuple(exchanges)
        self.misses: list[ReplayMiss] = []
        self.ended: list[RecordingEnded] = []
        self.bodies: set[Body] = set()
        """What clients were given and have not closed."""
        self._book = book or book_of(self.exchanges, rules)
        refuse_lost_headers(self._book.rules, self.exchanges, self.name)
        self._played = [0] * len(self.exchanges)
        self._staged: Mapping[int, Exchange] = {}
        self._asked = 0
        self._repeats = repeats
        self._miss = miss
        self._policy = policy
        self._lock = threading.Lock()

    @cached_property
    def _key(self) -> bytes:
        """What placeholders in messages are made with; most sessions have none to tell."""
        return secrets.token_bytes(32)

    @property
    def unplayed(self) -> tuple[Exchange, ...]:
        """The exchanges that no request was answered with."""
        played = tuple(self._played)
        return tuple(each for each, count in zip(self.exchanges, played, strict=True) if not count)

    @property
    def left_open(self) -> tuple[int, ...]:
        """The numbers of the exchanges whose responses were neither read to their end nor closed."""
        return tuple(sorted(body.number for body in tuple(self.bodies) if body.is_open))

    def disconnect(self, transport: object) -> None:
        """A client closes its transport: close the connections of the bodies that it gave."""
        for body in tuple(self.bodies):
            if body.transport is transport:
                body.disconnect()

    def take(self, request: Request) -> Exchange:
        """The exchange that answers; it counts as played. Raises a `ReplayMiss` where there is none.

        The request's `url` may be only a path and query.
        """
        asked = self._compared(request)
        found = self._found(request, asked)
        if found is not None:
            return found
        raise self.missed(self._told(request, asked))

    def find(self, request: Request) -> Exchange | None:
        """The same, and `None` where nothing answers; a miss where a matcher cannot compare it."""
        return self._found(request, self._compared(request))

    def _compared(self, request: Request) -> tuple[Hashable, ...]:
        try:
            return self._book.compared(request)
        except Exception as error:
            raise self._incomparable(request, error) from error

    def _incomparable(self, request: Request, error: Exception) -> ReplayMiss:
        return self.missed(f"{self._named(request)} cannot be compared with {self.name}: {_reason(error)}")

    def _found(self, request: Request, asked: tuple[Hashable, ...]) -> Exchange | None:
        try:
            fitting = self._book.fitting(request, asked)
        except Exception as error:
            raise self._incomparable(request, error) from error
        with self._lock:
            self._asked += 1
            place = self._choice(fitting)
            if place is None:
                return None
            self._played[place] += 1
            exchange = self.exchanges[place]
            return self._staged.get(exchange.number, exchange) if self._played[place] == 1 else exchange

    @property
    def asked(self) -> int:
        """How many requests there have been, answered or not, since the start or since `restage`."""
        return self._asked

    def restage(self, exchanges: Mapping[int, Exchange], repeats: Repeats) -> None:
        """Start over: nothing has been played, missed or left open.

        `exchanges`, by number, are played in the places of those of the cassette, once each; a request that
        is made again meets what was recorded. `repeats` holds from here on.
        """
        with self._lock:
            self._staged = dict(exchanges)
            self._asked = 0
            self._repeats = repeats
            self._played = [0] * len(self.exchanges)
            self._forget()

    def settle(self) -> None:
        """Let everything count as played, and nothing as missed or left open."""
        with self._lock:
            self._played = [max(count, 1) for count in self._played]
            self._forget()

    def _forget(self) -> None:
        self.misses.clear()
        self.ended.clear()
        self.bodies.clear()

    @property
    def repeats(self) -> Repeats:
        """What a request meets whose exchanges were all played."""
        return self._repeats

    def missed(self, why: str) -> ReplayMiss:
        """A miss to raise; it is noted."""
        try:
            miss = self._miss(why)
        except Exception as error:  # noqa: BLE001 - what cannot be told well is a miss all the same
            miss = ReplayMiss(f"{why}\nMore cannot be told: {_reason(error)}")
        self.misses.append(miss)
        return miss

    def recording_ended(self, why: str) -> RecordingEnded:
        """What a client is to meet that reads on where a recording stops; it is noted."""
        ended = RecordingEnded(why, hint="What the server sent after this, nobody knows.")
        self.ended.append(ended)
        return ended

    def shown(self, request: Request) -> str:
        """A request as messages show it: the client's keys are its own."""
        from playhead.matching.misses import asked

        return asked(self._hidden(request))

    def _hidden(self, request: Request) -> Request:
        from playhead.matching.misses import without_secrets

        if self._policy is None:
            return without_secrets(request, self._key)
        return without_secrets(request, self._key, self._policy)

    def _told(self, request: Request, asked: tuple[Hashable, ...]) -> str:
        """Why nothing answers."""
        try:
            from playhead.matching.misses import told  # diffs and redaction: most tests never miss

            numbers = [each.number for each in self.exchanges]
            played = tuple(self._played)
            text = told(self._book, request, played, numbers, self.name, self._hidden, asked)
            return text + self._told_cut(request, asked, played)
        except Exception as error:  # noqa: BLE001 - what cannot be told well is a miss all the same
            shown = self._named(request)
            return f"No exchange of {self.name} answers {shown}\nMore cannot be told: {_reason(error)}"

    def _told_cut(self, request: Request, asked: tuple[Hashable, ...], played: Sequence[int]) -> str:
        """That the client may have met the end of a recording, which the code has swallowed."""
        fitting = [self.exchanges[place] for place in self._book.fitting(request, asked) if played[place]]
        cut = [str(each.number) for each in fitting if each.ending.kind in _CUT]
        if not cut:
            return ""
        return (
            f"\nThe recording of exchange {', '.join(cut)} stops before the stream did: a client that reads "
            "on gets a RecordingEnded, and may have asked again. Record it whole."
        )

    def _named(self, request: Request) -> str:
        """`shown`, or less where even that fails: what is left out may be a key."""
        try:
            return self.shown(request)
        except Exception:  # noqa: BLE001 - see above
            return sanitise(request.method)

    def _choice(self, fitting: Sequence[int]) -> int | None:
        for place in fitting:
            if not self._played[place]:
                return place
        if not fitting or self._repeats is Repeats.FAIL:
            return None
        if self._repeats is Repeats.REPEAT:
            return fitting[-1]
        return min(fitting, key=self._played.__getitem__)


def _reason(error: Exception) -> str:
    if isinstance(error, PlayheadError):
        return str(error)
    return sanitise(f"{type(error).__name__}: {error}"[:_REASON])


_REASON: Final = 400
"""Characters of somebody else's error."""


def refuse_lost_headers(rules: Rules, exchanges: Sequence[Exchange], name: str) -> None:
    """Raises `UsageError` where `match_on` names a header that was redacted: it would tell nothing apart."""
    if not rules.named_headers:
        return
    for each in exchanges:
        lost = each.request and rules.lost(each.request, each.redactions)
        if lost:
            raise UsageError(
                f"requests cannot be matched on headers.{sanitise(lost)}: exchange {each.number} of {name} "
                "has only a placeholder of it, and any value would fit",
                hint=lost_hint(lost),
            )


def lost_hint(name: str) -> str:
    """What to do about a header of `match_on` that redaction takes."""
    from playhead.matching.headers import is_credential

    if is_credential(name):
        return "It always holds a credential. Leave it out of match_on, or match on another header."
    shown = sanitise(name.lower())
    return (
        f'Keep it and record again: --allow-header {shown}, or [headers] allow = ["{shown}"] in the policy '
        "file, which tests name by the ini value playhead_policy."
    )


Source: TypeAlias = Cassette | Exchange | Session | str | os.PathLike[str]
"""What is replayed: a cassette, the path of one, a single exchange; or a session, which others share."""


def session_of(source: Source, *, rules: Rules = DEFAULT, repeats: Repeats = Repeats.FAIL) -> Session:
    """A session over a cassette, over the one at a path, or over a single exchange; one that is given.

    A given session keeps its own rules. Raises `UsageError` for anything else.
    """
    if isinstance(source, Session):
        return source
    if isinstance(source, Exchange):
        return Session((source,), f"exchange {source.number}", rules=rules, repeats=repeats)
    if not isinstance(source, Cassette | str | os.PathLike):
        raise UsageError(
            f"nothing to replay: {source!r}",
            hint="Give a cassette, the path of one, an exchange or a session.",
        )
    cassette = source if isinstance(source, Cassette) else opened(source)
    return Session(cassette.exchanges, cassette.name, rules=rules, repeats=repeats)
