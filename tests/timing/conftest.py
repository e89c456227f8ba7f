"""Streams are read by the toy protocol, which the tests write."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from playhead.protocols import registry
from playhead.protocols.base import Certainty

from . import toy


@pytest.fixture(autouse=True, scope="module")
def _toy(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every stream is one in the toy protocol, but in modules that say `REAL_PROTOCOLS`."""
    with pytest.MonkeyPatch.context() as patch:
        if not getattr(request.module, "REAL_PROTOCOLS", False):
            patch.setattr(registry, "detect", lambda _: registry.Detected(toy.Toy(), Certainty.CONTENT, ()))
        yield
