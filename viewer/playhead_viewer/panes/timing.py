"""When things happened: first and last content, the gaps as a histogram, stalls, blocks.

`docs/timing.md` has every figure; here they are drawn. Times count from the anchor that is said.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from playhead import Anchor, Gaps, Stall, Timing
from playhead_viewer.panes.document import Document, Line, Style, line, wrapped
from playhead_viewer.source.anchors import anchor_of
from playhead_viewer.source.lanes import called
from playhead_viewer.source.moment import Analysis, Moment
from playhead_viewer.text.numbers import counted, duration, seconds
from playhead_viewer.text.ruler import short
from playhead_viewer.text.safe import Safe, safe
from playhead_viewer.text.wrapping import fit

_HEIGHTS = " ▁▂▃▄▅▆▇█"
_EIGHTHS = 8
_ROWS = 2
_COLUMN, _MARGIN = 5, 8
"""How wide a bar is at most, and what is left for the largest count."""
_STALLS = 50
_BLOCK = 22
_HERE = "▸‼"
_NAMES = {
    Anchor.REQUEST_COMPLETE: "the request's end",
    Anchor.REQUEST_START: "the request's begin",
    Anchor.RESPONSE_HEAD: "the response's head",
    Anchor.FIRST_CHUNK: "the first chunk",
}


def document(moment: Moment, width: int) -> Document:
    if moment.analysis is None:
        return Document([line("Times are added up …", Style.FAINT)], title=Safe("Timing"))
    timing = moment.analysis.timing
    groups = (
        _figures(timing, width),
        _histogram(timing.content_gaps, _gap_at(moment), width),
        _stalls(moment, timing, width),
        _blocks(moment, moment.analysis, width),
    )
    more = "" if moment.analysis.is_whole else " so far"
    lines = [each for group in groups for each in group]
    here = next((at for at, spans in enumerate(lines) if spans and spans[0][0].startswith(_HERE)), 0)
    last = here + 1 if here and here + 1 < len(lines) and lines[here + 1][0][0].startswith("   ") else here
    return Document(lines, (here, last), Safe(f"Timing{more}"))


def key(moment: Moment) -> object:
    """What the document depends on besides the stream: which gap and which stall are marked."""
    if moment.analysis is None:
        return moment.reference
    bounds, at = moment.analysis.timing.content_gaps.histogram.bounds, _gap_at(moment)
    near = [stall for stall in moment.analysis.timing.stalls[:_STALLS] if _is_at(stall, moment.number)]
    return moment.reference, _place(bounds, at), near


def _is_at(stall: Stall, number: int) -> bool:
    return number in (stall.until_frame, stall.after_frame)


def _place(bounds: tuple[float, ...], gap: float | None) -> int:
    return -1 if gap is None else bisect_right(bounds, gap + 1e-9)


def _figures(timing: Timing, width: int) -> Iterator[Line]:
    anchor = anchor_of(timing)
    if anchor is None:
        yield line("No time is known.", Style.FAINT)
        return
    since = timing.since(anchor)
    told = [f"first content {duration(since.first_content)}", f"last chunk {duration(since.end_to_end)}"]
    if any(not stall.until_frame for stall in timing.stalls):
        told.append(f"ending {duration(since.ending)}")
    if timing.tokens_per_second is not None:
        told.append(f"{timing.tokens_per_second:.0f} tokens/s")
    yield from wrapped(Safe(" · ".join(told)), width)
    yield from wrapped(Safe("; ".join(_anchors(timing, anchor))), width, Style.FAINT)
    if timing.content_gaps.count:
        gaps = timing.content_gaps
        figures = f"gaps: p50 {duration(gaps.p50)}, p99 {duration(gaps.p99)}, longest {duration(gaps.max)}"
        yield from wrapped(Safe(figures), width)


def _anchors(timing: Timing, anchor: Anchor) -> Iterator[str]:
    """What the figures count from, and when the first content came from there else."""
    first = timing.since(anchor).first_content
    yield f"from {_NAMES[anchor]}"
    for other, name in _NAMES.items():
        t = timing.since(other).first_content
        if other is not anchor and t is not None and duration(t) != duration(first):
            yield f"{duration(t)} from {name}"


def _gap_at(moment: Moment) -> float | None:
    return moment.stream.gap(moment.number) if moment.number else None


def _histogram(gaps: Gaps, at: float | None, width: int) -> Iterator[Line]:
    """Columns, in even steps of the gap's logarithm: bars, this event's own, the scale."""
    found = gaps.histogram
    filled = [place for place, count in enumerate(found.counts) if count]
    if not filled:
        return
    most, here = max(found.counts), _place(found.bounds, at)
    places = range(filled[0], filled[-1] + 1)
    room = min(max((width - _MARGIN) // len(places), 1), _COLUMN)
    levels = [_level(found.counts[place] / most) for place in places]
    for row in reversed(range(_ROWS)):
        cells = (_HEIGHTS[min(max(level - row * _EIGHTHS, 0), _EIGHTHS)] * room for level in levels)
        most_told = f" {most:,}" if row == _ROWS - 1 else ""
        yield (
            (Safe(" " + "".join(cells)), Style.PLAIN),
            (Safe(most_told), Style.FAINT),
        )
    base = "".join(("▲" if place == here else "─").center(room, "─") for place in places)
    yield ((Safe(f" {base}"), Style.BOLD if here in places else Style.FAINT),)
    yield line(_scale(found.bounds, places, room, width - 1), Style.FAINT)


def _level(share: float) -> int:
    """Of a bar, in eighths of a row; what is there at all is seen."""
    return max(round(share * _ROWS * _EIGHTHS), 1) if share else 0


def _scale(bounds: tuple[float, ...], places: range, room: int, width: int) -> str:
    """Under the left edge of a column the shortest gap in it, as often as there is room."""
    row = ""
    for at, place in enumerate(places):
        label = f"╵{short(bounds[place - 1]) if place else '0'}"
        start = 1 + at * room
        if start >= len(row) + bool(row) and start + len(label) <= width:
            row = row.ljust(start) + label
    return row


def _stalls(moment: Moment, timing: Timing, width: int) -> Iterator[Line]:
    if anchor_of(timing) is None:
        return  # without times there is nothing to say of stalls
    if not timing.stalls:
        yield line(f"✓ No stall over {duration(timing.stall)}.", Style.GOOD)
        return
    if len(timing.stalls) > 1:
        yield line(f"{counted(len(timing.stalls), 'stall')} over {duration(timing.stall)}", Style.BOLD)
    for stall in timing.stalls[:_STALLS]:
        here = _is_at(stall, moment.number)
        yield from wrapped(
            _stall(moment, stall, here), width, Style.ERROR if here else Style.WARNING, indent=3
        )
    if len(timing.stalls) > _STALLS:
        yield line(f"… {len(timing.stalls) - _STALLS:,} more", Style.FAINT)


def _stall(moment: Moment, stall: Stall, here: bool) -> Safe:
    until = f"#{stall.until_frame}" if stall.until_frame else "the ending"
    cause = stall.cause.value.replace("_", " ")
    start = seconds(moment.shown(moment.stream.since(stall.start)))
    return Safe(
        f"{_HERE if here else ' ‼'} stall {duration(stall.seconds)} before {until}, from t {start}: {cause}"
    )


def _blocks(moment: Moment, analysis: Analysis, width: int) -> Iterator[Line]:
    if not analysis.blocks:
        return
    record = moment.stream.record
    yield line(f"{'block':<{_BLOCK}}{'t':>9} {'takes':>10}  characters", Style.FAINT)
    for block in analysis.blocks:
        began, ended = block.opened, block.closed if block.closed is not None else block.last_content
        took = ended - began if began is not None and ended is not None else None
        start = seconds(moment.shown(moment.stream.since(began)))
        name = called(record.blocks[block.number - 1]) if record is not None else safe(block.type)
        told = (
            fit(f"{block.number} {name}", _BLOCK) + f"{start:>9} {duration(took):>10}  {block.characters:,}"
        )
        yield from wrapped(Safe(told), width, indent=2)
    more = len(analysis.timing.blocks) - len(analysis.blocks)
    if more > 0:
        yield line(f"… {more:,} more", Style.FAINT)
