"""How a test fails: for a miss that nobody may swallow, for exchanges that were not played.

A miss is raised in the code under test, which may catch it: in the end the plugin raises it again.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import pytest

from playhead.errors import ReplayMiss

if TYPE_CHECKING:
    from _pytest.outcomes import Failed
else:
    Failed = pytest.fail.Exception

_TO_RECORD: Final = "To record it here: pytest --playhead-record=new_episodes"
_OURS: Final = str(Path(__file__).parent.parent)
_LIBRARY: Final = str(Path(os.__file__).parent)
_INSTALLED: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class PlayheadMiss(ReplayMiss, Failed):
    """A miss that fails the test. Hypothesis and pytest take it for a failure, no client catches it."""

    def __init__(self, message: str) -> None:
        if message.startswith("No exchange of "):
            message = f"{message}\n{_TO_RECORD}"
        place = _place()
        super().__init__(f"{message}\nIt was made at {place}" if place else message, pytrace=False)


def miss_of(error: BaseException | None, misses: Iterable[ReplayMiss]) -> ReplayMiss | None:
    """The miss to fail with: the one that `error` is, or brings along, else the first there was."""
    noted = list(misses)
    if isinstance(error, ReplayMiss):
        return error
    if isinstance(error, BaseExceptionGroup):
        found = error.subgroup(ReplayMiss)
        if found is not None:
            return _first(found)
    return noted[0] if noted else None


def _first(group: BaseExceptionGroup[ReplayMiss]) -> ReplayMiss:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _place() -> str | None:
    """Where the user's own code asks for what is missed: the innermost frame that is nobody's library."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        # The script that has started pytest asks for nothing: of a task it is all that there is.
        if _is_users(name) and frame.f_globals.get("__name__") != "__main__":
            return f"{_short(name)}:{frame.f_lineno}, in {frame.f_code.co_name}"
        frame = frame.f_back
    return None


def _short(name: str) -> str:
    try:
        return os.path.relpath(name)
    except (OSError, ValueError):  # the working directory is gone, or on another drive
        return name


def is_installed(name: str) -> bool:
    """Whether a file is of an installed package: nobody's tests lie there."""
    return any(part in name for part in _INSTALLED)


def _is_users(name: str) -> bool:
    if name.startswith((_OURS, _LIBRARY, "<")) or is_installed(name):
        return False
    return Path(name).is_absolute()
