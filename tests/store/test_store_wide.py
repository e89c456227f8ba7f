"""Offsets beyond four gigabytes: columns that begin narrow take them."""

from __future__ import annotations

import io

from playhead.arrays import WIDE
from playhead.frames import Frames
from playhead.protocols.ledger import Rope
from playhead.sse import Frame, FrameKind
from playhead.store.index import Index
from playhead.store.source import Growing

HEADER = b'{"type":"header","format":"playhead-cassette","version":1}\n'
CHUNK = b'{"type":"chunk","exchange":1,"text":"data: a\\n\\n"}\n'


class Far(io.BytesIO):
    """A text that begins so far behind the beginning of its file."""

    shift = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        return super().seek(offset - self.shift if offset >= self.shift else offset, whence)

    def tell(self) -> int:
        return super().tell() + self.shift


def test_lines_of_a_long_file() -> None:
    file = Far(HEADER + CHUNK)
    index = Index(Growing(file), "made")
    index.grow()
    assert index[1] == CHUNK
    file.shift = WIDE
    index._end += WIDE
    index._settled += WIDE
    file.write(CHUNK * 2)
    index.grow()
    assert [index[place] for place in (2, 3)] == [CHUNK, CHUNK]
    assert index.number(3) == 4


def test_frames_of_a_long_body() -> None:
    frames = Frames(None)
    spans = ((5, 9), (WIDE - 4, WIDE), (WIDE + 2, WIDE + 9))
    for start, end in spans:
        frames._add([Frame(FrameKind.EVENT, start, end, 1)])
        frames._offset(end)
    assert [frames.span(at) for at in range(3)] == [(5, WIDE - 4), (WIDE - 4, WIDE + 2), (WIDE + 2, WIDE + 9)]


def test_text_of_a_long_message() -> None:
    rope = Rope()
    rope.append(1, "a")
    rope._size = WIDE - 1
    rope.append(2, "b")
    rope.append(3, "c")
    assert [rope.size_at(frame) for frame in (1, 2, 3)] == [1, WIDE, WIDE + 1]
