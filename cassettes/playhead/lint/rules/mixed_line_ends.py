"""Lines that end in more than one way. Knows line ends."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.scan import Mark, frame_at, places

_NAMES = {Mark.CR: "CR", Mark.LF: "LF", Mark.CRLF: "CRLF"}


def _find(exchange: Exchange) -> Iterator[Spot]:
    glued = places(exchange, Mark.GLUED)
    for offset in glued:
        yield Spot(
            "the blank line ends otherwise than the line before it: some clients wait for the next frame",
            frame_at(exchange, offset),
        )
    used = [name for mark, name in _NAMES.items() if places(exchange, mark)]
    if len(used) > 1 and not glued:
        yield Spot(f"lines end in {' and '.join(used)}", severity=Severity.INFO)


RULE = Rule(
    id="mixed-line-ends",
    group=Group.FRAMING,
    severity=Severity.WARNING,
    title="line ends of more than one kind",
    explanation=(
        "CR, LF and CRLF all end a line, and may be mixed. The decoder in the anthropic package waits for"
        " CR CR, LF LF or CRLF CRLF: a frame that ends in a mixture is held back until the next pair, and"
        " reaches the client together with the frame after it. Often a proxy or a template added lines of"
        " its own. Use one kind."
    ),
    source="WHATWG HTML 9.2.6; `SSEDecoder._iter_chunks` in anthropic `_streaming.py`",
    find=_find,
)
