"""OpenAI Chat Completions in the words of every protocol: blocks, facts, remarks, and whole bodies."""

from __future__ import annotations

import json

import pytest

from playhead.protocols.blocks import BlockKind
from playhead.protocols.reading import Answer, Reading
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Decoder, Frame, FrameKind

from .chat_sdk import URL, ours
from .make_answers_chat import STREAMS
from .reads import canonical, read

LEGACY = STREAMS.parent / "openai_legacy"

# For each stream: its blocks, and the kinds of remark. What is not listed has one text and no remark.
_CASES: dict[str, tuple[str, str]] = {
    "annotations_twice": ("text", "client_raises"),
    "audio": ("media", ""),
    "channel": ("thinking text", ""),
    "choice_index_negative": ("text text", "unexpected_shape"),
    "choice_one_first": ("text text", "client_raises unexpected_shape"),
    "choice_two_later": ("text", "client_raises unexpected_shape"),
    "choice_without_delta": ("text", "client_raises"),
    "choices_missing": ("data text", "unknown_event client_raises"),
    "choices_null_first": ("data", "unknown_event client_raises"),
    "comment_after_id": ("text", "client_raises"),
    "content_filter": ("text", "client_raises"),
    "cut": ("text", "no_terminator"),
    "cut_inside_an_event": ("text", "no_terminator"),
    "data_after_done": ("text text", "after_terminator"),
    "data_empty": ("text", "client_raises"),
    "delta_text": ("", "unexpected_shape client_raises unexpected_shape"),
    "done_with_a_tail": ("", ""),
    "done_without_finish_reason": ("text", "unexpected_shape"),
    "empty_body": ("", "no_terminator client_raises"),
    "error_at_once": ("", "error_event client_raises"),
    "error_chunk": ("text", "error_event client_raises"),
    "error_event": ("text", "error_event client_raises"),
    "error_flat": ("", "error_event client_ignores"),
    "error_flat_with_an_odd_type": ("", "error_event client_ignores client_raises"),
    "error_text": ("text", "error_event client_raises"),
    "finish_reason_empty": ("text", "role_repeated"),
    "function_call": ("tool_call", ""),
    "groq_executed_tools": ("tool_result tool_result text", ""),
    "groq_usage": ("thinking text", ""),
    "id_changed": ("text", "id_changed"),
    "images": ("media", ""),
    "index_gap_in_tools": ("tool_call tool_call", "index_gap client_raises"),
    "index_missing": ("text", "unexpected_shape client_raises"),
    "json_null": ("data", "unexpected_shape client_raises"),
    "json_of_another_kind": ("data text", "unexpected_shape client_raises"),
    "length": ("text", "client_raises"),
    "message_instead_of_delta": ("text", "unexpected_shape client_raises"),
    "minimal": ("text", "unexpected_shape client_ignores unexpected_shape client_raises"),
    "mistral_text_parts": ("thinking text text", "client_raises"),
    "no_done": ("text", "missing_done"),
    "not_json": ("data text", "not_json client_raises"),
    "numbers_add": ("text data data data", "unknown_delta unknown_delta unknown_delta"),
    "object_missing": ("text", "client_ignores client_raises"),
    "object_missing_under_way": ("text", "client_ignores"),
    "only_done": ("", "unexpected_shape client_raises"),
    "perplexity": ("text", "role_repeated client_ignores"),
    "ping_without_data": ("text", "client_raises"),
    "reasoning_content": ("thinking text", ""),
    "reasoning_details": ("thinking text", ""),
    "reasoning_details_without_index": ("thinking thinking text", "client_raises"),
    "reasoning_then_text_then_reasoning": ("thinking text thinking text", ""),
    "reasoning_under_two_names": ("thinking text", ""),
    "reasoning_details_with_index": ("thinking text", ""),
    "refusal": ("refusal", ""),
    "retry_block": ("", "client_raises"),
    "retry_negative": ("text", "client_raises"),
    "role_repeated": ("text", "role_repeated"),
    "role_repeated_after_the_client_raised": ("data text", "unexpected_shape client_raises role_repeated"),
    "role_repeated_late": ("text", "role_repeated"),
    "text_after_finish_reason": ("text text", "delta_after_stop"),
    "tool_arguments_null_first": ("tool_call", ""),
    "tool_arguments_object": ("tool_call", "unexpected_shape"),
    "tool_call": ("tool_call", ""),
    "tool_call_custom": ("tool_call", "client_raises"),
    "tool_call_fragments_in_one_chunk": ("tool_call", ""),
    "tool_call_no_object": ("", "unexpected_shape client_raises"),
    "tool_call_whole_and_text": ("text tool_call text", ""),
    "tool_call_without_function": ("tool_call", "client_raises"),
    "tool_calls_interleaved": ("tool_call tool_call", ""),
    "tool_calls_no_list": ("data", "unexpected_shape client_raises"),
    "tool_calls_parallel": ("tool_call tool_call", ""),
    "tool_id_and_name_repeated": ("tool_call", "name_repeated"),
    "tool_index_from_one": ("tool_call", "index_gap client_raises"),
    "tool_index_missing": ("tool_call", "client_raises"),
    "tool_index_missing_twice": ("tool_call tool_call", "client_raises"),
    "tool_index_null": ("tool_call", "client_raises"),
    "tool_index_reused_for_another_call": ("tool_call tool_call", "block_reopened"),
    "tool_input_not_json": ("tool_call", "invalid_tool_input"),
    "tool_type_repeated": ("tool_call", ""),
    "tool_type_null_later": ("tool_call", "client_raises"),
    "two_answers_in_one_body": ("text text", "id_changed role_repeated delta_after_stop"),
    "two_choices": ("text text", ""),
    "two_choices_in_one_chunk": ("text text", ""),
    "unknown_members": ("text data data", "unknown_delta unknown_delta"),
    "usage_coerced": ("", ""),
    "usage_of_no_shape": ("", ""),
    "usage_shrinks": ("text", "usage_shrank"),
}


