"""The text of a cassette that comes through a pipe: shown as it comes, however long that takes.

Knows descriptors that block and the one thread that waits for them; not what a line says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from playhead_viewer.source.files import Place

_READ = 64 * 1024


class PipeText:
    """What has come so far; a thread waits for more.

    `read` gives bytes as soon as there are any, and none at the end. A text that was let go takes nothing in
    any more, as soon as its thread is given something.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._data = bytearray()
        self._at = 0
        self._came = threading.Condition()
        self._has_ended = False
        self.is_cut: bool = False
        threading.Thread(target=self._take, name="playhead-pipe", daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self._has_ended

    def first(self, size: int) -> bytes:
        """The first bytes, so many of them or all there are. Waits for them."""
        with self._came:
            self._came.wait_for(lambda: self._has_ended or len(self._data) >= size)
            return bytes(self._data[:size])

    def first_line(self) -> bytes:
        """The first line, or all there is. Waits for it."""
        with self._came:
            self._came.wait_for(lambda: self._has_ended or b"\n" in self._data)
            return bytes(self._data[: self._data.find(b"\n") + 1 or len(self._data)])

    def all(self) -> bytes:
        """What there is at the end. Waits for that."""
        with self._came:
            self._came.wait_for(lambda: self._has_ended)
            return bytes(self._data)

    def slice(self, start: int, end: int, /) -> bytes:
        with self._came:
            return bytes(self._data[start:end])

    def seek(self, offset: int, /) -> object:
        self._at = offset
        return offset

    def readline(self) -> bytes:
        with self._came:
            end = self._data.find(b"\n", self._at) + 1 or len(self._data)
            line = bytes(self._data[self._at : end])
        self._at = end
        return line

    def end(self) -> None:
        self._has_ended = True

    def _take(self) -> None:
        while not self._has_ended:
            try:
                data = self._read(_READ)
            except (OSError, ValueError):  # what cannot be read is over
                data = b""
            with self._came:
                if data and not self._has_ended:
                    self._data += data
                else:
                    self._has_ended = True
                self._came.notify_all()


class PipePlace(Place):
    """Where a text comes from that may go on: a writer is there until the end has come."""

    is_pipe = True
    growing = "receiving"

    def __init__(self, text: PipeText) -> None:
        super().__init__(None, None)
        self._text = text

    def is_live(self) -> bool:
        return not self._text.is_over
