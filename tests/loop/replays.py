"""Every replay there is of a recording: each client's transport, and the server on a socket."""

from __future__ import annotations

from typing import Any

from playhead.replay.server import ServerThread

from .clients import CLIENTS, Met, Raw


def through_transports(source: Any, path: str, **options: Any) -> list[Met]:
    """What each client of each flavour meets."""
    url = f"http://replay{path}"
    return [client.meet(url, transport=client.replay(source), **options) for client in CLIENTS]


def on_a_socket(source: Any, path: str) -> tuple[bytes, list[bytes], str]:
    """The head, the body and how it ended, read byte by byte.

    The body is in the chunks that HTTP framed, else in one piece; the end is "whole" where HTTP told it,
    else "fin" or "reset", the bytes of a cut chunk left out; "no size" where a chunk has none.
    """
    with ServerThread(source, speed="max") as server, Raw(server.url) as raw:
        raw.ask(path)
        head = raw.head()
        named = head.lower()
        if b"transfer-encoding: chunked" in named:
            return head, *_chunked(raw)
        if b"content-length: " in named:
            length = int(named.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            data, end = raw.at_most(length)
            return head, [data], end or "whole"
        if head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304")):
            return head, [], "whole"
        body, end = raw.rest()
        return head, [body], end


def _chunked(raw: Raw) -> tuple[list[bytes], str]:
    chunks = []
    while True:
        line, end = raw.line()
        if end:
            return chunks, end
        if not line.isalnum():
            return chunks, "no size"
        data, end = raw.at_most(int(line, 16) + 2)
        if end:
            return chunks, end
        if data == b"\r\n":
            return chunks, "whole"
        chunks.append(data[:-2])
