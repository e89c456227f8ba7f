"""Drawings of `playhead stats` in block characters: a histogram's bars, a timeline's tracks.

Knows data and columns; block types, which were recorded, are sanitised here.
"""

from __future__ import annotations

from collections.abc import Iterator

from playhead.sanitise import sanitise
from playhead.timing import Histogram, Run, Timeline

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_HEIGHTS = "▁▂▃▄▅▆▇█"
_STALLED = "╳"
_NO_CONTENT = "·"
_OPEN, _NO_BLOCK = "━", "╌"
_BESIDE_BARS = 28
_FEW_EMPTY = 2


def histogram(found: Histogram, width: int) -> Iterator[str]:
    """A bar for each bucket from the first that is not empty to the last; many empty ones are one line."""
    filled = [place for place, count in enumerate(found.counts) if count]
    if not filled:
        return
    most, room = max(found.counts), max(width - _BESIDE_BARS, 8)
    before = filled[0]
    for place in filled:
        if place - before > _FEW_EMPTY + 1:
            yield f"    {'…':>12}"
        else:
            yield from (f"    {_bucket(found.bounds, empty):>12}" for empty in range(before + 1, place))
        count = found.counts[place]
        yield f"    {_bucket(found.bounds, place):>12}  {_bar(count / most, room)} {count:,}"
        before = place


def _bucket(bounds: tuple[float, ...], place: int) -> str:
    if place == 0:
        return f"< {_length(bounds[0])}"
    return f"{'≥ ' if place == len(bounds) else ''}{_length(bounds[place - 1])}"


def _length(seconds: float) -> str:
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"


def _bar(share: float, room: int) -> str:
    eighths = max(round(share * room * 8), 1)
    full, rest = divmod(eighths, 8)
    return _EIGHTHS[8] * full + (_EIGHTHS[rest] if rest else "")


def tracks(found: Timeline) -> Iterator[str]:
    """A line for each lane of blocks, and one for what came: content by its height, stalls, other chunks."""
    for lane in found.lanes:
        yield _lane(lane, len(found.content))
    most = max(found.content)
    columns = zip(found.content, found.chunks, found.stalled, strict=True)
    yield "".join(_column(*column, most) for column in columns).rstrip()


def _lane(lane: tuple[Run, ...], width: int) -> str:
    cells = [_NO_BLOCK] * width
    for run in lane:
        size = run.last - run.first + 1
        cells[run.first : run.last + 1] = f"{_label(run, size):{_OPEN}^{size}}"
    return "".join(cells)


def _label(run: Run, size: int) -> str:
    """The longest name of a block that leaves a column free on each side."""
    names = (f"{run.block}:{sanitise(run.type)}", str(run.block))
    return next((name for name in names if len(name) <= size - 2), "")


def _column(content: int, chunks: int, stalled: bool, most: int) -> str:
    if content:
        return _HEIGHTS[(content * len(_HEIGHTS) - 1) // most]
    if stalled:
        return _STALLED
    return _NO_CONTENT if chunks else " "
