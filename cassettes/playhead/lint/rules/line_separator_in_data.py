"""Characters at which some languages split lines. Knows bytes."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.scan import Mark, frame_at, places


def _find(exchange: Exchange) -> Iterator[Spot]:
    for offset in places(exchange, Mark.LINE_SEPARATOR):
        yield Spot(
            "a character like U+2028 or U+0085: clients that split lines at it tear the event",
            frame_at(exchange, offset),
        )


RULE = Rule(
    id="line-separator-in-data",
    group=Group.FRAMING,
    severity=Severity.INFO,
    title="a character that some clients take for a line end",
    explanation=(
        "Lines of an event stream end in CR, LF or CRLF only. Clients that use Python's `str.splitlines` or"
        " httpx's `iter_lines`, as google-genai does, also split at U+2028, U+2029, U+0085, VT, FF and the"
        " separators U+001C to U+001E: the rest of the data then looks like a field, and the JSON is torn."
        " Models write such characters; a server is safe if it escapes everything that is not ASCII."
    ),
    source="WHATWG HTML 9.2.6; Python `str.splitlines`; google-genai `_api_client.py`",
    find=_find,
)
