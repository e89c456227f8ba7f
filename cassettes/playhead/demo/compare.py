"""Two deliveries of one stream, side by side: the same bytes, the same cuts, the same ending, how true.

Pure: numbers in, numbers out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from playhead.exchange import Exchange
from playhead.model import EndingKind, How


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A response body as somebody met it. `times` are seconds, any origin."""

    sizes: tuple[int, ...]
    times: tuple[float, ...]
    sha256: str
    ending: str
    """`complete`, or how it was cut: `incomplete`, `reset`, `timeout`, or what the cassette says."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of a stream against what went in. Gap errors are seconds, `None` without two chunks."""

    bytes_equal: bool
    chunks_equal: bool
    ending_equal: bool
    gap_error_p50: float | None
    gap_error_p99: float | None

    @property
    def equal(self) -> bool:
        return self.bytes_equal and self.chunks_equal and self.ending_equal


def compare(before: Delivery, after: Delivery) -> Comparison:
    """How `after` differs from `before`."""
    errors = sorted(
        abs(gap_after - gap_before)
        for gap_before, gap_after in zip(_gaps(before.times), _gaps(after.times), strict=False)
    )
    return Comparison(
        bytes_equal=before.sha256 == after.sha256,
        chunks_equal=before.sizes == after.sizes,
        ending_equal=before.ending == after.ending,
        gap_error_p50=_percentile(errors, 0.50),
        gap_error_p99=_percentile(errors, 0.99),
    )


def delivery(exchange: Exchange) -> Delivery:
    """The delivery that a cassette holds, as a client on the socket would have named its ending."""
    chunks = [chunk for chunk in exchange.chunks if chunk.data]
    return Delivery(
        sizes=tuple(len(chunk.data) for chunk in chunks),
        times=tuple(chunk.t for chunk in chunks if chunk.t is not None),
        sha256=hashlib.sha256(exchange.body).hexdigest(),
        ending=_as_met(exchange.ending.kind, exchange.ending.how),
    )


def _as_met(kind: EndingKind, how: How) -> str:
    if kind is EndingKind.SERVER_CLOSED:
        return "reset" if how is How.RESET else "incomplete"
    return kind.value


def _gaps(times: Sequence[float]) -> list[float]:
    return [after - before for before, after in pairwise(times)]


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None
