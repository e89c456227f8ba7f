"""The files of redaction policies. What they say, `redaction.policy_file` knows."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from playhead.errors import InputError, UsageError
from playhead.redaction.policy import DEFAULT, Policy


def policy_of(given: Policy | str | os.PathLike[str] | None) -> Policy:
    """The policy that is given, or the one that a file holds, as TOML; `None` is the built-in one.

    Raises `InputError` where the file cannot be read, `UsageError` where it is none.
    """
    if given is None or isinstance(given, Policy):
        return DEFAULT if given is None else given
    from playhead.redaction.policy_file import read_policy  # most give none

    read = read_policy_file(Path(given))
    return read_policy(read.text, read.path)


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
