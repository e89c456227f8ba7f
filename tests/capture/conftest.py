"""What capture tests share: the scripted origin of the loop's tests, every client, finishing processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from playhead.capture.choices import Files, Retention
from playhead.capture.finishing.process import Child
from playhead.redaction.policy import DEFAULT

from ..loop.clients import CLIENTS, Client
from ..loop.origin import Origin
from .unfinished import let_tick, until


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


@pytest.fixture
def child():
    """`child(root, told)`: a finishing process, stopped in the end. What is written later is no orphan."""
    made = []

    def start(root, told=None, **options):
        keep = {"policy": DEFAULT, "files": Files(root=root), "retention": Retention(), **options}
        made.append(Child(on_done=told.append if told is not None else None, **keep))
        let_tick()
        return made[-1]

    yield start
    for each in made:
        each.stop(0)
        until(lambda each=each: each.pid is None)
