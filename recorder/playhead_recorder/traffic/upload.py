"""A request's body that mitmproxy streams to the server instead of holding it.

Knows one request and how much room there is for all that are on their way. As the tap of a response it never
raises, and always returns what it was given.
"""

from __future__ import annotations

from collections.abc import Iterable

from playhead.capture.backlog import Backlog
from playhead_recorder.traffic.tap import StreamCallable


class Room:
    """What uploads hold together, as far as the queue has room: it counts against its cap."""

    def __init__(self, backlog: Backlog) -> None:
        self._backlog = backlog
        self.held: int = 0

    def take(self, size: int) -> bool:
        """Whether `size` bytes more may be held; they are, then."""
        if not self._backlog.has_room(self.held + size):
            return False
        self.held += size
        return True

    def give(self, size: int) -> None:
        self.held -= size


class Upload:
    """The `stream` of a request. `previous` is what another addon had put there; it still decides."""

    def __init__(self, room: Room, previous: StreamCallable | None) -> None:
        self._room = room
        self._previous = previous
        self._parts: list[bytes] | None = []
        """`None` where there was no room for them, or somebody has taken them."""
        self._size = 0

    def __call__(self, data: bytes) -> Iterable[bytes] | bytes:
        try:
            if self._parts is not None:
                if self._room.take(len(data)):
                    self._size += len(data)
                    self._parts.append(data)
                else:
                    self.taken()
        except Exception:  # noqa: BLE001 - whatever went wrong here, the server gets its bytes
            self._parts = None
        return data if self._previous is None else self._previous(data)

    def taken(self) -> bytes | None:
        """What passed so far, `None` where it is not all there. From here on nothing is held."""
        parts, self._parts = self._parts, None
        self._room.give(self._size)
        self._size = 0
        return None if parts is None else b"".join(parts)
