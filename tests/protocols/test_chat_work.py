"""OpenAI Chat Completions: how often a chunk is taken in full, which costs as much as the message is long."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from playhead.protocols.openai_chat.client import Client

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
