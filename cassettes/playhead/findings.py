"""What lint says: a finding, and how serious it is. Knows words and places; no rule, no exchange."""

from __future__ import annotations

import enum

import msgspec


class Severity(enum.StrEnum):
    """How serious a finding is, the worst first."""

    ERROR = "error"
    """A client fails on it, or takes something for what it is not; or a credential lies open."""
    WARNING = "warning"
    """Allowed, and likely not what was meant."""
    INFO = "info"
    """Worth knowing."""


class Finding(msgspec.Struct, frozen=True):
    """One thing found in a cassette.

    `message` is a sentence; what it quotes of a stream is not sanitised. `exchange` counts from 1; `None`
    means the cassette. `frame` is the frame's number from 1 in its exchange; `None` means all of it.
    """

    rule: str
    """The rule's id, stable for ever: `no-terminator`."""
    severity: Severity
    message: str
    exchange: int | None = None
    frame: int | None = None
    block: int | None = None
    """The block's number from 1."""
