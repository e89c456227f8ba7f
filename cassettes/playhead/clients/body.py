"""What all the clients' decoders share: how far they have come, how they stop, how a body ends.

Knows chunks, offsets and outcomes; no field.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from playhead.clients.lines import Source
from playhead.clients.records import Outcome, Raised, Unseen, UnseenReason

T = TypeVar("T")


class ClientDecoder(Protocol):
    """Bytes in, outcomes out; one instance a body."""

    def feed(self, chunk: bytes) -> list[Outcome]:
        """What comes of this chunk's arrival. An empty chunk counts as a chunk."""

    def close(self, *, whole: bool = True) -> list[Outcome]:
        """The body has ended.

        Where it is not `whole` the client's transport raises: what the client would have delivered at
        the end is lost.
        """


class BodyDecoder(ABC, Generic[T]):
    """A `ClientDecoder` that takes lines, or batches of lines, one after another."""

    def __init__(self, source: Source[T]) -> None:
        self._source = source
        self._position = 0
        self._chunk = 0
        self._at_end = False
        self._stopped_at: int | None = None
        self._block_start: int | None = None
        """Of what was read and not yet delivered."""

    def feed(self, chunk: bytes) -> list[Outcome]:
        self._chunk += 1
        self._position += len(chunk)
        found: list[Outcome] = []
        if self._stopped_at is None and self._took(self._source.feed(chunk), found):
            self._chunk_read(found)
        return found

    def close(self, *, whole: bool = True) -> list[Outcome]:
        self._at_end = True
        found: list[Outcome] = []
        if whole and self._stopped_at is None and self._took(self._source.close(), found):
            self._body_read(found)
        found.extend(self._rest())
        return found

    def _took(self, items: Iterable[T], found: list[Outcome]) -> bool:
        """Whether the client reads on behind them."""
        for item in items:
            self._take(item, found)
            if self._stopped_at is not None:
                return False
        return True

    @abstractmethod
    def _take(self, item: T, found: list[Outcome]) -> None:
        """Read the next line or batch."""

    def _chunk_read(self, found: list[Outcome]) -> None:
        """Every line of the chunk has been taken."""

    def _body_read(self, found: list[Outcome]) -> None:
        """Every line of the body has been taken."""

    def _stop(self, found: list[Outcome], error: str, message: str, start: int, end: int) -> None:
        """The client raises, over the bytes from `start` to `end`."""
        found.append(Raised(error, message, start, end, self._chunk, self._at_end))
        self._stopped_at = start if self._block_start is None else self._block_start

    def _rest(self) -> list[Outcome]:
        """The bytes that were never delivered."""
        if self._stopped_at is not None:
            start, reason = self._stopped_at, UnseenReason.UNREAD
        elif self._block_start is not None:
            start, reason = self._block_start, UnseenReason.TAIL
        else:
            start, reason = self._source.given, UnseenReason.TAIL
            if not self._source.held().strip(b"\r\n"):
                return []
        return [Unseen(start, self._position, reason)] if start < self._position else []
