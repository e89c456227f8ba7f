"""Streams of no protocol: events as an `EventSource` gets them, JSON or text, and bodies that are none."""

from __future__ import annotations

import json

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.protocols.blocks import BlockKind
from playhead.protocols.reading import Reading

from .reads import client, read

STREAM = (
    b': hi\n\nevent: output\nid: 1\ndata: Sure,\ndata: here\n\ndata: {"n": [1, 2]}\n\ndata: 7\n\ndata:\n\n'
    b"event: done\ndata: [DONE]\n\ndata: {half\n\ndata: cut"
)


def test_events_are_blocks() -> None:
    reading = read(STREAM)
    assert reading.protocol.name == "plain"
    final = reading.final()
    assert [(block.kind, block.type, block.text, block.data) for block in final.blocks] == [
        (BlockKind.DATA, "output", "Sure,\nhere", None),
        (BlockKind.DATA, "message", "", {"n": [1, 2]}),
        (BlockKind.DATA, "message", "7", None),
        (BlockKind.DATA, "message", "", None),
        (BlockKind.DATA, "message", "{half", None),
    ]
    assert not any(block.is_open for block in final.blocks)
    assert list(reading.remarks) == []


def test_done_completes() -> None:
    reading = read(STREAM)
    assert [reading.at(frame).is_complete for frame in (5, 6, 7)] == [False, True, True]
    assert not read(b"data: a\n\n").final().is_complete


@pytest.mark.parametrize("size", [None, 1, 7])
def test_the_message_is_what_a_listener_gets(size: int | None) -> None:
    with client(STREAM, size=size).stream("GET", "http://h/") as response:
        heard = [{"event": event.event, "data": event.data} for event in httpx2.EventSource(response)]
    assert texts(read(STREAM, size=size)) == heard


def texts(reading: Reading) -> list[dict[str, str]]:
    """The events of the message, JSON as it was written in the stream of these tests."""
    message = reading.final().message
    assert isinstance(message, dict)
    events = message["events"]
    assert isinstance(events, list)
    found = []
    for event in events:
        assert isinstance(event, dict)
        data = event["data"]
        found.append(
            {"event": str(event["event"]), "data": data if isinstance(data, str) else json.dumps(data)}
        )
    return found


def test_a_body_that_is_no_stream() -> None:
    reading = read(b'{"ok": true}', content_type="application/json")
    assert [block.data for block in reading.final().blocks] == [{"ok": True}]
    assert list(reading.remarks) == []
    reading = read(b"<h1>Bad gateway</h1>", content_type="text/html", status=502)
    assert reading.final().error == "<h1>Bad gateway</h1>"
    assert [remark.kind.value for remark in reading.remarks] == ["error_body"]
    reading = read(b"", content_type="text/html", status=503)
    assert (reading.final().error, len(reading.final().blocks)) == ("status 503", 0)


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    for content_type in ("text/event-stream", "application/json"):
        reading = read(body, "plain", content_type=content_type)
        assert "reader_failed" not in [remark.kind.value for remark in reading.remarks]
        json.dumps([reading.at(frame).message for frame in range(len(reading) + 1)])
