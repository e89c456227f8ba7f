"""What capture tests share: the scripted origin of the loop's tests, every client, and a recorded visit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ..loop.clients import CLIENTS, Client
from ..loop.origin import Origin


@pytest.fixture(scope="session")
def origin() -> Iterator[Origin]:
    with Origin() as made:
        yield made


@pytest.fixture(params=CLIENTS, ids=lambda client: client.name)
def client(request: pytest.FixtureRequest) -> Client:
    """Each client library, blocking and on both event loops."""
    return request.param


@pytest.fixture(autouse=True)
def _scripts_went_well(request: pytest.FixtureRequest) -> Iterator[None]:
    """An assertion in a script of the origin fails the test."""
    yield
    if "origin" in request.fixturenames:
        errors: list[Any] = request.getfixturevalue("origin").errors
        found = errors[:]
        errors.clear()
        assert not found
