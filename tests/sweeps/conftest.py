"""What tests of sweeps share: a client of a session."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

import playhead
import playhead.httpx2
from playhead.replay.session import Session


@pytest.fixture
def http(request: pytest.FixtureRequest) -> Callable[[Session], httpx2.Client]:
    def client(played: Session) -> httpx2.Client:
        made = httpx2.Client(transport=playhead.httpx2.ReplayTransport(played))
        request.addfinalizer(made.close)
        return made

    return client
