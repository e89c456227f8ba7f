"""Cohere streams: merged by the rule in docs/protocols.md, shown as blocks, and what is remarked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playhead.protocols.blocks import BlockKind
from playhead.protocols.reading import Reading

from .reads import canonical, read

FOLDER = Path(__file__).parent / "streams" / "cohere"
STREAMS = sorted(FOLDER.glob("*.sse"))
REMARKS = {
    "bad-arguments": ["invalid_tool_input"],
    "behind-the-end": ["after_terminator"],
    "behind-the-end-of-content": ["delta_after_stop"],
    "call-not-begun": ["delta_without_block"],
    "content-again": ["block_reopened"],
    "content-left-open": ["block_left_open"],
    "content-not-begun": ["delta_without_block"],
    "cut": ["no_terminator"],
    "error": ["block_left_open", "error_event"],
    "gap": ["index_gap"],
    "mismatch": ["delta_mismatch"],
    "no-start": ["no_start"],
    "not-json": ["not_json", "unexpected_shape"],
    "second-start": ["second_start"],
    "unknown-event": ["unknown_event"],
    "v1-cut": ["no_terminator"],
}
# What the deltas of these add up to depends on more than the rule for healthy streams.
HEALTHY = ["text", "thinking", "citations", "tools", "with-done", "error", "cut", "content-left-open"]


def of(name: str) -> Reading:
    return read((FOLDER / f"{name}.sse").read_bytes())


def merged(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The rule once more, for streams in which everything begins before it goes on."""
    answer: dict[str, Any] = {}
    contents: dict[int, dict[str, Any]] = {}
    calls: dict[int, dict[str, Any]] = {}
    for event in events:
        index, delta = event.get("index", 0), event.get("delta", {})
        part = delta.get("message", {})
        match event["type"]:
            case "message-start":
                answer = {"id": event["id"], "message": dict(part)}
            case "content-start":
                contents[index] = dict(part["content"])
                answer["message"]["content"].append(contents[index])
            case "content-delta":
                ((name, text),) = part["content"].items()
                contents[index][name] += text
            case "tool-plan-delta":
                answer["message"]["tool_plan"] += part["tool_plan"]
            case "tool-call-start":
                calls[index] = part["tool_calls"]
                answer["message"]["tool_calls"].append(calls[index])
            case "tool-call-delta":
                calls[index]["function"]["arguments"] += part["tool_calls"]["function"]["arguments"]
            case "citation-start":
                answer["message"]["citations"].append(part["citations"])
            case "message-end":
                answer |= delta
    return answer


def events_of(body: bytes) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in body.decode().split("\n") if line.startswith("data: {")]
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", [None, 1, 7])
def test_what_is_remarked(path: Path, size: int | None) -> None:
    reading = read(path.read_bytes(), size=size)
    assert reading.protocol.name == "cohere"
    assert [remark.kind.value for remark in reading.remarks] == REMARKS.get(path.stem, [])


@pytest.mark.parametrize("name", HEALTHY)
def test_after_every_event_the_message_is_what_the_rule_says(name: str) -> None:
    body = (FOLDER / f"{name}.sse").read_bytes()
    reading = read(body)
    for number in range(1, len(events_of(body)) + 1):
        assert canonical(reading.at(number).message) == canonical(merged(events_of(body)[:number]))


def test_facts() -> None:
    final = of("text").final()
    assert (final.text, final.id, final.role, final.stop_reason) == (
        "Clear skies",
        "m-1",
        "assistant",
        "COMPLETE",
    )
    assert (final.input_tokens, final.output_tokens, final.is_complete) == (40, 5, True)
    assert not of("text").at(5).is_complete


