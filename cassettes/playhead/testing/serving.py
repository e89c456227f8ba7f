"""A base URL for code that is no httpx client: the cassette of a test on a real socket.

Knows which variables the providers' SDKs read. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playhead.plan import Pace
    from playhead.replay.session import Session

VARIABLES: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("ANTHROPIC_BASE_URL", "", ("/v1/messages", "/v1/complete")),
    ("OPENAI_BASE_URL", "/v1", ("/chat/completions", "/responses", "/completions", "/embeddings")),
    ("GOOGLE_GEMINI_BASE_URL", "", ("/v1beta/models/", "/v1/models/")),
)
"""What the official SDKs read, the path that they expect below it, and what they add to it."""
NO_PROXY: Final = ("NO_PROXY", "no_proxy")
_LINGER: Final = 3.0
"""Seconds in which a client leaves that has what it wants of a recording that was cut short. One that is
still there wants more: it meets a reset, and the test fails."""


@contextmanager
def serving(session: Session, pace: Pace) -> Iterator[str]:
    """Serve on a free port of this machine, the variables set; gives `http://127.0.0.1:PORT`."""
    try:
        from playhead.replay.server.hosted import ServerThread
    except ModuleNotFoundError as error:
        if error.name != "h11":
            raise
        from playhead.errors import MissingExtra

        raise MissingExtra("The fixture playhead_server", "serve", "h11") from None

    hosted = ServerThread(session, speed=pace.speed, max_gap=pace.max_gap, linger=_LINGER)
    with hosted as server, pytest.MonkeyPatch.context() as patch:
        paths = [urlsplit(each.request.url).path for each in session.exchanges if each.request]
        for name, usual, added in VARIABLES:
            patch.setenv(name, server.url + prefix(paths, usual, added))
        for name in NO_PROXY:
            patch.setenv(name, "127.0.0.1", prepend=",")
        yield server.url


def prefix(paths: list[str], usual: str, added: tuple[str, ...]) -> str:
    """What stands before that which an SDK adds, in the first recorded path that is one of its."""
    for path in paths:
        for part in added:
            at = path.find(part)
            if at >= 0:
                return path[:at]
    return usual
