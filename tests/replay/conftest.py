"""What replay tests share: cassettes written with the public writer, and clients of every flavour."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest
import trio

import playhead
import playhead.httpx
import playhead.httpx2
from playhead import Cassette, EndingKind, Request, Response

URL = "http://replay.test/v1/messages?beta=true"
ASKED = Request(method="POST", url=URL, t=1.0)
"""Its body is unknown: any will do."""
SSE = Response(
    status=200,
    reason="OK",
    http_version="HTTP/1.1",
    headers=(("content-type", "text/event-stream"), ("set-cookie", "a=1"), ("set-cookie", "b=2")),
    t=1.5,
)
PATIENCE = (1.0, 4.0, 16.0)
"""Of a client, in seconds, where a stall is to use it up: what comes late, on a busy machine, gets more."""

Make = Callable[..., Cassette]


@dataclass
class Client:
    """A client library and what waits for it."""

    library: ModuleType
    flavour: str

    @property
    def transport(self) -> type:
        """Its replay transport."""
        module = playhead.httpx if self.library is httpx else playhead.httpx2
        return module.ReplayTransport

    def meet(
        self,
        url: str,
        *,
        transport: Any = None,
        method: str = "POST",
        timeout: float | None = 20.0,
        decoded: bool = False,
        http2: bool = False,
    ) -> Met:
        """Send one request, read the body chunk by chunk, note everything. `http2`: without asking first."""
        met = Met(decoded=decoded)
        options = {"transport": transport, "timeout": timeout, "trust_env": False}
        if http2:
            options |= {"http1": False, "http2": True}
        if self.flavour == "sync":
            self._sync(met, url, method, options)
        else:
            run = asyncio.run if self.flavour == "asyncio" else _trio_run
            run(self._async(met, url, method, options))
        return met

    def _sync(self, met: Met, url: str, method: str, options: dict[str, Any]) -> None:
        with self.library.Client(**options) as client, met.noting_errors():
            with client.stream(method, url, content=b"{}") as response:
                met.head_of(response)
                with met.noting_errors():
                    for chunk in response.iter_bytes() if met.decoded else response.iter_raw():
                        met.chunks.append(chunk)
            met.end_of(response)

    async def _async(self, met: Met, url: str, method: str, options: dict[str, Any]) -> None:
        async with self.library.AsyncClient(**options) as client:
            with met.noting_errors():
                async with client.stream(method, url, content=b"{}") as response:
                    met.head_of(response)
                    with met.noting_errors():
                        async for chunk in response.aiter_bytes() if met.decoded else response.aiter_raw():
                            met.chunks.append(chunk)
                met.end_of(response)


@dataclass
class Met:
    """What a client met."""

    head: tuple[Any, ...] | None = None
    chunks: list[bytes] = field(default_factory=list)
    error: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    """Class, arguments and message of the exception and of its causes, outermost first."""
    has_request: bool = False
    raised: Exception | None = None
    after: tuple[Any, ...] | None = None
    decoded: bool = False
    """Whether the chunks are those after content decoding."""

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def kind(self) -> str | None:
        """The class of the exception."""
        return self.error[0][0] if self.error else None

    def head_of(self, response: Any) -> None:
        names = ("http_version", "reason_phrase")
        extensions = {name: response.extensions.get(name) for name in names}
        self.head = (response.status_code, list(response.headers.raw), extensions)

    def end_of(self, response: Any) -> None:
        has_elapsed = response.elapsed is not None
        self.after = (response.is_closed, has_elapsed, response.num_bytes_downloaded)

    @contextlib.contextmanager
    def noting_errors(self) -> Any:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what was met
            self.raised = error
            self.has_request = getattr(error, "_request", None) is not None
            cause: BaseException | None = error
            while cause is not None:
                kind = f"{type(cause).__module__}.{type(cause).__qualname__}"
                self.error.append((kind, tuple(map(str, cause.args)), str(cause)))
                cause = cause.__cause__


def _trio_run(coroutine: Any) -> None:
    async def main() -> None:
        await coroutine

    trio.run(main)


@pytest.fixture(params=["sync", "asyncio", "trio"])
def flavour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[httpx, httpx2], ids=lambda library: library.__name__)
def client(request: pytest.FixtureRequest, flavour: str) -> Client:
    """Each client library, blocking and on both event loops."""
    return Client(request.param, flavour)


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """`make([(data, t), …], ending=…, facts={…}, copies=2)` is a cassette of like exchanges."""
    folder = tmp_path_factory.mktemp("cassettes")
    numbers = itertools.count()

    def cassette(
        chunks: Iterable[tuple[bytes, float | None]] = (),
        *,
        ending: EndingKind | None = EndingKind.COMPLETE,
        facts: Mapping[str, str] | None = None,
        detail: str | None = None,
        trailers: tuple[tuple[str, str], ...] = (),
        request: Request | None = ASKED,
        response: Response | None = SSE,
        copies: int = 1,
    ) -> Cassette:
        path = Path(folder) / f"{next(numbers)}.cassette.jsonl"
        pieces = list(chunks)
        with playhead.open_writer(path) as writer:
            for _ in range(copies):
                out = writer.exchange()
                if request is not None:
                    out.request(request)
                if response is not None:
                    out.response(response)
                for data, t in pieces:
                    out.chunk(data, t)
                if ending is not None:
                    out.end(ending, detail=detail, facts=facts, trailers=trailers)
        return playhead.load(path)

    return cassette