def test_blocks() -> None:
    plan, tide, clock = of("tools").final().blocks
    assert (plan.kind, plan.type, plan.text) == (BlockKind.THINKING, "tool_plan", "I will look.")
    assert (tide.kind, tide.name, tide.id, tide.input) == (
        BlockKind.TOOL_CALL,
        "tide",
        "tide_1",
        {"port": "Brest"},
    )
    assert (clock.name, clock.text) == ("clock", "")
    assert [block.is_open for block in of("tools").at(5).blocks] == [False, True]
    assert of("tools").at(5).blocks[1].text == '{"port"'
    thinking, text = of("thinking").final().blocks
    assert (thinking.kind, thinking.text, text.text) == (BlockKind.THINKING, "Let me see.", "Yes.")
    for name in ("text", "thinking", "tools", "citations"):
        assert not any(block.is_open for block in of(name).final().blocks)


def test_citations_stand_with_the_text() -> None:
    (block,) = of("citations").final().blocks
    assert [citation["text"] for citation in block.citations if isinstance(citation, dict)] == ["Cod", "Kelp"]
    assert len(of("citations").at(4).blocks[0].citations) == 1


def test_an_error_at_the_end() -> None:
    final = of("error").final()
    assert (final.error, final.stop_reason, final.text) == ("out of memory", "ERROR", "Half")


def test_what_should_not_be_there_is_shown() -> None:
    assert of("content-not-begun").final().text == "a"
    assert of("behind-the-end-of-content").final().text == "ab"
    assert of("mismatch").final().text == "a"
    assert [block.type for block in of("unknown-event").final().blocks] == ["weather-start", "text"]
    assert [block.data or block.text for block in of("not-json").final().blocks] == ["{no", [1]]


def test_the_older_events() -> None:
    reading = of("v1")
    assert reading.at(3).message == {"generation_id": "g", "text": "Old way"}
    final = reading.final()
    assert isinstance(final.message, dict)
    assert final.message["text"] == "Old way"
    assert (final.text, final.id, final.stop_reason, final.output_tokens) == ("Old way", "g", "COMPLETE", 2)
    text, call = final.blocks
    assert len(text.citations) == 1
    assert (call.name, call.input) == ("tide", {"port": "Brest"})


def test_an_answer_that_is_no_stream() -> None:
    body = {
        "id": "m",
        "finish_reason": "TOOL_CALL",
        "message": {
            "role": "assistant",
            "tool_plan": "I look.",
            "content": [{"type": "text", "text": "Well"}],
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        "usage": {"tokens": {"input_tokens": 1, "output_tokens": 2}},
    }
    url = "https://api.cohere.com/v2/chat"
    reading = read(json.dumps(body).encode(), url=url, content_type="application/json")
    assert reading.protocol.name == "cohere"
    assert list(reading.remarks) == []
    assert (reading.final().text, reading.final().output_tokens, reading.final().is_complete) == (
        "Well",
        2,
        True,
    )
    assert [block.kind for block in reading.final().blocks] == ["thinking", "text", "tool_call"]
    reading = read(b'{"message":"too many"}', url=url, status=429, content_type="application/json")
    assert (reading.final().error, [remark.kind.value for remark in reading.remarks]) == (
        "too many",
        ["error_body"],
    )


_values = st.sampled_from([None, True, 0, 2, "x", [], {}, [1], {"text": 1}, {"message": {"content": []}}])
_types = [
    "message-start",
    "content-start",
    "content-delta",
    "content-end",
    "tool-call-start",
    "tool-call-delta",
]
_events = st.fixed_dictionaries(
    {"type": st.sampled_from([*_types, "tool-call-end", "tool-plan-delta", "citation-start", "message-end"])},
    optional={
        "index": _values,
        "delta": _values,
        "event_type": st.sampled_from(["text-generation", "stream-end"]),
    },
)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([path for path in STREAMS if path.stem != "not-json"]),
    st.lists(_events, max_size=5),
    st.randoms(),
)
def test_no_event_breaks_the_reader(path: Path, added: list[dict[str, Any]], random: Any) -> None:
    events = events_of(path.read_bytes()) + added
    random.shuffle(events)
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    reading = read(body, "cohere")
    assert "reader_failed" not in [remark.kind.value for remark in reading.remarks]
    assert len(reading) == len(events)
    for number in range(len(reading) + 1):
        canonical(reading.at(number).message)
