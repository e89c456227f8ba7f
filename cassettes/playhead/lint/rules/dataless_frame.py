"""A frame without a `data` line. Knows kinds of frames."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.sse import FrameKind

_WORDS = {
    FrameKind.ID: "a frame with an `id` and no data",
    FrameKind.RETRY: "a frame with a `retry` and no data",
    FrameKind.DATALESS: "a frame with fields and no data",
}


def _find(exchange: Exchange) -> Iterator[Spot]:
    frames = exchange.frames
    for at in range(len(frames)):
        words = _WORDS.get(frames.kind(at))
        if words is not None:
            yield Spot(f"{words}: several clients make an empty event of it", at + 1)


RULE = Rule(
    id="dataless-frame",
    group=Group.FRAMING,
    severity=Severity.WARNING,
    title="a frame without data",
    explanation=(
        "An `EventSource` dispatches nothing for a frame without a `data` line. Many clients make an event"
        " with empty data of it: those that parse every event as JSON, as the openai package does, then fail"
        " with JSONDecodeError. To keep a connection alive send a comment; send `id` and `retry` together"
        " with data."
    ),
    source="WHATWG HTML 9.2.6, dispatch; `SSEDecoder.decode` in openai `_streaming.py`, httpx2 `_sse.py`",
    find=_find,
)
