"""A protocol as small as can be, and cassettes in it: each event is a list of what it does to the record.

`["open", TYPE]`, `["add", BLOCK, TEXT]`, `["close", BLOCK]`, `["role"]`, `["tokens", N]`, `["ping"]`,
`["done"]`, `["error"]`, `["nothing"]`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import playhead
from playhead.protocols.base import Certainty, Clues
from playhead.protocols.blocks import BlockKind
from playhead.protocols.record import Record
from playhead.sse import Frame, FrameKind
from playhead.store.cassette import open_data

Time = float | None


class ToyReader:
    def __init__(self, record: Record) -> None:
        self.record = record

    def feed(self, number: int, frame: Frame) -> None:
        if frame.kind is not FrameKind.EVENT:
            return
        for name, *rest in json.loads(frame.data or "[]"):
            getattr(self, name)(number, *rest)

    def open(self, number: int, type_: str) -> None:
        self.record.open_block(number, BlockKind.TEXT, type_)

    def add(self, number: int, block: int, text: str) -> None:
        self.record.grow(number, self.record.blocks[block - 1], text)

    def close(self, number: int, block: int = 0) -> None:
        if block:
            self.record.blocks[block - 1].closed = number

    def role(self, number: int) -> None:
        self.record.role.set(number, "assistant")

    def tokens(self, number: int, count: int) -> None:
        self.record.output_tokens.set(number, count)

    def ping(self, number: int) -> None:
        self.record.keep_alive(number)

    def done(self, number: int) -> None:
        self.record.completed = number

    def error(self, number: int) -> None:
        self.record.error.set(number, {"type": "overloaded"})

    def nothing(self, number: int) -> None:
        pass

    def read_body(self, body: bytes) -> None:
        self.open(1, "body")
        self.add(1, 1, body.decode())


class Toy:
    name = "toy"
    title = "Toy"

    def recognise(self, clues: Clues) -> Certainty:
        return Certainty.CONTENT

    def reader(self, record: Record, clues: Clues) -> ToyReader:
        return ToyReader(record)


def event(*acts: Sequence[object]) -> bytes:
    return b"data: " + json.dumps(acts).encode() + b"\n\n"


def text(*parts: str, block: int = 1) -> bytes:
    """An event for each part."""
    return b"".join(event(["add", block, part]) for part in parts)


def cassette(
    chunks: Sequence[tuple[Time, bytes]],
    *,
    request: Mapping[str, Any] | None = None,
    head: Time = 0.2,
    ending: Time = None,
    facts: Mapping[str, str] | None = None,
    losses: Sequence[Mapping[str, Any]] = (),
    content_type: str = "text/event-stream",
    status: int = 200,
    number: int = 1,
) -> list[dict[str, Any]]:
    """The records of one exchange, header left out. Members that are `None` are left out: unknown."""
    asked: dict[str, Any] = {"t": 0.1, "t_start": 0.05, "url": "http://h/v1"} | dict(request or {})
    end = [] if ending == -1 else [{"type": "end", "t": ending, "ending": "complete"}]
    if end and facts:
        end[0]["facts"] = [list(pair) for pair in facts.items()]
    lines: list[dict[str, Any]] = [
        {"type": "request", "method": "POST", **asked},
        {"type": "response", "t": head, "status": status, "headers": [["content-type", content_type]]},
        *({"type": "chunk", "t": t, "text": data.decode()} for t, data in chunks),
        *({"type": "loss", **loss} for loss in losses),
        *end,
    ]
    return [
        {key: value for key, value in (line | {"exchange": number}).items() if value is not None}
        for line in lines
    ]


def written(*exchanges: list[dict[str, Any]]) -> bytes:
    header = {"type": "header", "format": "playhead-cassette", "version": 1}
    lines = [header, *(line for exchange in exchanges for line in exchange)]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def exchange(chunks: Sequence[tuple[Time, bytes]], **how: Any) -> playhead.Exchange:
    """One exchange, read back from what a cassette of it says."""
    return open_data(written(cassette(chunks, **how)), "made")[1]
