"""An answer that is an error: the same in every protocol, and what the official clients raise for it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import openai
import pytest

from playhead.model import Request, Response
from playhead.protocols import registry
from playhead.protocols.reading import Answer, Reading
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame, FrameKind

from .reads import Pieces, read

STATUSES = (400, 404, 429, 500, 502, 529)
JSON = b'{"error":{"code":7,"message":"Not today.","type":"t"}}'
HTML = b"<html><body>Bad gateway</body></html>"
# By the body: what it is sent as.
BODIES = {JSON: "application/json", HTML: "text/html", b"": "text/plain"}
PROTOCOLS = sorted(registry.names())
CLIENTS = ("anthropic-messages", "gemini", "openai-chat", "openai-responses")


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", BODIES, ids=["json", "html", "empty"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_error_is_told_once_and_shown(protocol: str, body: bytes, status: int) -> None:
    reading = read(body, protocol, status=status, content_type=BODIES[body])
    final = reading.final()
    assert [r.kind for r in reading.remarks].count(RemarkKind.ERROR_BODY) == 1
    assert not {r.kind for r in reading.remarks} - {RemarkKind.ERROR_BODY}
    whole = json.loads(JSON)
    expected = {JSON: whole["error"], HTML: HTML.decode(), b"": f"status {status}"}
    assert final.error == expected[body]
    if body:
        (block,) = final.blocks
        assert (block.kind, block.is_open) == ("data", False)
        assert (block.data or block.text) == (whole if body == JSON else HTML.decode())
    assert not final.is_complete


def test_cohere_and_mcp_have_errors_of_their_own() -> None:
    reading = read(b'{"message":"No."}', "cohere", status=404, content_type="application/json")
    assert (reading.final().error, reading.remarks[0].raises) == ("No.", "cohere.NotFoundError")
    body = b'{"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"no method"}}'
    reading = read(body, "mcp", status=404, content_type="application/json")
    assert [remark.kind for remark in reading.remarks] == [RemarkKind.ERROR_BODY]
    assert [block.data for block in reading.final().blocks] == [{"code": -32601, "message": "no method"}]


@pytest.mark.parametrize("status", [403, 422, 498, 503, 504, 529])
def test_cohere_raises_by_the_status_where_the_body_is_json(status: int) -> None:
    # cohere-python v2/raw_client.py: the body is parsed before anything else is raised.
    named = read(JSON, "cohere", status=status, content_type="application/json").remarks[0].raises
    page = read(HTML, "cohere", status=status, content_type="text/html").remarks[0].raises
    assert page == "cohere.core.api_error.ApiError"
    assert (named == page) == (status == 529)


class Served:
    """One client of each kind for all answers: to make one takes longer than to ask."""

    def __init__(self) -> None:
        self.answer = (200, b"", "")
        http = httpx2.Client(transport=httpx2.MockTransport(self._respond))
        base = "http://sdk.invalid"
        self._anthropic = anthropic.Anthropic(api_key="x", base_url=base, max_retries=0, http_client=http)
        self._openai = openai.OpenAI(api_key="x", base_url=base, max_retries=0, http_client=http)
        self._http = http

    def _respond(self, _: httpx2.Request) -> httpx2.Response:
        status, body, type_ = self.answer
        return httpx2.Response(status, headers={"content-type": type_}, stream=Pieces([body]))

    def ask(self, protocol: str) -> Exception | None:
        """What the client raises."""
        asks: dict[str, Callable[[], Any]] = {
            "anthropic-messages": self._messages,
            "openai-chat": self._chat,
            "openai-responses": self._responses,
            "gemini": self._gemini,
        }
        try:
            asks[protocol]()
        except Exception as error:  # noqa: BLE001 - whatever the client raises is its answer
            return error
        return None

    def _messages(self) -> None:
        question: Any = {"role": "user", "content": "x"}
        self._anthropic.messages.create(model="m", max_tokens=1, messages=[question], stream=True)

    def _chat(self) -> None:
        self._openai.chat.completions.create(model="m", messages=[], stream=True)

    def _responses(self) -> None:
        with self._openai.responses.stream(model="m", input="x"):
            pass

    def _gemini(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            genai: Any = pytest.importorskip("google.genai")
        options = genai.types.HttpOptions(httpx_client=self._http)
        client = genai.Client(api_key="x", vertexai=False, http_options=options)
        list(client.models.generate_content_stream(model="m", contents="x"))


@pytest.fixture(scope="module")
def served() -> Served:
    return Served()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("protocol", CLIENTS)
def test_the_exception_is_that_of_the_client(protocol: str, served: Served) -> None:
    for status in STATUSES:
        for body, type_ in BODIES.items():
            served.answer = (status, body, type_)
            raised = served.ask(protocol)
            (remark,) = read(body, protocol, status=status, content_type=type_).remarks
            assert remark.raises is not None
            package, _, name = remark.raises.rpartition(".")
            assert name == type(raised).__name__
            assert type(raised).__module__.startswith(package)


EVENTS = {
    "anthropic-messages": ("error", '{"type":"error","error":{"message":"No."}}'),
    "anthropic-completions": ("error", '{"error":{"message":"No."}}'),
    "cohere": ("message", '{"type":"message-end","delta":{"error":"No.","finish_reason":"ERROR"}}'),
    "gemini": ("message", '{"error":{"code":400,"message":"No."}}'),
    "ollama": ("message", '{"error":"No."}'),
    "openai-responses": ("message", '{"type":"error","error":{"message":"No."}}'),
}


@pytest.mark.parametrize("protocol", EVENTS)
@pytest.mark.parametrize("status", [400, 500])
def test_a_stream_under_the_status_of_an_error_is_not_read_by_the_client(protocol: str, status: int) -> None:
    name, data = EVENTS[protocol]
    reading = read(f"event: {name}\ndata: {data}\n\n".encode(), protocol, status=status)
    raised = [remark for remark in reading.remarks if remark.raises]
    assert [(remark.frame, remark.kind) for remark in raised] == [(1, RemarkKind.CLIENT_RAISES)]
    assert reading.final().error is not None
    assert reading.record.frozen == 0


@pytest.mark.parametrize("protocol", EVENTS)
def test_a_stream_of_nothing_names_the_exception_too(protocol: str) -> None:
    reading = read(b"", protocol, status=500)
    assert len([remark for remark in reading.remarks if remark.raises]) == 1


def test_lines_under_the_status_of_an_error() -> None:
    response = Response(status=500, headers=(("content-type", "application/x-ndjson"),))
    request = Request(method="POST", url="http://127.0.0.1:11434/api/chat")
    reading = Reading(Answer(request, response))
    line = '{"error":"the model has gone"}'
    reading.feed([Frame(FrameKind.EVENT, 0, len(line), 1, "message", line)])
    reading.close()
    assert reading.protocol.name == "ollama"
    assert [remark.raises for remark in reading.remarks if remark.raises] == ["ollama.ResponseError"]
    assert reading.final().error == "the model has gone"
    assert reading.record.frozen == 0


UNKNOWN = {
    "anthropic-messages": "event: fog\ndata: {0}\n\n",
    "anthropic-completions": "event: fog\ndata: {0}\n\n",
    "cohere": "data: {0}\n\n",
    "openai-responses": "data: {0}\n\n",
    "mcp": "event: fog\ndata: {0}\n\n",
}


@pytest.mark.parametrize("data", ['{"type":"fog"}', "fog", "[1]"])
@pytest.mark.parametrize("protocol", UNKNOWN)
def test_an_event_that_nobody_reads_is_shown_and_is_no_content(protocol: str, data: str) -> None:
    reading = read(UNKNOWN[protocol].replace("{0}", data).encode(), protocol)
    (block,) = reading.final().blocks
    assert (block.kind, block.is_open, list(reading.record.grown_frames)) == ("data", False, [])
    is_text = data == "fog" or protocol == "mcp"
    assert (block.text if is_text else block.data) == (data if is_text else json.loads(data))


@pytest.mark.parametrize("count", ["1e999", "-1e999", "true", '"7"', "null", "[]"])
def test_counts_that_are_none_break_nothing(count: str) -> None:
    tokens = f'{{"tokens":{{"input_tokens":{count},"output_tokens":2.0}}}}'
    start = 'data: {"type":"message-start","delta":{"message":{}}}\n\n'
    v2 = f'{start}data: {{"type":"message-end","delta":{{"usage":{tokens}}}}}\n\n'
    v1 = f'data: {{"event_type":"stream-end","response":{{"text":"","meta":{tokens}}}}}\n\n'
    for body in (v2, v1):
        reading = read(body.encode())
        assert reading.protocol.name == "cohere"
        assert "reader_failed" not in [remark.kind for remark in reading.remarks]
        assert (reading.final().input_tokens, reading.final().output_tokens) == (None, 2)


@pytest.mark.parametrize("digits", ["9" * 5000, "9" * 4301])
def test_a_number_too_long_for_anybody_is_kept_as_it_came(digits: str) -> None:
    usage = json.dumps({"input_tokens": digits, "output_tokens": 1})
    start = f'{{"type":"message_start","message":{{"id":"m","type":"message","content":[],"usage":{usage}}}}}'
    reading = read(f"event: message_start\ndata: {start}\n\n".encode(), "anthropic-messages")
    assert [remark.kind.value for remark in reading.remarks] == ["no_terminator"]
    message: Any = reading.final().message
    assert message["usage"]["input_tokens"] == digits


@pytest.mark.parametrize("when", [10**400, -(10**400), "9" * 400, 1e300])
def test_a_time_out_of_all_bounds_breaks_nothing(when: object) -> None:
    message = {"id": "m", "type": "message", "content": [], "container": {"id": "c", "expires_at": when}}
    data = json.dumps({"type": "message_start", "message": message})
    reading = read(f"event: message_start\ndata: {data}\n\n".encode(), "anthropic-messages")
    assert [remark.kind.value for remark in reading.remarks] == ["no_terminator"]


def test_lists_in_the_message_and_beside_it_stay_apart() -> None:
    line = {"model": "m", "created_at": "t", "logprobs": [1], "done": True}
    line["message"] = {"role": "assistant", "content": "a", "logprobs": [2]}
    reading = Reading(Answer(), protocol="ollama")
    text = json.dumps(line)
    reading.feed([Frame(FrameKind.EVENT, 0, len(text), 1, "message", text)])
    message: Any = reading.final().message
    assert (message["logprobs"], message["message"]["logprobs"]) == ([1], [2])
