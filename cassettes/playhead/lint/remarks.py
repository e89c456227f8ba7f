"""Rules that rest on what a reader remarked: it knows the provider, the rule knows the weight."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Spot
from playhead.protocols.remarks import Remark, RemarkKind


def remarks(exchange: Exchange, *kinds: RemarkKind) -> Iterator[Remark]:
    """What the reader of `exchange` remarked of these kinds."""
    return (remark for remark in exchange.reading.remarks if remark.kind in kinds)


def remarked(kind: RemarkKind, *, breaks: bool = False) -> Callable[[Exchange], Iterator[Spot]]:
    """Finds each remark of a kind: an error where it says that the official client raises.

    `breaks` tells that such a thing may be why the client raises in that frame: then the finding says so.
    """

    def find(exchange: Exchange) -> Iterator[Spot]:
        raised = exceptions(exchange) if breaks else {}
        for remark in remarks(exchange, kind):
            if remark.raises is None and remark.frame in raised:
                remark = msgspec.structs.replace(remark, raises=raised[remark.frame])
            yield spot(exchange, remark)

    return find


def exceptions(exchange: Exchange) -> dict[int, str | None]:
    """The exception that the official client raises, by frame."""
    return {remark.frame: remark.raises for remark in remarks(exchange, RemarkKind.CLIENT_RAISES)}


def spot(exchange: Exchange, remark: Remark, severity: Severity | None = None) -> Spot:
    """The remark as a spot; its frame is left out where the body was no event stream."""
    frame = remark.frame if exchange.is_stream and remark.frame else None
    if severity is None and remark.raises is not None:
        severity = Severity.ERROR
    return Spot(_sentence(remark), frame, remark.block, severity)


def _sentence(remark: Remark) -> str:
    text = remark.text.rstrip(".")
    if remark.raises is None:
        return text
    return f"{text}; the official client raises {remark.raises}"
