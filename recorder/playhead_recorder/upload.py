"""A request's body that mitmproxy streams to the server instead of holding it.

Knows one request and how much room there is. As the tap of a response it never raises, and always returns
what it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from playhead_recorder.tap import StreamCallable


class Upload:
    """The `stream` of a request. `previous` is what another addon had put there; it still decides."""

    def __init__(self, has_room: Callable[[int], bool], previous: StreamCallable | None) -> None:
        self._has_room = has_room
        self._previous = previous
        self._parts: list[bytes] | None = []
        """`None` where there was no room for them."""
        self._size = 0

    def __call__(self, data: bytes) -> Iterable[bytes] | bytes:
        try:
            self._size += len(data)
            if self._parts is not None:
                if self._has_room(self._size):
                    self._parts.append(data)
                else:
                    self._parts = None
        except Exception:  # noqa: BLE001 - whatever went wrong here, the server gets its bytes
            self._parts = None
        return data if self._previous is None else self._previous(data)

    @property
    def body(self) -> bytes | None:
        """What passed so far; `None` where it is not all there."""
        return None if self._parts is None else b"".join(self._parts)
