"""A body that is still content-encoded. Knows chunks."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot


def _find(exchange: Exchange) -> Iterator[Spot]:
    first = next((chunk.number for chunk in exchange.chunks if chunk.undecoded), None)
    if first is not None:
        yield Spot(f"from chunk {first} on the body could not be decompressed: nothing behind it is read")


RULE = Rule(
    id="undecoded-body",
    group=Group.RECORDING,
    severity=Severity.WARNING,
    title="the body could not be decompressed",
    explanation=(
        "The response named a content encoding, and its bytes were not that, or were of one that the"
        " recorder does not know. They are kept as they came, and neither frames nor message can be read"
        " from there on. Ask for `accept-encoding: identity` to record such a stream in clear."
    ),
    source="FORMAT.md, record `chunk`, field `undecoded`",
    find=_find,
)
