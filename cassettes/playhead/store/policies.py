"""Redaction policies in files. Knows files; what a policy says, `redaction.policy_file` knows."""

from __future__ import annotations

from pathlib import Path

import msgspec

from playhead.errors import InputError, UsageError
from playhead.redaction.policy import Policy
from playhead.redaction.policy_file import read_policy


class PolicyFile(msgspec.Struct, frozen=True):
    """A policy's file as it was when it was read: another process comes to the same policy by its text."""

    path: str
    text: str

    def policy(self) -> Policy:
        """What it says. Raises `UsageError` with file, line and key where that is no policy."""
        return read_policy(self.text, self.path)


def read_policy_file(path: str | Path) -> PolicyFile:
    """The file at `path`. Raises `InputError` where it cannot be read, `UsageError` where it is no text."""
    try:
        return PolicyFile(str(path), Path(path).read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not TOML: it is no UTF-8") from None
