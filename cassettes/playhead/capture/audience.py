"""Who is told how a recording goes: in the writer thread, or in a finisher's.

A value and a class whose methods do nothing: whoever listens overrides what it wants to hear. What a listener
raises costs the exchange that it was about, so it should raise nothing, and it must not wait.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from playhead.capture.finishing.finisher import Done
from playhead.model import EndingKind


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the recording of an exchange. `target` is `None` where no cassette will have it."""

    target: Path | None
    chunks: int
    size: int
    ending: EndingKind
    is_stream: bool
    """Whether its response was read while it came: an event stream, or lines of JSON."""
    lost_chunks: int
    failure: str | None
    stays_as: Path | None = None
    """The name that its cassette was to get, where that could not be written to its end: its unfinished file
    stays, and nobody was given it to finish.
    """


class Audience:
    """Hears nothing."""

    def opened(self) -> None:
        """An exchange is being written."""

    def stream_opened(self) -> None:
        """An exchange that was opened turned out to be a stream."""

    def dropped(self) -> None:
        """An exchange that was opened is not to be kept."""

    def wrote(self, chunks: int, size: int) -> None:
        """Chunks are in the file, with so many bytes of data."""

    def lost(self, reason: str, chunks: int | None, size: int | None) -> None:
        """Deliveries passed by unrecorded; `None` where nobody counted them."""

    def queued(self, size: int) -> None:
        """So many bytes wait to be written."""

    def finished(self, finished: Finished) -> None:
        """An exchange is over."""

    def handed_over(self) -> None:
        """A cassette is written to its end, and waits to be finished."""

    def done(self, done: Done) -> None:
        """A cassette is finished, or could not be."""
