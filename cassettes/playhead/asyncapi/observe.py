"""What came over which channel: the events of exchanges, counted, their payloads as shapes.

Knows exchanges and frames; knows nothing of how a document is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from playhead.asyncapi.paths import path_of
from playhead.asyncapi.safe import address_of
from playhead.asyncapi.shapes import Kind, Members, Shape, kind_of
from playhead.exchange import Exchange
from playhead.protocols.payload import DONE, NotJson, parse
from playhead.sse import FrameKind

UNNAMED = "message"
SENTINEL = DONE
"""The only text that a description quotes."""


@dataclass(slots=True)
class Payloads:
    """The payloads of the events of one name."""

    json: int = 0
    shape: Shape = field(default_factory=Shape)
    counts: dict[Kind, int] = field(default_factory=dict)
    """How many objects there were of each kind; `None`: whatever else is JSON."""
    texts: int = 0
    is_sentinel: bool = True
    """Whether all text was the sentinel."""

    def add(self, data: str) -> None:
        try:
            value = parse(data)
        except NotJson:
            self.texts += 1
            self.is_sentinel &= data == SENTINEL
            return
        self.json += 1
        kind = kind_of(value) if isinstance(value, dict) else None
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.shape.add(value)

    @property
    def is_text(self) -> bool:
        """Whether it is text, some of which happens to be JSON: numbers, `true`."""
        return bool(self.texts) and not self.shape.kinds and not self.shape.is_array

    def members(self, kind: Kind) -> Members | None:
        return self.shape.kinds.get(kind)


@dataclass(slots=True)
class Observed:
    """What came over one channel."""

    parameters: tuple[str, ...] = ()
    exchanges: int = 0
    events: dict[str, Payloads] = field(default_factory=dict)
    """By the name of the event."""


class Observer:
    """Takes in exchanges. `left_out` counts those that are no stream."""

    def __init__(self) -> None:
        self.channels: dict[str, Observed] = {}
        self.exchanges: int = 0
        self.left_out: int = 0

    def add(self, exchange: Exchange) -> None:
        if not exchange.is_stream:
            self.left_out += 1
            return
        path = path_of(exchange.request.url) if exchange.request else None
        address, parameters = address_of(path or "/")
        channel = self.channels.setdefault(address, Observed(parameters))
        channel.exchanges += 1
        self.exchanges += 1
        for frame in exchange.frames:
            if frame.kind is FrameKind.EVENT:
                channel.events.setdefault(frame.event or UNNAMED, Payloads()).add(frame.data or "")


def observe(exchanges: Iterable[Exchange]) -> Observer:
    """What came over the channels of `exchanges`."""
    observer = Observer()
    for exchange in exchanges:
        observer.add(exchange)
    return observer