def stream(name: str) -> Reading:
    return ours((STREAMS / f"{name}.sse").read_bytes())


def kinds(reading: Reading) -> list[str]:
    return [remark.kind.value for remark in reading.remarks]


def chunk(delta: object, **more: object) -> bytes:
    choice = {"index": 0, "delta": delta}
    data = {"id": "c", "object": "chat.completion.chunk", "choices": [choice], **more}
    return b"data: " + json.dumps(data).encode() + b"\n\n"


@pytest.mark.parametrize("name", sorted(path.stem for path in STREAMS.glob("*.sse")))
def test_blocks_and_remarks(name: str) -> None:
    reading = stream(name)
    blocks, remarks = _CASES.get(name, ("text", ""))
    assert [block.kind.value for block in reading.final().blocks] == blocks.split()
    assert kinds(reading) == remarks.split()


def test_blocks_go_on_where_the_client_raised() -> None:
    reading = stream("annotations_twice")
    final = reading.final()
    assert (final.text, final.stop_reason, final.is_complete) == ("abc", "stop", True)
    assert [citation["url_citation"]["title"] for citation in final.blocks[0].citations] == ["a", "b", "c"]
    raised = next(remark for remark in reading.remarks if remark.kind is RemarkKind.CLIENT_RAISES)
    assert (raised.frame, raised.raises) == (3, "RuntimeError")
    assert canonical(final.message) == canonical(reading.at(2).message)


def test_facts() -> None:
    final = stream("usage_chunk").final()
    assert (final.id, final.model, final.role, final.stop_reason) == ("chat-1", "tin-1", "assistant", "stop")
    assert (final.input_tokens, final.output_tokens) == (7, 4)
    assert stream("role_repeated").final().role == "assistant"
    assert stream("usage_gone_again").final().output_tokens == 4
    assert stream("groq_usage").final().output_tokens == 4
    assert stream("usage_in_the_choice").final().output_tokens == 4
    assert stream("usage_with_content").at(2).output_tokens == 0
    assert stream("azure_prompt_filter").final().model == "tin-1"


def test_reason_is_that_of_choice_zero() -> None:
    body = (
        chunk({"content": "a"}) + b'data: {"choices":[{"index":1,"delta":{},"finish_reason":"length"}]}\n\n'
    )
    body += b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    assert ours(body).final().stop_reason == "stop"


def test_message_is_whole_at_done_or_else_at_its_reason() -> None:
    done, missing = stream("text"), stream("no_done")
    assert [done.at(frame).is_complete for frame in (6, 7)] == [False, True]
    assert [missing.at(frame).is_complete for frame in (5, 6)] == [False, True]
    assert not stream("cut").final().is_complete
    assert not stream("error_chunk").final().is_complete


def test_tool_call_under_way() -> None:
    reading = stream("tool_call")
    block = reading.at(3).blocks[0]
    assert (block.id, block.name, block.text) == ("call_1", "weigh", '{"what":"flour"')
    assert (block.input, block.is_open, block.added) == ({"what": "flour"}, True, (7, 15))
    assert reading.final().blocks[0].closed == 5


def test_interleaved_calls_keep_their_own_input() -> None:
    blocks = stream("tool_calls_interleaved").final().blocks
    assert [(block.name, block.input) for block in blocks] == [("weigh", {"a": 1}), ("stir", {"b": 2})]


