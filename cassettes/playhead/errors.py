"""Every error Playhead raises on purpose. The type says who is to blame.

    PlayheadError
    ├── UsageError              the caller: a wrong argument or option
    ├── InputError              the input: a file that cannot be read, or is not what was promised
    │   ├── NoSuchExchange      a number that no exchange has; a KeyError too
    │   └── CassetteError       a cassette
    │       ├── DamagedCassette     a line that is not a record
    │       └── UnsupportedVersion  written by a newer Playhead
    ├── CannotRun               the environment: a port, a permission, a full disk
    │   └── MissingExtra            a part of Playhead that is not installed
    └── RecordingEnded          nobody: the recording stops before the stream did
    ReplayMiss (BaseException)  the code under test: a request that the cassette does not hold
    SweepFailed (AssertionError)  the code under test: it took a broken stream for a success

`ReplayMiss` is no `Exception`, because clients catch those and retry: a miss would become "connection
error" three attempts later. Errors name what, where and what to do. The command line exits with 2 for a
`UsageError`, 3 for an `InputError`, 4 for a `CannotRun`.
"""

from __future__ import annotations


class PlayheadError(Exception):
    """What every deliberate error but `ReplayMiss` is. `hint` says what to do, where we know it."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(PlayheadError):
    """An argument or option that cannot be meant."""


class InputError(PlayheadError):
    """Input that cannot be read, or is not what it was said to be."""


class NoSuchExchange(InputError, KeyError):
    """A number that no exchange of a cassette has. A `KeyError` too, as a mapping's users expect."""


class CassetteError(InputError):
    """A cassette that cannot be used."""


class DamagedCassette(CassetteError):
    """A line that is not a record. `line` counts from 1; `byte` is the offset of its first byte."""

    def __init__(self, path: str, line: int, byte: int, reason: str, *, hint: str | None = None) -> None:
        super().__init__(f"{path}, line {line} (byte {byte}): {reason}", hint=hint)
        self.path = path
        self.line = line
        self.byte = byte
        self.reason = reason


class UnsupportedVersion(CassetteError):
    """A cassette in a format version that this Playhead does not know."""


class CannotRun(PlayheadError):
    """The environment does not allow it: a port in use, no permission, no space."""


class MissingExtra(CannotRun):
    """A command or adapter whose optional dependencies are not installed."""

    def __init__(self, what: str, extra: str, missing: str) -> None:
        super().__init__(
            f"{what} needs {missing}, which is not installed.",
            hint=f"Install it with: pip install 'playhead[{extra}]'",
        )
        self.extra = extra
        self.missing = missing


class RecordingEnded(PlayheadError):
    """Replay came to the point where the recording stops, though the stream did not."""


class ReplayMiss(BaseException):
    """A request that no unplayed exchange of the cassette answers, or that one without a response does."""


class SweepFailed(AssertionError):
    """A sweep found points at which the code under test does what it must not; the message is the table."""
