"""One replay from the client's side, read by read: what each read gives, how long it takes, how it fails.

The logic that sync and async drivers share: generators that give bytes, or a deadline to sleep until, and
raise what the client must meet. Reads the clock it is handed; never sleeps, knows no library.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from operator import length_hint
from typing import Final, NoReturn, Protocol

from playhead.errors import InputError, RecordingEnded, ReplayMiss, UsageError
from playhead.model import EndingKind, Framing
from playhead.plan import Act, End, Finish, Head, Pace, Plan, Send, Speed, Step, Wait, paced
from playhead.replay.drive import is_virtual, virtual_clock
from playhead.sanitise import sanitise

__tracebackhide__ = True
"""What a stream ends with is the client library's error: pytest shows its frames and the code's, not ours."""
_FOR_EVER: Final = 30 * 86400.0
"""Seconds of virtual time after which nobody waits any more."""


class Failures(Protocol):
    """The exceptions that a client library raises for what a connection does."""

    def timed_out(self) -> Exception: ...
    def reset(self) -> Exception: ...
    def closed(self, *, waiting: bool) -> Exception: ...
    def incomplete(self, head: Head | None, end: End) -> Exception: ...
    def refused(self, end: End) -> Exception: ...
    def stream_reset(self, end: End) -> Exception: ...
    def goaway(self, end: End) -> Exception: ...
    def malformed(self, head: Head | None, end: End) -> tuple[list[bytes], Exception]: ...


class Playback:
    """A replay to one request. `head` first, then `body`; both go through the same steps.

    `limit` is how long the client lets one read last, in seconds; `None` is for ever. `what` names the
    exchange in messages. `miss` makes, and notes, what a request raises that cannot be answered; `ended`
    what a read does behind the end of a recording.
    """

    def __init__(
        self,
        acts: Iterable[Act],
        *,
        pace: Pace,
        now: Callable[[], float],
        limit: float | None,
        failures: Callable[[bool], Failures],
        what: str,
        miss: Callable[[str], ReplayMiss] = ReplayMiss,
        ended: Callable[[str], RecordingEnded] = RecordingEnded,
    ) -> None:
        self._steps = paced(acts, pace)
        # What is ready once there is a head, until somebody asks for it.
        self._whole = acts if pace.speed == "max" and isinstance(acts, Plan) else None
        self._speed: Speed = pace.speed
        self.failures: Callable[[bool], Failures] = failures
        """Makes what the client meets, before the head or behind it. Holds nothing of the cassette."""
        self._now = now
        self._clock = virtual_clock()
        self._start = 0.0 if pace.speed == "max" else now()
        self._limit = limit
        self._what = what
        self._miss = miss
        self._ended = ended
        self._head: Head | None = None
        self._chunks: list[bytes] = []
        self._ready: Iterator[bytes] = iter(())
        self._is_closed = False
        self._misses_chunks = False

    def head(self) -> Generator[float, None, Head]:
        """Yields deadlines; returns the final head. Interim heads are passed over, as clients do.

        Raises `ReplayMiss` where the cassette proves to be damaged: clients try again after an `Exception`
        before the head, and the next try would hide it.
        """
        try:
            for step in self._steps:
                if type(step) is Wait:
                    yield from self._wait(step.until)
                elif type(step) is Head:
                    if not step.interim:
                        self._head = step
                        return step
                elif type(step) is End:
                    for part in self._end(step):
                        # What is malformed before the head holds no body.
                        assert not isinstance(part, bytes)
                        yield part
        except (InputError, UsageError) as error:
            raise self._miss(f"{self._what} cannot be played: {error}") from error
        raise AssertionError("steps without a head or an end")

    def ready(self) -> Iterator[bytes]:
        """The chunks that wait for nothing, where these are known; `body` goes on behind them.

        At full speed that is a whole short recording, and no code of ours runs between its chunks. To be
        asked for once there is a head; whoever asks again gets what is left of them.
        """
        if self._whole is not None:
            self._steps = iter((self._whole.end,))
            self._chunks = list(self._whole.data)
            self._ready = iter(self._chunks)
            self._whole = None
        return self._ready

    def close(self) -> None:
        """The client closes the connection, and may still read: nothing more is given, not even an end.

        A real client still gives what has come and was not read; no recording knows how much that was, and
        here it is nothing.
        """
        self._is_closed = True
        self._misses_chunks = length_hint(self.ready()) > 0
        self._chunks.clear()  # ends `ready`, wherever it stands

    def body(self) -> Iterator[bytes | float]:
        """Yields the chunks, and deadlines between them; ends or raises as the recording did."""
        # The loop that a long replay spends its time in: exact types, no match, nothing done twice.
        try:
            for step in self._steps:
                if self._is_closed and not self._is_whole(step):
                    raise self.failures(False).closed(waiting=False)
                if type(step) is Send:
                    yield step.data
                elif type(step) is Wait:
                    yield from self._wait(step.until)
                elif type(step) is End:
                    yield from self._end(step)
        except InputError as error:
            self._miss(f"{self._what} cannot be played further: {error}")  # noted, though code may catch this
            raise

    def _is_whole(self, step: Step) -> bool:
        """Whether a client knows without another read that the body is over."""
        if self._misses_chunks or type(step) is not End or step.finish is not Finish.CLEAN:
            return False
        return step.sent == 0 or (self._head is not None and self._head.framing is Framing.LENGTH)

    def _wait(self, until: float) -> Iterator[float]:
        """The deadline of a step, or that of the read where the client gives up before."""
        if self._is_left_over():
            return
        due = self._start + until
        if self._limit is not None and due > (asked := self._now()) + self._limit:
            yield asked + self._limit
            raise self.failures(self._head is None).timed_out()
        yield due

    def _end(self, end: End) -> Iterator[bytes | float]:
        failures = self.failures(self._head is None)
        match end.finish:
            case Finish.CLEAN:
                return
            case Finish.INCOMPLETE:
                if self._head is not None and self._head.framing is Framing.CLOSE:
                    return
                raise failures.incomplete(self._head, end)
            case Finish.RESET:
                raise failures.reset()
            case Finish.STREAM_RESET:
                raise failures.stream_reset(end)
            case Finish.GOAWAY:
                raise failures.goaway(end)
            case Finish.MALFORMED:
                good, error = failures.malformed(self._head, end)
                yield from good
                raise error
            case Finish.REFUSED:
                raise failures.refused(end)
            case Finish.STALL:
                yield from self._stall(end)
                raise failures.timed_out()
            case Finish.RECORDING_ENDED:
                self._recording_ended(end)

    def _recording_ended(self, end: End) -> NoReturn:
        message = ended_message(end, self._what, head=self._head is not None)
        if self._head is None:
            # Clients try again after an exception before the head, and the next try would hide this one.
            raise self._miss(f"{message}.\nRecord this request again: there is no response to play.")
        raise self._ended(message)

    def _is_left_over(self) -> bool:
        """Whether the virtual time that it was asked in is over: its reader has outlived the test.

        What it waits for would then take the time of the wall, of whoever joins the reader.
        """
        return self._clock is not None and self._clock.is_closed

    def _stall(self, end: End) -> Iterator[float]:
        if self._limit is None:
            if is_virtual():
                yield self._now() + _FOR_EVER  # the code may have a deadline of its own
            if self._is_left_over():
                return
            why = f" ({sanitise(end.detail)})" if end.detail else ""  # the recorder's words, or an alteration
            raise self._miss(
                f"{self._what} stalls for ever here{why}, and the client waits for ever.\n"
                "Give the client a read timeout; it is then met as on a real connection."
            )
        if (self._speed != "max" or is_virtual()) and not self._is_left_over():
            yield self._now() + self._limit


_WHY = {
    EndingKind.CLIENT_CLOSED: "the client that was recorded closed the connection",
    EndingKind.RECORDER_STOPPED: "the recorder was stopped",
    EndingKind.TRUNCATED: "the recording has no end: the recorder died",
}


def ended_message(end: End, what: str, *, head: bool) -> str:
    """Why replay cannot go on past the end of a recording, which `what` names; `head`: there was one."""
    why = _WHY.get(end.kind, end.detail or end.kind.value)
    if end.detail and end.kind in _WHY:
        why = f"{why} ({end.detail})"
    where = f"after {end.sent} bytes" if head else "before any response"
    return sanitise(f"{what}: the recording stops {where}: {why}")
