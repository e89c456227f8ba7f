"""Noticing that mitmproxy crashed on a client's connection: it says so in its log, and to no addon.

mitmproxy logs an exception of its own protocol code and goes on (mitmproxy/proxy/server.py, `server_event`):
the stream it was about gets no further, and no hook is called. Knows log records; never flows.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable

_LOGGER = "mitmproxy.proxy.server"
_MESSAGE = "mitmproxy has crashed!"


class CrashWatch(logging.Handler):
    """Calls `on_crash` with the address of the client and the exception in words, on the event loop."""

    def __init__(self, on_crash: Callable[[object, str], None]) -> None:
        super().__init__(logging.ERROR)
        self._on_crash = on_crash

    def start(self) -> None:
        """Listen; a second call changes nothing."""
        logging.getLogger(_LOGGER).addHandler(self)

    def stop(self) -> None:
        """Listen no more."""
        logging.getLogger(_LOGGER).removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        # Whoever logs is mitmproxy's protocol: what is raised here, it would meet.
        with contextlib.suppress(Exception):
            error = record.exc_info[1] if record.exc_info else None
            if error is not None and record.msg == _MESSAGE:
                self._on_crash(getattr(record, "client", None), f"{type(error).__name__}: {error}")
