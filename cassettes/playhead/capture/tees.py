"""Streams that let somebody watch: what passes is the same, part by part, exception by exception.

Knows iterables of bytes, blocking and asynchronous; no client library (the adapters add its base class).
They are iterators rather than generators: a client that stops reading leaves no generator behind that
would be closed later, in another task.
"""

from __future__ import annotations

from typing import Any, Protocol


class Watcher(Protocol):
    """Is told what passes, and never raises."""

    def began(self) -> None: ...
    def part(self, data: bytes) -> None: ...
    def ended(self) -> None: ...
    def broke(self, error: BaseException) -> None: ...
    def closed(self) -> None: ...


class SyncTee:
    """A blocking stream, watched."""

    def __init__(self, stream: Any, watcher: Watcher) -> None:
        self._stream = stream
        self._watcher = watcher

    def __iter__(self) -> SyncParts:
        self._watcher.began()
        return SyncParts(self._stream, self._watcher)

    def close(self) -> None:
        self._watcher.closed()
        self._stream.close()


class SyncParts:
    """One pass over a blocking stream."""

    __slots__ = ("_parts", "_watcher")

    def __init__(self, stream: Any, watcher: Watcher) -> None:
        self._parts = iter(stream)
        self._watcher = watcher

    def __iter__(self) -> SyncParts:
        return self

    def __next__(self) -> bytes:
        try:
            data: bytes = next(self._parts)
        except StopIteration:
            self._watcher.ended()
            raise
        except BaseException as error:
            self._watcher.broke(error)
            raise
        self._watcher.part(data)
        return data


class AsyncTee:
    """A stream of asyncio or trio, watched."""

    def __init__(self, stream: Any, watcher: Watcher) -> None:
        self._stream = stream
        self._watcher = watcher

    def __aiter__(self) -> AsyncParts:
        self._watcher.began()
        return AsyncParts(self._stream, self._watcher)

    async def aclose(self) -> None:
        self._watcher.closed()
        await self._stream.aclose()


class AsyncParts:
    """One pass over an asynchronous stream."""

    __slots__ = ("_parts", "_watcher")

    def __init__(self, stream: Any, watcher: Watcher) -> None:
        self._parts = aiter(stream)
        self._watcher = watcher

    def __aiter__(self) -> AsyncParts:
        return self

    async def __anext__(self) -> bytes:
        try:
            data: bytes = await anext(self._parts)
        except StopAsyncIteration:
            self._watcher.ended()
            raise
        except BaseException as error:
            self._watcher.broke(error)
            raise
        self._watcher.part(data)
        return data
