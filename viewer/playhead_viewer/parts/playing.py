"""Playing: waking when the player's next move is due. When that is, the player knows."""

from __future__ import annotations

import asyncio
import time

from playhead_viewer.stage import Stage


class Playing:
    """The alarm of the player."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._wakes: asyncio.TimerHandle | None = None

    def changed(self) -> None:
        """The player was started, stopped, has moved, or has another speed."""
        viewing = self._stage.viewing
        if self._wakes is not None:
            self._wakes.cancel()
            self._wakes = None
        if viewing is not None and viewing.player.due is not None:
            wait = max(viewing.player.due - time.monotonic(), 0.0)
            # Not Textual's timer: of a wait that is over before it starts it counts the missed rounds,
            # which divides by zero, or ends without a call.
            loop = asyncio.get_running_loop()
            self._wakes = loop.call_later(wait, self._stage.tell, self._tick)
        self._stage.moved()

    def _tick(self) -> None:
        if self._stage.viewing is not None:
            self._stage.viewing.tick(time.monotonic())
            self.changed()
