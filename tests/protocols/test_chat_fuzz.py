"""OpenAI Chat Completions: streams of chance, ours against the installed SDK after every frame."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playhead.sse import Decoder

from .chat_sdk import differs
from .make_answers_chat import STREAMS

# Values that are likely to mean something where they do not belong. What docs/protocols.md lists as not equal
# is left out: lone surrogates are sent as they are, truth values for numbers and numbers that are not finite.
_VALUES = [
    *(None, 0, 1, -1, 2, 1.0, 1.5, "", "0", "1", "abc", [], {}, ["a"], [{}], [None], [[]], {"a": 1}),
    *("function", "stop", "length", "content_filter", "chat.completion.chunk", "assistant", " 1_0 "),
    *([{"index": 0}], [{"index": 1, "type": "function", "function": {"name": "f", "arguments": "{}"}}]),
    *({"index": 0}, {"content": "x"}, {"content": [], "refusal": None}, {"message": "no"}),
]
_NAMES = [
    *("index", "type", "id", "role", "content", "tool_calls", "function", "refusal", "audio", "annotations"),
    *(
        "function_call",
        "logprobs",
        "finish_reason",
        "usage",
        "moderation",
        "choices",
        "delta",
        "object",
        "name",
    ),
    *("arguments", "reasoning", "reasoning_content", "custom", "parsed", "parsed_arguments", "message", "x"),
    "error",
]


def _events(body: bytes) -> list[object]:
    decoder = Decoder()
    found = [frame.data or "" for frame in decoder.feed(body)]
    return [json.loads(data) for data in found if data.startswith("{") and "\\ud" not in data]


BASES = [events for path in sorted(STREAMS.glob("*.sse")) if (events := _events(path.read_bytes()))]


def _containers(value: object) -> list[dict[str, object] | list[object]]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    below = [found for part in parts for found in _containers(part)]
    return [value, *below] if isinstance(value, dict | list) else below


def _change_object(draw: st.DrawFn, held: dict[str, object]) -> None:
    names = sorted(held)
    how = draw(st.sampled_from(["drop", "change", "add"]))
    if how == "drop" and names:
        del held[draw(st.sampled_from(names))]
    elif how == "change" and names:
        held[draw(st.sampled_from(names))] = copy.deepcopy(draw(st.sampled_from(_VALUES)))
    else:
        held[draw(st.sampled_from(_NAMES))] = copy.deepcopy(draw(st.sampled_from(_VALUES)))


def _change_list(draw: st.DrawFn, held: list[object]) -> None:
    how = draw(st.sampled_from(["drop", "double", "add"]))
    if how == "drop" and held:
        del held[draw(st.integers(0, len(held) - 1))]
    elif how == "double" and held:
        held.append(copy.deepcopy(draw(st.sampled_from(held))))
    else:
        held.append(copy.deepcopy(draw(st.sampled_from(_VALUES))))


def _change_order(draw: st.DrawFn, events: list[object]) -> None:
    if not events:
        return
    at, other = draw(st.integers(0, len(events) - 1)), draw(st.integers(0, len(events) - 1))
    how = draw(st.sampled_from(["drop", "double", "swap", "replace"]))
    if how == "drop" and len(events) > 1:
        del events[at]
    elif how == "double":
        events.insert(other, copy.deepcopy(events[at]))
    elif how == "swap":
        events[at], events[other] = events[other], events[at]
    else:
        events[at] = copy.deepcopy(draw(st.sampled_from(_VALUES)))


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A stream of ours, mixed with another now and then, and changed in a few places."""
    events = copy.deepcopy(draw(st.sampled_from(BASES)))
    if draw(st.booleans()):
        events += copy.deepcopy(draw(st.sampled_from(BASES)))
    for _ in range(draw(st.integers(1, 4))):
        held = draw(st.sampled_from(_containers(events)[1:] or [events]))
        if draw(st.integers(0, 3)) == 0:
            _change_order(draw, events)
        elif isinstance(held, dict):
            _change_object(draw, held)
        else:
            _change_list(draw, held)
    done = draw(st.sampled_from([b"data: [DONE]\n\n", b""]))
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + done


