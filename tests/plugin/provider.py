"""A provider on loopback, for tests that record: real sockets, answers by path, and what it was asked."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_to_bytes

SECRET = "sk-ant-api03-" + "Zq8" * 30 + "AA"
"""What no file may hold: it comes in answers."""
KEY = "sk-proj-" + "q7Xw" * 12
"""What no file may hold: clients send it."""


class Provider:
    """`with Provider() as provider: … provider.url`. `words` is what it says; `asked` counts requests."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """With `context` it speaks TLS."""
        self.words = ["Rain ", "in ", "Bergen", "."]
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.gate = threading.Event()
        """A `/held` stream goes on when it is set."""
        self.gate.set()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.provider = self  # type: ignore[attr-defined]
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Provider:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def message(self, number: int) -> list[bytes]:
        """The events of an answer, as Anthropic's; the id is another each time."""
        message: dict[str, Any] = {
            "id": f"msg_{number}", "type": "message", "role": "assistant", "model": "m", "content": [],
            "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 1},
        }  # fmt: skip
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        ]
        for word in self.words:
            delta = {"type": "text_delta", "text": word}
            events.append({"type": "content_block_delta", "index": 0, "delta": delta})
        ended = {"stop_reason": "end_turn", "stop_sequence": None}
        events += [
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 9}},
            {"type": "message_stop"},
        ]
        return [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in events]


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients leave, and are killed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def handle_all(self) -> None:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        body = self._body()
        provider.asked.append(f"{self.command} {self.path}")
        provider.headers.append({name.lower(): value for name, value in self.headers.items()})
        match self.path.partition("?")[0]:
            case "/v1/messages":
                self._stream(provider.message(len(provider.asked)))
            case "/secret":
                pieces = [SECRET[at : at + 5] for at in range(0, len(SECRET), 5)]
                self._stream([f"data: {json.dumps({'text': piece})}\n\n".encode() for piece in pieces])
            case "/cut":
                self._stream([b"data: one\n\n", b"data: two\n\n"], cut=True)
            case "/held":
                self._head()
                self._send(b"data: one\n\n")
                provider.gate.wait(30)
                self._send(b"data: two\n\n")
                self.wfile.write(b"0\r\n\r\n")
            case "/echo":
                told = {"echo": body.decode(), "n": len(provider.asked)}
                self._whole(json.dumps(told).encode(), "application/json")
            case "/words":
                self._whole(" ".join(provider.words).encode(), "text/plain")
            case "/reason":
                self.send_response_only(200, unquote_to_bytes(self.path.partition("?")[2]).decode("latin-1"))
                self.send_header("content-length", "0")
                self.end_headers()
            case other:
                self._whole(f"no such path: {other}".encode(), "text/plain", 404)

    do_GET = do_POST = do_HEAD = handle_all  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def _stream(self, events: list[bytes], *, cut: bool = False) -> None:
        self._head()
        for event in events:
            self._send(event)
        if cut:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))
            self.connection.shutdown(socket.SHUT_WR)
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _head(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("set-cookie", f"session={SECRET}")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def _send(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def _whole(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
