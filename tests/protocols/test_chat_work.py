"""OpenAI Chat Completions: how often a chunk is taken in full, which costs as much as the message is long."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from playhead.protocols.openai_chat import client as clients
from playhead.protocols.openai_chat.client import Client
from playhead.protocols.openai_chat.mirror import Mirror

from .chat_sdk import differs, ours

_BEGIN = {"role": "assistant", "content": ""}
_FEW = 8
"""Chunks that may be taken in full at the beginning, however long the stream is."""


def _chunk(delta: object, *, index: int = 0, reason: str | None = None, **more: object) -> bytes:
    choice = {"index": index, "delta": delta, "finish_reason": reason}
    data = {"id": "c", "object": "chat.completion.chunk", "choices": [choice], **more}
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def _call(index: int, **function: object) -> bytes:
    call = {"index": index, "id": f"c{index}", "type": "function", "function": function}
    return _chunk({"tool_calls": [call]})


def _arguments(*indexes: int) -> bytes:
    return _chunk({"tool_calls": [{"index": at, "function": {"arguments": "[]"}} for at in indexes]})


_PING = b'data: {"type": "ping"}\n\n'
_CONTENT = _chunk({"content": "a"})

# What a stream repeats, by the number of the round.
_ROUNDS: dict[str, Callable[[int], bytes]] = {
    "ping": lambda _: _CONTENT + _PING,
    "dropped_content": lambda _: _CONTENT + _chunk({"content": "b"}, object="other"),
    "new_calls": lambda at: _call(at, name="f", arguments="") + _arguments(at) * 2,
    "new_calls_without_arguments": lambda at: _call(at, name="f") + _arguments(at),
    "new_calls_and_text": lambda at: _CONTENT + _call(at, name="f", arguments="") + _arguments(at),
    "whole_calls": lambda at: _call(at, name="f", arguments="{}"),
    "whole_calls_and_text": lambda at: _call(at, name="f", arguments="{}") + _CONTENT,
    "whole_calls_without_a_type": lambda at: _chunk(
        {"tool_calls": [{"index": at, "function": {"name": "f", "arguments": "{}"}}]}
    ),
    "calls_that_say_nothing": lambda at: _chunk({"tool_calls": [{"index": at, "function": {}}]}),
    "whole_calls_two_at_once": lambda at: _chunk(
        {
            "tool_calls": [
                {"index": 2 * at + more, "id": "c", "function": {"name": "f", "arguments": "{}"}}
                for more in (0, 1)
            ]
        }
    ),
    "calls_in_turn": lambda at: _call(at, name="f", arguments="") if at < 2 else _arguments(at % 2),
    "calls_in_one_chunk": lambda at: _call(at, name="f", arguments="") if at < 2 else _arguments(0, 1),
    "no_calls": lambda _: _chunk({"content": "a", "tool_calls": []}),
    "after_finish_reason": lambda at: _CONTENT if at else _chunk({"content": "a"}, reason="stop"),
    "finish_reason_in_each": lambda _: _chunk({"content": "a"}, reason="stop"),
    "numbers": lambda at: _chunk({"content": "a", "token_ids": [at, 0.5]}),
    "texts": lambda _: _chunk({"content": "a", "x": ["b", 1]}),
    "truth": lambda _: _chunk({"content": "a", "last": False}),
    "details": lambda at: _chunk({"reasoning_details": [{"index": at, "type": "x", "text": "a"}]}),
}


@pytest.mark.parametrize("name", _ROUNDS)
def test_chunks_taken_in_full_do_not_grow_with_the_stream(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0
    take = Client.take

    def counted(self: Client, held: object, data: object) -> tuple[object, Exception | None]:
        nonlocal taken
        taken += 1
        return take(self, held, data)

    monkeypatch.setattr(Client, "take", counted)
    reading = ours(_chunk(_BEGIN) + b"".join(map(_ROUNDS[name], range(100))))
    assert "reader_failed" not in [remark.kind.value for remark in reading.remarks]
    assert taken <= _FEW


@pytest.mark.parametrize("name", _ROUNDS)
def test_what_is_not_taken_in_full_is_the_sdks(name: str) -> None:
    assert differs(_chunk(_BEGIN) + b"".join(map(_ROUNDS[name], range(6)))) is None


_TOKEN = {"token": "a", "logprob": -1.0, "bytes": None, "top_logprobs": []}
_NEW: dict[str, Callable[[int], bytes]] = {
    "new_choices": lambda at: _chunk({"role": "assistant", "content": "a"}, index=at),
    "whole_choices": lambda at: _chunk({"role": "assistant", "content": "a"}, index=at, reason="stop"),
    "choices_with_calls": lambda at: _chunk(
        {"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "f"}}]}, index=at
    ),
    "choices_that_go_on": lambda at: _chunk(_BEGIN, index=at) + _chunk({"content": "a"}, index=at // 2),
    "choices_that_end_later": lambda at: _chunk(_BEGIN, index=at) + _chunk({}, index=at // 2, reason="stop"),
}


def _choices(*choices: object) -> bytes:
    data = {"id": "c", "object": "chat.completion.chunk", "choices": list(choices)}
    return b"data: " + json.dumps(data).encode() + b"\n\n"


@pytest.mark.parametrize("name", _NEW)
def test_a_new_choice_costs_what_it_holds_however_many_there_are(name, monkeypatch):
    judged = written = 0
    steadiness, write = clients.steadiness, Mirror._choice

    def judging(choice: object) -> tuple[bool, list[int]]:
        nonlocal judged
        judged += 1
        return steadiness(choice)

    def writing(self: Mirror, frame: int, place: int, new: object) -> object:
        nonlocal written
        written += 1
        return write(self, frame, place, new)

    monkeypatch.setattr(clients, "steadiness", judging)
    monkeypatch.setattr(Mirror, "_choice", writing)
    count = 100
    reading = ours(b"".join(map(_NEW[name], range(count))))
    assert "reader_failed" not in [remark.kind.value for remark in reading.remarks]
    assert count <= judged <= 3 * count
    assert count <= written <= 3 * count


def _of(index: object, **delta: object) -> dict[str, object]:
    return {"index": index, "delta": delta, "finish_reason": None}


@pytest.mark.parametrize(
    "parts",
    [
        *([make(at) for at in range(6)] for make in _NEW.values()),
        [
            _choices(_of(0, content="a"), _of(1, content="b")),
            _choices(_of(1, content="c"), _of(2, content="d")),
        ],
        [_choices(_of(0, content="a")), _choices(_of(7, content="b"), _of(1, content="c"))],
        [_choices(_of(0, content="a")), _choices(_of(1, content="b"), _of(1, content="c"), _of(1))],
        [_choices(_of(0, content="a")), _choices(_of(5, content="b")), _choices(_of(1, content="c"))],
        [
            _choices(_of(0, content="a"), _of(1)),
            _choices(_of(-1, content="b")),
            _choices(_of(1, content="c")),
        ],
        [_choices(_of(0, content="a"), _of(1)), _choices(_of(True, content="b"))],
        [_choices(_of(0, content="a"), _of(1)), _choices(_of([], content="b"))],
        [_choices(_of(0, content="a"), _of(1)), _choices(_of("1", content="b"))],
        [_choices(_of(0, content="a"), _of(1)), _choices(_of(1.0, content="b"))],
        [_choices(_of(0, content="a"), _of(1)), _choices(None)],
        [_choices(_of(0, content="a"), _of(1)), _choices(_of(2, role=5, content=[1])), _choices(_of(2))],
        [
            _choices({**_of(at, content="a"), "logprobs": {"content": [_TOKEN] * at, "refusal": None}})
            for at in (0, 1, 2, 1, 0)
        ],
        [
            _choices(_of(0, x={"a": 1}), _of(1)),
            _choices({**_of(2), "seed": 4}),
            _choices({**_of(0, x={"b": 2}), "seed": 5}, _of(2, tool_calls=[])),
            _choices(_of(1, tool_calls=[{"index": 0, "function": {"name": "f"}}]), _of(3)),
            _choices(_of(1, tool_calls=[{"index": 0, "function": {"arguments": "1"}}])),
            _choices(_of(1, tool_calls=[{"index": 1, "type": "custom"}]), _of(3, content="z")),
        ],
    ],
)
def test_what_some_choices_take_is_the_sdks(parts):
    assert differs(b"".join(parts)) is None


@pytest.mark.parametrize(
    "value",
    [
        *(
            "3",
            " 3 ",
            "\u20033",
            "\x1c3",
            "+3",
            "1_0",
            "1__0",
            "_1",
            "3.0",
            "3.5",
            "0" * 5000,
            "-0",
            "\u0663",
        ),
        *(2.0**63, -(2.0**63), 1e300, 3.0, 3.5, True, 10**20, "true", "", [], None),
    ],
)
def test_scalars_of_other_types_are_taken_as_the_sdk_takes_them(value):
    usage = {"completion_tokens": value, "prompt_tokens": 1, "total_tokens": value}
    token = {**_TOKEN, "logprob": value}
    told = {**_of(0, content="a"), "logprobs": {"content": [token], "refusal": None}}
    data = {"id": "c", "object": "chat.completion.chunk", "created": value, "choices": [told], "usage": usage}
    body = b"data: " + json.dumps(data).encode() + b"\n\n"
    assert differs(body) is None
    assert differs(body + _choices(told) + body) is None
