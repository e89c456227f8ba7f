"""The moments of an exchange, and the anchors that latencies count from.

A latency is a difference of two moments. Which one it counts from is an `Anchor`, and one set of figures
has one anchor: there is no falling back from one to another. Knows numbers only.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from playhead.timing.gaps import rounded


class Anchor(enum.StrEnum):
    """What a figure counts from."""

    REQUEST_START = "request_start"
    """The request's head was there: where AIPerf, vLLM and OpenTelemetry begin, but seen by the recorder."""
    REQUEST_COMPLETE = "request_complete"
    """All of the request was there: uploading it is no part of the figure."""
    RESPONSE_HEAD = "response_head"
    FIRST_CHUNK = "first_chunk"


@dataclass(frozen=True, slots=True)
class Moments:
    """Seconds since the cassette's start; `None` where nobody knows, or where it did not happen.

    A frame is there when the chunk that completed it is. Of a body that is no stream of frames the content's
    moments are known only where it came as one chunk.
    """

    request_start: float | None
    request_complete: float | None
    response_head: float | None
    first_chunk: float | None
    first_frame: float | None
    """Of any kind that was complete: a comment too."""
    first_event: float | None
    answer_begun: float | None
    """The first frame that says anything of the answer, be it only its role. For OpenAI's chat that is the
    first chunk with choices, vLLM's first token."""
    first_content: float | None
    """The first frame that brought text, thinking, a call's input, or other content that is not empty."""
    second_content: float | None
    last_content: float | None
    last_chunk: float | None
    ending: float | None

    def at(self, anchor: Anchor) -> float | None:
        """When `anchor` was."""
        moment: float | None = getattr(self, anchor.value)
        return moment


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds from `anchor` to each moment; all `None` where the anchor itself is unknown."""

    anchor: Anchor
    response_head: float | None
    """From `REQUEST_START`: what AIPerf calls stream set-up."""
    first_byte: float | None
    """OpenTelemetry's time to first chunk."""
    first_frame: float | None
    first_event: float | None
    answer_begun: float | None
    """TTFT as vLLM counts it."""
    first_content: float | None
    """TTFT as AIPerf and LLMPerf count it."""
    last_content: float | None
    """Request latency as AIPerf counts it."""
    end_to_end: float | None
    """To the last chunk."""
    ending: float | None
    output_throughput: float | None
    """Output tokens by second of `end_to_end`."""


def latencies(moments: Moments, anchor: Anchor, output_tokens: int | None) -> Latencies:
    """Every moment as seconds from one anchor."""
    start = moments.at(anchor)
    end_to_end = span(start, moments.last_chunk)
    return Latencies(
        anchor=anchor,
        response_head=span(start, moments.response_head),
        first_byte=span(start, moments.first_chunk),
        first_frame=span(start, moments.first_frame),
        first_event=span(start, moments.first_event),
        answer_begun=span(start, moments.answer_begun),
        first_content=span(start, moments.first_content),
        last_content=span(start, moments.last_content),
        end_to_end=end_to_end,
        ending=span(start, moments.ending),
        output_throughput=rate(output_tokens, end_to_end),
    )


def span(start: float | None, end: float | None) -> float | None:
    """Seconds from one moment to another."""
    return None if start is None or end is None else rounded(end - start)


def rate(amount: float | None, seconds: float | None) -> float | None:
    """So much a second; unknown where no time has passed."""
    return None if amount is None or seconds is None or seconds <= 0 else amount / seconds
