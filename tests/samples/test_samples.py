"""The shipped samples: made anew they are the same bytes; the official clients read them as they are told."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import anthropic
import httpx2
import openai
import pytest

import playhead
from playhead import EndingKind, FrameKind, How
from playhead.samples import names, sample
from playhead.store.redact import secrets_left

REPOSITORY = Path(__file__).parents[2]
ALL = (
    *("anthropic-tools", "cut", "gateway-anthropic", "gateway-openai"),
    *("midstream-error", "openai-tools", "split-utf8", "stalled-keepalives"),
)


def exchange_of(name):
    cassette = playhead.load(sample(name))
    assert len(cassette) == 1
    return cassette[1]


def request_of(exchange):
    """What a client's caller would have passed: the body without what the client's helpers add."""
    body = json.loads(exchange.request.body)
    assert body.pop("stream") is True
    return body


class Stream(httpx2.SyncByteStream):
    """The recorded chunks, and the recorded ending."""

    def __init__(self, exchange):
        self._exchange = exchange

    def __iter__(self):
        for chunk in self._exchange.chunks:
            yield chunk.data
        if self._exchange.ending.kind is not EndingKind.COMPLETE:
            raise httpx2.RemoteProtocolError(self._exchange.ending.detail)


def test_nothing_else_is_shipped_with_them():
    folder = sample("cut").parent
    found = {path.name for path in folder.iterdir() if path.name not in ("__init__.py", "__pycache__")}
    assert found == {f"{name}.cassette.jsonl" for name in ALL}


@pytest.fixture
def client_of():
    """`client_of(exchange, Anthropic)`: the official client, answered from the sample."""
    clients = []

    def make(exchange, kind):
        headers = [pair for pair in exchange.response.headers if pair[0] != "transfer-encoding"]

        def answer(_request):
            return httpx2.Response(exchange.response.status, headers=headers, stream=Stream(exchange))

        http = httpx2.Client(transport=httpx2.MockTransport(answer))
        clients.append(http)
        return kind(api_key="x", base_url="https://api.example", http_client=http, max_retries=0)

    yield make
    for client in clients:
        client.close()


def message_of(name, client_of):
    exchange = exchange_of(name)
    client = client_of(exchange, anthropic.Anthropic)
    with client.messages.stream(**request_of(exchange)) as stream:
        return stream.get_final_message()


def completion_of(name, client_of):
    exchange = exchange_of(name)
    client = client_of(exchange, openai.OpenAI)
    with client.chat.completions.stream(**request_of(exchange)) as stream:
        return stream.get_final_completion()


def test_there_are_eight():
    assert names() == ALL


def test_made_anew_they_are_the_same_bytes(tmp_path):
    maker = REPOSITORY / "cassettes" / "make_samples.py"
    subprocess.run([sys.executable, maker, "--out", tmp_path], check=True, capture_output=True, timeout=60)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {sample(name).name: sample(name).read_bytes() for name in names()}


@pytest.mark.parametrize("name", ALL)
def test_each_says_that_it_is_made_up(name):
    facts = dict(playhead.load(sample(name)).header.facts)
    assert (facts["source"], facts["timing"]) == ("synthesised", "invented")
    assert facts["about"]


@pytest.mark.parametrize("name", ALL)
def test_each_is_a_whole_recording(name):
    exchange = exchange_of(name)
    assert exchange.request.method == "POST"
    assert json.loads(exchange.request.body)["stream"] is True
    assert exchange.response.status == 200
    assert exchange.is_sse
    assert exchange.ending.chunks == len(exchange.chunks)
    assert exchange.ending.size == len(exchange.body)
    assert set(exchange.ending.facts) == {"how", "client_open", "server_open", "framing", "framing_complete"}
    times = [exchange.request.t, exchange.response.t, *(chunk.t for chunk in exchange.chunks)]
    times.append(exchange.ending.t)
    assert times == sorted(set(times))


@pytest.mark.parametrize("name", ALL)
def test_no_secret_is_in_one(name):
    """The header that carries a key carries a placeholder, and a record says where."""
    lines = [json.loads(line) for line in sample(name).read_text("utf-8").splitlines()]
    redactions = [line for line in lines if line["type"] == "redaction"]
    assert redactions[0]["name"].startswith("request.headers.")
    for redaction in redactions:
        place, _, header = redaction["name"].partition(".headers.")
        head = exchange_of(name).request if place == "request" else exchange_of(name).response
        at = redaction["byte_offset"]
        assert dict(head.headers)[header][at : at + redaction["bytes"]].startswith("REDACTED-")
    assert secrets_left(playhead.load(sample(name))) == []


def test_anthropic_tools(client_of):
    message = message_of("anthropic-tools", client_of)
    thinking, text, call = message.content
    assert thinking.thinking.startswith("The user wants the price")
    assert thinking.signature
    assert text.text.endswith("Here is the request.")
    assert call.name == "get_shipping_quote"
    assert call.input == {
        "from_city": "Lisbon",
        "to_city": "Oslo",
        "parcels": [{"weight_kg": 4}, {"weight_kg": 11}],
        "latest_arrival": "2026-11-06",
    }
    assert (message.stop_reason, message.usage.output_tokens) == ("tool_use", 341)


def test_anthropic_tools_is_short_enough_for_the_demo():
    exchange = exchange_of("anthropic-tools")
    assert exchange.ending.t <= 3.0
    assert 120 <= len(exchange.frames) <= 160
    assert 0.4 <= exchange.chunks[0].t - exchange.request.t <= 0.5


def test_openai_tools(client_of):
    completion = completion_of("openai-tools", client_of)
    (choice,) = completion.choices
    assert choice.finish_reason == "tool_calls"
    assert [
        (call.function.name, json.loads(call.function.arguments)) for call in choice.message.tool_calls
    ] == [
        ("get_weather", {"city": "Bergen", "days": 3}),
        ("find_trains", {"from": "Oslo S", "to": "Bergen", "date": "2026-11-06"}),
    ]
    assert completion.usage.total_tokens == 183
    assert exchange_of("openai-tools").frames[-1].data == "[DONE]"


def test_gateway_anthropic(client_of):
    message = message_of("gateway-anthropic", client_of)
    assert [block.text for block in message.content] == ["Hello! How can I help?"]
    assert message.stop_reason is None


def test_gateway_openai(client_of):
    completion = completion_of("gateway-openai", client_of)
    assert completion.choices[0].message.content == "Hello!"
    assert completion.usage is None


@pytest.mark.parametrize("name", ["gateway-anthropic", "gateway-openai"])
def test_a_gateway_sends_a_chunk_an_event(name):
    exchange = exchange_of(name)
    assert [frame.chunk for frame in exchange.frames] == list(range(1, len(exchange.chunks) + 1))


def test_stalled_keepalives(client_of):
    """No silence on the wire is longer than a second or so; the model's is."""
    exchange = exchange_of("stalled-keepalives")
    times = [chunk.t for chunk in exchange.chunks]
    assert max(after - before for before, after in pairwise(times)) < 1.2
    spoken = [
        t
        for frame, t in zip(exchange.frames, exchange.frame_times(), strict=True)
        if frame.kind is FrameKind.EVENT
    ]
    assert max(after - before for before, after in pairwise(spoken)) > 5
    completion = completion_of("stalled-keepalives", client_of)
    assert completion.choices[0].message.content.endswith("19, 19 and 19.")


