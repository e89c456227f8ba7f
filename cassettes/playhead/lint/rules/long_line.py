"""Lines too long for common line readers. Knows bytes."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.scan import LONG_LINE, Mark, frame_at, places


def _find(exchange: Exchange) -> Iterator[Spot]:
    for offset in places(exchange, Mark.LONG_LINE):
        yield Spot(
            f"a line of {LONG_LINE:,} bytes or more: some line readers stop at it",
            frame_at(exchange, offset),
        )


RULE = Rule(
    id="long-line",
    group=Group.FRAMING,
    severity=Severity.INFO,
    title="a line of 64 KiB or more",
    explanation=(
        "The standard sets no limit. Go's `bufio.Scanner` and Python's `asyncio.StreamReader` refuse lines"
        " of more than 64 KiB unless told otherwise, and clients are built on them. Images in events are"
        " mostly what makes lines so long. Raise the client's limit, or send several `data` lines where the"
        " payload is text."
    ),
    source="Go `bufio.MaxScanTokenSize`; Python `asyncio.StreamReader`, `limit`",
    find=_find,
)
