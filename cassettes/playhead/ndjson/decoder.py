"""The incremental line decoder: of the same shape as `playhead.sse.Decoder`, and of the same frames.

A line ends with LF, or CRLF; a line of nothing but spaces is no frame. What stands unterminated at the end
is a line like any other: that is how clients that iterate lines read it (httpx `iter_lines`, by which the
ollama client reads). Knows bytes and frames.
"""

from __future__ import annotations

from playhead.sse.frames import Frame, FrameKind

_SPACES = b" \t\r\n"


class Decoder:
    """Bytes in, frames out; one instance a stream.

    >>> decoder = Decoder()
    >>> [frame.data for frame in decoder.feed(b'{"a":1}\\n{"b"')]
    ['{"a":1}']
    >>> [frame.data for frame in decoder.close()]
    ['{"b"']
    """

    __slots__ = ("_chunk", "_parts", "_position")

    def __init__(self) -> None:
        self._parts: list[bytes] = []  # of a line that has not ended
        self._position = 0  # where that line starts
        self._chunk = 0

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that this chunk completes. An empty chunk counts as a chunk."""
        self._chunk += 1
        whole, newline, rest = chunk.rpartition(b"\n")
        if not newline:
            if chunk:
                self._parts.append(chunk)
            return []
        if self._parts:
            self._parts.append(whole)
            whole = b"".join(self._parts)
            self._parts.clear()
        frames: list[Frame] = []
        for line in whole.split(b"\n"):
            start = self._position
            self._position = start + len(line) + 1
            if line.strip(_SPACES):
                frames.append(read_line(line, start, self._position, self._chunk))
        if rest:
            self._parts.append(rest)
        return frames

    def close(self) -> list[Frame]:
        """The stream has ended: the line that stood open, if any."""
        line = b"".join(self._parts)
        self._parts.clear()
        start = self._position
        self._position = end = start + len(line)
        return [read_line(line, start, end, self._chunk)] if line.strip(_SPACES) else []


def read_line(line: bytes, start: int, end: int, chunk: int) -> Frame:
    """The frame of a line; its own line end may still stand in it."""
    return Frame(
        FrameKind.EVENT, start, end, chunk, "message", line.strip(_SPACES).decode("utf-8", "replace")
    )
