"""The raw pane: the bytes of a frame, line ends as control pictures, a ruler where each chunk begins.

Knows pieces of bytes made safe; not how they were found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from playhead_viewer.safe import Safe
from playhead_viewer.source.stream import Piece, Raw
from playhead_viewer.widgets.lines import FAINT, PLAIN, WARNING, Line, LinePane
from playhead_viewer.wrapping import wrap


class RawPane(LinePane):
    """Shows a `Raw`."""

    def __init__(self) -> None:
        super().__init__(id="raw")
        self.border_title = "Raw"
        self._raw = Raw((), 0)

    def show(self, number: int | None, raw: Raw) -> None:
        """Frame `number`, or the body where there is none."""
        self._raw = raw
        size = sum(piece.size for piece in raw.pieces) + raw.more
        self.border_title = f"Raw {f'#{number}' if number else 'body'} · {size:,} B"
        self.remake()

    def lines(self, width: int) -> Sequence[Line]:
        found: list[Line] = []
        for piece in self._raw.pieces:
            found.append([(_ruler(piece), FAINT)])
            for text, end in piece.lines:
                found.extend(_wrapped(text, end, width))
        if self._raw.more:
            found.append([(Safe(f"… {self._raw.more:,} more bytes"), WARNING)])
        return found


def _ruler(piece: Piece) -> Safe:
    size = f"{piece.size:,} B"
    if piece.size != piece.chunk_size:
        size = f"{piece.size:,} of {piece.chunk_size:,} B"
    t = "?" if piece.t is None else f"{piece.t:.3f}"
    return Safe(f"┄┄ chunk {piece.chunk:,} · {size} · t {t} ┄┄")


def _wrapped(text: Safe, end: Safe, width: int) -> Iterator[Line]:
    whole = text + end
    border = len(text)
    for start, stop in wrap(whole, width, words=False):
        spans = (
            (Safe(whole[start : min(stop, border)]), PLAIN),
            (Safe(whole[max(start, border) : stop]), FAINT),
        )
        yield [span for span in spans if span[0]]
