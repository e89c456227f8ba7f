"""What a run recorded and what it did not: counted while it runs, said when it is over.

Knows the records that the writer reports; no proxy, and no way to print.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from playhead.capture.recording import Finished


class Tally(msgspec.Struct):
    """What a run recorded, and what it did not."""

    streams: int = 0
    paths: set[Path] = msgspec.field(default_factory=set)
    chunks: int = 0
    size: int = 0
    lost_chunks: int = 0
    failed: int = 0
    other_responses: int = 0

    @property
    def cassettes(self) -> int:
        return len(self.paths)

    def add(self, finished: Finished) -> None:
        self.streams += 1
        if finished.path is not None:
            self.paths.add(finished.path)
        self.chunks += finished.chunks
        self.size += finished.size
        self.lost_chunks += finished.lost_chunks
        self.failed += finished.failure is not None

    def recorded(self, where: Path, events: int | None = None) -> str:
        """The line about what there is. `where` is the folder as the user named it."""
        numbers = [] if events is None else [count(events, "event")]
        numbers += [count(self.chunks, "chunk"), count(self.size, "byte"), count(self.cassettes, "cassette")]
        return f"Recorded {count(self.streams, 'stream')}: {', '.join(numbers)} in {where}."

    def missing(self) -> str | None:
        """The line about what there is not, where something is missing."""
        reasons = [
            (self.failed, f"{count(self.failed, 'stream')} not recorded to the end (see above)"),
            (self.lost_chunks, f"{count(self.lost_chunks, 'chunk')} lost"),
            (self.other_responses, _others(self.other_responses)),
        ]
        said = [text for number, text in reasons if number]
        return f"Not recorded: {'; '.join(said)}." if said else None


def count(number: int, noun: str) -> str:
    """`number` with its noun, as people read it."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _others(number: int) -> str:
    was = "that was no event stream" if number == 1 else "that were no event streams"
    return f"{count(number, 'response')} {was}"
