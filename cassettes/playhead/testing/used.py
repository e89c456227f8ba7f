"""Which cassettes the collected tests replay. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

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
    Path(file).write_text(json.dumps({"cassettes": sorted(used), "tests": tests}), "utf-8")
