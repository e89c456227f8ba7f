"""The shipped documents: valid by the official schema, kind to real streams, strict with broken ones."""

from __future__ import annotations

import copy
import json

import pytest

import playhead
from playhead import asyncapi, samples
from playhead.documents import document, names
from playhead.errors import UsageError

ANTHROPIC_EVENTS = [
    "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
    "message_stop", "ping", "error",
]  # fmt: skip

START = {
    "type": "message_start",
    "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 1},
    },
}  # fmt: skip
DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Tide"}}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}}
CHUNK = {
    "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
    "choices": [{"index": 0, "delta": {"content": "Tide"}, "finish_reason": None}],
}  # fmt: skip


def block(**members):
    return {"type": "content_block_start", "index": 0, "content_block": members}


def delta(**members):
    return {"type": "content_block_delta", "index": 0, "delta": members}


def changed(payload, path, value):
    """A copy of `payload` with the member at `path` set to `value`, or taken away where it is `...`."""
    made = copy.deepcopy(payload)
    *way, last = path.split(".")
    inner = made
    for key in way:
        inner = inner[int(key)] if isinstance(inner, list) else inner[key]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return made


@pytest.mark.parametrize("name", names())
def test_document_is_valid_by_the_official_schema(name, official):
    assert official(json.loads(document(name).read_bytes())) == []


def test_anthropic_document_is_what_was_promised():
    value = json.loads(document("anthropic-messages").read_bytes())
    assert value["asyncapi"] == "2.6.0"
    assert value["info"]["title"] == "Anthropic Claude Messages Streaming API"
    operation = value["channels"]["/messages"]["subscribe"]
    assert operation["operationId"] == "subscribeMessagesStream"
    assert operation["summary"] == "Receive Anthropic Claude Messages streaming events over HTTP+SSE"
    messages = value["components"]["messages"]
    assert [each["$ref"].rsplit("/", 1)[1] for each in operation["message"]["oneOf"]] == ANTHROPIC_EVENTS
    for name in ANTHROPIC_EVENTS:
        assert messages[name]["name"] == name
        assert messages[name]["contentType"] == "application/json"
        assert messages[name]["payload"]


@pytest.mark.parametrize("name", names())
def test_examples_in_the_document_fit_their_messages(name, shipped, findings):
    messages = json.loads(document(name).read_bytes())["components"]["messages"].values()
    events = [(each["name"], each["examples"][0]["payload"]) for each in messages if "examples" in each]
    assert len(events) >= 3
    assert findings(shipped(name), *events) == []


@pytest.mark.parametrize("sample", samples.names())
def test_samples_fit_the_document_of_their_provider(sample, shipped):
    exchange = playhead.load(playhead.sample(sample))[1]
    fitting = "anthropic-messages" if exchange.request.url.endswith("/messages") else "openai-chat"
    assert list(asyncapi.validate(exchange, shipped(fitting))) == []
    other = {"anthropic-messages", "openai-chat"} - {fitting}
    assert list(asyncapi.validate(exchange, shipped(other.pop())))