def test_calls_without_an_index_are_told_apart() -> None:
    blocks = stream("tool_index_missing_twice").final().blocks
    assert [(block.id, block.input) for block in blocks] == [("c1", {}), ("c2", {"n": 1})]
    again = stream("tool_index_reused_for_another_call").final().blocks
    assert [block.id for block in again] == ["call_1", "call_2"]


def test_final_message_is_plain_json() -> None:
    def check(value: object) -> None:
        assert type(value) in (dict, list, str, int, float, bool, type(None))
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(part)

    for name in ("logprobs", "audio", "tool_call", "moderation"):
        check(stream(name).final().message)
        check(stream(name).at(4).message)


def test_audio_is_one_block() -> None:
    block = stream("audio").final().blocks[0]
    assert (block.text, block.id) == ("Tea time", "audio_1")
    assert block.data == {"data": "AAAABBBB", "expires_at": 1700003600}


def test_input_of_a_custom_tool_is_text() -> None:
    assert stream("tool_call_custom").final().blocks[0].input == "ls"


def test_citations_of_a_search_belong_to_the_text() -> None:
    assert stream("perplexity").final().blocks[0].citations == ["http://a.invalid", "http://b.invalid"]


def test_frames_that_only_keep_the_connection_alive_are_told() -> None:
    assert list(stream("ping_with_data").record.keep_alives) == [2]
    assert list(stream("data_empty").record.keep_alives) == [2]


def test_only_content_counts_as_content() -> None:
    assert list(stream("text").record.grown_frames) == [2, 3, 4, 5]
    assert list(stream("tool_calls_parallel").record.grown_blocks) == [1, 1, 2]


def test_long_stream_is_the_same_by_the_short_way() -> None:
    """What is read by the typed decoder, and what is read in full, meet in one message."""
    words = [f" w{at}" for at in range(3000)]
    body = chunk({"role": "assistant", "content": ""})
    for at, word in enumerate(words):
        delta: dict[str, object] = {"content": word}
        if at % 5 == 1:
            delta["role"] = "x"
        if at % 11 == 0:
            delta["audio"] = None  # in full
        body += chunk(delta, usage={"completion_tokens": at} if at % 7 == 3 else None)
    reading = ours(body)
    for frame in (2, 700, 1501, 3001):
        message = reading.at(frame).message["choices"][0]["message"]
        assert message["content"] == reading.at(frame).text == "".join(words[: frame - 1])
        assert message["role"] == "assistant" + "x" * len([at for at in range(frame - 1) if at % 5 == 1])
    assert "reader_failed" not in kinds(reading)


def test_text_is_held_once() -> None:
    """The message and the block read the same cells."""
    part = "x" * 1000
    frames = Decoder().feed(chunk({"role": "assistant", "content": ""}) + chunk({"content": part}) * 50)
    reading = Reading(Answer(), protocol="openai-chat")
    reading.feed(frames)
    block = reading.record.blocks[0]
    block.text.append(51, "!")
    assert reading.final().message["choices"][0]["message"]["content"] == part * 50 + "!"


def test_frames_of_every_kind_may_come_anywhere() -> None:
    reading = Reading(Answer(), protocol="openai-chat")
    for kind in FrameKind:
        if kind is not FrameKind.EVENT:
            reading.feed([Frame(kind, 0, 1, 1, comment="x", other="y: z")])
    reading.close()
    assert kinds(reading) == ["no_terminator", "client_raises"]


@pytest.mark.parametrize(
    ("status", "exception"),
    [
        (400, "BadRequestError"),
        (401, "AuthenticationError"),
        (403, "PermissionDeniedError"),
        (404, "NotFoundError"),
        (409, "ConflictError"),
        (418, "APIStatusError"),
        (422, "UnprocessableEntityError"),
        (429, "RateLimitError"),
        (500, "InternalServerError"),
        (529, "InternalServerError"),
    ],
)
def test_error_bodies(status: int, exception: str) -> None:
    body = b'{"error": {"message": "slow down", "type": "limit"}}'
    reading = read(body, url=URL, status=status, content_type="application/json")
    assert reading.protocol.name == "openai-chat"
    assert reading.final().error == {"message": "slow down", "type": "limit"}
    assert kinds(reading) == ["error_body"]
    assert {remark.raises for remark in reading.remarks} == {f"openai.{exception}"}
    assert reading.final().message is None


def test_body_of_a_gateway_is_shown() -> None:
    reading = read(b"<h1>Bad gateway</h1>", url=URL, status=502, content_type="text/html")
    assert kinds(reading) == ["error_body"]
    assert reading.final().blocks[0].text == "<h1>Bad gateway</h1>"


def test_bare_json_error_in_a_stream_is_told() -> None:
    reading = read(b'{"error": {"message": "no"}}\n\n', url=URL)
    assert reading.final().error == {"message": "no"}
    assert "error_body" in kinds(reading)


