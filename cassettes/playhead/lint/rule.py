"""What a rule is: an id for ever, words for people, and a function that finds spots in an exchange.

Knows findings and exchanges; knows no rule. A package adds rules of its own by the entry point group
`playhead.rules`: the entry's name is the rule's id, its object a `Rule`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator

import msgspec

from playhead.exchange import Exchange
from playhead.findings import Finding, Severity


class Group(enum.StrEnum):
    """What a rule is about. A group's name stands for all its rules when rules are chosen."""

    FRAMING = "framing"
    """Bytes and lines: what decoders of event streams make of them."""
    ORDER = "order"
    """Which events follow which, and what must not be missing."""
    CONTENT = "content"
    """What events hold."""
    TIME = "time"
    SECRETS = "secrets"
    RECORDING = "recording"
    """How far the cassette can be trusted."""
    ASYNCAPI = "asyncapi"
    """What an AsyncAPI document says of the events; the document has to be given."""


class Spot(msgspec.Struct, frozen=True):
    """A place where a rule applies. `frame` and `block` count from 1; `None` means all of the exchange."""

    message: str
    """One sentence, for a person who has not read the rule. What it quotes is not sanitised."""
    frame: int | None = None
    block: int | None = None
    severity: Severity | None = None
    """Where it is not the rule's own."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that lint looks for."""

    id: str
    """Lower-case words joined by `-`; it never changes and is never used again."""
    group: Group
    severity: Severity
    """How serious most of its findings are."""
    title: str
    """What a finding means, in a few words."""
    explanation: str
    """A paragraph: why it matters, and what to do."""
    source: str
    """The standard, the SDK's file or the fact that it rests on."""
    find: Callable[[Exchange], Iterable[Spot]]
    """Where the rule applies, in the order of frames. Pure."""

    def check(self, exchange: Exchange) -> Iterator[Finding]:
        """The findings in `exchange`; what is said again of later frames is one finding, and counted."""
        said: dict[Spot, list[int | None]] = {}
        for spot in self.find(exchange):
            said.setdefault(_anywhere(spot), []).append(spot.frame)
        for spot, frames in said.items():
            yield Finding(
                rule=self.id,
                severity=spot.severity or self.severity,
                message=spot.message + _times(frames),
                exchange=exchange.number,
                frame=frames[0],
                block=spot.block,
            )


def _anywhere(spot: Spot) -> Spot:
    return Spot(spot.message, None, spot.block, spot.severity)


def _times(frames: list[int | None]) -> str:
    """How often it was, where that was more than once."""
    if len(frames) == 1:
        return ""
    last = "" if frames[-1] in (None, frames[0]) else f", last in frame {frames[-1]}"
    return f" ({len(frames):,} times{last})"