FITS = [
    ("message_start", START),
    ("message_start", changed(START, "message.usage", ...)),
    ("message_start", changed(START, "message.made_up", {"any": 1})),
    ("ping", {"type": "ping"}),
    ("content_block_delta", DELTA),
    ("content_block_delta", delta(type="input_json_delta", partial_json="")),
    ("content_block_delta", delta(type="thinking_delta", thinking="hm", estimated_tokens=3)),
    ("content_block_delta", delta(type="signature_delta", signature="s")),
    ("content_block_delta", delta(type="compaction_delta", content=None, encrypted_content="x")),
    (
        "content_block_delta",
        delta(
            type="citations_delta",
            citation={
                "type": "char_location",
                "cited_text": "a",
                "document_index": 0,
                "document_title": None,
                "start_char_index": 0,
                "end_char_index": 1,
            },
        ),
    ),
    ("content_block_start", block(type="text", text="", citations=[])),
    (
        "content_block_start",
        block(type="tool_use", id="t", name="n", input={"a": [1]}, caller={"type": "direct"}),
    ),
    ("content_block_start", block(type="fallback", **{"from": {"model": "a"}, "to": {"model": "b"}})),
    (
        "content_block_start",
        block(
            type="web_search_tool_result",
            tool_use_id="t",
            content={"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"},
        ),
    ),
    ("message_delta", END),
    ("message_delta", changed(END, "delta.stop_reason", None)),
    ("message_stop", {"type": "message_stop"}),
    ("error", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
]


@pytest.mark.parametrize(("event", "payload"), FITS)
def test_what_the_api_sends_fits(event, payload, shipped, findings):
    assert findings(shipped("anthropic-messages"), (event, payload)) == []


BREAKS = [
    ("message_start", changed(START, "message", ...), "$: 'message' is missing"),
    ("message_start", changed(START, "message.id", ...), "$.message: 'id' is missing"),
    (
        "message_start",
        changed(START, "message.role", "user"),
        "$.message.role: expected 'assistant', found 'user'",
    ),
    (
        "message_start",
        changed(START, "message.content", {}),
        "$.message.content: expected array, found object",
    ),
    (
        "message_start",
        changed(START, "message.usage.input_tokens", "3"),
        "$.message.usage.input_tokens: expected integer, found string",
    ),
    (
        "message_start",
        changed(START, "message.usage.input_tokens", -1),
        "$.message.usage.input_tokens: breaks minimum",
    ),
    ("message_start", DELTA, "$.type: expected 'message_start', found 'content_block_delta'"),
    ("content_block_delta", changed(DELTA, "index", ...), "$: 'index' is missing"),
    ("content_block_delta", changed(DELTA, "index", "0"), "$.index: expected integer, found string"),
    ("content_block_delta", changed(DELTA, "delta.text", ...), "$.delta: 'text' is missing"),
    ("content_block_delta", changed(DELTA, "delta.text", None), "$.delta.text: expected string, found null"),
    ("content_block_delta", changed(DELTA, "delta.type", ...), "$.delta: 'type' is missing"),
    ("content_block_delta", changed(DELTA, "delta", "Tide"), "$.delta: expected object, found string"),
    (
        "content_block_delta",
        delta(type="input_json_delta", partial_json={}),
        "$.delta.partial_json: expected string",
    ),
    ("content_block_start", block(type="tool_use", id="t", name="n"), "$.content_block: 'input' is missing"),
    (
        "content_block_start",
        block(type="tool_use", id="t", name="n", input="{}"),
        "$.content_block.input: expected object",
    ),
    ("message_delta", changed(END, "usage", ...), "$: 'usage' is missing"),
    (
        "message_delta",
        changed(END, "delta.stop_reason", 1),
        "$.delta.stop_reason: expected string or null, found integer",
    ),
    ("error", {"type": "error", "error": "Overloaded"}, "$.error: expected object, found string"),
    ("message_stop", {}, "$: 'type' is missing"),
    ("ping", [], "$: expected object, found array"),
]


@pytest.mark.parametrize(("event", "payload", "says"), BREAKS)
def test_what_breaks_the_api_is_an_error_with_its_place(event, payload, says, shipped, findings):
    found = findings(shipped("anthropic-messages"), ("ping", {"type": "ping"}), (event, payload))
    assert {(each.rule, each.severity.value, each.frame) for each in found} == {
        ("asyncapi-invalid-message", "error", 2)
    }
    assert any(each.message.startswith(f"{event}: {says}") for each in found), [
        each.message for each in found
    ]


NEW = [
    ("content_block_delta", delta(type="hologram_delta", ray=1), "$.delta.type: 'hologram_delta'"),
    ("content_block_start", block(type="hologram"), "$.content_block.type: 'hologram'"),
    ("message_delta", changed(END, "delta.stop_reason", "bored"), "$.delta.stop_reason: 'bored'"),
    ("error", {"type": "error", "error": {"type": "tea_error", "message": "x"}}, "$.error.type: 'tea_error'"),
]


@pytest.mark.parametrize(("event", "payload", "says"), NEW)
def test_what_came_after_the_document_is_a_warning(event, payload, says, shipped, findings):
    (found,) = findings(shipped("anthropic-messages"), (event, payload))
    assert (found.rule, found.severity.value) == ("asyncapi-unknown-value", "warning")
    assert found.message.startswith(f"{event}: {says} is not among")


def test_an_unknown_event_and_one_without_a_name_are_told(shipped, findings):
    found = findings(
        shipped("anthropic-messages"), ("hologram", {"type": "hologram"}), (None, DELTA), ": keep-alive\n\n"
    )
    assert [(each.rule, each.frame) for each in found] == [
        ("asyncapi-unknown-message", 1),
        ("asyncapi-unknown-message", 2),
    ]
    assert "without a name" in found[1].message


def test_data_that_is_no_json_is_told(shipped, findings):
    found = findings(shipped("anthropic-messages"), ("ping", "pong {"), ("ping", ""))
    assert [(each.rule, each.severity.value, each.frame) for each in found] == [
        ("asyncapi-not-json", "error", 1),
        ("asyncapi-not-json", "error", 2),
    ]


CHAT_FITS = [
    (None, CHUNK),
    (None, changed(CHUNK, "choices", [])),
    (None, changed(CHUNK, "usage", {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3})),
    (None, changed(changed(CHUNK, "object", ""), "choices", [])),
    (None, changed(CHUNK, "choices.0.delta", ...)),
    (None, changed(CHUNK, "choices.0.delta.content", [{"type": "text", "text": "x"}])),
    (None, {"error": {"message": "no", "code": 429}}),
    ("error", {"error": {"message": "no"}}),
    (None, "[DONE]"),
]
CHAT_BREAKS = [
    ((None, changed(CHUNK, "choices", ...)), "chunk: $: 'choices' is missing"),
    ((None, changed(CHUNK, "choices.0.index", ...)), "chunk: $.choices[0]: 'index' is missing"),
    (
        (None, changed(CHUNK, "choices.0.delta.content", 7)),
        "chunk: $.choices[0].delta.content: fits none of 2",
    ),
    ((None, changed(CHUNK, "usage", {"prompt_tokens": 1})), "chunk: $.usage: 'completion_tokens' is missing"),
    ((None, {"error": "no"}), "failure: $.error: expected object, found string"),
    (("error", {"message": "no"}), "error: $: 'error' is missing"),
]


@pytest.mark.parametrize("event", CHAT_FITS)
def test_what_chat_providers_send_fits(event, shipped, findings):
    assert findings(shipped("openai-chat"), event) == []


@pytest.mark.parametrize(("event", "says"), CHAT_BREAKS)
def test_what_breaks_chat_is_an_error_with_its_place(event, says, shipped, findings):
    found = findings(shipped("openai-chat"), event)
    assert found
    assert found[0].rule == "asyncapi-invalid-message"
    assert found[0].message.startswith(says), found[0].message


def test_chat_events_of_another_kind_are_unknown(shipped, findings):
    found = findings(
        shipped("openai-chat"), (None, {"type": "response.created"}), (None, "[DONE] "), (None, "{")
    )
    assert [each.rule for each in found] == [
        "asyncapi-unknown-message", "asyncapi-not-json", "asyncapi-not-json",
    ]  # fmt: skip


def test_a_document_of_no_name_is_refused():
    with pytest.raises(UsageError, match="no document is named 'nope'"):
        document("nope")
