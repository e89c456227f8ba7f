"""What the samples are made with: an invented clock, provider-shaped events, and the writing of one cassette.

Knows how a provider's server words and times a stream. Reads no clock and draws every number from a seed,
with arithmetic that is the same on every platform, so that a sample is the same bytes wherever it is made.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import playhead
from playhead import EndingKind, Request, Response

# The streams are set on one invented morning.
DATE = "Tue, 03 Nov 2026 09:14:07 GMT"
UNIX_TIME = 1793697247
CLIENT = (
    ("accept", "application/json"),
    ("accept-encoding", "identity"),
    ("connection", "keep-alive"),
    ("content-type", "application/json"),
)
SSE_HEAD = (
    ("date", DATE),
    ("content-type", "text/event-stream; charset=utf-8"),
    ("transfer-encoding", "chunked"),
    ("connection", "keep-alive"),
    ("cache-control", "no-cache"),
)
_WORD = re.compile(r"\s*\S+|\s+")


class Stage:
    """Chunks and when they arrive. `us` is microseconds since the cassette's start."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self.us = 0
        self.chunks: list[tuple[int, bytes]] = []

    def wait(self, ms: float, spread: float = 0.5) -> None:
        """Let about `ms` pass: at most `spread` of it more or less."""
        self.us += round(ms * 1000 * (1 - spread + 2 * spread * self._random.random()))

    def send(self, *events: bytes) -> None:
        """Deliver the events as one chunk, now."""
        self.chunks.append((self.us, b"".join(events)))

    def stream(self, events: Iterator[bytes], ms: float, *, merge: float = 0.06) -> None:
        """Deliver the events a chunk each, `ms` apart; a few arrive together with the one before."""
        held = b""
        for event in events:
            self.wait(ms, 0.7)
            held += event
            if self._random.random() >= merge:
                self.send(held)
                held = b""
        if held:
            self.send(held)

    def words(self, text: str, most: int) -> Iterator[str]:
        """The text in pieces of one to `most` words, as a model's tokens are flushed."""
        words = _WORD.findall(text)
        at = 0
        while at < len(words):
            count = 1 + int(self._random.random() * most)
            yield "".join(words[at : at + count])
            at += count

    def letters(self, text: str, most: int) -> Iterator[str]:
        """The text in pieces of one to `most` characters, as partial JSON is flushed."""
        at = 0
        while at < len(text):
            count = 1 + int(self._random.random() * most)
            yield text[at : at + count]
            at += count

    def identifier(self, prefix: str, length: int = 24) -> str:
        """A made-up id in a provider's style."""
        alphabet = string.ascii_letters + string.digits
        return prefix + "".join(alphabet[int(self._random.random() * 62)] for _ in range(length))

    def signature(self, size: int) -> str:
        """A made-up thinking signature: base64 of nothing."""
        return base64.b64encode(bytes(int(self._random.random() * 256) for _ in range(size))).decode()

    def padding(self) -> str:
        """Spaces before the last brace: Anthropic's servers so hide the length of what they say."""
        return " " * int(self._random.random() * 15)

    def anthropic(self, event: str, **payload: object) -> bytes:
        """An event of the Messages API."""
        body = compact({"type": event, **payload})
        return f"event: {event}\ndata: {body[:-1]}{self.padding()}}}\n\n".encode()


PING = b'event: ping\ndata: {"type": "ping"}\n\n'


def compact(value: object) -> str:
    """JSON as servers send it: no spaces, characters as they are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Redacted:
    """A request header whose secret was replaced: where in its value the replacement stands."""

    name: str
    rule: str
    value: str
    offset: int

    @property
    def size(self) -> int:
        return len(self.value) - self.offset


@dataclass
class Sample:
    """One exchange, ready to be written."""

    name: str
    about: str
    stage: Stage
    url: str
    request: object
    request_headers: tuple[tuple[str, str], ...]
    secret: Redacted
    response_headers: tuple[tuple[str, str], ...]
    ending: EndingKind = EndingKind.COMPLETE
    detail: str | None = None
    evidence: Mapping[str, str] = field(
        default_factory=lambda: {
            "how": "clean",
            "client_open": "true",
            "server_open": "true",
            "framing": "chunked",
            "framing_complete": "true",
        }
    )
    linger_us: int = 412
    """Between the last chunk and the end."""

    def write(self, folder: Path) -> Path:
        path = folder / f"{self.name}.cassette.jsonl"
        facts = {"source": "synthesised", "timing": "invented", "about": self.about}
        with playhead.open_writer(
            path, clock="monotonic", writer="playhead-samples/1", facts=facts, overwrite=True
        ) as cassette:
            exchange = cassette.exchange()
            body = compact(self.request).encode()
            exchange.request(
                Request(
                    method="POST",
                    url=self.url,
                    http_version="HTTP/1.1",
                    headers=self._request_headers(len(body)),
                    body=body,
                    t=0.000981,
                    t_start=0.000612,
                    facts={"connection": "c1"},
                )
            )
            secret = self.secret
            exchange.redaction(f"request.headers.{secret.name}", secret.rule, secret.offset, secret.size)
            first = self.stage.chunks[0][0]
            exchange.response(
                Response(
                    status=200,
                    reason="OK",
                    http_version="HTTP/1.1",
                    headers=self.response_headers,
                    t=(first - 287) / 1e6,
                    facts={"connection": "s1", "framing": "chunked"},
                )
            )
            for name, value in self.response_headers:
                if value.startswith("REDACTED-"):
                    exchange.redaction(f"response.headers.{name}", "account", 0, len(value))
            for us, data in self.stage.chunks:
                exchange.chunk(data, us / 1e6)
            last = self.stage.chunks[-1][0]
            exchange.end(
                self.ending, (last + self.linger_us) / 1e6, detail=self.detail, facts=dict(self.evidence)
            )
        return path

    def _request_headers(self, length: int) -> tuple[tuple[str, str], ...]:
        return (
            *self.request_headers,
            (self.secret.name, self.secret.value),
            ("content-length", str(length)),
        )
