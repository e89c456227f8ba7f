"""How Responses are recognised, read from bodies that are no streams, and held in memory."""

from __future__ import annotations

import gc
import json
import tracemalloc
from typing import Any

import openai
import pytest

from playhead.model import Request
from playhead.protocols.ledger import Rope, value_at
from playhead.protocols.openai_responses.held import Held
from playhead.protocols.reading import Answer, Reading
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Decoder

from .reads import client, read

URL = "https://api.example/v1/responses"
JSON = "application/json"
WORDS = 4000


def event(kind: str, **members: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **members})}\n\n".encode()


def response(status: str, output: list[Any], **more: Any) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "status": status, "model": "m", "output": output, **more}


def message(text: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"id": "msg_1", "type": "message", "role": "assistant", "content": [part]}


@pytest.mark.parametrize("path", ["/v1/responses", "/openai/v1/responses/", "/v1/responses/resp_1"])
def test_the_url_tells_where_the_events_do_not(path: str) -> None:
    reading = read(event("error", code="c", message="no"), url=f"https://api.example{path}?api-version=1")
    assert reading.protocol.name == "openai-responses"


def test_other_streams_are_left_to_others() -> None:
    assert read(b'event: thread.run.created\ndata: {"object":"thread.run"}\n\n').protocol.name == "plain"
    assert read(b'data: {"type":"message_start","message":{}}\n\n').protocol.name != "openai-responses"


def test_a_url_alone_claims_no_stream_of_other_events() -> None:
    body = b'data: {"answer":42,"question":7}\n\n'
    assert read(body, url="https://survey.example/forms/responses/7").protocol.name == "plain"


def test_a_stream_that_is_followed_from_its_middle_is_no_fault_of_the_server() -> None:
    body = event("response.in_progress", response=response("in_progress", []))
    asked = read(body, url=f"{URL}/resp_1?stream=true&starting_after=4")
    assert RemarkKind.NO_START not in [remark.kind for remark in asked.remarks]
    assert RemarkKind.NO_START in [remark.kind for remark in read(body, url=URL).remarks]


def test_a_whole_response_is_read_too() -> None:
    value = response("completed", [message("Ahoy.")], usage={"input_tokens": 3, "output_tokens": 2})
    final = read(json.dumps(value).encode(), url=URL, content_type=JSON).final()
    assert final.protocol == "openai-responses"
    assert final.message == value
    assert (final.text, final.role, final.input_tokens) == ("Ahoy.", "assistant", 3)
    assert final.is_complete
    assert not final.blocks[0].is_open


def test_a_whole_response_to_who_asked_for_a_stream_has_no_end_for_the_client() -> None:
    body = json.dumps(response("completed", [message("Ahoy.")])).encode()
    request = Request(method="POST", url=URL, body=b'{"model":"m","stream":true}')
    reading = Reading(Answer(request, None, body))
    assert [remark.raises for remark in reading.remarks] == ["RuntimeError"]
    sdk = openai.OpenAI(api_key="x", http_client=client(body, content_type=JSON), max_retries=0)
    with (
        sdk.responses.stream(model="m", input="x") as stream,
        pytest.raises(RuntimeError, match="Didn't receive"),
    ):
        stream.get_final_response()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 422, 429, 500, 503])
def test_an_error_body_names_the_exception_of_the_client(status: int) -> None:
    body = b'{"error":{"message":"Not today.","type":"t","param":null,"code":null}}'
    reading = read(body, url=URL, status=status, content_type=JSON)
    errors = [remark for remark in reading.remarks if remark.kind is RemarkKind.ERROR_BODY]
    assert reading.final().error == json.loads(body)["error"]
    sdk = openai.OpenAI(
        api_key="x", http_client=client(body, status=status, content_type=JSON), max_retries=0
    )
    with pytest.raises(openai.APIStatusError) as raised, sdk.responses.stream(model="m", input="x"):
        pass
    assert [remark.raises for remark in errors] == [f"openai.{type(raised.value).__name__}"]


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"<html>gateway</html>", 502, "error_body"),
        (b"<html>welcome</html>", 200, "not_json"),
        (b'{"detail":"gone"}', 404, "error_body"),
        (b"[1]", 500, "error_body"),
    ],
)
def test_any_other_body_is_shown(body: bytes, status: int, kind: str) -> None:
    reading = read(body, "openai-responses", url=URL, status=status, content_type="text/html")
    assert kind in [remark.kind.value for remark in reading.remarks]
    final = reading.final()
    assert final.error is not None or final.blocks[0].text == body.decode()


def test_a_stream_with_the_status_of_an_error_is_not_read_by_the_client() -> None:
    body = event("response.created", response=response("in_progress", [])) + event(
        "error", error={"message": "m"}
    )
    reading = read(body, url=URL, status=429)
    assert [(remark.frame, remark.kind.value, remark.raises) for remark in reading.remarks] == [
        (1, "client_raises", "openai.RateLimitError"),
        (2, "error_body", None),
    ]
    assert reading.final().message is None
    assert reading.final().id == "resp_1"
    sdk = openai.OpenAI(api_key="x", http_client=client(body, status=429), max_retries=0)
    with pytest.raises(openai.RateLimitError), sdk.responses.stream(model="m", input="x"):
        pass


def long_stream(words: list[str]) -> tuple[bytes, bytes]:
    """The deltas of a long answer, and the four events that say all of it again."""
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    text = "".join(words)
    part = {"type": "output_text", "text": "", "annotations": []}
    head = [
        event("response.created", response=response("in_progress", [])),
        event("response.output_item.added", output_index=0, item={**message(""), "content": []}),
        event("response.content_part.added", **at, part=part),
        *(event("response.output_text.delta", **at, delta=word, logprobs=[]) for word in words),
    ]
    tail = [
        event("response.output_text.done", **at, text=text, logprobs=[]),
        event("response.content_part.done", **at, part={**part, "text": text}),
        event("response.output_item.done", output_index=0, item=message(text)),
        event("response.completed", response=response("completed", [message(text)])),
    ]
    return b"".join(head), b"".join(tail)


def test_the_text_is_held_once() -> None:
    words = [f"{n:06} {'x' * 93}" for n in range(WORDS)]
    head, tail = long_stream(words)
    reading, decoder = Reading(Answer()), Decoder()
    reading.feed(decoder.feed(head))
    size = sum(map(len, words))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        reading.feed(decoder.feed(tail))
        reading.close()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    # Reading to the end joins the last page of the text: a small part of it is written anew.
    assert grown < size / 2
    final = reading.final()
    assert final.text == "".join(words)
    assert isinstance(final.message, dict)
    assert final.message["output"] == [
        {**message(""), "content": [{**message(final.text)["content"][0], "parsed": None}]}
    ]
    assert [remark.kind for remark in reading.remarks] == []


def test_held_values_read_as_they_came() -> None:
    held, rope = Held(), Rope()
    text = "The tide turns at seven, and the ferry waits for nobody who is late for it."
    rope.append(1, text[:30])
    rope.append(2, text[30:])
    held.know(rope)
    value: dict[str, Any] = {"a": [text, {"b": text, "c": text[:-1], "d": None, "e": 1.5}], "f": text * 2}
    shared = held.share(value)
    rope.append(3, " More.")
    assert value_at(shared, 9) == value
    assert held.share(value["f"]) is held.share("".join(list(value["f"])))
