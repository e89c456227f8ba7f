"""A blank line that ends nothing, after the stream has set an id. Knows frames and blank lines."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.scan import Mark, frame_at, places
from playhead.sse import FrameKind


def _find(exchange: Exchange) -> Iterator[Spot]:
    found = [*_comments(exchange), *_blank_lines(exchange)]
    return iter(sorted(found, key=lambda spot: spot.frame or 0))


def _comments(exchange: Exchange) -> Iterator[Spot]:
    frames = exchange.frames
    for at in range(len(frames)):
        if frames.kind(at) is FrameKind.COMMENT and frames[at].id:
            yield Spot("a comment after an `id` was set: some clients make an empty event of it", at + 1)


def _blank_lines(exchange: Exchange) -> Iterator[Spot]:
    for offset in places(exchange, Mark.EXTRA_BLANK):
        frame = frame_at(exchange, offset)
        if frame is not None and exchange.frames[frame - 1].id:
            yield Spot(
                "an extra blank line after an `id` was set: some clients make an empty event of it", frame
            )


RULE = Rule(
    id="empty-frame-after-id",
    group=Group.FRAMING,
    severity=Severity.WARNING,
    title="a comment or a spare blank line after an id",
    explanation=(
        "Once a stream has set an `id`, the decoders in the anthropic, openai and httpx-sse packages make"
        " an event of every blank line, also of the one behind a comment. A client that parses each event as"
        " JSON fails on the empty data. Send no `id` unless clients resume by it, and one blank line behind"
        " each frame."
    ),
    source="`SSEDecoder.decode` in openai `_streaming.py` and httpx_sse `_decoders.py`",
    find=_find,
)
