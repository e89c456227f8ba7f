"""What whoever records may choose: which exchanges share a cassette, how much is kept, where and how long.

Values only. Sizes are in bytes, times in seconds; `None` sets no limit.
"""

from __future__ import annotations

import enum
from pathlib import Path

import msgspec

from playhead.capture.backlog import DEFAULT_CAP

DEFAULT_SESSION_CAP = 256 * 1024 * 1024


class Per(enum.Enum):
    """What shares a cassette."""

    EXCHANGE = "exchange"
    RUN = "run"
    HEADER = "header"
    """Exchanges whose requests have the same value in a header."""


class Grouping(msgspec.Struct, frozen=True):
    """Which exchanges share a cassette; `header`, in lower case, where `per` asks for one."""

    per: Per = Per.EXCHANGE
    header: str | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What is held and written at most. What is over a limit passes by unrecorded, and is said."""

    queue: int = DEFAULT_CAP
    """Waiting for the writer thread."""
    exchange: int | None = DEFAULT_SESSION_CAP
    """Of one exchange's response."""
    total: int | None = None
    """Of everything that a run writes."""


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """When a cassette that exchanges share takes no more of them; it ends with the last that it has."""

    size: int | None = None
    seconds: float | None = None


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Which finished cassettes go, the oldest first: those older than `seconds`, those beyond `size`."""

    size: int | None = None
    seconds: float | None = None


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """Where cassettes go: into `root`, in a folder for each day (UTC), compressed."""

    root: Path
    dated: bool = False
    compressed: bool = False
