"""How a WHATWG `EventSource` reads a body: `playhead.sse.Decoder`, and which bytes make no event.

A message event has no `retry`: the browser keeps that to itself. Knows lines and frames; no other client.
"""

from __future__ import annotations

from collections import deque

from playhead.clients.body import ClientDecoder
from playhead.clients.lines import AtOnce, Line
from playhead.clients.records import Outcome, Seen, Unseen, UnseenReason
from playhead.sse import Decoder, Frame, FrameKind

_BOM = b"\xef\xbb\xbf"
_REASONS = {
    FrameKind.COMMENT: UnseenReason.COMMENT,
    FrameKind.ID: UnseenReason.NO_EVENT,
    FrameKind.RETRY: UnseenReason.NO_EVENT,
    FrameKind.DATALESS: UnseenReason.NO_EVENT,
    FrameKind.TAIL: UnseenReason.TAIL,
}


def decoder() -> ClientDecoder:
    return _Decoder()


class _Decoder:
    def __init__(self) -> None:
        self._decoder = Decoder()
        self._lines = AtOnce()
        self._ignored: deque[Unseen] = deque()  # in no frame yet, in order

    def feed(self, chunk: bytes) -> list[Outcome]:
        for line in self._lines.feed(chunk):
            reason = _ignored(line)
            if reason is not None:
                self._ignored.append(Unseen(line.start, line.end, reason))
        return [outcome for frame in self._decoder.feed(chunk) for outcome in self._outcomes(frame)]

    def close(self, *, whole: bool = True) -> list[Outcome]:
        return [outcome for frame in self._decoder.close() for outcome in self._outcomes(frame)]

    def _outcomes(self, frame: Frame) -> list[Outcome]:
        inside = []
        while self._ignored and self._ignored[0].end <= frame.end:
            inside.append(self._ignored.popleft())
        if frame.kind is not FrameKind.EVENT:
            return [Unseen(frame.start, frame.end, _REASONS[frame.kind])]
        seen = Seen(frame.start, frame.end, frame.chunk, frame.event, frame.data or "", frame.id, None)
        return [seen, *inside]


def _ignored(line: Line) -> UnseenReason | None:
    """Why the line counts for nothing, whatever frame it stands in."""
    data = line.data.removeprefix(_BOM) if line.start == 0 else line.data
    if not data:
        return None
    name, _, value = data.partition(b":")
    if not name:
        return UnseenReason.COMMENT
    value = value.removeprefix(b" ")
    if (name == b"id" and b"\0" in value) or (name == b"retry" and not value.isdigit()):
        return UnseenReason.VALUE
    return None if name in (b"data", b"event", b"id", b"retry") else UnseenReason.FIELD