def _compare(body: bytes) -> None:
    assert differs(body) is None


@given(bodies())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_changed_streams_are_read_as_the_sdk_reads_them(body: bytes) -> None:
    _compare(body)


def _call(index: int, **more: object) -> dict[str, object]:
    return {"tool_calls": [{"index": index, **more}]}


def _begun(index: int, function: dict[str, object], **more: object) -> dict[str, object]:
    return _call(index, id=f"c{index}", function=function, **more)


# Deltas that mean something one after the other: each may stand at any place of a stream.
_DELTAS: list[Any] = [
    *({}, {"content": "a"}, {"content": ""}, {"content": None}, {"role": "assistant"}, {"refusal": "no"}),
    *(_begun(at, {"name": "f", "arguments": ""}, type="function") for at in range(4)),
    *(_begun(at, {"name": "f", "arguments": "{"}) for at in range(3)),
    *(_begun(at, {"name": "f"}, type="function") for at in range(3)),
    *(_begun(at, {"arguments": None}, type=None) for at in range(3)),
    *(_call(at, function={"arguments": "1"}) for at in range(3)),
    *(_call(at, type="function", function={"arguments": "1"}) for at in range(3)),
    *(_call(0, function={"name": "g"}), _call(1, function={"parsed_arguments": "x"}), {"tool_calls": []}),
    {"tool_calls": [{"index": at, "function": {"arguments": "2"}} for at in (0, 1)]},
    {"tool_calls": [{"index": at, "type": "function", "function": {"name": "h"}} for at in (1, 2)]},
    {"tool_calls": [{"index": 0, "id": "c", "function": {}}, {"index": 0, "function": {"arguments": "3"}}]},
    *({"x": [1]}, {"x": [2.5, "b"]}, {"x": []}, {"x": [{"index": 1}]}, {"y": True}, {"y": 2}, {"z": "a"}),
    *({"x": {"y": [True]}}, {"x": {"y": None}}, {"z": None}, {"parsed": "x"}, {"parsed": None}),
    *({"reasoning_details": [{"index": at, "text": "a", "n": 1}]} for at in range(3)),
    *({"annotations": [{"index": at, "type": "url_citation"}]} for at in range(2)),
    {"audio": {"id": None, "transcript": "a", "data": "b", "expires_at": "5"}},
    {"audio": {"id": "i", "transcript": "a", "expires_at": None}},
]


@st.composite
def grown(draw: st.DrawFn) -> bytes:
    """A stream of deltas for one or two choices, with a reason now and then and with chunks that are none."""
    body = b""
    for _ in range(draw(st.integers(1, 14))):
        object_ = draw(st.sampled_from(["chat.completion.chunk"] * 9 + ["ping"]))
        choices = [
            {
                "index": index,
                "delta": draw(st.sampled_from(_DELTAS)),
                "finish_reason": draw(st.sampled_from([None] * 9 + ["tool_calls", "stop"])),
            }
            for index in draw(st.sampled_from([[0]] * 9 + [[], [0, 1], [1]]))
        ]
        data = {"id": "c", "object": object_, "choices": choices}
        body += b"data: " + json.dumps(data).encode() + b"\n\n"
    return body + draw(st.sampled_from([b"data: [DONE]\n\n", b""]))


@given(grown())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_grown_streams_are_read_as_the_sdk_reads_them(body: bytes) -> None:
    _compare(body)


@pytest.mark.soak
def test_many_streams_are_read_as_the_sdk_reads_them(soak: bool) -> None:
    quiet = list(HealthCheck)
    many = settings(max_examples=8000 if soak else 20, deadline=None, suppress_health_check=quiet)
    many(given(bodies())(_compare))()
    many(given(grown())(_compare))()
