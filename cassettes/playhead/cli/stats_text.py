"""The text of `playhead stats`: figures in milliseconds, a histogram, a timeline, stalls.

Knows timings and how wide a line is. What was recorded is sanitised here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from playhead.cli import output
from playhead.cli.stats_draw import histogram, tracks
from playhead.exchange import Exchange
from playhead.model import How
from playhead.sanitise import sanitise
from playhead.timing import (
    Anchor,
    BlockTiming,
    Gaps,
    Group,
    Sample,
    Spread,
    Stall,
    StallCause,
    StallPhase,
    Timing,
    timeline,
)

_WIDTH = 80
_MOST_BLOCKS = 12
_MOST_STALLS = 20
_ANCHORS = {
    Anchor.REQUEST_COMPLETE: "the request was complete",
    Anchor.REQUEST_START: "the request began",
    Anchor.RESPONSE_HEAD: "the response's head",
    Anchor.FIRST_CHUNK: "the first chunk",
}
"""In the order in which they are taken: the first that is known."""
_CAUSES = {
    StallCause.TRANSPORT_SILENT: "transport silent",
    StallCause.KEEP_ALIVES_ONLY: "keep-alives only",
    StallCause.EVENTS_WITHOUT_CONTENT: "events without content",
    StallCause.UNFINISHED_EVENT: "an event under way",
    StallCause.HELD_BACK: "held back, then all at once",
    StallCause.SLOW_CLIENT: "slow client",
    StallCause.UNKNOWN: "cause unknown",
}
_GAPS_HEADING = f"  {'gaps, ms':<18}" + "".join(
    f"{name:>{size}}"
    for name, size in (("count", 7), ("unknown", 9), ("p50", 9), ("p90", 9), ("p99", 9), ("max", 10))
)
_BLOCKS_HEADING = f"  {'blocks, ms':<24}" + "".join(
    f"{name:>{size}}"
    for name, size in (("opened", 9), ("first", 9), ("last", 9), ("closed", 9), ("p99 gap", 9), ("chars", 8))
)


def write_exchange(path: str | None, exchange: Exchange, timing: Timing, sample: Sample) -> None:
    """A block for an exchange, under the name of its cassette where one is given."""
    terminal = output.line_width()
    lines = ([sanitise(path)] if path is not None else []) + list(
        _lines(exchange, timing, sample, terminal or _WIDTH)
    )
    sys.stdout.write("".join(output.cut(line, terminal) + "\n" for line in lines) + "\n")


def _lines(exchange: Exchange, timing: Timing, sample: Sample, width: int) -> Iterator[str]:
    yield from _head(exchange, timing, sample)
    anchor = next((each for each in _ANCHORS if timing.moments.at(each) is not None), None)
    if anchor is None:
        yield "  no time of it was recorded"
        return
    yield ""
    yield from _latencies(timing, anchor)
    yield from _rates(timing, anchor)
    yield ""
    yield _GAPS_HEADING
    yield _gaps("  chunks", timing.chunk_gaps)
    yield _gaps("  content frames", timing.content_gaps)
    yield from _blocks(timing, timing.moments.at(anchor) or 0.0)
    what, gaps = "frames with content", timing.content_gaps
    if not gaps.count:
        what, gaps = "chunks", timing.chunk_gaps
    if gaps.count:
        yield ""
        yield f"  gaps between {what}"
        yield from histogram(gaps.histogram, width)
    yield from _timeline(timing, anchor, width)
    yield from _stalls(timing, timing.moments.at(anchor) or 0.0)


def _head(exchange: Exchange, timing: Timing, sample: Sample) -> Iterator[str]:
    response, ending, moments = exchange.response, exchange.ending, timing.moments
    model = sanitise(sample.model) if sample.model else "model unknown"
    host = sanitise(sample.host) if sample.host else "host unknown"
    yield f"exchange {exchange.number}  {model}  {host}  {exchange.reading.protocol.name}"
    how = "" if ending.how in (How.UNKNOWN, How.CLEAN) else f" ({ending.how.value})"
    yield (
        f"  status {response.status if response else '?'}, {ending.kind.value.replace('_', ' ')}{how},"
        f" {output.counted(len(exchange.frames), 'frame')}, {output.counted(len(exchange.chunks), 'chunk')}"
    )
    yield (
        f"  request {output.seconds(moments.request_start)} to {output.seconds(moments.request_complete)} s,"
        f" response head {output.seconds(moments.response_head)} s,"
        f" first chunk {output.seconds(moments.first_chunk)} s"
    )


def _latencies(timing: Timing, anchor: Anchor) -> Iterator[str]:
    since = timing.since(anchor)
    left = [
        ("response head", since.response_head),
        ("first byte", since.first_byte),
        ("first frame", since.first_frame),
        ("first event", since.first_event),
        ("answer begun", since.answer_begun),
    ]
    right = [
        ("first content", since.first_content),
        ("  to second", timing.to_second),
        ("last content", since.last_content),
        ("end to end", since.end_to_end),
        ("ending", since.ending),
    ]
    yield f"  ms since {_ANCHORS[anchor]}"
    for (name, latency), (other, another) in zip(left, right, strict=True):
        yield f"    {name:<18}{_ms(latency):>12}      {other:<18}{_ms(another):>12}"


def _rates(timing: Timing, anchor: Anchor) -> Iterator[str]:
    tokens = "?" if timing.output_tokens is None else f"{timing.output_tokens:,}"
    throughput = timing.since(anchor).output_throughput
    yield (
        f"  tokens {tokens}; TPOT {_ms(timing.tpot)} ms (vLLM's {_ms(timing.tpot_vllm)});"
        f" {_rate(timing.tokens_per_second)} tokens/s, {_rate(throughput)} end to end"
    )
    yield f"  characters {timing.characters:,}; {_rate(timing.characters_per_second)} characters/s"


def _gaps(name: str, gaps: Gaps) -> str:
    return (
        f"  {name:<18}{gaps.count:>7,}{gaps.unknown:>9,}"
        f"{_ms(gaps.p50):>9}{_ms(gaps.p90):>9}{_ms(gaps.p99):>9}{_ms(gaps.max):>10}"
    )


def _blocks(timing: Timing, origin: float) -> Iterator[str]:
    blocks = timing.blocks
    if not blocks:
        return
    yield ""
    if blocks.is_per_event:
        yield f"  {output.counted(len(blocks), 'block')}, an event each"
        return
    yield _BLOCKS_HEADING
    for block in islice(blocks, _MOST_BLOCKS):
        yield _block(block, origin)
    if len(blocks) > _MOST_BLOCKS:
        yield f"    and {output.counted(len(blocks) - _MOST_BLOCKS, 'block')} more"


def _block(block: BlockTiming, origin: float) -> str:
    moments = (block.opened, block.first_content, block.last_content)
    closed = "open" if block.is_open else _since(block.closed, origin)
    name = output.cut(f"{block.number} {sanitise(block.type)}", 21)
    return (
        f"    {name:<22}"
        + "".join(f"{_since(moment, origin):>9}" for moment in moments)
        + f"{closed:>9}{_ms(block.gaps.p99):>9}{block.characters:>8,}"
    )


def _timeline(timing: Timing, anchor: Anchor, width: int) -> Iterator[str]:
    found = timeline(timing, anchor, max(width - 4, 8))
    if found is None:
        return
    yield ""
    yield f"  0 to {found.end - found.start:.3f} s since {_ANCHORS[anchor]}"
    for track in tracks(found):
        yield f"    {track}"


def _stalls(timing: Timing, origin: float) -> Iterator[str]:
    stalls = timing.stalls
    if not stalls:
        yield f"  no wait for content over {_ms(timing.stall)} ms"
        return
    yield f"  {output.counted(len(stalls), 'wait')} for content over {_ms(timing.stall)} ms"
    for stall in stalls[:_MOST_STALLS]:
        yield f"    {_ms(stall.seconds):>9} ms at {_since(stall.start, origin):>9}  {_CAUSES[stall.cause]}"
        yield f"          {_place(stall)}"
    if len(stalls) > _MOST_STALLS:
        yield f"    and {output.counted(len(stalls) - _MOST_STALLS, 'wait')} more"


def _place(stall: Stall) -> str:
    until = "the ending" if stall.until_frame is None else f"frame {stall.until_frame}"
    where = {
        StallPhase.BEFORE_CONTENT: f"{'chunk 1' if stall.after_chunk else 'head'} to {until}",
        StallPhase.BETWEEN_CONTENT: f"frame {stall.after_frame} to {until}",
        StallPhase.AFTER_CONTENT: f"last content, frame {stall.after_frame}, to {until}",
    }[stall.phase]
    between = f"; {output.counted(stall.chunks, 'chunk')} between" if stall.chunks else ""
    return where + between + (f"; in block {stall.block}" if stall.block else "")


def write_groups(groups: Sequence[Group]) -> None:
    """A table of percentiles for each model and host."""
    terminal = output.line_width()
    for each in groups:
        for line in _group(each):
            sys.stdout.write(output.cut(line, terminal) + "\n")
        sys.stdout.write("\n")


def _group(each: Group) -> Iterable[str]:
    model = sanitise(each.model) if each.model else "model unknown"
    host = sanitise(each.host) if each.host else "host unknown"
    failed = f", {each.failed:,} failed and left out" if each.failed else ""
    yield f"{model} at {host}: {output.counted(each.exchanges, 'exchange')}{failed}"
    yield f"  {'':<24}{'known':>7}{'unknown':>9}{'p50':>11}{'p90':>11}{'p99':>11}"
    yield _spread("first content, ms", each.first_content, 1000)
    yield _spread("TPOT, ms", each.tpot, 1000)
    yield _spread("tokens/s", each.tokens_per_second, 1)
    yield _spread("end to end, ms", each.end_to_end, 1000)


def _spread(name: str, spread: Spread, factor: int) -> str:
    values = (spread.p50, spread.p90, spread.p99)
    return f"  {name:<24}{spread.known:>7,}{spread.unknown:>9,}" + "".join(
        f"{_rate(None if value is None else value * factor):>11}" for value in values
    )


def _ms(seconds: float | None) -> str:
    return _rate(None if seconds is None else seconds * 1000)


def _since(moment: float | None, origin: float) -> str:
    return _ms(None if moment is None else moment - origin)


def _rate(value: float | None) -> str:
    return "?" if value is None else f"{value:,.1f}"
