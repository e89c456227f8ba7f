"""What a client's stream object makes of the events that its decoder gives it, one after another.

Knows fates; no client's rules: those are a function from an event to a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from playhead.clients.body import ClientDecoder
from playhead.clients.records import Fate, Outcome, Raised, Seen, Unseen, UnseenReason, Verdict

Judge = Callable[[Seen], Verdict]
_STOPS = frozenset({Fate.RAISES, Fate.ENDS})


class Judged:
    """A `ClientDecoder` whose events have their fate. Behind one that stops the client, all is unread."""

    def __init__(self, decoder: ClientDecoder, judge: Judge) -> None:
        self._decoder = decoder
        self._judge = judge
        self._position = 0
        self._stopped_at: int | None = None

    def feed(self, chunk: bytes) -> list[Outcome]:
        self._position += len(chunk)
        return self._judged(self._decoder.feed(chunk))

    def close(self, *, whole: bool = True) -> list[Outcome]:
        found = self._judged(self._decoder.close(whole=whole))
        if self._stopped_at is not None and self._stopped_at < self._position:
            found.append(Unseen(self._stopped_at, self._position, UnseenReason.UNREAD))
        return found

    def _judged(self, outcomes: Iterable[Outcome]) -> list[Outcome]:
        found: list[Outcome] = []
        for outcome in outcomes:
            if self._stopped_at is None:
                found.append(self._with_fate(outcome) if isinstance(outcome, Seen) else outcome)
            elif isinstance(outcome, Seen):
                found.append(msgspec.structs.replace(outcome, fate=Fate.UNREAD))
            elif isinstance(outcome, Unseen) and outcome.start < self._stopped_at:
                # Inside the event that stopped it, or begun before that and never whole.
                found.append(msgspec.structs.replace(outcome, end=min(outcome.end, self._stopped_at)))
        return found

    def _with_fate(self, seen: Seen) -> Seen:
        fate, error, message = self._judge(seen)
        if fate is Fate.YIELDED:
            return seen
        if fate in _STOPS:
            self._stopped_at = seen.end
        raised = None
        if fate is Fate.RAISES:
            raised = Raised(error, message, seen.start, seen.end, seen.chunk, seen.at_end)
        return msgspec.structs.replace(seen, fate=fate, raised=raised)
