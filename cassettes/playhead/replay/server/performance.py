"""One exchange played on one connection: each step at its time, as fast as the client takes it.

Knows steps and deadlines. A callback, not a task: it is woken at a deadline, writes, and is gone until the
next, so that two hundred streams cost two hundred timers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final, Protocol

import h11

from playhead.errors import PlayheadError
from playhead.plan import End, Finish, Head, Send, Step, Wait
from playhead.replay.playback import ended_message
from playhead.replay.server.deadlines import Deadlines, Handle
from playhead.replay.server.wire import Wire

_WRITE_SIZE: Final = 64 * 1024
"""Chunks without a wait between them share writes up to this size; then other streams have their turn."""


class Host(Protocol):
    """Whoever plays: told what happens."""

    def played(self) -> None: ...
    def say(self, text: str) -> None: ...
    def missed(self, text: str) -> None: ...
    def recording_ended(self, text: str) -> None: ...


class Performance:
    """Performs `steps` on `wire`; times count from `start` on the loop's clock."""

    def __init__(
        self,
        steps: Iterator[Step],
        wire: Wire,
        *,
        loop: asyncio.AbstractEventLoop,
        deadlines: Deadlines,
        host: Host,
        what: str,
        linger: float,
    ) -> None:
        self._steps = steps
        self._wire = wire
        self._loop = loop
        self._deadlines = deadlines
        self._host = host
        self._what = what
        self._linger = linger
        self._start = loop.time()
        self._pieces: list[bytes] = []
        self._next: Handle | None = None
        self._paused = False
        self._over = False
        self._headed = False
        self.stalled: bool = False
        """Whether nothing more will come, so that a client that closes its side has left."""

    def begin(self) -> None:
        self._advance()

    def pause(self) -> None:
        """The client takes no more."""
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        if self._next is None:
            self._advance()

    def stop(self) -> None:
        """The connection is gone."""
        self._over = True
        if self._next is not None:
            self._next.cancel()

    def _advance(self) -> None:
        self._next = None
        try:
            self._perform()
        except (PlayheadError, h11.LocalProtocolError) as error:
            self._over = True
            self._flush()
            self._host.missed(f"{self._what} cannot be played further: {error}")
            self._wire.reset()

    def _perform(self) -> None:
        """Steps up to the next deadline, or until the client or the other streams must have their turn."""
        size = 0
        while not (self._paused or self._over):
            step = next(self._steps)
            if type(step) is Send:
                self._pieces.append(self._wire.framed_chunk(step.data))
                size += len(step.data)
                if size >= _WRITE_SIZE:
                    self._flush()
                    self._next = self._loop.call_soon(self._advance)
                    return
                continue
            self._flush()
            if type(step) is Wait:
                due = self._start + step.until
                if due > self._loop.time():
                    self._next = self._deadlines.at(due, self._advance)
                    return
            elif type(step) is Head:
                self._headed = not step.interim
                self._wire.head(step)
            elif type(step) is End:
                self._over = True
                self._end(step)

    def _flush(self) -> None:
        if self._pieces:
            self._wire.write(self._pieces)
            self._pieces.clear()

    def _end(self, end: End) -> None:
        match end.finish:
            case Finish.CLEAN:
                self._wire.whole(end.trailers)
                self._host.played()
            case Finish.INCOMPLETE | Finish.GOAWAY:
                self._wire.cut()
            case Finish.MALFORMED:
                self._wire.write([end.raw])
                self._wire.close()
            case Finish.RESET | Finish.STREAM_RESET | Finish.REFUSED:
                self._wire.reset()
            case Finish.STALL:
                self.stalled = True
            case Finish.RECORDING_ENDED:
                self._recording_ended(end)

    def _recording_ended(self, end: End) -> None:
        message = f"{ended_message(end, self._what, head=self._headed)}; the connection was aborted"
        if not self._headed:
            # There is no response to play: a miss, as a client's own replay has it.
            self._host.missed(message)
            self._wire.reset()
            return

        def give_up() -> None:
            self._host.recording_ended(message)
            self._wire.reset()

        if not self._linger:
            give_up()
            return

        def wait() -> None:
            self._next = self._deadlines.at(self._loop.time() + self._linger, give_up)

        # A client that was recorded leaving does so here, too: who has all and is still there wants more.
        self.stalled = True
        self._wire.once_taken(wait)