def test_whole_completion_is_read() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weigh", "arguments": "{}"}}
    message = {"role": "assistant", "content": "Tea", "tool_calls": [call]}
    whole = {
        "id": "chat-1",
        "object": "chat.completion",
        "model": "tin-1",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }
    reading = read(json.dumps(whole).encode(), content_type="application/json")
    final = reading.final()
    assert reading.protocol.name == "openai-chat"
    assert [block.kind for block in final.blocks] == [BlockKind.TEXT, BlockKind.TOOL_CALL]
    assert (final.message, final.is_complete, final.output_tokens) == (whole, True, 2)
    assert kinds(reading) == []


def test_error_status_of_a_stream_is_raised() -> None:
    reading = ours(chunk({"content": "a"}), status=503)
    assert reading.remarks[0].raises == "openai.InternalServerError"
    assert reading.final().message is None


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/openai/deployments/tin/chat/completions"])
def test_recognised_by_path(path: str) -> None:
    assert read(b": wait\n\n", url=f"https://host.invalid{path}?api-version=1").protocol.name == "openai-chat"


def test_other_streams_are_not_taken() -> None:
    for body in (b'data: {"type":"message_start"}\n\n', b'data: {"choices":"many"}\n\n', b"data: hi\n\n"):
        assert read(body).protocol.name not in ("openai-chat", "openai-completions")


def test_legacy_completions() -> None:
    final = read((LEGACY / "text.sse").read_bytes()).final()
    assert final.protocol == "openai-completions"
    assert (final.text, final.stop_reason, final.is_complete) == ("Tea time.", "stop", True)
    assert final.message["choices"][0]["text"] == "Tea time."
    both = read((LEGACY / "two_choices_and_usage.sse").read_bytes(), size=3)
    choices = both.final().message["choices"]
    assert [(choice["text"], choice["finish_reason"]) for choice in choices] == [
        ("ac", "stop"),
        ("bd", "length"),
    ]
    assert both.at(2).message["choices"][1]["text"] == "b"
    assert both.final().message["usage"]["total_tokens"] == 11


def test_legacy_error_is_raised() -> None:
    reading = read((LEGACY / "error.sse").read_bytes())
    assert [remark.raises for remark in reading.remarks if remark.raises] == ["openai.APIError"]
    assert reading.final().error == {"message": "gone"}
    assert reading.final().message["choices"][0]["text"] == "a"


def test_legacy_shows_unknown_events_as_they_came() -> None:
    event = {"type": "weird", "x": 1}
    reading = read(b"data: " + json.dumps(event).encode() + b"\n\n", "openai-completions")
    assert [(block.kind.value, block.data) for block in reading.final().blocks] == [("data", event)]
    assert kinds(reading)[0] == "unknown_event"


def test_legacy_reads_flat_errors() -> None:
    reading = read(b'data: {"object": "error", "detail": "gone"}\n\n', "openai-completions")
    assert reading.final().error == {"object": "error", "detail": "gone"}
    assert len(reading.final().blocks) == 0


@pytest.mark.parametrize("protocol", ["openai-chat", "openai-completions"])
@pytest.mark.parametrize(
    "body",
    [b"", b": wait\n\n", b"event: ping\n\n", (LEGACY / "text.sse").read_bytes(), chunk({"content": "a"})],
)
def test_error_status_of_a_stream_is_raised_first(protocol: str, body: bytes) -> None:
    reading = read(body, protocol, status=429)
    raises = [remark.raises for remark in reading.remarks if remark.raises]
    assert raises == ["openai.RateLimitError"]
    assert reading.final().message is None


@pytest.mark.parametrize("protocol", ["openai-chat", "openai-completions"])
@pytest.mark.parametrize("data", ["no JSON", "[1]", '"text"', '{"type": "weird"}'])
def test_what_nobody_reads_is_shown_and_is_no_content(protocol: str, data: str) -> None:
    reading = read(f"event: odd\ndata: {data}\n\n".encode(), protocol)
    (block,) = reading.final().blocks
    assert (block.kind, block.type, block.is_open) == (BlockKind.DATA, "odd", False)
    assert list(reading.record.grown_frames) == []


def test_text_that_the_client_drops_stays_out_of_its_message() -> None:
    """The blocks take it; from there on the two hold a text each."""
    dropped = chunk({"content": "b"}, object="other")
    reading = ours(chunk({"content": ""}) + chunk({"content": "a"}) + dropped + chunk({"content": "c"}))
    assert reading.final().text == "abc"
    told = [reading.at(frame).message["choices"][0]["message"]["content"] for frame in (2, 3, 4)]
    assert told == ["a", "a", "ac"]
