"""The shown exchange over HTTP on a local port, while the viewer runs.

Reads the cassette anew, apart from what is on the screen. Needs the extra `serve`.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from playhead import Exchange, PlayheadError
from playhead.cli.extras import need_serve


class Replaying:
    """`url` is where it answers, for as long as it is not closed. Raises `PlayheadError` where it cannot."""

    def __init__(self, exchange: Exchange) -> None:
        need_serve("replaying from the viewer")
        from playhead.replay.server import ServerThread

        self.number: int = exchange.number
        self._server = ServerThread(exchange, speed=1.0)
        try:
            self._server.__enter__()
        except OSError as error:
            raise PlayheadError(f"cannot listen on a local port: {error.strerror}") from None
        self.url: str = self._server.url

    def close(self) -> None:
        """Stop answering. Does not wait: what is still sent is cut."""
        threading.Thread(target=self._server.__exit__, args=(None, None, None), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
