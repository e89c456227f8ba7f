"""Anthropic Messages in the words of every protocol: blocks, facts, bodies; and how it is recognised."""

from __future__ import annotations

import json

import anthropic
import pytest

from playhead.protocols.blocks import Block, BlockKind
from playhead.protocols.reading import Reading
from playhead.protocols.remarks import RemarkKind

from .anthropic_sdk import asked_by, ours
from .make_answers_anthropic import STREAMS
from .reads import client, read

MESSAGE = {
    "id": "msg_whole",
    "type": "message",
    "role": "assistant",
    "model": "claude-test",
    "content": [
        {"type": "text", "text": "Nine."},
        {"type": "tool_use", "id": "c", "name": "n", "input": {"a": 1}},
    ],
    "stop_reason": "tool_use",
    "usage": {"input_tokens": 3, "output_tokens": 5},
}


def stream(name: str) -> Reading:
    return ours((STREAMS / f"{name}.sse").read_bytes(), asked_by(name))


def blocks(name: str) -> list[Block]:
    return list(stream(name).final().blocks)


def test_facts() -> None:
    state = stream("usage_merged").final()
    assert (state.id, state.model, state.role, state.stop_reason) == (
        "msg_own",
        "claude-test",
        "assistant",
        "end_turn",
    )
    assert (state.input_tokens, state.output_tokens) == (12, 20)
    assert isinstance(state.usage, dict)
    assert state.usage["cache_read_input_tokens"] == 5
    assert state.is_complete
    assert state.error is None


def test_a_message_is_complete_at_its_stop_and_not_before() -> None:
    reading = stream("after_stop")
    assert [reading.at(frame).is_complete for frame in range(len(reading) + 1)].index(True) == 6


def test_blocks_of_every_kind() -> None:
    assert [(b.kind, b.type) for b in blocks("server_tool_use")] == [
        (BlockKind.TOOL_CALL, "server_tool_use"),
        (BlockKind.TOOL_RESULT, "web_search_tool_result"),
        (BlockKind.TEXT, "text"),
    ]
    assert [b.kind for b in blocks("mcp")] == [BlockKind.DATA, BlockKind.TOOL_CALL, BlockKind.TOOL_RESULT]
    assert [b.kind for b in blocks("code_execution")] == [BlockKind.TOOL_RESULT] * 3
    assert [b.kind for b in blocks("container_upload")] == [BlockKind.MEDIA]
    assert [b.kind for b in blocks("thinking_redacted")] == [BlockKind.THINKING, BlockKind.TEXT]
    assert [b.kind for b in blocks("compaction")] == [BlockKind.DATA, BlockKind.TEXT]
    assert [b.kind for b in blocks("fallback")] == [BlockKind.TEXT, BlockKind.DATA, BlockKind.TEXT]


def test_tool_calls() -> None:
    reading = stream("tool_use")
    call = reading.final().blocks[1]
    assert (call.name, call.id) == ("look_up", "call_1")
    assert call.input == json.loads(call.text)
    inputs = [state.blocks[1].input for state in map(reading.at, range(7, len(reading) + 1))]
    assert inputs[0] == {}
    assert {"harbour": "East quay", "lamps": [1, 2]} in inputs
    assert inputs[-1] == {"harbour": "East quay", "lamps": [1, 2, 3], "lit": True, "note": None}
    assert blocks("tool_use_input_at_once")[0].input == {"harbour": "West"}


def test_thinking_and_its_signature() -> None:
    reading = stream("thinking_signature_replaced")
    signatures = [reading.at(frame).blocks[0].signature for frame in range(2, len(reading) + 1)]
    assert list(dict.fromkeys(signatures)) == [None, "Zmlyc3Q=", "c2Vjb25k"]
    assert reading.final().blocks[0].text == "Hm"
    assert reading.final().text == ""


def test_results_and_citations_are_data() -> None:
    result, text = blocks("server_tool_use")[1:]
    assert isinstance(result.data, dict)
    assert result.data["content"][0]["title"] == "Tides"  # type: ignore[index, call-overload]
    assert result.id == "call_0"
    assert [isinstance(each, dict) and each["cited_text"] for each in text.citations] == ["High at noon"]


def test_open_and_closed() -> None:
    reading = stream("blocks_interleaved")
    assert [[b.is_open for b in reading.at(frame).blocks] for frame in (3, 7, 8, 9)] == [
        [True, True],
        [True, False],
        [True, False],
        [False, False],
    ]
    assert [b.text for b in reading.final().blocks] == ["acd", "b"]


def test_the_reading_goes_on_where_the_client_stops() -> None:
    reading = stream("error_then_more")
    state = reading.final()
    assert state.text == "ab"
    assert state.message == reading.at(3).message
    assert state.error == {"type": "overloaded_error", "message": "Overloaded"}


def test_what_the_client_skips_is_read_and_is_not_in_its_message() -> None:
    state = stream("event_without_name").final()
    assert state.text == "kept skipped kept"
    assert isinstance(state.message, dict)
    assert state.message["content"] == [{"type": "text", "text": "kept kept"}]
    assert stream("events_without_names").final().text == "all skipped"


def test_a_delta_without_a_block_is_not_dropped() -> None:
    assert [b.text for b in blocks("delta_without_block")] == ["one", "lost"]


def test_unknown_things_are_shown_as_data() -> None:
    assert [(b.kind, b.type) for b in blocks("unknown_event")] == [
        (BlockKind.DATA, "tide_report"),
        (BlockKind.TEXT, "text"),
    ]
    flags = blocks("unknown_block")[0]
    assert (flags.kind, flags.data, flags.text) == (
        BlockKind.DATA,
        {"type": "semaphore", "flags": [1, 2]},
        "not taken",
    )


