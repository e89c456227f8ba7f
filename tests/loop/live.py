"""A stream that a test drives step by step: nothing goes on until the client has what was sent."""

from __future__ import annotations

import queue
from collections.abc import Callable

from .clients import Raw
from .origin import Http1, Origin
from .recorder import Recorder


class Live:
    """`with Live(origin, recorder) as live:` the head has reached the client."""

    def __init__(self, origin: Origin, recorder: Recorder) -> None:
        self._steps: queue.SimpleQueue[Callable[[Http1], None] | None] = queue.SimpleQueue()
        self.play = origin.play(self._run)
        self.raw = Raw(recorder.url)
        self.received: list[bytes] = []
        self.raw.ask(self.play.path)
        self.raw.head()
        self.play.took(b"")

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *_: object) -> None:
        self._steps.put(None)
        self.raw.socket.close()

    def pass_on(self, *pieces: bytes) -> None:
        """Send each; the client reads it before the next."""
        for piece in pieces:
            self._steps.put(lambda out, piece=piece: out.send(piece))
            read = 0
            while read < len(piece):
                chunk = self.raw.chunk()
                self.play.took(chunk)
                self.received.append(chunk)
                read += len(chunk)

    def finish(self) -> None:
        """The origin ends the stream, and the client reads that."""
        self._steps.put(Http1.whole)
        assert self.raw.chunk() == b""

    def _run(self, out: Http1) -> None:
        out.head()
        out.sent(0)
        while (step := self._steps.get()) is not None:
            step(out)
        out.open = False


def numbered(count: int, start: int = 0, size: int = 100) -> list[bytes]:
    """Events that tell each other apart."""
    return [b"data: %d %b\n\n" % (number, b"x" * size) for number in range(start, start + count)]
