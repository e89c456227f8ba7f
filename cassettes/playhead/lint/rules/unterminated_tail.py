"""The stream stops inside a frame. Knows the last frame."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.sse import FrameKind


def _find(exchange: Exchange) -> Iterator[Spot]:
    frames = exchange.frames
    if not frames or frames.kind(len(frames) - 1) is not FrameKind.TAIL:
        return
    tail = frames[-1]
    if tail.data is not None:
        yield Spot("the last event has no blank line behind it: most clients drop it", len(frames))
    else:
        yield Spot("the stream stops inside a frame", len(frames), severity=Severity.INFO)


RULE = Rule(
    id="unterminated-tail",
    group=Group.FRAMING,
    severity=Severity.WARNING,
    title="the last frame is not terminated",
    explanation=(
        "What stands behind the last blank line is discarded by the standard and by most clients;"
        " google-genai and sseclient-py deliver it, half as it may be. Either the stream was cut, or its"
        " server forgot the blank line behind its last event: then that event reaches only some clients."
    ),
    source=(
        "WHATWG HTML 9.2.6, end of the stream; sseclient-py `SSEClient.events`; google-genai `_api_client.py`"
    ),
    find=_find,
)
