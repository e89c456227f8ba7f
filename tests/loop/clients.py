"""Clients of every flavour, and what they met: read by read, to the last cause of an exception."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import httpx
import httpx2
import trio

import playhead.httpx
import playhead.httpx2

from .origin import RESET_ON_CLOSE, SECONDS


@dataclass
class Met:
    """What a client met."""

    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    http_version: bytes | None = None
    extensions: dict[str, object] = field(default_factory=dict)
    """What comes beside the response, but for the connection itself."""
    chunks: list[bytes] = field(default_factory=list)
    """What each read gave; their number is the iteration at which `error` came."""
    errors: list[tuple[str, tuple[str, ...], str]] = field(default_factory=list)
    """Class, arguments and message of the exception and of its causes, outermost first."""
    raised: BaseException | None = None
    after: tuple[Any, ...] | None = None

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def error(self) -> tuple[str, str] | None:
        """The outermost exception: its class without the library's name, and its message."""
        return (self.errors[0][0].rpartition(".")[2], self.errors[0][2]) if self.errors else None

    @contextlib.contextmanager
    def noting_errors(self) -> Any:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what was met
            self.raised = error
            cause: BaseException | None = error
            while cause is not None:
                kind = f"{type(cause).__module__}.{type(cause).__qualname__}"
                self.errors.append((kind, tuple(map(str, cause.args)), str(cause)))
                cause = cause.__cause__


@dataclass(frozen=True)
class Client:
    """A client library, and what it waits with: "sync", "asyncio" or "trio"."""

    library: ModuleType
    flavour: str

    @property
    def name(self) -> str:
        return f"{self.library.__name__}-{self.flavour}"

    def replay(self, source: Any, **options: Any) -> Any:
        """Its replay transport."""
        module = playhead.httpx if self.library is httpx else playhead.httpx2
        return module.ReplayTransport(source, **options)

    def meet(
        self,
        url: str,
        *,
        transport: Any = None,
        took: Callable[[bytes], None] | None = None,
        timeout: float | None = SECONDS,
        http2: bool = False,
        decode: bool = False,
        leave_after: int | None = None,
    ) -> Met:
        """Send one request, read the body, note everything. `took` is told of each piece that was read.

        `decode` reads what the library has decoded; else what was delivered. After `leave_after` reads
        it leaves.
        """
        met = Met()
        visit = _Visit(self, met, url, took, decode, leave_after)
        options: dict[str, Any] = {"timeout": timeout, "trust_env": False}
        if transport is not None:
            options["transport"] = transport
        else:
            options |= {"verify": False, "http2": http2}
        if self.flavour == "sync":
            visit.sync(options)
        elif self.flavour == "asyncio":
            asyncio.run(visit.async_(options))
        else:
            trio.run(visit.async_, options)
        return met


@dataclass
class _Visit:
    client: Client
    met: Met
    url: str
    took: Callable[[bytes], None] | None
    decode: bool
    leave_after: int | None

    def sync(self, options: dict[str, Any]) -> None:
        with self.client.library.Client(**options) as client, self.met.noting_errors():
            with client.stream("POST", self.url, content=b"{}") as response:
                self._head(response)
                with self.met.noting_errors():
                    for chunk in response.iter_bytes() if self.decode else response.iter_raw():
                        if self._chunk(chunk):
                            break
            self._end(response)

    async def async_(self, options: dict[str, Any]) -> None:
        async with self.client.library.AsyncClient(**options) as client:
            with self.met.noting_errors():
                async with client.stream("POST", self.url, content=b"{}") as response:
                    self._head(response)
                    with self.met.noting_errors():
                        async for chunk in response.aiter_bytes() if self.decode else response.aiter_raw():
                            if self._chunk(chunk):
                                break
                self._end(response)

    def _head(self, response: Any) -> None:
        self.met.status = response.status_code
        self.met.headers = list(response.headers.raw)
        self.met.http_version = response.extensions.get("http_version")
        shown = ("http_version", "reason_phrase", "stream_id")
        extensions = response.extensions.items()
        self.met.extensions = {name: value if name in shown else ... for name, value in extensions}
        if self.took is not None:
            self.took(b"")

    def _chunk(self, chunk: bytes) -> bool:
        self.met.chunks.append(chunk)
        if self.took is not None:
            self.took(chunk)
        return self.leave_after is not None and len(self.met.chunks) >= self.leave_after

    def _end(self, response: Any) -> None:
        self.met.after = (response.is_closed, response.elapsed is not None, response.num_bytes_downloaded)


CLIENTS = [Client(library, flavour) for library in (httpx, httpx2) for flavour in ("sync", "asyncio", "trio")]
SYNC = CLIENTS[3]
"""httpx2, blocking: for what needs any client."""


class Raw:
    """A client that reads HTTP/1 from a socket, byte by byte as it was framed."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)), SECONDS)
        self._buffer = b""

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def fin(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.socket.close()

    def ask(self, path: str, *, method: str = "POST", version: str = "1.1") -> None:
        head = f"{method} {path} HTTP/{version}\r\nhost: origin\r\ncontent-length: 2\r\n\r\n"
        self.socket.sendall(head.encode() + b"{}")

    def head(self) -> bytes:
        head, end = self._until(b"\r\n\r\n")
        assert not end, f"{end} in the head: {head!r}"
        return head

    def chunk(self) -> bytes:
        """One HTTP chunk; `b""` is the last, with nothing behind it."""
        size, end = self.line()
        assert not end, f"{end} in a chunk size: {size!r}"
        data, end = self.at_most(int(size, 16) + 2)
        assert data.endswith(b"\r\n")
        return data[:-2]

    def line(self) -> tuple[bytes, str]:
        """A line without its end, and `""`; or what there is, and how it ended: "fin" or "reset"."""
        found, end = self._until(b"\r\n")
        return found.removesuffix(b"\r\n"), end

    def at_most(self, size: int) -> tuple[bytes, str]:
        """`size` bytes and `""`, or what there is, and how it ended."""
        end = ""
        while len(self._buffer) < size and not end:
            end = self._read()
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found, end

    def piece(self) -> bytes:
        """Whatever comes next; `b""` at the end of the connection."""
        if not self._buffer:
            self._read()
        found, self._buffer = self._buffer, b""
        return found

    def rest(self) -> tuple[bytes, str]:
        """Everything up to the end of the connection, and how it ended."""
        end = ""
        while not end:
            end = self._read()
        found, self._buffer = self._buffer, b""
        return found, end

    def _until(self, mark: bytes) -> tuple[bytes, str]:
        end = ""
        while mark not in self._buffer and not end:
            end = self._read()
        if end:
            return self._buffer, end
        found, _, self._buffer = self._buffer.partition(mark)
        return found + mark, ""

    def _read(self) -> str:
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            return "reset"
        self._buffer += data
        return "" if data else "fin"
