"""Many exchanges together: percentiles of the figures that models are compared by, by model and host.

Knows timings. An exchange that failed is counted and left out: an error is told faster than any answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from playhead.exchange import Exchange
from playhead.timing.gaps import percentile
from playhead.timing.measurement import Timing
from playhead.timing.moments import Anchor


@dataclass(frozen=True, slots=True)
class Sample:
    """What is compared of one exchange. Latencies count from `Anchor.REQUEST_COMPLETE`."""

    model: str | None
    host: str | None
    failed: bool
    """The status, or the stream, told an error."""
    first_content: float | None
    tpot: float | None
    tokens_per_second: float | None
    end_to_end: float | None


@dataclass(frozen=True, slots=True)
class Spread:
    """The percentiles of a figure over exchanges, linear between ranks; `None` where none knows it."""

    known: int
    unknown: int
    p50: float | None
    p90: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """The exchanges of one model on one host; `None` is unknown."""

    model: str | None
    host: str | None
    exchanges: int
    failed: int
    """How many of them told an error: no figure counts them."""
    first_content: Spread
    tpot: Spread
    tokens_per_second: Spread
    end_to_end: Spread


def host_of(exchange: Exchange) -> str | None:
    """The request's host, with its port where the URL names one."""
    request = exchange.request
    if request is None:
        return None
    try:
        return urlsplit(request.url).netloc.rpartition("@")[2].lower() or None
    except ValueError:
        return None


def sample_of(exchange: Exchange, timing: Timing) -> Sample:
    """What an exchange adds to the comparison."""
    state = exchange.final()
    response = exchange.response
    since = timing.since(Anchor.REQUEST_COMPLETE)
    return Sample(
        model=state.model,
        host=host_of(exchange),
        failed=(response is not None and response.status >= 400) or state.error is not None,
        first_content=since.first_content,
        tpot=timing.tpot,
        tokens_per_second=timing.tokens_per_second,
        end_to_end=since.end_to_end,
    )


def group(samples: Iterable[Sample]) -> list[Group]:
    """The samples by model and host, in the order of these names; what has no name comes last."""
    members: dict[tuple[str | None, str | None], list[Sample]] = {}
    for sample in samples:
        members.setdefault((sample.model, sample.host), []).append(sample)
    names = sorted(members, key=lambda name: [(part is None, part or "") for part in name])
    return [_group(model, host, members[model, host]) for model, host in names]


def _group(model: str | None, host: str | None, members: list[Sample]) -> Group:
    fine = [sample for sample in members if not sample.failed]
    return Group(
        model=model,
        host=host,
        exchanges=len(members),
        failed=len(members) - len(fine),
        first_content=_spread([sample.first_content for sample in fine]),
        tpot=_spread([sample.tpot for sample in fine]),
        tokens_per_second=_spread([sample.tokens_per_second for sample in fine]),
        end_to_end=_spread([sample.end_to_end for sample in fine]),
    )


def _spread(values: list[float | None]) -> Spread:
    known = sorted(value for value in values if value is not None)
    return Spread(
        known=len(known),
        unknown=len(values) - len(known),
        p50=percentile(known, 0.5),
        p90=percentile(known, 0.9),
        p99=percentile(known, 0.99),
    )
