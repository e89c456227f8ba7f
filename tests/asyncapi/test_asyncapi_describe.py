"""`playhead describe`: every event fits the description of its cassette; no recorded value stands in it."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import playhead
from playhead import asyncapi, samples
from playhead.asyncapi.describe import Spec, describe
from playhead.asyncapi.observe import observe
from playhead.asyncapi.safe import address_of, is_name, is_word
from playhead.cli import describe as command
from playhead.errors import MissingExtra

SECRET = "sk-ant-api03-" + "Zq8" * 12


def described(*exchanges, spec=Spec.V2_6):
    return describe(observe(exchanges), spec=spec)


def messages(document):
    return document["components"]["messages"]


def load(document):
    return asyncapi.load(json.dumps(document).encode(), "described")


@pytest.mark.parametrize("spec", list(Spec))
def test_samples_fit_their_description(spec, official):
    cassettes = [playhead.load(playhead.sample(name)) for name in samples.names()]
    exchanges = [exchange for cassette in cassettes for exchange in cassette.exchanges]
    document = described(*exchanges, spec=spec)
    assert official(document) == []
    contract = asyncapi.Contract(load(document))
    assert [finding for exchange in exchanges for finding in contract.validate(exchange)] == []
    counts = [message["x-events"] for message in messages(document).values()]
    assert sum(counts) == sum(frame.kind == "event" for each in exchanges for frame in each.frames)


def test_channels_are_paths_and_messages_names(exchange_of):
    document = described(
        exchange_of(
            ("tide", {"level": 1}), ("tide", {"level": 2.5, "port": None}), url="https://h.test/v1/tides?k=1"
        ),
        exchange_of(("storm", []), ("storm", [{"a": 1}, {}]), url="https://h.test/storms/"),
    )
    assert list(document["channels"]) == ["/v1/tides", "/storms"]
    assert document["channels"]["/v1/tides"]["subscribe"]["message"] == {"$ref": "#/components/messages/tide"}
    assert messages(document)["tide"] == {
        "name": "tide",
        "contentType": "application/json",
        "payload": {
            "type": "object",
            "required": ["level"],
            "properties": {"level": {"type": "number"}, "port": {"type": "null"}},
        },
        "x-events": 2,
        "messageId": "tide",
    }
    assert messages(document)["storm"]["payload"] == {
        "type": "array",
        "items": {"type": "object", "properties": {"a": {"type": "integer"}}},
    }


def test_version_3_has_operations(exchange_of, official):
    document = described(exchange_of(("tide", {}), url="https://h.test/v1/tides"), spec=Spec.V3_0)
    assert official(document) == []
    assert document["channels"]["v1-tides"]["address"] == "/v1/tides"
    assert document["operations"]["send-v1-tides"] == {
        "action": "send",
        "channel": {"$ref": "#/channels/v1-tides"},
        "messages": [{"$ref": "#/channels/v1-tides/messages/tide"}],
    }


def test_events_without_a_name_are_told_apart_by_their_discriminator(exchange_of, findings):
    events = [
        (None, {"object": "chat.completion.chunk", "id": "a"}),
        (None, {"error": {"message": "no"}}),
        (None, {"type": "response.created", "n": 1}),
        (None, "[DONE]"),
    ]
    document = described(exchange_of(*events))
    assert list(messages(document)) == ["chat.completion.chunk", "message", "response.created", "done"]
    assert {message["name"] for message in messages(document).values()} == {"message"}
    assert messages(document)["done"]["payload"] == {"type": "string", "const": "[DONE]"}
    assert messages(document)["done"]["contentType"] == "text/plain"
    assert findings(load(document), *events) == []
    found = findings(load(document), (None, {"type": "response.created", "n": "1"}), (None, "[OVER]"))
    assert [each.frame for each in found] == [1, 2]


def test_objects_are_told_apart_within(exchange_of):
    events = [
        ("d", {"delta": {"type": "text", "text": "a"}}),
        ("d", {"delta": {"type": "json", "part": "{"}}),
    ]
    payload = messages(described(exchange_of(*events)))["d"]["payload"]
    delta = payload["properties"]["delta"]
    assert (delta["discriminator"], delta["required"]) == ("type", ["type"])
    assert [each["properties"]["type"]["const"] for each in delta["oneOf"]] == ["text", "json"]
    assert delta["oneOf"][1]["required"] == ["type", "part"]


def test_text_is_described_as_text(exchange_of, findings):
    events = (("log", "low water"), ("log", "42"), ("log", "[DONE]"))
    document = described(exchange_of(*events))
    assert messages(document)["log"]["contentType"] == "text/plain"
    assert messages(document)["log"]["payload"] == {"type": "string"}
    assert messages(document)["log"]["x-events"] == 3
    assert findings(load(document), *events) == []


def test_no_value_stands_in_a_description(exchange_of):
    secrets = [SECRET, "alice@example.test", "Berlin", "4111111111111111", "hunter2", "Kiel-42", "3.14159"]
    payload = {
        "type": "note",
        "text": SECRET,
        "who": {"type": SECRET, "object": "Alice Example", "mail": "alice@example.test"},
        "by": {"alice@example.test": {"hits": 1}, SECRET: {"hits": 2}, "4111111111111111": {"hits": 3}},
        "input": {"city": "Berlin", "hunter2": {"type": "hunter2"}},
        "list": ["Kiel-42", 3.14159],
    }
    document = described(
        exchange_of(
            ("note", payload),
            ("free", "Berlin Kiel-42"),
            url=f"https://u:hunter2@h.test/b/{SECRET}/x?key={SECRET}",
        ),
        exchange_of(("note", payload), url="https://h.test/b/0f8fad5b-d9cb-469f-a165-70867728950e/x"),
    )
    text = json.dumps(document)
    assert [secret for secret in [*secrets, "Alice", "0f8fad5b", "city"] if secret in text] == []
    assert list(document["channels"]) == ["/b/{id}/x"]
    assert document["channels"]["/b/{id}/x"]["x-exchanges"] == 2
    by = messages(document)["note"]["payload"]["properties"]["by"]
    assert by == {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "required": ["hits"],
            "properties": {"hits": {"type": "integer"}},
        },
    }


@pytest.mark.parametrize(
    "word",
    [
        "text_delta",
        "chat.completion.chunk",
        "response.output_text.delta",
        "code_execution_20250825",
        "ChatChunk",
        "message-start",
    ],
)
def test_words_that_tell_apart(word):
    assert is_word(word)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "Berlin",
        "Berlin 7",
        "alice@example.test",
        SECRET,
        "4111111111111111",
        "a8f3k2m9x0q1",
        "Zq8Zq8Zq8Zq8",
        "x" * 90,
        "a\nb",
    ],
)
def test_values_that_are_no_words(word):
    assert not is_word(word)


def test_names_of_members():
    assert all(map(is_name, ["text", "ephemeral_5m_input_tokens", "@type", "$ref", "_x", "inputTokens"]))
    assert not any(map(is_name, ["", "a b", "alice@example.test", SECRET, "1", "user_123456789012", "é"]))


def test_addresses():
    assert address_of("/v1beta/models/gemini-2.0-flash:streamGenerateContent")[1] == ()
    assert address_of("/v1/threads/thread_8fK2m5Qw1x/runs") == ("/v1/threads/{id}/runs", ("id",))
    assert address_of("/a/1234567890/b/0987654321") == (
        "/a/{id}/b/{id1}".replace("id1", "id2"),
        ("id", "id2"),
    )


def test_values_as_discriminators_are_given_up(exchange_of, findings):
    letters = "abcdefghij"
    events = [("e", {"type": a + b, "n": 1}) for a in letters for b in letters]
    document = described(exchange_of(*events))
    assert messages(document)["e"]["payload"] == {
        "type": "object",
        "required": ["type", "n"],
        "properties": {"type": {"type": "string"}, "n": {"type": "integer"}},
    }
    assert findings(load(document), *events) == []


NAMES = st.sampled_from(["a", "type", "object", "input", "x y", "args", "k1"]) | st.text(max_size=4)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.sampled_from(["text", "json", "[DONE]", "Not a word"])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=10,
)
DATA = VALUES.map(json.dumps) | st.sampled_from(["[DONE]", "", "plain", "{", "7", "NaN"])
EVENTS = st.lists(
    st.tuples(st.sampled_from([None, "tide", "storm", "a b/é", "message-text"]), DATA), max_size=8
)
URLS = st.sampled_from(
    [None, "https://h.test/a", "https://h.test/b/{x}/", "https://h.test/b/thread_8fK2m5Qw1x"]
)


def stream(events):
    parts = []
    for name, data in events:
        parts.append(
            (f"event: {name}\n" if name else "")
            + "".join(f"data: {line}\n" for line in data.split("\n"))
            + "\n"
        )
    return "".join(parts).encode()


def cassette(folder, number, url, events):
    path = Path(folder) / f"{number}.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        if url:
            exchange.request(playhead.Request(method="GET", url=url, t=0.0))
        exchange.response(
            playhead.Response(status=200, headers=(("content-type", "text/event-stream"),), t=0.1)
        )
        exchange.chunk(stream(events), 0.2)
        exchange.end(playhead.EndingKind.COMPLETE, 0.3)
    return playhead.load(path)[1]


def fits(recorded, official):
    with tempfile.TemporaryDirectory() as folder:
        exchanges = [cassette(folder, number, *each) for number, each in enumerate(recorded)]
        for spec in Spec:
            document = described(*exchanges, spec=spec)
            assert official(document) == []
            contract = asyncapi.Contract(load(document))
            assert [finding for exchange in exchanges for finding in contract.validate(exchange)] == []
        del exchanges


@settings(max_examples=25, deadline=None)
@given(recorded=st.lists(st.tuples(URLS, EVENTS), min_size=1, max_size=3))
def test_events_fit_the_description_of_their_cassettes(recorded, official):
    fits(recorded, official)


@pytest.mark.soak
def test_events_fit_the_description_of_their_cassettes_at_length(soak, official):
    @settings(max_examples=2000 if soak else 5, deadline=None)
    @given(recorded=st.lists(st.tuples(URLS, EVENTS), min_size=1, max_size=3))
    def trial(recorded):
        fits(recorded, official)

    trial()


def test_depth_has_an_end(exchange_of, findings):
    events = (("deep", '{"a":' * 120 + "[1]" + "}" * 120), ("deep", {"a": {"b": 1}}))
    document = described(exchange_of(*events))
    assert findings(load(document), *events) == []


def test_the_command_writes_json_that_lint_reads(run, cassette_of, tmp_path, official):
    path = cassette_of(("tide", {"level": "né"}), ("tide", {"level": "x"}))
    done = run("describe", path, "--title", "Tidés")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    document = json.loads(done.stdout)
    assert (document["asyncapi"], document["info"]["title"]) == ("2.6.0", "Tidés")
    assert official(document) == []
    (tmp_path / "tides.json").write_bytes(done.stdout)
    fits = run("lint", path, "--asyncapi", "tides.json", "--select", "asyncapi")
    assert fits.returncode == 0, fits.stdout
    other = cassette_of(("tide", {"level": 7}), ("storm", {}))
    broken = run("lint", other, "--asyncapi", "tides.json", "--select", "asyncapi", "--format", "json")
    assert broken.returncode == 1
    assert [(each["rule"], each["frame"]) for each in json.loads(broken.stdout)["findings"]] == [
        ("asyncapi-invalid-message", 1),
        ("asyncapi-unknown-message", 2),
    ]


def test_the_command_writes_yaml(run, cassette_of, tmp_path):
    path = cassette_of(("tide", {"on": "yes", "type": "no"}))
    done = run("describe", path, "--format", "yaml", "--spec", "3.0")
    assert done.returncode == 0
    assert b"&id" not in done.stdout
    (tmp_path / "tides.yaml").write_bytes(done.stdout)
    assert run("lint", path, "--asyncapi", "tides.yaml", "--select", "asyncapi").returncode == 0


def test_what_is_no_stream_is_left_out_and_said(run, cassette_of):
    done = run(
        "describe", cassette_of(("tide", {}), content_type="application/json"), cassette_of(("tide", {}))
    )
    assert done.returncode == 0
    assert done.stderr == b"1 exchange left out: no stream of events\n"
    assert list(json.loads(done.stdout)["components"]["messages"]) == ["tide"]


def test_a_cassette_that_cannot_be_read_is_told(run, cassette_of, tmp_path):
    (tmp_path / "bad.cassette.jsonl").write_text("nonsense\n")
    assert run("describe", "bad.cassette.jsonl").returncode == 3
    done = run("describe", "bad.cassette.jsonl", cassette_of(("tide", {})))
    assert done.returncode == 3
    assert "tide" in json.loads(done.stdout)["components"]["messages"]
    assert run("describe").returncode == 2


def test_shipped_documents_are_found_by_name_and_others_by_path(run, cassette_of):
    path = cassette_of(("ping", {"type": "ping"}), ("pong", {"type": "pong"}))
    done = run("lint", path, "--asyncapi", "anthropic-messages", "--select", "asyncapi", "--format", "json")
    assert done.returncode == 1
    assert [each["rule"] for each in json.loads(done.stdout)["findings"]] == ["asyncapi-unknown-message"]
    gone = run("lint", path, "--asyncapi", "no-such-document")
    assert gone.returncode == 3
    assert b"anthropic-messages, openai-chat" in gone.stderr
    channel = run("lint", path, "--asyncapi", "anthropic-messages", "--channel", "/nope")
    assert channel.returncode == 2
    assert b"It has: /messages" in channel.stderr
    assert b"anthropic-messages,openai-chat" in b"".join(run("lint", "--help").stdout.split())


def test_yaml_without_pyyaml_is_told_before_anything_is_read(monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    done = CliRunner().invoke(command.describe, ["no-such-file", "--format", "yaml"])
    assert isinstance(done.exception, MissingExtra)
    assert done.exception.extra == "lint"


def test_describing_needs_no_extra(monkeypatch):
    for module in ("yaml", "jsonschema"):
        monkeypatch.setitem(sys.modules, module, None)
    done = CliRunner().invoke(command.describe, [str(playhead.sample("cut"))])
    assert done.exit_code == 0, done.output
    assert "content_block_delta" in json.loads(done.stdout)["components"]["messages"]
