"""The lines that google-genai reads, put together again from frames, and the JSON texts it makes of them.

It knows no SSE: `playhead.segments` does with the lines what it does. So it fails on comments and on
`event`, `id` and `retry` lines, and understands an error that comes as a JSON body. Knows frames; knows no
JSON.
"""

from __future__ import annotations

from collections.abc import Iterator

from playhead.segments import Segments
from playhead.sse import Frame, FrameKind


class Lines:
    """Frames in, JSON texts out."""

    __slots__ = ("_last_id", "_segments")

    def __init__(self) -> None:
        self._segments = Segments()
        self._last_id = ""

    def is_usual(self, frame: Frame) -> bool:
        """Whether the frame is data and nothing else, and none of it could be cut elsewhere than at LF.

        Control characters are not looked for: where the data is JSON there are none.
        """
        data = frame.data
        return (
            data is not None
            and frame.kind is FrameKind.EVENT
            and frame.event == "message"
            and frame.id == self._last_id
            and frame.retry is None
            and frame.comment is None
            and frame.other is None
            and (data.isascii() or not ("\u2028" in data or "\u2029" in data or "\x85" in data))
        )

    def feed(self, frame: Frame) -> list[str]:
        """The texts that this frame completes; a `TAIL` frame ends the stream."""
        texts: list[str] = []
        for written in self._written(frame):
            for line in (written + "\n").splitlines():
                texts += self.line(line)
        self._last_id = frame.id
        return texts + (self.close() if frame.kind is FrameKind.TAIL else self.line(""))

    def line(self, line: str) -> list[str]:
        """The texts that this line completes."""
        return [segment.text for segment in self._segments.take(line)]

    def close(self) -> list[str]:
        """The texts that the end of the stream completes."""
        return [segment.text for segment in self._segments.close()]

    def _written(self, frame: Frame) -> Iterator[str]:
        """The lines of a frame, as far as it still tells them."""
        if frame.comment is not None:
            yield from (f": {line}" for line in frame.comment.split("\n"))
        if frame.event is not None and not (frame.kind is FrameKind.EVENT and frame.event == "message"):
            yield f"event: {frame.event}"
        if frame.kind is FrameKind.ID or frame.id != self._last_id or _is_bare_tail(frame):
            yield f"id: {frame.id}"
        if frame.retry is not None:
            yield f"retry: {frame.retry}"
        if frame.other is not None:
            yield from frame.other.split("\n")
        if frame.data is not None:
            yield from (f"data: {line}" for line in frame.data.split("\n"))


def _is_bare_tail(frame: Frame) -> bool:
    """Whether an unterminated block is one of `id` lines alone, which are not committed, and so not told."""
    parts = (frame.data, frame.event, frame.retry, frame.comment, frame.other)
    return frame.kind is FrameKind.TAIL and all(part is None for part in parts)


def lines_of(body: str) -> list[str]:
    """The texts in a body that is read as a whole."""
    lines = Lines()
    texts: list[str] = []
    for line in body.splitlines():
        texts += lines.line(line)
    return texts + lines.close()
