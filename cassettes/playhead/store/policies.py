"""The files of redaction policies. What they say, `redaction.policy_file` knows."""

from __future__ import annotations

from pathlib import Path

import msgspec

from playhead.errors import InputError, UsageError


class PolicyFile(msgspec.Struct, frozen=True):
    """A policy's file as it was when it was read."""

    path: str
    text: str


def read_policy_file(path: str | Path) -> PolicyFile:
    """The file at `path`. Raises `InputError` where it cannot be read, `UsageError` where it is no text."""
    try:
        return PolicyFile(str(path), Path(path).read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not TOML: it is no UTF-8") from None
