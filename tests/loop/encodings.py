"""Content encodings as servers of streams apply them: each delivery is flushed, so that it can be decoded."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Sequence
from typing import Protocol


class Encoder(Protocol):
    def flushed(self, data: bytes) -> bytes:
        """`data`, encoded so that a client can decode all of it."""

    def last(self) -> bytes:
        """What ends the encoded body."""


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._made = zlib.compressobj(wbits=wbits)

    def flushed(self, data: bytes) -> bytes:
        return self._made.compress(data) + self._made.flush(zlib.Z_SYNC_FLUSH)

    def last(self) -> bytes:
        return self._made.flush()


class _Brotli:
    def __init__(self) -> None:
        import brotli

        self._made = brotli.Compressor()

    def flushed(self, data: bytes) -> bytes:
        return self._made.process(data) + self._made.flush()

    def last(self) -> bytes:
        return self._made.finish()


class _Zstd:
    def __init__(self) -> None:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd

        self._made = zstd.ZstdCompressor()

    def flushed(self, data: bytes) -> bytes:
        return self._made.compress(data, self._made.FLUSH_BLOCK)

    def last(self) -> bytes:
        return self._made.flush()


class _Stacked:
    """One encoding around another, the outer one last in the header."""

    def __init__(self, inner: Encoder, outer: Encoder) -> None:
        self._inner = inner
        self._outer = outer

    def flushed(self, data: bytes) -> bytes:
        return self._outer.flushed(self._inner.flushed(data))

    def last(self) -> bytes:
        return self._outer.flushed(self._inner.last()) + self._outer.last()


ENCODERS: dict[str, tuple[str, Callable[[], Encoder]]] = {
    "gzip": ("gzip", lambda: _Zlib(31)),
    "br": ("br", _Brotli),
    "zstd": ("zstd", _Zstd),
    "deflate": ("deflate", lambda: _Zlib(15)),
    "raw-deflate": ("deflate", lambda: _Zlib(-15)),
    "gzip-in-br": ("gzip, br", lambda: _Stacked(_Zlib(31), _Brotli())),
    "br-in-gzip": ("br, gzip", lambda: _Stacked(_Brotli(), _Zlib(31))),
}
"""A name for each: what the header says, and what encodes."""


def encode(name: str, pieces: Sequence[bytes]) -> list[bytes]:
    """The deliveries of an encoded body: one for each piece, and what ends it."""
    encoder = ENCODERS[name][1]()
    wire = [encoder.flushed(piece) for piece in pieces]
    return [*wire, encoder.last()]
