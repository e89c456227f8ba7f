"""What waits between those who watch exchanges and the writer thread: a queue with a cap in bytes.

Knows items and sizes; never what is done with them. Producers never wait for the disk. When the cap is
reached, deliveries are dropped and counted until half of it is free again (one long gap reads better than
many short ones); the count reaches the writer as a `Lost`, in the place where the deliveries are missing.
"""

from __future__ import annotations

import threading
from collections import deque

from playhead.capture.items import Delivered, Item, Lost, loss_of

DEFAULT_CAP = 64 * 1024 * 1024
_OVERHEAD = 256
"""Bytes that an item costs beside its data: without it, empty deliveries would be free."""
_BATCH_ITEMS = 512
_BATCH_BYTES = 1024 * 1024


class Backlog:
    """A queue of many producers and one consumer. `cap` is in bytes of data."""

    def __init__(self, cap: int = DEFAULT_CAP) -> None:
        self._cap = cap
        self._lock = threading.Lock()
        self._ready = threading.Condition(self._lock)
        self._items: deque[tuple[int, Item]] = deque()
        self._mine: deque[tuple[int, Item]] = deque()
        """What the consumer has, and not yet in hand: the lock is held for no longer than a swap takes."""
        self._waiting = 0
        self._taken = 0
        self._full = False
        self._closed = False
        self._idle = False
        """Whether the consumer waits for items: only then it has to be woken."""
        self._lost: dict[int, Lost] = {}
        self._open = threading.Lock()
        """Held until `close`: waiting for it costs half of what waiting for an event does."""
        self._open.acquire()

    @property
    def waiting(self) -> int:
        """Bytes that wait, or are being written."""
        return self._waiting

    def has_room(self, size: int) -> bool:
        """Whether `size` bytes more would be accepted now."""
        return not self._full and self._waiting + size <= self._cap

    def deliver(self, item: Delivered) -> None:
        """Queue a delivery, or count it as lost."""
        cost = len(item.data) + _OVERHEAD
        with self._lock:
            if self._full or self._waiting + cost > self._cap:
                self._full = True
                lost = self._lost.get(item.session)
                self._lost[item.session] = lost.with_one_more(item) if lost else loss_of(item, "queue_full")
                return
            # What follows is `_append`, without the calls: it runs for every delivery, before the
            # client gets it.
            if self._lost:
                self._append_lost(item.session)
            self._items.append((cost, item))
            self._waiting += cost
            if self._idle:
                self._wake()

    def put(self, item: Item, size: int = 0) -> None:
        """Queue an item that must not be dropped; `size` is what it holds."""
        with self._lock:
            self._append_lost(item.session)
            self._append(size + _OVERHEAD, item)

    def take(self, timeout: float | None = None) -> list[Item] | None:
        """The next items, at most a batch; `[]` after `timeout` seconds, `None` once closed and empty.

        What was taken counts against the cap until `take` is called again.
        """
        with self._lock:
            # In this order an error between the two counts too much, until nothing waits, and never twice.
            taken, self._taken = self._taken, 0
            self._waiting -= taken
            if not self._mine and not self._items:
                # An error between an item and its count must not shift the cap for good.
                self._waiting = 0
            if self._waiting <= self._cap // 2:
                self._full = False
            if not self._mine:
                if not self._items and not self._closed:
                    self._idle = True
                    self._ready.wait(timeout)
                    self._idle = False
                if not self._items:
                    return None if self._closed else []
                self._mine, self._items = self._items, self._mine
        return self._batch()

    def rest(self, seconds: float) -> None:
        """Let items gather, unless many wait already or nothing more will come."""
        enough = self._mine or len(self._items) >= _BATCH_ITEMS or self._waiting >= _BATCH_BYTES
        if seconds > 0 and not enough and self._open.acquire(timeout=seconds):
            self._open.release()

    def close(self) -> None:
        """Nothing more will come. What was lost and not told yet is told now."""
        with self._lock:
            for session in list(self._lost):
                self._append_lost(session)
            if not self._closed:
                self._closed = True
                self._open.release()
            self._ready.notify()

    def _batch(self) -> list[Item]:
        given: list[tuple[int, Item]] = []
        taken = 0
        try:
            while self._mine and len(given) < _BATCH_ITEMS and taken < _BATCH_BYTES:
                given.append(self._mine.popleft())
                taken += given[-1][0]
            self._taken = taken
            return [item for _, item in given]
        except BaseException:
            # Whatever went wrong, nobody's item goes with it.
            self._taken = 0
            self._mine.extendleft(reversed(given))
            raise

    def _append(self, cost: int, item: Item) -> None:
        self._items.append((cost, item))
        self._waiting += cost
        if self._idle:
            self._wake()

    def _wake(self) -> None:
        self._idle = False
        self._ready.notify()

    def _append_lost(self, session: int) -> None:
        if self._lost and (lost := self._lost.pop(session, None)):
            self._append(_OVERHEAD, lost)
