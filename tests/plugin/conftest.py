"""What tests of the plugin share: suites of tests to run, each in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .inner import Suite
from .provider import Provider


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """An empty folder for an inner run."""
    return Suite(tmp_path)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Whoever is recorded."""
    with Provider() as made:
        yield made
