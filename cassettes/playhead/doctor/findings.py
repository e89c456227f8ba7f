"""What a check is given and what it gives. Values only, and the one way of running checks."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec


class Level(enum.Enum):
    """What a finding means for whoever wants to record."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing is wrong."""
    WARN = "warn"
    """Something will not be recorded, or not as well, in some cases."""
    FAIL = "fail"
    """It does not work as it is."""


class Finding(msgspec.Struct, frozen=True):
    """`what` was found, in words without a secret; `fix` says what to do, where there is something."""

    name: str
    level: Level
    what: str
    fix: str | None = None


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Where a recorder would run: its environment, where it would write and listen, mitmproxy's folder."""

    environ: Mapping[str, str]
    folder: Path
    host: str
    port: int
    confdir: Path


Check: TypeAlias = Callable[[Surroundings], Finding]


def examine(checks: Iterable[tuple[str, Check]], surroundings: Surroundings) -> list[Finding]:
    """What all checks find. One that fails itself is a finding too: the others are still of use."""
    found = []
    for name, check in checks:
        try:
            found.append(check(surroundings))
        except Exception as error:  # noqa: BLE001 - see above
            found.append(Finding(name, Level.WARN, f"could not be checked: {type(error).__name__}: {error}"))
    return found
