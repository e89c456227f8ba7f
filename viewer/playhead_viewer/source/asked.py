"""An event of a stream as a filter asks about it, with others whose bytes are read together."""

from __future__ import annotations

from playhead_viewer.source.portions import Portion
from playhead_viewer.source.stream import Stream


class Asked:
    """Event `number`, which may be set to another: one object answers for all events."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._portion: Portion | None = None
        self._first = self._last = 1
        self.number: int = 1

    def begin(self, first: int, last: int) -> None:
        """These are asked about next: their bytes are read together, once they are wanted."""
        self._first, self._last, self._portion = first, last, None

    def kind(self) -> str:
        return self._stream.kind(self.number)[0].value

    def type(self) -> str:
        return self._stream.type(self.number)

    def block(self) -> int | None:
        return self._stream.kind(self.number)[1]

    def text(self) -> str:
        if self._portion is None:
            self._portion = Portion(self._stream, self._first, self._last)
        return self._portion.haystack(self.number)

    def gap(self) -> float | None:
        return self._stream.gap(self.number)

    def size(self) -> int:
        return self._stream.size(self.number)

    def t(self) -> float | None:
        return self._stream.time(self.number)

    def n(self) -> int:
        return self.number
