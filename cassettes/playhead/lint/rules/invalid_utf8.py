"""Bytes that are no UTF-8. Knows bytes."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.scan import Mark, frame_at, places


def _find(exchange: Exchange) -> Iterator[Spot]:
    for offset in places(exchange, Mark.BAD_UTF8):
        yield Spot(
            "bytes that are no UTF-8: some clients raise UnicodeDecodeError, others show U+FFFD",
            frame_at(exchange, offset),
        )


RULE = Rule(
    id="invalid-utf8",
    group=Group.FRAMING,
    severity=Severity.ERROR,
    title="bytes that are no UTF-8",
    explanation=(
        "An event stream is UTF-8, whatever its charset says. The standard, httpx2, httpx-sse and"
        " google-genai put U+FFFD in place of what is broken; the anthropic and openai packages and"
        " sseclient-py raise UnicodeDecodeError and lose the rest of the stream. Mostly a server cut a"
        " character in two and encoded the halves, or sent another encoding."
    ),
    source="WHATWG HTML 9.2.6; `iter_bytes` in anthropic and openai `_streaming.py`",
    find=_find,
)
