"""The stream begins with a byte order mark. Knows the first bytes."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.scan import Mark, frame_at, places


def _find(exchange: Exchange) -> Iterator[Spot]:
    for offset in places(exchange, Mark.BOM):
        yield Spot(
            "the stream begins with a byte order mark: clients that keep it lose the first field",
            frame_at(exchange, offset),
        )


RULE = Rule(
    id="byte-order-mark",
    group=Group.FRAMING,
    severity=Severity.ERROR,
    title="a byte order mark before the first field",
    explanation=(
        "The standard strips one byte order mark; the decoders in the anthropic, openai, httpx2 and"
        " httpx-sse packages do not. To them the first field has another name, so that the first event loses"
        " its type or its data, and a message that begins with it never starts. Send UTF-8 without the mark."
    ),
    source="WHATWG HTML 9.2.6; `SSEDecoder.decode` in anthropic and openai `_streaming.py`",
    find=_find,
)
