"""When the chunks of two exchanges came, and where they were cut.

Knows moments and sizes; nothing of what came.
"""

from __future__ import annotations

from collections.abc import Iterator

from playhead.diff.model import Settings
from playhead.diff.values import Difference
from playhead.exchange import Exchange


def timings(a: Exchange, b: Exchange, settings: Settings) -> Iterator[Difference]:
    """The landmarks since the request, then every gap that is longer or shorter by more than is tolerated.

    Seconds, to the microsecond. Gaps are those before each chunk where both have as many chunks, else
    those before each frame where both have as many frames; otherwise they cannot be told apart.
    """
    for (name, time_a), (_, time_b) in zip(_landmarks(a), _landmarks(b), strict=True):
        yield from _times(name, time_a, time_b, settings)
    if len(a.chunks) != len(b.chunks):
        yield Difference("chunks", len(a.chunks), len(b.chunks))
        if len(a.frames) == len(b.frames):
            yield from _gaps("event", list(a.frame_times()), list(b.frame_times()), settings)
        return
    yield from _cuts(a, b)
    yield from _gaps("chunk", _chunk_times(a), _chunk_times(b), settings)


def _landmarks(exchange: Exchange) -> Iterator[tuple[str, float | None]]:
    request, response, chunks = exchange.request, exchange.response, exchange.chunks
    zero = request.t if request else None
    size = len(chunks)
    yield "response head", _since(zero, response.t if response else None)
    yield "first chunk", _since(zero, chunks.time(1) if size else None)
    yield "last chunk", _since(zero, chunks.time(size) if size else None)
    yield "ending", _since(zero, exchange.ending.t)


def _since(zero: float | None, t: float | None) -> float | None:
    return None if zero is None or t is None else t - zero


def _chunk_times(exchange: Exchange) -> list[float | None]:
    return [exchange.chunks.time(number) for number in range(1, len(exchange.chunks) + 1)]


def _cuts(a: Exchange, b: Exchange) -> Iterator[Difference]:
    """The first chunk that is longer in one of the two: all that follow are shifted by it."""
    for chunk_a, chunk_b in zip(a.chunks, b.chunks, strict=True):
        if len(chunk_a.data) != len(chunk_b.data):
            yield Difference(f"size of chunk {chunk_a.number}", len(chunk_a.data), len(chunk_b.data))
            return


def _gaps(
    what: str, a: list[float | None], b: list[float | None], settings: Settings
) -> Iterator[Difference]:
    for at in range(1, len(a)):
        gap_a, gap_b = (_since(times[at - 1], times[at]) for times in (a, b))
        yield from _times(f"gap before {what} {at + 1}", gap_a, gap_b, settings)


def _times(name: str, a: float | None, b: float | None, settings: Settings) -> Iterator[Difference]:
    """Unknown differs from known, and from unknown it does not."""
    if a is None or b is None:
        if a is not b:
            yield Difference(name, _rounded(a), _rounded(b))
    elif abs(a - b) > settings.tolerance:
        yield Difference(name, _rounded(a), _rounded(b))


def _rounded(t: float | None) -> float | None:
    return None if t is None else round(t, 6)
