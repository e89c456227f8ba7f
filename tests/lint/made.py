"""Exchanges for the rules, built in code: streams of three protocols, put together from events."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import playhead
from playhead.model import Headers
from playhead.store.cassette import Cassette, open_data

SSE = (("content-type", "text/event-stream"),)
MESSAGES = "https://llm.test/v1/messages"
CHAT = "https://llm.test/v1/chat/completions"
RESPONSES = "https://llm.test/v1/responses"

Timed = Sequence[bytes | tuple[float | None, bytes]]


def cassette(
    chunks: bytes | Timed,
    *,
    url: str = "https://llm.test/stream",
    status: int = 200,
    headers: Headers = SSE,
    request_headers: Headers = (),
    request_body: bytes | None = None,
    ending: playhead.EndingKind | None = playhead.EndingKind.COMPLETE,
    trailers: Headers = (),
    loss: str | None = None,
    undecoded: bool = False,
) -> Cassette:
    """A cassette in memory, of one exchange. An `ending` of `None` leaves the end record away."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.cassette.jsonl"
        with playhead.open_writer(path) as writer:
            exchange = writer.exchange()
            exchange.request(
                playhead.Request(method="POST", url=url, headers=request_headers, body=request_body, t=0.0)
            )
            exchange.response(playhead.Response(status=status, headers=headers, t=0.1))
            for chunk in [chunks] if isinstance(chunks, bytes) else chunks:
                t, data = chunk if isinstance(chunk, tuple) else (None, chunk)
                exchange.chunk(data, t, undecoded=undecoded)
            if loss is not None:
                exchange.loss(loss, None, None, 3, 120)
            if ending is not None:
                exchange.end(ending, trailers=trailers)
        return open_data(path.read_bytes(), str(path.name))


def exchange(chunks: bytes | Timed, **facts: Any) -> playhead.Exchange:
    """The exchange in such a cassette."""
    return cassette(chunks, **facts)[1]


def event(data: object, name: str | None = None) -> bytes:
    """One block; `data` as JSON, unless it is text already."""
    text = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


# Anthropic Messages

START: dict[str, Any] = {
    "type": "message_start",
    "message": {
        "id": "msg_made",
        "type": "message",
        "role": "assistant",
        "model": "claude-made",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 1},
    },
}
END: dict[str, Any] = {
    "type": "message_delta",
    "delta": {"stop_reason": "end_turn", "stop_sequence": None},
    "usage": {"output_tokens": 9},
}
STOP: dict[str, Any] = {"type": "message_stop"}


def opened(index: int, block: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "content_block_start",
        "index": index,
        "content_block": block or {"type": "text", "text": ""},
    }


def delta(index: int, text: str = "Hi", type_: str = "text", part: str | None = None) -> dict[str, Any]:
    """A delta of type `TYPE_delta`, its text in the member that is named like it, or `part`."""
    return {
        "type": "content_block_delta",
        "index": index,
        "delta": {"type": f"{type_}_delta", part or type_: text},
    }


def closed(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


TEXT = [opened(0), delta(0), closed(0)]
WHOLE = [START, *TEXT, END, STOP]
TOOL = {"type": "tool_use", "id": "toolu_made", "name": "look", "input": {}}


def tool(*parts: str) -> list[dict[str, Any]]:
    """A tool call, whose input comes in `parts`."""
    fragments = [delta(0, part, "input_json", "partial_json") for part in parts]
    return [START, opened(0, TOOL), *fragments, closed(0), END, STOP]


def messages(events: Sequence[Mapping[str, Any]], **facts: Any) -> playhead.Exchange:
    return exchange(b"".join(event(each, each["type"]) for each in events), url=MESSAGES, **facts)


# OpenAI Chat Completions


def chunk(delta: Mapping[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """A chunk of one choice; `finish` is its reason."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": members.pop("finish", None)}
    head = {"id": "chatcmpl-made", "object": "chat.completion.chunk", "created": 1, "model": "gpt-made"}
    return head | {"choices": [choice]} | members


FIRST = chunk({"role": "assistant", "content": ""})
WORD = chunk({"content": "Hi"})
LAST = chunk(finish="stop")
DONE = "[DONE]"
SPOKEN = [FIRST, WORD, LAST, DONE]


def call(name: str | None, arguments: str, id_: str | None = None) -> dict[str, Any]:
    """A fragment of a tool call."""
    function = {"arguments": arguments} | ({"name": name} if name else {})
    return chunk(
        {
            "tool_calls": [
                {"index": 0, "function": function} | ({"id": id_, "type": "function"} if id_ else {})
            ]
        }
    )


def chat(events: Sequence[object], **facts: Any) -> playhead.Exchange:
    return exchange(b"".join(map(event, events)), url=CHAT, **facts)


# OpenAI Responses


def response(status: str, output: list[Any] | None = None) -> dict[str, Any]:
    return {
        "id": "resp_made",
        "object": "response",
        "created_at": 1,
        "status": status,
        "model": "gpt-made",
        "output": output or [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


def answer(*, text: str = "Hi", skipped: int = 0) -> list[dict[str, Any]]:
    """A response of one text `Hi`, whose closing event says `text`; so many numbers are left out."""
    part = {"type": "output_text", "text": "", "annotations": []}
    whole = part | {"text": text}
    item = {"id": "item_made", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    full = item | {"status": "completed", "content": [whole]}
    place = {"item_id": "item_made", "output_index": 0, "content_index": 0}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response("in_progress")},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **place, "part": part},
        {"type": "response.output_text.delta", **place, "delta": "Hi", "logprobs": []},
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": whole},
        {"type": "response.output_item.done", "output_index": 0, "item": full},
        {"type": "response.completed", "response": response("completed", [full])},
    ]
    return [
        each | {"sequence_number": number + (skipped if number > 3 else 0)}
        for number, each in enumerate(events)
    ]


def responses(events: Sequence[Mapping[str, Any]], **facts: Any) -> playhead.Exchange:
    return exchange(b"".join(event(each, each["type"]) for each in events), url=RESPONSES, **facts)