def test_cut(client_of):
    exchange = exchange_of("cut")
    assert (exchange.ending.kind, exchange.ending.how) == (EndingKind.SERVER_CLOSED, How.FIN)
    assert exchange.ending.facts["framing_complete"] == "false"
    assert exchange.frames[-1].kind is FrameKind.TAIL
    assert exchange.frames[-1].event == "content_block_delta"
    with pytest.raises(httpx2.RemoteProtocolError, match="incomplete chunked read"):
        message_of("cut", client_of)


def test_midstream_error(client_of):
    with pytest.raises(anthropic.APIStatusError) as raised:
        message_of("midstream-error", client_of)
    assert (raised.value.status_code, raised.value.type) == (200, "overloaded_error")


def test_split_utf8(client_of):
    exchange = exchange_of("split-utf8")
    completion = completion_of("split-utf8", client_of)
    assert (
        completion.choices[0].message.content
        == "好的！上海到奥斯陆的航班需要十一个小时。祝您旅途愉快 ✈️ 🧳👩‍🚀"
    )
    lines = [json.loads(line) for line in sample("split-utf8").read_text("utf-8").splitlines()]
    chunks = [line for line in lines if line["type"] == "chunk"]
    assert {len(line["tail"]) for line in chunks if "tail" in line} == {2, 4, 6}
    assert {len(line["head"]) for line in chunks if "head" in line} == {2, 4}
    assert not any("base64" in line for line in chunks)
    edges = {(first.data[-1:], second.data[:1]) for first, second in pairwise(exchange.chunks)}
    assert (b"\r", b"\n") in edges
