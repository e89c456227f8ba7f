"""What the decoder is measured against: the standard's rules, written plainly, twice.

`standard_events` decodes the whole stream to text first and follows WHATWG HTML, "Server-sent events",
step by step. `standard_frames` cuts the whole stream at its line ends and says which bytes belong to
which block. Both see the stream at once, so neither can be wrong about a chunk's edge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from playhead.sse import Decoder, Frame, FrameKind

Event = tuple[str, str, str]
"""Type, data, last event id."""


class Interpretation(NamedTuple):
    events: list[Event]
    retry: int | None
    last_event_id: str


def standard_events(stream: bytes) -> Interpretation:
    """Every event an `EventSource` would dispatch, and the state it would be left in."""
    text = stream.decode("utf-8", "replace")
    if text.startswith("\ufeff"):
        text = text[1:]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")[:-1]  # what follows the last line end is no line
    events: list[Event] = []
    retry: int | None = None
    data = event_type = id_buffer = last_event_id = ""
    for line in lines:
        if line == "":
            last_event_id = id_buffer
            if data != "":
                events.append((event_type or "message", data.removesuffix("\n"), last_event_id))
            data = event_type = ""
            continue
        if line.startswith(":"):
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            event_type = value
        elif name == "data":
            data += value + "\n"
        elif name == "id" and "\0" not in value:
            id_buffer = value
        elif name == "retry" and re.fullmatch("[0-9]+", value):
            retry = int(value)
    return Interpretation(events, retry, last_event_id)


def standard_frames(stream: bytes, cuts: Sequence[int] = ()) -> list[Frame]:
    """Every frame of the stream: its kind by the definitions of `FrameKind`, its bytes, its chunk."""
    frames: list[Frame] = []
    block: list[bytes] = []
    start = at = 0
    last_event_id = ""
    for match in re.finditer(rb"\r\n|\r|\n", stream):
        line = stream[at : match.start()]
        if at == 0:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line:
            start = start if block else at
            block.append(line)
        elif block:
            end = match.start() + 1
            ids = [value for name, value in map(_field, block) if name == "id" and "\0" not in value]
            last_event_id = ids[-1] if ids else last_event_id
            frames.append(_frame(block, None, start, end, _chunk_of(end, cuts), last_event_id))
            block = []
        at = match.end()
    rest = stream[at:]
    line = rest.removeprefix(b"\xef\xbb\xbf") if at == 0 else rest
    if line:
        start = start if block else at
        block.append(line)
    if block:
        tail = FrameKind.TAIL
        frames.append(_frame(block, tail, start, len(stream), len(cuts) + 1, last_event_id))
    return frames


def _field(line: bytes) -> tuple[str, str]:
    name, _, value = line.partition(b":")
    return name.decode("utf-8", "replace"), value.removeprefix(b" ").decode("utf-8", "replace")


def _chunk_of(end: int, cuts: Sequence[int]) -> int:
    """The chunk that holds the last byte of a block, where chunks end at `cuts` and at the stream's end."""
    return 1 + sum(cut < end for cut in cuts)


def _frame(
    block: list[bytes], kind: FrameKind | None, start: int, end: int, chunk: int, last_event_id: str
) -> Frame:
    fields = [_field(line) for line in block]
    data = [value for name, value in fields if name == "data"]
    comments = [value for name, value in fields if name == ""]
    events = [value for name, value in fields if name == "event"]
    ids = [value for name, value in fields if name == "id" and "\0" not in value]
    retries = [int(value) for name, value in fields if name == "retry" and re.fullmatch("[0-9]+", value)]
    others = [line.decode("utf-8", "replace") for line in block if not _sets_something(*_field(line))]
    only_comments_and = len(comments)
    if kind is None and data:
        kind = FrameKind.EVENT
    elif kind is None and only_comments_and == len(fields):
        kind = FrameKind.COMMENT
    elif kind is None and ids and only_comments_and + len(ids) == len(fields):
        kind = FrameKind.ID
    elif kind is None and retries and only_comments_and + len(retries) == len(fields):
        kind = FrameKind.RETRY
    elif kind is None:
        kind = FrameKind.DATALESS
    event = events[-1] if events else None
    return Frame(
        kind,
        start,
        end,
        chunk,
        (event or "message") if kind is FrameKind.EVENT else event,
        "\n".join(data) if data else None,
        last_event_id,
        retries[-1] if retries else None,
        "\n".join(comments) if comments else None,
        "\n".join(others) if others else None,
    )


def _sets_something(name: str, value: str) -> bool:
    match name:
        case "id":
            return "\0" not in value
        case "retry":
            return re.fullmatch("[0-9]+", value) is not None
        case _:
            return name in ("", "data", "event")


def cut(stream: bytes, cuts: Iterable[int]) -> list[bytes]:
    """The stream as chunks that end at `cuts` (ascending offsets) and at its end."""
    edges = [0, *cuts, len(stream)]
    return [stream[a:b] for a, b in pairwise(edges)]


def decode(stream: bytes, cuts: Iterable[int] = ()) -> list[Frame]:
    """The decoder's frames of the stream so cut."""
    decoder = Decoder()
    frames = [frame for chunk in cut(stream, cuts) for frame in decoder.feed(chunk)]
    return frames + decoder.close()


@pytest.fixture(scope="session")
def reference() -> Callable[[bytes], Interpretation]:
    return standard_events


@pytest.fixture(scope="session")
def reference_frames() -> Callable[..., list[Frame]]:
    return standard_frames


@pytest.fixture(scope="session")
def decoded() -> Callable[..., list[Frame]]:
    return decode


@pytest.fixture(scope="session")
def chunked() -> Callable[..., list[bytes]]:
    return cut


VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `vector` runs once for each case of `vectors.json`."""
    if "vector" in metafunc.fixturenames:
        metafunc.parametrize("vector", VECTORS, ids=[case["name"] for case in VECTORS])
