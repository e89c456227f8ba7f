"""The shown exchange over HTTP on a local port, while the viewer runs.

Reads the cassette anew, apart from what is on the screen. Needs the extra `serve`.
"""

from __future__ import annotations

import threading

from playhead import Exchange, PlayheadError
from playhead.cli.extras import need_serve
from playhead_viewer.stage import Stage
from playhead_viewer.text.safe import safe


class Replaying:
    """`url` is where it answers, for as long as it is not closed. Raises `PlayheadError` where it cannot."""

    def __init__(self, exchange: Exchange) -> None:
        need_serve("replaying from the viewer")
        from playhead.replay.server import ServerThread

        self.number: int = exchange.number
        self._server = ServerThread(exchange, speed=1.0)
        self._server.__enter__()
        self.url: str = self._server.url

    def close(self) -> None:
        """Stop answering. Does not wait: what is still sent is cut."""
        threading.Thread(target=self._server.__exit__, args=(None, None, None), daemon=True).start()


class Replays:
    """The one exchange that is replayed at a time, if any."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.running: Replaying | None = None

    def toggle(self) -> None:
        """Answer requests with the exchange that is shown, in place of another; or stop that."""
        stage = self._stage
        shown = stage.viewing.stream if stage.viewing is not None else None
        before = self.running.number if self.running is not None else None
        if self.stop() and (shown is None or shown.exchange.number == before):
            stage.say("The exchange is not replayed any more.")
            return
        if stage.viewing is None or stage.viewing.stream is None:
            return
        try:
            self.running = Replaying(stage.viewing.stream.exchange)
        except PlayheadError as error:
            stage.say(str(error), severity="error")
            return
        key, number = stage.key_of("replay"), self.running.number
        stage.say(f"Exchange {number} answers at {safe(self.running.url)}; {key} stops it.")

    def stop(self) -> bool:
        """Stop answering; whether there was anything to stop."""
        running, self.running = self.running, None
        if running is not None:
            running.close()
        return running is not None
