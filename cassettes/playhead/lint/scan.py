"""One pass over the bytes of a body: where something stands that decoders read in more than one way.

Knows bytes and lines, and that lines end in CR, LF or CRLF. What a place means, the rules know; they share
the pass.
"""

from __future__ import annotations

import enum
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from weakref import WeakKeyDictionary

from playhead.exchange import Exchange

LONG_LINE = 64 * 1024
"""Bytes: the longest line that the line readers of several languages take by default."""
_PIECE = 64 * 1024
_BOM = b"\xef\xbb\xbf"


class Mark(enum.Enum):
    """What is looked for."""

    BOM = enum.auto()
    BAD_UTF8 = enum.auto()
    GLUED = enum.auto()
    """A blank line whose end is not that of the line before it, so that the two are not seen as a pair."""
    CR = enum.auto()
    """Lines that end in a lone CR; of this and the next two the first place only."""
    LF = enum.auto()
    CRLF = enum.auto()
    EXTRA_BLANK = enum.auto()
    """A blank line behind the one that ended a frame."""
    NUL_IN_ID = enum.auto()
    BAD_RETRY = enum.auto()
    LINE_SEPARATOR = enum.auto()
    """A character at which some languages split lines, and event streams do not."""
    LONG_LINE = enum.auto()


# The line before ends in one way, the blank line in another. `\r\n\n` is left out: its two LF are a pair.
_GLUED = re.compile(rb"(?<![\r\n])(?:\n\r|\r\n\r(?!\n)|\r\r\n)")
_LINE_ENDS = {
    Mark.CR: re.compile(rb"\r(?!\n)"),
    Mark.LF: re.compile(rb"(?<!\r)\n"),
    Mark.CRLF: re.compile(rb"\r\n"),
}
_NUL_IN_ID = re.compile(rb"(?:^|(?<=[\r\n]))id:[^\r\n]*\0")
_BAD_RETRY = re.compile(rb"(?:^|(?<=[\r\n]))retry:(?! ?[0-9]+[\r\n])[^\r\n]+(?=[\r\n])")
_BLANKS = (b"\n\n\n", b"\r\n\r\n\r\n", b"\r\r\r")
_SEPARATORS = (b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xc2\x85", b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e")
_LINE = re.compile(rb"[^\r\n]+")

Scan = dict[Mark, list[int]]
_scans: WeakKeyDictionary[Exchange, tuple[int, Scan]] = WeakKeyDictionary()


def places(exchange: Exchange, mark: Mark) -> Sequence[int]:
    """The byte offsets at which `mark` stands in the body; none where the body is no event stream."""
    if not exchange.is_sse:
        return ()
    size = len(exchange.chunks)
    kept = _scans.get(exchange)
    if kept is None or kept[0] != size:
        kept = _scans[exchange] = (size, scan(_bodies(exchange)))
    return kept[1][mark]


def frame_at(exchange: Exchange, offset: int) -> int | None:
    """The number of the frame in which the byte at `offset` stands; `None` before the first."""
    frames = exchange.frames
    return bisect_right(range(len(frames)), offset, key=lambda at: frames.span(at)[0]) or None


def scan(chunks: Iterable[bytes]) -> Scan:
    """Every mark in a body given in chunks, ascending."""
    found: Scan = {mark: [] for mark in Mark}
    for offset, piece in pieces(chunks):
        if offset == 0 and piece.startswith(_BOM):
            found[Mark.BOM].append(0)
        for mark, pattern in _LINE_ENDS.items():
            if not found[mark] and (first := pattern.search(piece)):
                found[mark].append(offset + first.start())
        # Most pieces hold none of it: a plain search is passed over a hundred times as fast as a pattern.
        for mark, places in (
            (Mark.GLUED, _each(_GLUED, piece, _is_mixed(found))),
            (Mark.EXTRA_BLANK, _literals(_BLANKS, piece)),
            (Mark.NUL_IN_ID, _each(_NUL_IN_ID, piece, b"\0" in piece)),
            (Mark.BAD_RETRY, _each(_BAD_RETRY, piece, b"retry:" in piece)),
            (Mark.LINE_SEPARATOR, _literals(_SEPARATORS, piece)),
            (Mark.LONG_LINE, _long_lines(piece)),
            (Mark.BAD_UTF8, _bad_utf8(piece)),
        ):
            found[mark] += [offset + place for place in places]
    return found


def _is_mixed(found: Scan) -> bool:
    return sum(bool(found[mark]) for mark in _LINE_ENDS) > 1


def _each(pattern: re.Pattern[bytes], piece: bytes, worth_it: bool) -> Iterator[int]:
    return (match.start() for match in pattern.finditer(piece)) if worth_it else iter(())


def _literals(literals: Sequence[bytes], piece: bytes) -> list[int]:
    found: list[int] = []
    for literal in literals:
        at = piece.find(literal)
        while at >= 0:
            found.append(at)
            at = piece.find(literal, at + len(literal))
    return sorted(found)


def _long_lines(piece: bytes) -> Iterator[int]:
    """Where lines of `LONG_LINE` bytes or more begin; jumps from line end to line end at that distance."""
    start = 0
    # The next end of each kind is looked for again only once it is passed: one kind may stand nowhere.
    next_lf = next_cr = -1
    while len(piece) - start >= LONG_LINE:
        window = start + LONG_LINE
        before = max(piece.rfind(b"\n", start, window), piece.rfind(b"\r", start, window)) + 1
        if before:
            start = before
            continue
        yield start
        next_lf = next_lf if next_lf >= window else _next(piece, b"\n", window)
        next_cr = next_cr if next_cr >= window else _next(piece, b"\r", window)
        start = min(next_lf, next_cr) + 1


def _next(piece: bytes, end: bytes, start: int) -> int:
    found = piece.find(end, start)
    return found if found >= 0 else len(piece)


def pieces(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The body in larger pieces with their offsets, cut only before the first byte of a line.

    No run of line ends and no character is divided, so that a piece can be read by itself.
    """
    offset = 0
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size < _PIECE:
            continue
        cut = _last_line(chunk)
        if cut:
            piece = b"".join([*held[:-1], chunk[:cut]])
            yield offset, piece
            offset += len(piece)
            held = [chunk[cut:]]
            size = len(held[0])
    if rest := b"".join(held):
        yield offset, rest


def _last_line(chunk: bytes) -> int:
    """Where the last line that begins in `chunk` behind a line end of it begins; 0 where none does."""
    end = len(chunk.rstrip(b"\r\n"))
    return max(chunk.rfind(b"\n", 0, end), chunk.rfind(b"\r", 0, end)) + 1


def _bad_utf8(piece: bytes) -> Iterator[int]:
    """Where each line with broken UTF-8 breaks first."""
    if _is_utf8(piece):
        return
    for line in _LINE.finditer(piece):
        try:
            line[0].decode("utf-8")
        except UnicodeDecodeError as error:
            yield line.start() + error.start


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _bodies(exchange: Exchange) -> Iterator[bytes]:
    """The chunks as far as they are decoded."""
    for chunk in exchange.chunks:
        if chunk.undecoded:
            return
        yield chunk.data
