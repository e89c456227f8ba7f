"""Recording and replay for httpx2 clients: transports that write and play cassettes, blocking and async.

The adapter to httpx2's classes, and the only module that imports httpx2; what recording and replay are,
`playhead.capture` and `playhead.replay` know.
"""

from __future__ import annotations

from typing import Final

from playhead.capture.tees import AsyncTee, SyncTee
from playhead.capture.transport import Kit, RecordedTransport
from playhead.plan import Head
from playhead.replay import drive
from playhead.replay.failures import Library
from playhead.replay.transport import (
    AsyncBody,
    ReplayedTransport,
    SyncBody,
    extensions_of,
    headers_of,
)

try:
    import httpcore2
    import httpx2
except ModuleNotFoundError as _error:
    raise ImportError(
        f"playhead.httpx2 needs {_error.name}, which is not installed: pip install httpx2", name=_error.name
    ) from _error

__all__ = ["RecordingTransport", "ReplayTransport"]


class ReplayTransport(ReplayedTransport, httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers a client's requests from a cassette: `httpx2.Client(transport=ReplayTransport(...))`.

    Serves `httpx2.AsyncClient` too, on asyncio and trio. `source` is a cassette, the path of one, or a
    single exchange. Each exchange answers one request of its method, path, query and body, in order;
    a request that none answers raises `ReplayMiss`. `match_on` and `ignore` change what is compared
    (`playhead.matching.Rules`), `repeats` what happens when all were played (`fail`, `repeat`, `loop`).
    The body is the recorded chunks, after transfer and content decoding; `speed` is a factor on the
    recorded pace, or "max"; no wait is longer than `max_gap` seconds (with a factor only).

    A stream that was cut raises what it raises on a real connection (httpx2's `RemoteProtocolError`,
    `ReadError`, `ReadTimeout`); one whose recording stops before the stream did raises
    `playhead.RecordingEnded`, or `ReplayMiss` where it stops before the head.
    """

    _library = Library(client=httpx2, core=httpcore2, deep_causes=True)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        __tracebackhide__ = True  # pytest shows the client's frames
        request.read()
        answer = self._answers.sync(request)
        head = drive.run(answer.playback.head())
        return _response(head, _SyncStream(answer))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        __tracebackhide__ = True  # pytest shows the client's frames
        await request.aread()
        answer = self._answers.async_(request)
        head = await drive.arun(answer.playback.head())
        return _response(head, _AsyncStream(answer))


class _SyncTee(SyncTee, httpx2.SyncByteStream):
    pass


class _AsyncTee(AsyncTee, httpx2.AsyncByteStream):
    pass


KIT: Final = Kit(httpx2, _SyncTee, _AsyncTee)
"""What recording needs of the library."""


class RecordingTransport(RecordedTransport, httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Records what a client sends and receives: `httpx2.Client(transport=RecordingTransport(...))`.

    Serves `httpx2.AsyncClient` too, on asyncio and trio. `target` is a cassette's path
    (`NAME.cassette.jsonl`) for all exchanges, or a folder for a cassette each. `transport` does the work; by
    default the library's own, which knows neither HTTP/2 nor proxies: give
    `httpx2.HTTPTransport(http2=True, proxy=...)` for those. `overwrite` replaces a cassette. `backlog` is
    how many bytes may wait for a disk; beyond, chunks are left out of the cassette, which says so. `policy`
    is a redaction policy, or the TOML file of one, as `playhead record --policy` takes it.

    Closing the transport (its client does) finishes the cassette; what is open then ends as
    `recorder_stopped`. The client sees the bytes, times and exceptions that it would see without it.
    Construction raises `CannotRun` where nothing can be written, `UsageError` where `target` exists or
    cannot be told, or `policy` is none, and `InputError` where that cannot be read. After that nothing is
    raised: what cannot be recorded is logged, and listed in `failures`.
    """

    _kit = KIT


class _SyncStream(SyncBody, httpx2.SyncByteStream):
    pass


class _AsyncStream(AsyncBody, httpx2.AsyncByteStream):
    pass


def _response(head: Head, stream: httpx2.SyncByteStream | httpx2.AsyncByteStream) -> httpx2.Response:
    return httpx2.Response(
        head.status, headers=headers_of(head), stream=stream, extensions=extensions_of(head)
    )
