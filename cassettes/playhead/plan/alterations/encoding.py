"""A body content-encoded anew, with a flush at every chunk, as servers that stream do.

Knows codings and plans. The recorded bytes are those after decoding: the encoded bytes are like those that
were sent, not the same. Source: RFC 9110, 8.4.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from playhead.errors import MissingExtra, UsageError
from playhead.plan.alterations.base import Alteration
from playhead.plan.endings import Finish
from playhead.plan.headers import CONTENT_ENCODING
from playhead.plan.steps import Send
from playhead.plan.whole import Plan

_GZIP: Final = 16 + zlib.MAX_WBITS


class Encoder(Protocol):
    """One coding over one body."""

    def feed(self, data: bytes) -> bytes:
        """`data` encoded so that a client can decode it at once."""

    def close(self) -> bytes:
        """What ends the encoded body."""


class _Deflate:
    def __init__(self, bits: int) -> None:
        self._zlib = zlib.compressobj(wbits=bits)

    def feed(self, data: bytes) -> bytes:
        return self._zlib.compress(data) + self._zlib.flush(zlib.Z_SYNC_FLUSH)

    def close(self) -> bytes:
        return self._zlib.flush()


class _Brotli:
    def __init__(self) -> None:
        try:
            import brotli  # type: ignore[import-untyped, unused-ignore]
        except ImportError:
            raise MissingExtra("encoding a body with br", "record", "brotli") from None
        self._brotli = brotli.Compressor(quality=4)

    def feed(self, data: bytes) -> bytes:
        encoded: bytes = self._brotli.process(data) + self._brotli.flush()
        return encoded

    def close(self) -> bytes:
        encoded: bytes = self._brotli.finish()
        return encoded


class _Zstd:
    def __init__(self) -> None:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd

        self._zstd = zstd.ZstdCompressor()

    def feed(self, data: bytes) -> bytes:
        return self._zstd.compress(data, mode=self._zstd.FLUSH_BLOCK)

    def close(self) -> bytes:
        return self._zstd.flush()


_CODINGS: Final[dict[str, Callable[[], Encoder]]] = {
    "gzip": lambda: _Deflate(_GZIP),
    "x-gzip": lambda: _Deflate(_GZIP),
    "deflate": lambda: _Deflate(zlib.MAX_WBITS),
    "br": _Brotli,
    "zstd": _Zstd,
}


@dataclass(frozen=True, slots=True)
class Encode(Alteration):
    """Encodes the body in `codings`, in their order; without any, as it was recorded, or not at all."""

    codings: tuple[str, ...] = ()

    def __call__(self, plan: Plan) -> Plan:
        if plan.head is None or not (names := self.codings or codings_of(plan.head.encoding)):
            return plan
        if any(name.lower() == CONTENT_ENCODING for name, _ in plan.head.headers):
            raise UsageError("the body is content-encoded already")
        encoders = [encoder(name) for name in names]
        header = (CONTENT_ENCODING, ", ".join(names).encode("ascii"))
        head = msgspec.structs.replace(plan.head, headers=(*plan.head.headers, header))
        return msgspec.structs.replace(plan, head=head).sending(_encoded(plan, encoders))

    def __str__(self) -> str:
        return f"encode: {', '.join(self.codings) or 'as recorded'}"


def encode(*codings: str) -> Encode:
    """Content-encode the body anew: `gzip`, `deflate`, `br`, `zstd`, or several in the order of the header.

    Without any it is encoded as it was when it was recorded. Raises `UsageError` for a coding that is none.
    """
    for name in codings:
        if name not in _CODINGS:
            raise UsageError(f"no such content coding: {name!r}", hint=f"There are: {', '.join(_CODINGS)}.")
    return Encode(codings)


def encoder(name: str) -> Encoder:
    """A new encoder. Raises `UsageError` for a coding that is not known."""
    if name not in _CODINGS:
        raise UsageError(f"no such content coding: {name!r}", hint=f"There are: {', '.join(_CODINGS)}.")
    return _CODINGS[name]()


def codings_of(header: str | None) -> tuple[str, ...]:
    """The codings that a `content-encoding` header names, without those that change nothing."""
    names = (name.strip().lower() for name in (header or "").split(","))
    return tuple(name for name in names if name not in ("", "identity"))


def _encoded(plan: Plan, encoders: list[Encoder]) -> Iterable[Send]:
    last: Send | None = None
    for send in plan.sends:
        data = send.data
        for each in encoders:
            data = each.feed(data)
        last = Send(send.number, data, send.at)
        yield last
    if plan.end.finish is not Finish.CLEAN:
        return  # whoever is cut off has not said where the encoding ends
    tail = b""
    for each in encoders:
        tail = (each.feed(tail) if tail else b"") + each.close()
    if tail:
        yield Send(last.number if last else 0, tail, plan.end.at or (last.at if last else None))
