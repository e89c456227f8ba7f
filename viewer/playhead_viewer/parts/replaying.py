"""The shown exchange over HTTP on a local port, while the viewer runs.

It goes on with the file that was open when it began, whatever is shown meanwhile. Needs the extra `serve`.
"""

from __future__ import annotations

import contextlib
import threading

from playhead import PlayheadError
from playhead.cli.extras import need_serve
from playhead_viewer.source.stream import Stream
from playhead_viewer.stage import Stage
from playhead_viewer.text.safe import safe


class Replaying:
    """`url` is where it answers, for as long as it is not closed. Raises `PlayheadError` where it cannot."""

    def __init__(self, stream: Stream) -> None:
        need_serve("replaying from the viewer")
        from playhead.replay.server import ServerThread

        self.number: int = stream.exchange.number
        with contextlib.ExitStack() as entered:
            entered.enter_context(stream.loader.kept())
            self.url: str = entered.enter_context(ServerThread(stream.exchange, speed=1.0)).url
            self._entered = entered.pop_all()

    def close(self) -> None:
        """Stop answering. Does not wait: what is still sent is cut."""
        threading.Thread(target=self._entered.close, daemon=True).start()


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
            self.running = Replaying(stage.viewing.stream)
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
