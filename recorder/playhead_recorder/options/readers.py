"""What the text of an option means. Knows texts, and the file of a policy; never the options themselves.

A reader raises `ValueError`, or an error of Playhead's, that says what is allowed.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from playhead.capture.choices import Grouping, Per
from playhead.store.policies import PolicyFile, read_policy_file
from playhead_recorder.options import quantities
from playhead_recorder.options.globs import EXCLUDE

T = TypeVar("T")

NONE = "none"
"""No limit."""
MIN_QUEUE = 1024 * 1024
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_NAME = re.compile(_TOKEN)
# Possessive: what stands first excludes, though a header may be called "!".
_HEADER = re.compile(rf"(?P<exclude>!?+)(?P<name>{_TOKEN})(?:=(?P<glob>.+))?")


class Log(enum.Enum):
    """How the recorder tells what it does."""

    AUTO = "auto"
    """For people on a terminal, for programs elsewhere."""
    TEXT = "text"
    JSON = "json"


def or_none(read: Callable[[str], T]) -> Callable[[str], T | None]:
    """The reader that also takes `none`, for no limit."""

    def reader(text: str) -> T | None:
        if text.strip().lower() == NONE:
            return None
        try:
            return read(text)
        except ValueError as error:
            raise ValueError(f"{error}, or {NONE}") from None

    return reader


def queue(text: str) -> int:
    """The size of the queue: below a megabyte, it would drop what one read from a socket gives."""
    size = quantities.size(text)
    if size < MIN_QUEUE:
        raise ValueError("at least 1MiB")
    return size


def folder(text: str) -> Path:
    return _path(text, "the path of a folder is expected")


def file(text: str) -> Path:
    return _path(text, "the path of a file is expected")


def policy(text: str) -> PolicyFile:
    """The file of a policy. What it says is read together with what switches add to it."""
    return read_policy_file(file(text))


def grouping(text: str) -> Grouping:
    """What shares a cassette: `exchange`, `run` or `header:NAME`."""
    kind, colon, name = text.strip().partition(":")
    found = next((per for per in Per if per.value == kind.lower()), None)
    if found is None or (found is Per.HEADER) != bool(colon):
        raise ValueError("exchange, run or header:NAME")
    return Grouping(found, header_name(name)) if colon else Grouping(found)


def header_name(text: str) -> str:
    """The name of a header, in lower case."""
    name = text.strip()
    if not _NAME.fullmatch(name):
        raise ValueError("the name of a header is expected")
    return name.lower()


def header_glob(text: str) -> tuple[str, str]:
    """A name in lower case, and a glob for values, after `!` where it excludes."""
    found = _HEADER.fullmatch(text.strip())
    if found is None:
        raise ValueError("NAME or NAME=GLOB is expected, after ! for what is left out")
    return found["name"].lower(), found["exclude"] + (found["glob"] or "*")


def host_glob(text: str) -> str:
    """A glob for hosts, with their ports or without."""
    glob = _glob(text)
    if "/" in glob or "@" in glob:
        raise ValueError("HOST or HOST:PORT is expected, without a scheme or path")
    return glob


def path_glob(text: str) -> str:
    """A glob for the paths of URLs, which begin with a slash."""
    glob = _glob(text)
    if glob.removeprefix(EXCLUDE)[0] not in "/*?":
        raise ValueError("the path of a URL is expected, from its first / on; * stands for any characters")
    return glob


def method_glob(text: str) -> str:
    glob = _glob(text)
    if not re.fullmatch(r"[A-Za-z*?\-]+", glob.removeprefix(EXCLUDE)):
        raise ValueError("a method such as POST is expected")
    return glob


def model_glob(text: str) -> str:
    return _glob(text)


def log(text: str) -> Log:
    found = next((style for style in Log if style.value == text.strip().lower()), None)
    if found is None:
        raise ValueError(f"{', '.join(style.value for style in Log)} are the choices")
    return found


def _glob(text: str) -> str:
    glob = text.strip()
    if not glob.removeprefix(EXCLUDE):
        raise ValueError("it is empty")
    return glob


def _path(text: str, expected: str) -> Path:
    if not text.strip() or "\0" in text:
        raise ValueError(expected)
    try:
        return Path(text).expanduser()  # shells leave it alone within --set NAME=~/...
    except RuntimeError:
        raise ValueError("there is no such user") from None
