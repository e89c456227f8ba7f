"""The timing of one exchange: its moments, gaps, rates, blocks and stalls.

Knows exchanges through their columns. Once a stream is read, this is passes over arrays, however long it
is: no block is made and no payload parsed.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from playhead.errors import UsageError
from playhead.exchange import Exchange
from playhead.protocols.record import Record
from playhead.timing.blocks import BlockTimings
from playhead.timing.columns import Columns, columns_of, first_frames
from playhead.timing.gaps import Gaps, between, summary
from playhead.timing.moments import Anchor, Latencies, Moments, latencies, rate, span
from playhead.timing.stalls import Stall, find_stalls

DEFAULT_STALL = 0.5


@dataclass(frozen=True, slots=True)
class Timing:
    """What is known of when things happened in an exchange. Seconds; `None` is unknown.

    Made by `measure`. `docs/timing.md` has the formulas and their sources.
    """

    moments: Moments
    output_tokens: int | None
    """As the provider's usage counts them; unknown where it counted only a part of what came."""
    to_second: float | None
    """From the first frame with content to the second."""
    tpot: float | None
    """Time per output token as AIPerf counts it (its ITL): from first to last content, by the tokens behind
    the first. Unknown under two tokens, or without usage."""
    tpot_vllm: float | None
    """The same from the answer's begin to the last chunk, as vLLM counts it."""
    tokens_per_second: float | None
    """Output tokens a second once they flow: 1 / `tpot`."""
    characters: int
    """In all blocks: text, thinking, calls' JSON. Of a plain stream those of its text, not of its JSON."""
    characters_per_second: float | None
    """The characters behind the first frame with content, by the time from there to the last."""
    chunk_gaps: Gaps
    """Transport gaps: between chunks, whatever was in them."""
    content_gaps: Gaps
    """Payload gaps: between frames with content. The list of them is vLLM's ITL and AIPerf's ICL."""
    blocks: BlockTimings
    stalls: tuple[Stall, ...]
    """Waits for content that are longer than `stall`, in order."""
    stall: float
    """The threshold, in seconds."""

    def since(self, anchor: Anchor = Anchor.REQUEST_COMPLETE) -> Latencies:
        """Every moment as seconds from one anchor."""
        return latencies(self.moments, anchor, self.output_tokens)


def measure(exchange: Exchange, *, stall: float = DEFAULT_STALL) -> Timing:
    """Time an exchange; a wait for content of more than `stall` seconds is a stall.

    Reads the stream, if that was not done. Raises `UsageError` for a threshold that is negative or no number.

    >>> import playhead
    >>> exchange = playhead.load(playhead.sample("anthropic-tools"))[1]
    >>> playhead.measure(exchange).chunk_gaps.count == len(exchange.chunks) - 1
    True
    """
    if not stall >= 0:
        raise UsageError(
            f"a stall of {stall} seconds", hint="The threshold is a number of seconds from 0 on."
        )
    record = exchange.reading.record
    columns = columns_of(exchange, record)
    moments = _moments(exchange, record, columns)
    content_times = array("d", map(columns.frame_times.__getitem__, columns.content))
    tokens = _tokens(exchange, record, columns)
    tpot = _per_token(span(moments.first_content, moments.last_content), tokens)
    characters, behind_first = _characters(record, columns)
    return Timing(
        moments=moments,
        output_tokens=tokens,
        to_second=span(moments.first_content, moments.second_content),
        tpot=tpot,
        tpot_vllm=_per_token(span(moments.answer_begun, moments.last_chunk), tokens),
        tokens_per_second=rate(1, tpot),
        characters=characters,
        characters_per_second=rate(behind_first, span(moments.first_content, moments.last_content)),
        chunk_gaps=summary(between(columns.chunk_times[1:])),
        content_gaps=summary(between(content_times)),
        blocks=BlockTimings(record, columns),
        stalls=find_stalls(exchange, record, columns, stall),
        stall=stall,
    )


def _moments(exchange: Exchange, record: Record, columns: Columns) -> Moments:
    request, response, content = exchange.request, exchange.response, columns.content
    first_frame, first_event = first_frames(exchange)
    return Moments(
        request_start=request.t_start if request else None,
        request_complete=request.t if request else None,
        response_head=response.t if response else None,
        first_chunk=columns.of_chunk(1),
        first_frame=columns.of_frame(first_frame),
        first_event=columns.of_frame(first_event),
        answer_begun=columns.of_frame(_begun(record)),
        first_content=columns.of_frame(content[0]) if content else None,
        second_content=columns.of_frame(content[1]) if len(content) > 1 else None,
        last_content=columns.of_frame(content[-1]) if content else None,
        last_chunk=columns.of_chunk(columns.chunks),
        ending=exchange.ending.t,
    )


def _begun(record: Record) -> int | None:
    """The first frame that says anything of the answer: who speaks, a block, content."""
    firsts = [record.role.born]
    firsts += [record.blocks[0].opened] if record.blocks else []
    firsts += [record.grown_frames[0]] if record.grown_frames else []
    return min((frame for frame in firsts if frame), default=None)


def _tokens(exchange: Exchange, record: Record, columns: Columns) -> int | None:
    """The count that was told with the last content or behind it; of a whole message, behind the first.

    One from before, such as that in Anthropic's message_start, counts what had come by then: of a stream
    that was cut there is no other.
    """
    told = max((frame for frame, _ in record.output_tokens), default=0)
    final = told >= columns.content[-1] if columns.content else True
    if final or (record.completed and told > columns.content[0]):
        return exchange.final().output_tokens
    return None


def _per_token(seconds: float | None, tokens: int | None) -> float | None:
    return None if seconds is None or tokens is None or tokens < 2 else seconds / (tokens - 1)


def _characters(record: Record, columns: Columns) -> tuple[int, int]:
    """All characters, and those behind the first frame with content."""
    if not columns.content:
        return 0, 0
    total = record.characters(columns.frames)
    return total, total - record.characters(columns.content[0])
