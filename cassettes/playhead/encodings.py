"""Removing content encodings delivery by delivery, as a client that reads a stream does.

Knows gzip, deflate (with and without zlib's wrapper), br, zstd and stacks of them. Never knows HTTP nor
files. A delivery gives what can be decoded once it is there, which may be nothing. What cannot be decoded
stays raw from that delivery on: a server may have lied about the encoding, or deliveries were lost.
Source: RFC 9110, 8.4; for raw deflate, what browsers and curl accept.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from typing import NamedTuple, Protocol

MAX_DECODED = 64 * 1024 * 1024
"""Bytes that one delivery may become; beyond, it is taken for a bomb and kept raw."""
_ALWAYS = 4 * 1024 * 1024
"""Bytes that any delivery may become, whatever its size. What a socket gives at once is small."""
_RATIO = 64
"""How much larger than itself a large delivery may become; events and JSON shrink to a tenth."""

_MAX_SWALLOWED = 64 * 1024
_WRAPPED = 32 + zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS


class EncodingError(ValueError):
    """Why bytes are not what their `content-encoding` says."""


class Decoded(NamedTuple):
    data: bytes
    undecoded: bool = False
    """Still encoded: decoding failed here or before."""


class _Coding(Protocol):
    def feed(self, data: bytes, most: int) -> bytes:
        """What `data` adds to the decoded stream. Raises `EncodingError`, also beyond `most` bytes."""


class ContentDecoder:
    """Decodes one body. `content_encoding` is the header's value, with every coding in its order."""

    def __init__(self, content_encoding: str | None) -> None:
        names = [name.strip().lower() for name in (content_encoding or "").split(",")]
        names = [name for name in names if name and name != "identity"]
        self.is_encoded: bool = bool(names)
        """Whether the body has an encoding to remove: then the delivered length differs from the data's."""
        self._failed = False
        self._swallowed: bytes | None = b""
        """The input so far, while nothing has come out: a decoder that fails late must not keep it."""
        self._codings: list[_Coding] = []
        try:
            self._codings = [_CODINGS[name]() for name in reversed(names)]
        except (KeyError, ImportError):
            self._failed = True

    def feed(self, data: bytes) -> Decoded:
        """One delivery, decoded, or raw where that is not possible.

        Raw data starts with earlier deliveries that had decoded to nothing, where nothing else had come
        before: no byte is lost to an encoding that was a lie.
        """
        if self._failed:
            return Decoded(data, undecoded=True)
        decoded = data
        most = min(max(_ALWAYS, _RATIO * len(data)), MAX_DECODED)
        try:
            for coding in self._codings:
                decoded = coding.feed(decoded, most)
        except EncodingError:
            self._failed = True
            return Decoded((self._swallowed or b"") + data, undecoded=True)
        if self._swallowed is not None:
            keep = not decoded and len(self._swallowed) + len(data) <= _MAX_SWALLOWED
            self._swallowed = self._swallowed + data if keep else None
        return Decoded(decoded)

    def lose(self) -> None:
        """Deliveries were lost: what comes after them cannot be decoded."""
        self._failed = self._failed or self.is_encoded


class _Inflate:
    """gzip (several members too) and deflate."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_WRAPPED)

    def feed(self, data: bytes, most: int) -> bytes:
        parts = [self._decompress(data, most)]
        room = most - len(parts[0])
        while self._inflate.eof and self._inflate.unused_data:
            rest = self._inflate.unused_data
            self._inflate = zlib.decompressobj(_WRAPPED)
            parts.append(self._decompress(rest, room))
            room -= len(parts[-1])
        return b"".join(parts)

    def _decompress(self, data: bytes, room: int) -> bytes:
        try:
            decoded = self._inflate.decompress(data, max(room, 1))
        except zlib.error as error:
            raise EncodingError(str(error)) from None
        if self._inflate.unconsumed_tail:
            raise _too_much(room)
        return decoded


class _Deflate(_Inflate):
    """deflate as RFC 9110 has it, and without the wrapper that some servers leave out."""

    def __init__(self) -> None:
        super().__init__()
        self._held: bytes | None = b""
        """The input so far, while nothing has come out and it may still prove to be raw."""

    def feed(self, data: bytes, most: int) -> bytes:
        if self._held is None:
            return super().feed(data, most)
        self._held += data
        try:
            decoded = super().feed(data, most)
        except EncodingError:
            self._inflate = zlib.decompressobj(_RAW_DEFLATE)
            decoded = super().feed(self._held, most)
            self._held = None
        if decoded:
            self._held = None
        return decoded


class _Brotli:
    def __init__(self) -> None:
        import brotli  # type: ignore[import-untyped, unused-ignore]

        self._error: type[Exception] = brotli.error
        self._brotli = brotli.Decompressor()
        # brotli 1.1 knows no limit: there the size is judged when the bytes are there.
        self._is_limited = hasattr(self._brotli, "can_accept_more_data")

    def feed(self, data: bytes, most: int) -> bytes:
        if not data:
            return b""
        limit = {"output_buffer_limit": most} if self._is_limited else {}
        try:
            decoded: bytes = self._brotli.process(data, **limit)
        except self._error as error:
            raise EncodingError(str(error)) from None
        if len(decoded) >= most:
            raise _too_much(most)
        return decoded


class _Zstd:
    """Zstandard, several frames too."""

    def __init__(self) -> None:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd

        self._error: type[Exception] = zstd.ZstdError
        self._new = zstd.ZstdDecompressor
        self._zstd = zstd.ZstdDecompressor()

    def feed(self, data: bytes, most: int) -> bytes:
        parts: list[bytes] = []
        room = most
        while data:
            if self._zstd.eof:
                self._zstd = self._new()
            try:
                parts.append(self._zstd.decompress(data, max(room, 1)))
            except self._error as error:
                raise EncodingError(str(error)) from None
            if not self._zstd.eof and not self._zstd.needs_input:
                raise _too_much(most)
            room -= len(parts[-1])
            data = self._zstd.unused_data
        return b"".join(parts)


def _too_much(most: int) -> EncodingError:
    return EncodingError(f"more than {most} bytes in one delivery")


_CODINGS: dict[str, Callable[[], _Coding]] = {
    "gzip": _Inflate,
    "x-gzip": _Inflate,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}
