"""Values that no server should send: every reader takes them as its SDK does, or as they come."""

from __future__ import annotations

import json
import warnings

import pytest

from playhead.protocols.reading import Reading

from . import anthropic_sdk, chat_sdk
from .reads import canonical, read
from .responses_sdk import Sdk

_HUGE = 10**400
_DELTA = {"choices": [{"index": 0, "delta": {"content": "x"}}]}


def _chat(*chunks: dict[str, object]) -> bytes:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    events = ["data: " + json.dumps(head | chunk) + "\n\n" for chunk in chunks]
    return "".join([*events, "data: [DONE]\n\n"]).encode()


def _typed(*events: dict[str, object]) -> bytes:
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def _token(text: str) -> dict[str, object]:
    return {"token": text, "logprob": -0.5, "bytes": None, "top_logprobs": []}


def _telling(text: str) -> dict[str, object]:
    choice = {"index": 0, "delta": {"content": "x"}, "logprobs": {"content": [_token(text)], "refusal": None}}
    return {"choices": [choice]}


def _counting(number: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": "x", "token_id": number}}]}


def _kinds(reading: Reading) -> set[str]:
    return {remark.kind.value for remark in reading.remarks}


def _told(logprobs: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": "x"}, "logprobs": logprobs}]}


@pytest.mark.parametrize(
    "odd",
    [
        _telling("\ud800"),
        _told("\ud800"),
        _told({"\ud800": 1}),
        _told({"content": "\ud800"}),
        _told({"content": [{"\ud800": "\ud800"}]}),
        _told({"content": [_token("c") | {"top_logprobs": "\ud800"}]}),
        _told({"content": [_token("c") | {"logprob": "\ud800", "bytes": ["\ud800"]}]}),
        _DELTA | {"usage": {"\ud800": "\ud800"}},
    ],
)
def test_a_lone_surrogate_is_read_the_full_way(odd: dict[str, object]) -> None:
    body = _chat(_telling("a"), _telling("b"), _telling("c"), odd, _telling("d"))
    reading = chat_sdk.ours(body)
    assert "reader_failed" not in _kinds(reading), [remark.text for remark in reading.remarks]
    assert reading.final().blocks[0].text == "xxxxx"


@pytest.mark.parametrize(
    "numbers",
    [(_HUGE, 5, 5), (5, 5, _HUGE), (_HUGE, 5, 0.5), (0.5, 5, _HUGE), (1, 1e308, 1e308)],
    ids=range(5),
)
def test_numbers_are_added_as_the_sdk_adds_them(numbers: tuple[float, ...]) -> None:
    assert chat_sdk.differs(_chat(*map(_counting, numbers))) is None


@pytest.mark.parametrize(
    "late",
    [
        {"choices": [], "system_fingerprint": float("inf")},
        {"choices": [], "usage": {"prompt_tokens_details": float("inf")}},
        {"choices": [], "usage": {"prompt_tokens": float("nan"), "x": [float("-inf")]}},
        {"choices": [], "usage": float("nan")},
    ],
)
@pytest.mark.parametrize("before", [1, 2])
def test_a_number_that_json_does_not_know_is_null(late: dict[str, object], before: int) -> None:
    assert chat_sdk.differs(_chat(*[_DELTA] * before, late)) is None


@pytest.mark.parametrize("before", [1, 2, 4])
def test_a_number_that_json_does_not_know_is_null_in_log_probabilities(before: int) -> None:
    """Always: the SDK's dump writes Infinity where its model has a float, which is no JSON."""
    late = _told({"content": [_token("c") | {"logprob": float("inf"), "x": float("nan")}], "refusal": None})
    message = chat_sdk.ours(_chat(*[_telling("a")] * before, late)).final().message
    assert json.loads(json.dumps(message))["choices"][0]["logprobs"]["content"][before] == {
        **_token("c"),
        "logprob": None,
        "x": None,
    }


_RESPONSE = {
    "id": "r",
    "object": "response",
    "created_at": 1,
    "model": "m",
    "output": [],
    "status": "completed",
}


@pytest.mark.parametrize("name", ["response.created", "response.completed"])
@pytest.mark.parametrize("member", [{"reasoning": float("nan")}, {"metadata": {"x": [float("inf")]}}])
def test_a_response_has_null_for_it_too(name: str, member: dict[str, object]) -> None:
    events = [
        {"type": kind, "sequence_number": at, "response": _RESPONSE | (member if kind == name else {})}
        for at, kind in enumerate(("response.created", "response.completed"))
    ]
    body = _typed(*events)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic's, about values of other types
        told = Sdk().follow(body)
    reading = read(body, "openai-responses", url="http://api.invalid/v1/responses")
    assert told.error is None
    for frame, state in enumerate(told.states, 1):
        assert canonical(reading.at(frame).message) == canonical(state)


@pytest.mark.parametrize("text", ["\ud800", "a\ud800b"])
def test_a_lone_surrogate_in_a_response(text: str) -> None:
    place = {"item_id": "i", "output_index": 0, "content_index": 0}
    item = {"id": "i", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    delta = {"type": "response.output_text.delta", "delta": "x", "logprobs": [], **place}
    body = _typed(
        {"type": "response.created", "response": _RESPONSE},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {
            "type": "response.content_part.added",
            "part": {"type": "output_text", "text": "", "annotations": []},
            **place,
        },
        delta,
        delta,
        delta | {"logprobs": [_token(text)]},
        delta | {"item_id": text},
        delta,
    )
    reading = read(body, "openai-responses", url="http://api.invalid/v1/responses")
    assert "reader_failed" not in _kinds(reading)
    assert reading.final().blocks[0].text == "xxxxx"


@pytest.mark.parametrize("beta", [True, False])
@pytest.mark.parametrize("time", [_HUGE, -_HUGE, 10**30, 2**63, float("inf"), float("nan")], ids=range(6))
def test_a_time_too_large_is_the_sdks_own(time: float, beta: bool) -> None:
    start = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "container": {"id": "c", "expires_at": time},
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    body = _typed(
        {"type": "message_start", "message": start},
        {"type": "message_stop"},
    )
    asked = anthropic_sdk.Asked(beta=beta)
    reading = anthropic_sdk.ours(body, asked)
    heard = anthropic_sdk.sdk_hears(body, asked)
    assert not {"reader_failed", "client_raises"} & _kinds(reading)
    assert heard.exception is None
    assert canonical(heard.snapshot) == canonical(reading.final().message)


@pytest.mark.parametrize(
    ("protocol", "body"),
    [
        ("openai-chat", {"object": "chat.completion", "choices": []}),
        ("openai-responses", {"object": "response", "output": [], "status": "completed"}),
        ("anthropic-messages", {"type": "message", "role": "assistant", "content": []}),
    ],
)
def test_a_whole_body_has_null_for_it_too(protocol: str, body: dict[str, object]) -> None:
    sent = json.dumps(body | {"x": float("nan"), "y": [float("inf")]}).encode()
    reading = read(sent, protocol, content_type="application/json")
    assert reading.final().message == body | {"x": None, "y": [None]}
