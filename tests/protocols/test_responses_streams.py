"""Responses streams of our own: the message is the SDK's, as written beside each; and the remarks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from playhead.protocols.blocks import Block, BlockKind
from playhead.protocols.reading import Answer, Reading
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Decoder

from .reads import canonical, read

FOLDER = Path(__file__).parent / "streams" / "openai_responses"
STREAMS = sorted(path.stem for path in FOLDER.glob("*.sse"))

REMARKS = {
    "after_terminator": ["after_terminator", "unknown_event"],
    "answer_differs": ["done_differs"],
    "apply_patch": ["unknown_event", "unknown_event"],
    "bare_error": ["error_body", "client_ignores"],
    "continued": ["no_start"],
    "delta_after_done": ["delta_after_stop", "done_differs"],
    "delta_no_text": ["unexpected_shape", "no_terminator"],
    "delta_without_item": ["delta_without_block"],
    "delta_without_part": ["delta_without_block"],
    "done_differs": ["done_differs"],
    "empty": ["no_terminator"],
    "error_flat": ["error_event"],
    "error_in_delta": ["error_event"],
    "error_nested": ["error_event"],
    "failed": ["error_event"],
    "invalid_arguments": ["invalid_tool_input"],
    "item_twice": ["block_reopened"],
    "keepalive": ["unknown_event"],
    "left_open": ["block_left_open"],
    "mismatch": ["delta_mismatch", "delta_mismatch"],
    "mismatch_between": ["delta_mismatch", "no_terminator"],
    "not_json": ["not_json"],
    "not_object": ["unexpected_shape", "no_terminator"],
    "part_twice": ["block_reopened"],
    "reasoning_part": ["unknown_event", "unknown_event"],
    "response_id_changed": ["id_changed"],
    "second_created": ["second_start"],
    "sentinel_early": ["after_terminator", "no_terminator"],
    "sequence_gap": ["sequence_gap", "done_differs"],
    "sequence_repeats": ["sequence_gap", "sequence_gap", "done_differs"],
    "tail": ["no_terminator"],
    "thread_event": ["error_event", "unexpected_shape", "after_terminator"],
    "truncated": ["no_terminator"],
    "truncated_call": ["no_terminator"],
    "unknown_event": ["unknown_event"],
    "unknown_item": ["unknown_block"],
    "usage_shrinks": ["usage_shrank"],
    "wrong_delta": ["delta_mismatch", "no_terminator"],
}
"""All remarks of the streams that have any, but that the client raises: that stands in the answers."""


def body_of(name: str) -> bytes:
    return (FOLDER / f"{name}.sse").read_bytes()


def reading_of(name: str) -> Reading:
    return read(body_of(name), "openai-responses")


def blocks_of(name: str) -> list[Block]:
    return list(reading_of(name).final().blocks)


def raised(reading: Reading) -> list[str | None]:
    return [remark.raises for remark in reading.remarks if remark.kind is RemarkKind.CLIENT_RAISES]


@pytest.mark.parametrize("name", STREAMS)
def test_the_message_is_what_the_sdk_has(name: str) -> None:
    answer = json.loads((FOLDER / f"{name}.json").read_text())
    reading = reading_of(name)
    expected = answer["final"] if answer["final"] is not None else answer["partial"]
    assert canonical(reading.final().message) == canonical(expected)
    classes = [(text or "").removeprefix("openai.") for text in raised(reading)]
    assert classes == ([answer["error"]["type"]] if answer["error"] else [])


@pytest.mark.parametrize("name", STREAMS)
def test_chunks_change_nothing(name: str) -> None:
    body = body_of(name)
    whole = reading_of(name)
    for size in (1, 7, 1000):
        cut = read(body, "openai-responses", size=size)
        assert list(cut.remarks) == list(whole.remarks)
        for frame in range(len(whole) + 1):
            assert canonical(cut.at(frame).message) == canonical(whole.at(frame).message)


@pytest.mark.parametrize("name", ["text", "function_call", "crlf"])
def test_any_split_in_two_changes_nothing(name: str) -> None:
    body = body_of(name)
    whole = canonical(reading_of(name).final().message)
    for at in range(0, len(body), 7):
        reading, decoder = Reading(Answer(), protocol="openai-responses"), Decoder()
        for part in (body[:at], body[at:]):
            reading.feed(decoder.feed(part))
        reading.feed(decoder.close())
        reading.close()
        assert canonical(reading.final().message) == whole


@pytest.mark.parametrize("name", STREAMS)
def test_the_remarks_are_these_and_no_others(name: str) -> None:
    found = [
        remark.kind.value
        for remark in reading_of(name).remarks
        if remark.kind is not RemarkKind.CLIENT_RAISES
    ]
    assert found == REMARKS.get(name, [])


# The two others have no events.
@pytest.mark.parametrize("name", sorted(set(STREAMS) - {"empty", "bare_error"}))
def test_streams_are_recognised_by_their_events(name: str) -> None:
    assert read(body_of(name)).protocol.name == "openai-responses"


def shown(block: Block) -> tuple[str, str, str]:
    return block.kind.value, block.type, block.text


def test_text_grows_with_each_delta_and_closes_with_its_part() -> None:
    reading = reading_of("text")
    assert shown(reading.final().blocks[0]) == (
        "text",
        "output_text",
        "The tide turns at seven, and the ferry waits for nobody who is late for it.",
    )
    after_two = reading.at(6)
    assert after_two.text == "The tide turns "
    assert after_two.blocks[0].added == (9, 15)
    assert after_two.blocks[0].is_open
    assert reading.final().blocks[0].closed == 10
    assert list(reading.record.grown_frames) == [5, 6, 7, 8]


def test_the_facts_come_from_the_response() -> None:
    final = reading_of("text").final()
    assert (final.id, final.model, final.role) == ("resp_7", "model-1", "assistant")
    assert (final.stop_reason, final.input_tokens, final.output_tokens) == ("completed", 12, 5)
    assert final.is_complete
    assert reading_of("text").at(1).stop_reason is None


def test_an_incomplete_response_is_over_and_says_why() -> None:
    final = reading_of("incomplete").final()
    assert final.stop_reason == "max_output_tokens"
    assert final.is_complete


def test_a_failed_response_tells_its_error() -> None:
    final = reading_of("failed").final()
    assert final.error == {"code": "server_error", "message": "The engine room is flooded."}
    assert final.stop_reason == "failed"


def test_an_error_event_stops_the_client_and_not_the_reading() -> None:
    reading = reading_of("error_nested")
    assert raised(reading) == ["openai.APIError"]
    assert reading.final().message == reading.at(4).message
    assert reading.final().text == "The tide "


def test_reasoning_is_shown_from_the_moment_it_is_added() -> None:
    reading = reading_of("reasoning_summary")
    assert [shown(block) for block in reading.at(3).blocks] == [("thinking", "reasoning", "")]
    assert [shown(block) for block in reading.final().blocks] == [
        ("thinking", "reasoning", "Tides first."),
        ("thinking", "summary_text", "Then ferries."),
    ]
    assert reading.final().blocks[1].signature == "c2VhbGVkIHRob3VnaHQ="


def test_tool_calls_have_a_name_an_id_and_their_input_as_far_as_it_came() -> None:
    reading = reading_of("function_call")
    call = reading.at(5).blocks[0]
    assert (call.name, call.id, call.text) == ("ferry_times", "call_1", '{"port":"north","seats":2}')
    assert reading.at(4).blocks[0].input == {}
    assert call.input == {"port": "north", "seats": 2}


def test_input_that_comes_whole_is_taken_from_the_closing_event() -> None:
    reading = reading_of("arguments_only_done")
    assert reading.final().blocks[0].input == {"port": "north", "seats": 2}
    assert list(reading.record.grown_frames) == [4]


def test_calls_that_interleave_stay_apart() -> None:
    assert [block.text for block in blocks_of("two_calls_interleaved")] == [
        '{"port":"north","seats":2}',
        '{"port":"south"}',
    ]


@pytest.mark.parametrize(
    ("name", "kinds", "texts"),
    [
        ("two_parts", ["text", "text"], ["one", "two"]),
        ("refusal", ["refusal"], ["No, not that."]),
        ("reasoning_text", ["thinking"], ["Think twice."]),
        ("reasoning_part", ["thinking"], ["Think twice."]),
        ("custom_tool", ["tool_call"], ["haul the jib"]),
        ("code_interpreter", ["tool_call", "tool_result"], ["print(6*7)", ""]),
        ("apply_patch", ["tool_call"], ["+fog\n+wind\n"]),
        ("shell", ["tool_call", "tool_call", "tool_result"], ["ls", "cat log.txt", "log.txt\nwarned\n"]),
        ("audio", ["media", "text"], ["UklGRgAA", "Ahoy there."]),
        ("program", ["tool_call", "tool_result"], ["text(1)", ""]),
        (
            "no_parts",
            ["text"],
            ["The tide turns at seven, and the ferry waits for nobody who is late for it."],
        ),
        ("created_with_output", ["text", "tool_call"], ["The tide turns.", '{"port":1}']),
        ("delta_without_item", ["text"], ["Ahoy there."]),
        ("sentinel_early", ["text"], ["The tide turns more"]),
        ("mismatch_between", ["tool_call"], ['{"a"?:1!}']),
    ],
)
def test_blocks(name: str, kinds: list[str], texts: list[str]) -> None:
    blocks = blocks_of(name)
    assert [block.kind.value for block in blocks] == kinds
    assert [block.text for block in blocks] == texts


@pytest.mark.parametrize(
    ("name", "member", "value"),
    [
        ("web_search", "action", {"type": "search", "query": "tide table"}),
        ("file_search", "queries", ["tide"]),
        ("image", "size", "1024x1024"),
        ("compaction", "encrypted_content", "c21hbGxlcg=="),
        ("unknown_item", "beam", [1, 2]),
    ],
)
def test_items_without_text_are_data(name: str, member: str, value: Any) -> None:
    data = blocks_of(name)[0].data
    assert isinstance(data, dict)
    assert data[member] == value


def test_a_status_is_told_as_it_comes() -> None:
    reading = reading_of("web_search")
    statuses = [data["status"] for n in (2, 4, 5) if isinstance(data := reading.at(n).blocks[0].data, dict)]
    assert statuses == ["in_progress", "searching", "completed"]


def test_a_partial_image_is_content() -> None:
    reading = reading_of("image")
    assert reading.at(6).added[0].kind is BlockKind.MEDIA
    data = reading.at(6).blocks[0].data
    assert isinstance(data, dict)
    assert data["partial_image_index"] == 0


def test_a_server_tool_answers_in_a_block_of_its_own() -> None:
    call, result = blocks_of("mcp")[1:]
    assert (call.name, call.input) == ("look_up", {"place": "quay"})
    assert result.kind is BlockKind.TOOL_RESULT
    assert result.text.startswith("The quay lies north")
    assert result.id == call.id


def test_annotations_are_citations() -> None:
    text = blocks_of("web_search")[1]
    assert [cited["url"] for cited in text.citations if isinstance(cited, dict)] == ["https://tides.example/"]


def test_keep_alives_are_no_content() -> None:
    record = reading_of("keepalive").record
    assert list(record.keep_alives) == [2, 3]
    assert not {2, 3} & set(record.grown_frames)
