"""When things happened: first and last content, the gaps as a histogram, stalls, blocks.

`docs/timing.md` has every figure; here they are drawn. Times count from the anchor that is said.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from playhead import Anchor, Gaps, Stall, Timing
from playhead_viewer.numbers import counted, duration, seconds
from playhead_viewer.panes.document import Document, Line, Style, joined, line, wrapped
from playhead_viewer.safe import Safe, safe, shortened
from playhead_viewer.source.anchors import anchor_of
from playhead_viewer.source.moment import Analysis, Moment
from playhead_viewer.wrapping import fit

_BARS = "▏▎▍▌▋▊▉█"
_STALLS = 50
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
    lines = joined(groups)
    here = next((at for at, spans in enumerate(lines) if spans and spans[0][0].startswith(_HERE)), 0)
    return Document(lines, (here, here), Safe(f"Timing{more}"))


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
    told = [f"first content {duration(since.first_content)}", f"end {duration(since.end_to_end)}"]
    if timing.content_gaps.count:
        gaps = timing.content_gaps
        told.append(f"gaps p50 {duration(gaps.p50)} p99 {duration(gaps.p99)} max {duration(gaps.max)}")
    if timing.tokens_per_second is not None:
        told.append(f"{timing.tokens_per_second:.0f} tokens/s")
    yield from wrapped(Safe("  ".join(told)), width)
    yield line(f"from {_NAMES[anchor]}", Style.FAINT)


def _gap_at(moment: Moment) -> float | None:
    return moment.stream.gap(moment.number) if moment.number else None


def _histogram(gaps: Gaps, at: float | None, width: int) -> Iterator[Line]:
    found = gaps.histogram
    filled = [place for place, count in enumerate(found.counts) if count]
    if not filled:
        return
    most, room = max(found.counts), max(width - 26, 6)
    here = _place(found.bounds, at)
    before = filled[0]
    for place in filled:
        if place - before > 1:
            yield line(f"{'…':>11}", Style.FAINT)
        before = place
        count = found.counts[place]
        label = f"{'▸' if place == here else ' '}{_bucket(found.bounds, place):>9} "
        yield (
            (Safe(label), Style.BOLD if place == here else Style.FAINT),
            (fit(_bar(count / most, room) if count else "", room), Style.PLAIN),
            (Safe(f" {count:,}"), Style.FAINT),
        )


def _bucket(bounds: tuple[float, ...], place: int) -> str:
    if place == 0:
        return f"< {duration(bounds[0])}"
    return f"≥ {_round(bounds[place - 1])}"


def _round(bound: float) -> str:
    return f"{bound:g} s" if bound >= 1 else f"{bound * 1000:g} ms"


def _bar(share: float, room: int) -> str:
    eighths = max(round(share * room * 8), 1)
    full, rest = divmod(eighths, 8)
    return _BARS[-1] * full + (_BARS[rest - 1] if rest else "")


def _stalls(moment: Moment, timing: Timing, width: int) -> Iterator[Line]:
    if anchor_of(timing) is None:
        return  # without times there is nothing to say of stalls
    if not timing.stalls:
        yield line(f"✓ No stall over {duration(timing.stall)}.", Style.GOOD)
        return
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
        f"{_HERE if here else ' ‼'} {duration(stall.seconds)} before {until}, from t {start}: {cause}"
    )


def _blocks(moment: Moment, analysis: Analysis, width: int) -> Iterator[Line]:
    if not analysis.blocks:
        return
    yield line("Blocks", Style.BOLD)
    for block in analysis.blocks:
        began, ended = block.opened, block.closed if block.closed is not None else block.last_content
        took = ended - began if began is not None and ended is not None else None
        start = seconds(moment.shown(moment.stream.since(began)))
        name = safe(shortened(block.type, 40))
        told = f"{block.number} {name}  t {start}  {duration(took)}  {block.characters:,} characters"
        yield from wrapped(Safe(told), width, indent=2)
    more = len(analysis.timing.blocks) - len(analysis.blocks)
    if more > 0:
        yield line(f"… {more:,} more", Style.FAINT)
