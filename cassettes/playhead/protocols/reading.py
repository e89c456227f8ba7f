"""A response as its protocol reads it: frames in, the state after any of them out.

Chooses the protocol when enough is known, feeds its reader, and holds the record. Knows frames and the
registry; knows no exchange and no protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playhead.model import Request, Response
from playhead.protocols import registry
from playhead.protocols.base import Certainty, Clues, Reader, StreamProtocol
from playhead.protocols.record import Record
from playhead.protocols.remarks import Remark, RemarkKind
from playhead.protocols.state import State
from playhead.sse import Frame, FrameKind

_EVENTS_FOR_DETECTION = 8
_FRAMES_FOR_DETECTION = 4096
"""Where so many frames brought no event that tells, the choice stands."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a response besides its frames. `body` is set where it is no stream of events."""

    request: Request | None = None
    response: Response | None = None
    body: bytes | None = None


class Reading:
    """Grows with `feed`, ends with `close`; `at` may be asked at any time.

    `protocol` names the one to read by; without it the stream is recognised, anew with each of its first
    events until they leave no doubt.
    """

    def __init__(self, answer: Answer, *, protocol: str | None = None) -> None:
        self._answer = answer
        self._wanted = protocol
        self._undecided: list[Frame] | None = None if protocol else []
        self._events: list[Frame] = []
        self._failures: tuple[str, ...] = ()
        self._size = 0
        self._over = False
        self._begin(self._choose().protocol)
        if answer.body is not None:
            self._read_body(answer.body)

    def __repr__(self) -> str:
        return f"<Reading of {self._size} frames: {self.protocol.name}>"

    def __len__(self) -> int:
        """How many frames were read; a body that is no stream counts as one."""
        return self._size

    @property
    def protocol(self) -> StreamProtocol:
        """The protocol by which it is read."""
        return self._protocol

    @property
    def is_undecided(self) -> bool:
        """Whether what is still to come may change the choice of the protocol."""
        return self._undecided is not None

    @property
    def record(self) -> Record:
        """What the reader has written."""
        return self._record

    @property
    def remarks(self) -> Sequence[Remark]:
        return self._record.remarks

    def at(self, frame: int) -> State:
        """The state after `frame`, from 0 to `len`; raises `IndexError` outside."""
        if not 0 <= frame <= self._size:
            raise IndexError(f"no frame {frame}: there are {self._size}")
        return State(self._record, self._protocol.name, frame)

    def final(self) -> State:
        """The state after the last frame; of a stream that is over, what the closing call returns."""
        return State(self._record, self._protocol.name, self._size, over=self._over)

    def feed(self, frames: Sequence[Frame]) -> None:
        """Take in the frames that follow."""
        if self._undecided is not None:
            self._decide(frames)
            return
        self._read(frames)

    def learn(self, request: Request | None, response: Response | None) -> None:
        """The head came after the first look at the exchange: what it tells of the protocol still counts."""
        if self._undecided is None or (request, response) == (self._answer.request, self._answer.response):
            return
        self._answer = Answer(request, response, self._answer.body)
        frames, self._undecided, self._events = self._undecided, [], []
        self._begin(self._choose().protocol)
        self.feed(frames)

    def close(self) -> None:
        """No more frames will come."""
        if self._over:
            return
        self._over = True
        self._undecided = None
        if self._answer.body is None:
            self._guarded_close()

    def _choose(self) -> registry.Detected:
        if self._wanted is not None:
            return registry.Detected(registry.protocol(self._wanted), Certainty.CONTENT, ())
        detected = registry.detect(self._clues())
        self._failures = detected.failures
        return detected

    def _clues(self) -> Clues:
        answer = self._answer
        return Clues(answer.request, answer.response, tuple(self._events), answer.body or b"")

    def _begin(self, protocol: StreamProtocol) -> None:
        self._protocol = protocol
        self._record = Record()
        self._size = 0
        try:
            self._reader: Reader = protocol.reader(self._record, self._clues())
        except Exception as error:  # noqa: BLE001 - as in `_read`
            self._record = Record()
            self._reader = registry.protocol(registry.FALLBACK).reader(self._record, self._clues())
            self._failed(0, error)
        for failure in self._failures:
            self._record.remark(0, RemarkKind.READER_FAILED, failure)

    def _decide(self, frames: Sequence[Frame]) -> None:
        """Read on; from the start again where the new frames tell another protocol."""
        assert self._undecided is not None
        for place, frame in enumerate(frames):
            self._undecided.append(frame)
            if frame.kind is FrameKind.EVENT:
                self._events.append(frame)
                certainty = self._read_undecided(frame)
            else:
                certainty = Certainty.NO
                self._read((frame,))
            if self._knows_enough(certainty):
                self._undecided = None
                self._read(frames[place + 1 :])
                return

    def _read_undecided(self, frame: Frame) -> Certainty:
        """Read an event that was added to the clues: by the same protocol, or all anew by another."""
        assert self._undecided is not None
        before = self._failures
        chosen = self._choose()
        if chosen.protocol is not self._protocol:
            self._begin(chosen.protocol)
            self._read(self._undecided)
            return chosen.certainty
        self._read((frame,))
        for failure in self._failures:
            if failure not in before:
                self._record.remark(len(self), RemarkKind.READER_FAILED, failure)
        return chosen.certainty

    def _knows_enough(self, certainty: Certainty) -> bool:
        assert self._undecided is not None
        return (
            certainty is Certainty.CONTENT
            or len(self._events) >= _EVENTS_FOR_DETECTION
            or len(self._undecided) >= _FRAMES_FOR_DETECTION
        )

    def _read(self, frames: Sequence[Frame]) -> None:
        number = self._size
        feed = self._reader.feed
        for frame in frames:
            number += 1
            try:
                feed(number, frame)
            except Exception as error:  # noqa: BLE001 - a reader may be anybody's; the stream is shown all the same
                self._failed(number, error)
        self._size = number

    def _read_body(self, body: bytes) -> None:
        self._size = 1
        try:
            self._reader.read_body(body)
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(1, error)

    def _guarded_close(self) -> None:
        try:
            self._reader.close(self._size)
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(self._size, error)

    def _failed(self, frame: int, error: Exception) -> None:
        text = f"the reader of {self._protocol.name} failed: {type(error).__name__}: {error}"
        self._record.remark(frame, RemarkKind.READER_FAILED, text)
