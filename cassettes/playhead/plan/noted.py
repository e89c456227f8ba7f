"""What a recorder noted of an error, read for what a performer needs: the words of h11, h2 and mitmproxy.

Two endings are told by an `error` fact alone: an HTTP/2 connection that the server gave up (GOAWAY), and
bytes that were no HTTP/1. Sources: h2 `events.py` (`ConnectionTerminated`), h11 `_readers.py` and
`_headers.py`, httpcore `http2.py`, mitmproxy `net/http/http1/read.py`. Knows texts; not what becomes of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import msgspec


class Goaway(msgspec.Struct, frozen=True):
    """A GOAWAY: its code, the last stream that it says was seen, and its debug data (the first 20 bytes)."""

    code: int
    last_stream: int | None = None
    debug: bytes = b""


class Malformed(msgspec.Struct, frozen=True):
    """Bytes that are no HTTP/1; they stand before the head, in a chunked body, or where a chunk must end."""

    raw: bytes
    in_head: bool = False
    ends_chunk: bool = False


Noted = Goaway | Malformed

_GOAWAY: Final = re.compile(
    r"<ConnectionTerminated error_code:(?P<code>\d{1,10}), last_stream_id:(?P<last>\d{1,10}|None), "
    r"additional_data:(?P<debug>(?:[0-9a-f]{2})+|None)>"
)
_QUOTED: Final = r"(?:bytearray\()?(?P<quoted>b(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))\)?"
_REPR: Final = re.compile(r"(?:[ -\[\]-~]|\\x[0-9a-fA-F]{2}|\\[\\'\"tnr])*")
"""Bytes as Python's `repr` writes them."""
_ESCAPE: Final = re.compile(rb"\\(?:x(..)|(.))")
_SIGNS: Final = {b"t": b"\t", b"n": b"\n", b"r": b"\r"}
_STATUS: Final = b"HTTP/1.1 200 OK\r\n"
_LEFT_OUT: Final = "…"
_STAND_IN: Final = b"?"
_HEAD_END: Final = b"\r\n\r\n"


def _status_line(line: bytes) -> Malformed:
    return Malformed(line + _HEAD_END, in_head=True)


def _header_line(line: bytes) -> Malformed:
    return Malformed(_STATUS + line + _HEAD_END, in_head=True)


_QUOTING: Final[tuple[tuple[re.Pattern[str], Callable[[bytes], Malformed]], ...]] = tuple(
    (re.compile(words + _QUOTED), make)
    for words, make in (
        ("illegal status line: ", _status_line),
        ("Bad HTTP response line: ", _status_line),
        ("illegal header line: ", _header_line),
        ("Invalid header line: ", _header_line),
        ("illegal chunk header: ", lambda data: Malformed(data if b"\n" in data else data + b"\r\n")),
        ("malformed chunk footer: ", lambda data: Malformed(data.ljust(2, b"?"), ends_chunk=True)),
    )
)
_UNQUOTED: Final[Mapping[str, bytes]] = {
    "bad Content-Length": b"content-length: ?",
    "conflicting Content-Length headers": b"content-length: 1\r\ncontent-length: 2",
    "multiple Transfer-Encoding headers": b"transfer-encoding: chunked\r\ntransfer-encoding: chunked",
    "Only Transfer-Encoding: chunked is supported": b"transfer-encoding: gzip",
}
"""h11's words for a head of which it quotes nothing, and lines that it says them of."""
_HTTP2_FIN: Final = re.compile(r"(?:\w+: )?Server disconnected")
"""httpcore's words for a FIN on an HTTP/2 connection; in HTTP/1 it says more."""


def noted(error: str | None) -> Noted | None:
    """What the `error` fact of an ending tells; `None` where it tells none of these."""
    if not error:
        return None
    if (found := _GOAWAY.search(error)) is not None:
        last, debug = found["last"], found["debug"]
        return Goaway(
            int(found["code"]),
            None if last == "None" else int(last),
            b"" if debug == "None" else bytes.fromhex(debug),
        )
    for pattern, make in _QUOTING:
        if (found := pattern.search(error)) is not None:
            return make(_bytes(found["quoted"]))
    words = error.rpartition("Error: ")[2]
    header = _UNQUOTED.get(words)
    return None if header is None else _header_line(header)


def is_http2_fin(error: str | None) -> bool:
    """Whether the connection that was closed spoke HTTP/2, as a client's recording says."""
    return error is not None and _HTTP2_FIN.fullmatch(error) is not None


def _bytes(literal: str) -> bytes:
    """What was quoted; a stand-in where recorders left it out, or where nobody quotes bytes so."""
    text = literal[2:-1]
    return _ESCAPE.sub(_unescaped, text.encode("ascii")) if _REPR.fullmatch(text) else _STAND_IN


def _unescaped(escape: re.Match[bytes]) -> bytes:
    code, sign = escape.groups()
    return bytes.fromhex(code.decode("ascii")) if code else _SIGNS.get(sign, sign)
