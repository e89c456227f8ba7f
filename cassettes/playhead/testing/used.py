"""Which cassettes the collected tests replay. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from playhead.errors import PlayheadError
from playhead.store.files import write_whole
from playhead.testing import places, settings


def write(file: str, items: Iterable[pytest.Item]) -> None:
    """Write `{"cassettes": [PATH, ...], "tests": COUNT}` to `file`. Tests that are deselected later count."""
    used: set[str] = set()
    tests = 0
    for item in items:
        if "playhead" in getattr(item, "fixturenames", ()):
            tests += 1
            path = places.found(item, settings.asked_by(item).name)
            if path is not None:
                used.add(str(path))
    text = json.dumps({"cassettes": sorted(used), "tests": tests})
    try:
        write_whole(Path(file), [text.encode()], overwrite=True)
    except PlayheadError as error:
        raise pytest.UsageError(f"--playhead-used: {error}") from None


def check(file: str) -> None:
    """Raise `pytest.UsageError` where there can be no such file: xdist loses what its workers raise."""
    path = Path(file)
    if path.is_dir() or not path.absolute().parent.is_dir():
        why = "is a folder" if path.is_dir() else "there is no such folder"
        raise pytest.UsageError(f"--playhead-used={file}: {why}")
