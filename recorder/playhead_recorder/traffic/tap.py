"""The hot path: what mitmproxy calls with every delivery of a stream, on its event loop.

Knows one stream and the backlog. It reads the clock, queues the bytes and returns them; it touches no
file, decodes nothing and never raises: an exception here would lose the client's bytes, since mitmproxy
drops the event (mitmproxy/proxy/layers/http/__init__.py, `state_stream_response_body`).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from typing import TypeAlias

from playhead.capture.backlog import Backlog
from playhead.capture.items import Delivered, Lost, loss_of
from playhead.capture.log import say_error

StreamCallable: TypeAlias = Callable[[bytes], Iterable[bytes] | bytes]


class Tap:
    """The `stream` of a response. `previous` is what another addon had put there; it still decides."""

    __slots__ = ("_backlog", "_has_warned", "_lost", "_previous", "_session", "_stopped", "calls", "last_ns")

    def __init__(self, session: int, backlog: Backlog, previous: StreamCallable | None, now_ns: int) -> None:
        self._session = session
        self._backlog = backlog
        self._previous = previous
        self._lost: Lost | None = None
        self._stopped = False
        self._has_warned = False
        self.calls = 0
        """How often mitmproxy called, the call at the end included: 0 says that it never did."""
        self.last_ns = now_ns
        """When something passed last."""

    def __call__(self, data: bytes) -> Iterable[bytes] | bytes:
        """Note `data` and pass it on.

        `b""` is nothing delivered, and not the end either. What a `previous` callable returns or raises
        goes to mitmproxy as it would without us; recorded is what the server sent.
        """
        try:
            self.calls += 1
            if data and not self._stopped:
                self.last_ns = time.monotonic_ns()
                if self._lost is not None:
                    self._backlog.put(self._lost)
                    self._lost = None
                self._backlog.deliver(Delivered(self._session, self.last_ns, data))
        except Exception as error:  # noqa: BLE001 - whatever went wrong here, the client gets its bytes
            self._miss(data, error)
        return data if self._previous is None else self._previous(data)

    def stop(self) -> None:
        """Record no more; deliveries still pass."""
        self._stopped = True

    def take_lost(self) -> Lost | None:
        """The deliveries that an error of ours kept out of the recording, since the last that got in."""
        lost, self._lost = self._lost, None
        return lost

    def _miss(self, data: bytes, error: Exception) -> None:
        """Count it, and say it once. Where memory is short, this may fail as well."""
        with contextlib.suppress(Exception):
            if not self._has_warned:
                self._has_warned = True
                say_error("a delivery is not recorded", error)
            if data:
                item = Delivered(self._session, self.last_ns, data)
                self._lost = self._lost.with_one_more(item) if self._lost else loss_of(item, "exception")
