"""A recording that was cut short, and code under test that went on when it met the end.

Knows exceptions and where they went. What came behind that end, nobody knows: whatever a test finds out there
is about the recording. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from playhead.errors import RecordingEnded

if TYPE_CHECKING:
    from _pytest.outcomes import Failed


def swallowed(met: Iterable[RecordingEnded], item: pytest.Item | None = None) -> Failed | None:
    """The failure that a test is for those of `met` that it was never told of.

    The test function itself may expect one (`pytest.raises`): what came to it, it has in hand.
    """
    for ended in met:
        if item is None or not _came_to(item, ended):
            return pytest.fail.Exception(_told(ended), pytrace=False)
    return None


def _came_to(item: pytest.Item, error: BaseException) -> bool:
    """Whether the test function, or one that is written within it, has met the exception."""
    name = getattr(getattr(item, "function", None), "__qualname__", item.name)
    within = f"{name}.<locals>."
    step = error.__traceback__
    while step is not None:
        where = step.tb_frame.f_code.co_qualname
        if where == name or where.startswith(within):
            return True
        step = step.tb_next
    return False


def _told(ended: RecordingEnded) -> str:
    return (
        f"{ended.message}.\n"
        "What the server sent after this, nobody knows. The code under test read on, and what it met never "
        "came to the test.\n"
        "To mend: record it whole. For a stream that breaks on purpose, play one: "
        'matrix=[playhead.cut("fin", event=…)].\n'
        "A test that expects this says so: with pytest.raises(playhead.RecordingEnded) in the test function, "
        "or by playhead.recording_ended() of the fixture."
    )
