"""The bytes of an event, line ends as control pictures, a ruler where each chunk begins."""

from __future__ import annotations

from collections.abc import Iterator

from playhead_viewer.panes.document import Document, Line, Style, line
from playhead_viewer.source.moment import Moment
from playhead_viewer.source.stream import Piece
from playhead_viewer.text.numbers import size
from playhead_viewer.text.safe import Safe
from playhead_viewer.text.wrapping import wrap


def document(moment: Moment, width: int) -> Document:
    stream, number = moment.stream, moment.number
    raw = stream.raw(number) if number else stream.raw_body()
    found: list[Line] = []
    for piece in raw.pieces:
        found.append(line(_ruler(piece, moment), Style.FAINT))
        for text, end in piece.lines:
            found.extend(_wrapped(text, end, width))
    if raw.more:
        found.append(line(f"… {raw.more:,} more bytes: o opens them all in your editor", Style.WARNING))
    if not found:
        found.append(line("No bytes.", Style.FAINT))
    total = sum(piece.size for piece in raw.pieces) + raw.more
    return Document(found, title=Safe(f"Raw {f'#{number}' if number else 'body'} · {size(total)}"))


def _ruler(piece: Piece, moment: Moment) -> Safe:
    told = f"{piece.size:,} B"
    if piece.size != piece.chunk_size:
        told = f"{piece.size:,} of {piece.chunk_size:,} B"
    shown = moment.shown(piece.t)
    t = "?" if shown is None else f"{shown:.3f}"
    return Safe(f"┄┄ chunk {piece.chunk:,} · {told} · t {t} ┄┄")


def _wrapped(text: Safe, end: Safe, width: int) -> Iterator[Line]:
    whole = text + end
    border = len(text)
    for start, stop in wrap(whole, width, words=False):
        if start < stop <= border:  # as nearly all lines of a long one are
            yield ((Safe(whole[start:stop]), Style.PLAIN),)
            continue
        spans = (
            (Safe(whole[start : min(stop, border)]), Style.PLAIN),
            (Safe(whole[max(start, border) : stop]), Style.FAINT),
        )
        yield [span for span in spans if span[0]]
