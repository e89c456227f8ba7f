"""MCP streams of our own: the messages are the mcp SDK's; blocks, facts, remarks, how they are recognised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playhead.model import Request, Response
from playhead.protocols.blocks import BlockKind
from playhead.protocols.reading import Answer, Reading
from playhead.sse import Decoder

from .reads import canonical, read

STREAMS = sorted((Path(__file__).parent / "streams" / "mcp").glob("*.sse"))
REMARKS = {
    "batch": ["unexpected_shape"],
    "behind-the-answer": ["after_terminator", "after_terminator"],
    "cut": ["no_terminator"],
    "error": ["error_event"],
    "error-and-result": ["error_event"],
    "error-without-id": ["error_event"],
    "not-json": ["not_json"],
    "other-event": ["unknown_event"],
    "unterminated": ["no_terminator"],
    "wrong-types": ["unexpected_shape"] * 6,
    "wrong-version": ["unexpected_shape"],
}


def of(name: str) -> Reading:
    return read((Path(__file__).parent / "streams" / "mcp" / f"{name}.sse").read_bytes())


def answered(body: bytes, request: bytes, method: str = "POST") -> Reading:
    """`body` as the answer to a request with that body."""
    asked = Request(method=method, url="http://h/mcp", body=request)
    response = Response(status=200, headers=(("content-type", "text/event-stream"),))
    reading = Reading(Answer(asked, response))
    decoder = Decoder()
    reading.feed(decoder.feed(body) + decoder.close())
    reading.close()
    return reading


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_the_messages_are_those_of_the_sdk(path: Path) -> None:
    body = path.read_bytes()
    answer = json.loads(path.with_suffix(".json").read_text())["final"]
    for size in [None, *range(1, len(body))] if len(body) < 300 else [None, 1, 7]:
        reading = read(body, size=size)
        assert reading.protocol.name == "mcp"
        assert canonical(reading.final().message) == canonical(answer)
        assert [remark.kind.value for remark in reading.remarks] == REMARKS.get(path.stem, [])


def test_state_by_state() -> None:
    reading = of("primed")
    counts = [len(reading.at(frame).message["messages"]) for frame in range(1, 4)]  # type: ignore[index,call-overload,arg-type]
    assert counts == [1, 2, 3]
    assert [reading.at(frame).is_complete for frame in range(4)] == [False, False, False, True]
    assert reading.at(2).message["last_event_id"] == "s1-1"  # type: ignore[index,call-overload]


def test_blocks() -> None:
    progress, log, result = of("tool-call").final().blocks
    assert (progress.kind, progress.type) == (BlockKind.DATA, "notifications/progress")
    assert log.data == {"level": "info", "data": "asking the harbour"}
    assert (result.kind, result.type, result.id) == (BlockKind.TOOL_RESULT, "result", "1")
    assert result.text == "High tide at six.\nLow at noon."
    assert not any(block.is_open for block in of("tool-call").final().blocks)


def test_an_error_is_an_answer() -> None:
    final = of("error").final()
    assert final.is_complete
    assert final.error == {"code": -32602, "message": "no such port", "data": {"port": "X"}}


def test_what_is_no_message_is_shown() -> None:
    block = of("not-json").final().blocks[0]
    assert (block.type, block.text) == ("message", "hello")
    assert [block.type for block in of("other-event").final().blocks] == ["endpoint", "result"]


def test_the_request_tells_what_is_answered() -> None:
    body = (Path(__file__).parent / "streams" / "mcp" / "tool-call.sse").read_bytes()
    reading = answered(body, b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}')
    assert [block.name for block in reading.final().blocks] == [None, None, "tools/call"]
    assert not reading.remarks
    reading = answered(body, b'{"jsonrpc":"2.0","id":5,"method":"tools/call"}')
    assert [remark.kind.value for remark in reading.remarks] == ["unexpected_shape"]


def test_a_get_listens_on() -> None:
    body = (Path(__file__).parent / "streams" / "mcp" / "behind-the-answer.sse").read_bytes()
    reading = answered(body, b"", method="GET")
    assert not reading.remarks
    assert len(reading.final().message["messages"]) == 3  # type: ignore[index,call-overload,arg-type]


def test_an_answer_that_is_no_stream() -> None:
    body = b'{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"yes"}]}}'
    reading = read(body, content_type="application/json")
    assert (reading.protocol.name, reading.final().is_complete) == ("mcp", True)
    assert [block.text for block in reading.final().blocks] == ["yes"]
    body = b'{"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"no method"}}'
    reading = read(body, content_type="application/json", status=404)
    assert [remark.kind.value for remark in reading.remarks] == ["error_body"]
    reading = read(b"", "mcp", content_type="application/json", status=202)
    assert (reading.final().is_complete, list(reading.remarks)) == (True, [])


def test_agents_that_speak_json_rpc_are_not_mcp() -> None:
    body = b'data: {"jsonrpc":"2.0","id":1,"result":{"kind":"status-update","final":true}}\n\n'
    assert read(body).protocol.name == "plain"