def test_the_model_changes_with_a_fallback() -> None:
    reading = stream("fallback")
    assert [reading.at(4).model, reading.final().model] == ["claude-test", "claude-other"]


def test_a_whole_message_instead_of_a_stream() -> None:
    reading = read(json.dumps(MESSAGE).encode(), content_type="application/json")
    state = reading.final()
    assert reading.protocol.name == "anthropic-messages"
    assert state.message == MESSAGE
    assert state.is_complete
    assert [b.kind for b in state.blocks] == [BlockKind.TEXT, BlockKind.TOOL_CALL]
    assert state.blocks[1].input == {"a": 1}
    assert not any(b.is_open for b in state.blocks)
    assert not reading.remarks


@pytest.mark.parametrize(
    "status",
    [400, 401, 402, 403, 404, 408, 409, 412, 413, 418, 422, 429, 431, 499, 500, 501, 502, 503, 504, 529],
)
def test_an_error_body_names_the_exception_that_the_sdk_raises(status: int) -> None:
    error = {"type": "some_error", "message": "No."}
    body = json.dumps({"type": "error", "error": error}).encode()
    reading = read(body, url="http://api.invalid/v1/messages", status=status, content_type="application/json")
    sdk = anthropic.Anthropic(
        api_key="x",
        base_url="http://api.invalid",
        max_retries=0,
        http_client=client(body, status=status, content_type="application/json"),
    )
    with pytest.raises(anthropic.APIStatusError) as raised:
        sdk.messages.create(model="m", max_tokens=1, messages=[{"role": "user", "content": "x"}], stream=True)
    (remark,) = reading.remarks
    assert remark.kind is RemarkKind.ERROR_BODY
    assert remark.raises == "anthropic." + type(raised.value).__name__
    assert reading.final().error == error
    assert reading.final().message is None


def test_an_error_body_that_is_text() -> None:
    reading = read(b"upstream gone\n", "anthropic-messages", status=502, content_type="text/plain")
    assert reading.final().error == "upstream gone"
    assert [remark.raises for remark in reading.remarks] == ["anthropic.InternalServerError"]


def test_a_stream_under_an_error_status_is_not_read_by_the_client() -> None:
    body = (STREAMS / "error_first.sse").read_bytes()
    reading = read(body, "anthropic-messages", status=529)
    assert reading.remarks[0].raises == "anthropic.OverloadedError"
    assert reading.final().error == {"type": "api_error", "message": "Broken"}
    assert reading.final().message is None


@pytest.mark.parametrize("name", ["text", "thinking", "tool_use", "gateway_minimal", "truncated"])
def test_a_stream_is_recognised_by_its_events(name: str) -> None:
    assert read((STREAMS / f"{name}.sse").read_bytes()).protocol.name == "anthropic-messages"


def test_a_stream_is_recognised_by_its_url_before_it_tells() -> None:
    assert read(b"", url="http://api.invalid/v1/messages?beta=true").protocol.name == "anthropic-messages"
    assert read(b"", url="http://api.invalid/v1/complete").protocol.name == "anthropic-completions"


def test_streams_of_others_are_not_taken() -> None:
    assert read(b'data: {"type": "weather", "delta": {"x": 1}}\n\n').protocol.name == "plain"
    assert read(b'event: ping\ndata: {"type": "ping"}\n\n').protocol.name == "plain"


def completion(text: str, reason: str | None = None) -> bytes:
    data = {"type": "completion", "id": "c", "completion": text, "stop_reason": reason, "model": "claude-old"}
    return b"event: completion\r\ndata: " + json.dumps(data).encode() + b"\r\n\r\n"


def test_text_completions() -> None:
    body = (
        completion(" A")
        + b'event: ping\r\ndata: {"type": "ping"}\r\n\r\n'
        + completion(" lamp", "stop_sequence")
    )
    for size in (None, 1):
        reading = read(body, size=size)
        state = reading.final()
        assert reading.protocol.name == "anthropic-completions"
        assert (state.text, state.stop_reason, state.model, state.is_complete) == (
            " A lamp",
            "stop_sequence",
            "claude-old",
            True,
        )
        assert isinstance(state.message, dict)
        assert state.message["completion"] == " A lamp"
        assert reading.at(0).message is None
        assert not reading.remarks


def test_a_text_completion_that_is_cut() -> None:
    (remark,) = read(completion(" A")).remarks
    assert remark.kind is RemarkKind.NO_TERMINATOR


def test_a_text_completion_error_and_what_is_unknown() -> None:
    body = (
        completion(" A") + b'event: other\ndata: {"x": 1}\n\nevent: error\ndata: {"error": {"type": "e"}}\n\n'
    )
    reading = read(body)
    assert [remark.kind for remark in reading.remarks] == [RemarkKind.UNKNOWN_EVENT, RemarkKind.ERROR_EVENT]
    assert reading.final().error == {"type": "e"}
    assert [b.kind for b in reading.final().blocks] == [BlockKind.TEXT, BlockKind.DATA]


def test_bedrock_is_shown_and_not_read() -> None:
    reading = read(b"\x00\x00\x00\x10abc", content_type="application/vnd.amazon.eventstream")
    assert reading.protocol.name == "bedrock"
    assert [remark.kind for remark in reading.remarks] == [RemarkKind.UNSUPPORTED]
    (block,) = reading.final().blocks
    assert block.kind is BlockKind.DATA
    assert isinstance(block.data, dict)
    assert block.data["bytes"] == 7
    assert reading.final().message is None
