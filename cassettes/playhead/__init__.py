"""Playhead: record, step through and replay Server-Sent-Event streams.

>>> import playhead
>>> cassette = playhead.load(playhead.sample("anthropic-tools"))
>>> [frame.event for frame in cassette[1].frames][:2]
['message_start', 'content_block_start']

Everything named here is public; its modules are imported when a name is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playhead.version import __version__

if TYPE_CHECKING:
    from playhead.clients import Client, Fate, Raised, Seen, Unseen, UnseenReason, read_as
    from playhead.errors import (
        CannotRun,
        CassetteError,
        DamagedCassette,
        InputError,
        MissingExtra,
        PlayheadError,
        RecordingEnded,
        ReplayMiss,
        SweepFailed,
        UnsupportedVersion,
        UsageError,
    )
    from playhead.exchange import Exchange
    from playhead.findings import Finding, Severity
    from playhead.lint.runner import check
    from playhead.model import Chunk, Ending, EndingKind, Framing, How, Loss, Request, Response
    from playhead.plan.alterations import (
        Alteration,
        corrupt,
        cut,
        encode,
        inject,
        rechunk,
        slow,
        stall,
        status,
    )
    from playhead.replay.altered import altered
    from playhead.samples import sample
    from playhead.sse import Decoder, Frame, FrameKind
    from playhead.store.cassette import Cassette, load
    from playhead.store.exchange_writer import ExchangeWriter
    from playhead.store.follower import Follower, follow
    from playhead.store.writer import CassetteWriter, open_writer
    from playhead.sweeps import matrix, sweep
    from playhead.timing import (
        Anchor,
        BlockTiming,
        Gaps,
        Histogram,
        Latencies,
        Moments,
        Stall,
        StallCause,
        StallPhase,
        Timing,
        measure,
    )
    from playhead.virtual import virtual_time

__all__ = [
    "Alteration",
    "Anchor",
    "BlockTiming",
    "CannotRun",
    "Cassette",
    "CassetteError",
    "CassetteWriter",
    "Chunk",
    "Client",
    "DamagedCassette",
    "Decoder",
    "Ending",
    "EndingKind",
    "Exchange",
    "ExchangeWriter",
    "Fate",
    "Finding",
    "Follower",
    "Frame",
    "FrameKind",
    "Framing",
    "Gaps",
    "Histogram",
    "How",
    "InputError",
    "Latencies",
    "Loss",
    "MissingExtra",
    "Moments",
    "PlayheadError",
    "Raised",
    "RecordingEnded",
    "ReplayMiss",
    "Request",
    "Response",
    "Seen",
    "Severity",
    "Stall",
    "StallCause",
    "StallPhase",
    "SweepFailed",
    "Timing",
    "Unseen",
    "UnseenReason",
    "UnsupportedVersion",
    "UsageError",
    "__version__",
    "altered",
    "check",
    "corrupt",
    "cut",
    "encode",
    "follow",
    "inject",
    "load",
    "matrix",
    "measure",
    "open_writer",
    "read_as",
    "rechunk",
    "sample",
    "slow",
    "stall",
    "status",
    "sweep",
    "virtual_time",
]

_HOMES = {
    "playhead.clients": ("Client", "Fate", "Raised", "Seen", "Unseen", "UnseenReason", "read_as"),
    "playhead.errors": (
        "CannotRun",
        "CassetteError",
        "DamagedCassette",
        "InputError",
        "MissingExtra",
        "PlayheadError",
        "RecordingEnded",
        "ReplayMiss",
        "SweepFailed",
        "UnsupportedVersion",
        "UsageError",
    ),
    "playhead.exchange": ("Exchange",),
    "playhead.findings": ("Finding", "Severity"),
    "playhead.lint.runner": ("check",),
    "playhead.model": ("Chunk", "Ending", "EndingKind", "Framing", "How", "Loss", "Request", "Response"),
    "playhead.plan.alterations": (
        "Alteration",
        "corrupt",
        "cut",
        "encode",
        "inject",
        "rechunk",
        "slow",
        "stall",
        "status",
    ),
    "playhead.replay.altered": ("altered",),
    "playhead.samples": ("sample",),
    "playhead.sse": ("Decoder", "Frame", "FrameKind"),
    "playhead.store.cassette": ("Cassette", "load"),
    "playhead.store.exchange_writer": ("ExchangeWriter",),
    "playhead.store.follower": ("Follower", "follow"),
    "playhead.store.writer": ("CassetteWriter", "open_writer"),
    "playhead.sweeps": ("matrix", "sweep"),
    "playhead.timing": (
        "Anchor",
        "BlockTiming",
        "Gaps",
        "Histogram",
        "Latencies",
        "Moments",
        "Stall",
        "StallCause",
        "StallPhase",
        "Timing",
        "measure",
    ),
    "playhead.virtual": ("virtual_time",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'playhead' has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
