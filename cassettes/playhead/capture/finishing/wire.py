"""What a recorder and its finishing process say to each other: JSON, a line each.

First `Settings`, then a `Job` a line; a `Done` a line comes back. The policy is sent itself, never the name
of a file that may have changed since. A pipe carries it: the keys in it reach no file. Knows values only.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import msgspec

from playhead.capture.choices import Files, Retention
from playhead.capture.finishing.finisher import Done, Job
from playhead.redaction.policy import Policy


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a finishing process needs to know."""

    policy: Policy
    files: Files
    retention: Retention
    recovers: bool = True
    """Whether it looks for what other recorders left."""
    since: float | None = None
    """When the recorder started (Unix time): what is younger may be its own, and on its way here."""


def _plain(value: Any) -> str:
    if isinstance(value, Path):
        # A path is bytes, which need not be text in any encoding.
        return os.fsencode(value).decode("latin-1")
    if isinstance(value, re.Pattern):
        return str(value.pattern)
    raise NotImplementedError


def _value(type_: Any, text: Any) -> Any:
    if not isinstance(text, str):
        raise TypeError("expected a string")
    if type_ is Path:
        return Path(os.fsdecode(text.encode("latin-1")))
    return re.compile(text)


_encoder = msgspec.json.Encoder(enc_hook=_plain)
_settings = msgspec.json.Decoder(Settings, dec_hook=_value)
_job = msgspec.json.Decoder(Job, dec_hook=_value)
_done = msgspec.json.Decoder(Done, dec_hook=_value)


def line_of(value: Settings | Job | Done) -> bytes:
    """Its line, LF included."""
    return _encoder.encode(value) + b"\n"


def settings_of(line: bytes) -> Settings:
    return _settings.decode(line)


def job_of(line: bytes) -> Job:
    return _job.decode(line)


def done_of(line: bytes) -> Done:
    return _done.decode(line)
