"""Streams as the providers send them, for cassettes of real code: a list of events, a chunk each.

Knows the two wire protocols as far as a turn of an agent needs them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import playhead
from playhead import EndingKind, Request, Response

ANTHROPIC = "https://api.anthropic.com/v1/messages"
OPENAI = "https://api.openai.com/v1/chat/completions"
HEADERS = (("content-type", "text/event-stream; charset=utf-8"), ("x-request-id", "req_1"))


def _event(payload: Mapping[str, Any]) -> bytes:
    return f"event: {payload['type']}\ndata: {json.dumps(payload)}\n\n".encode()


def anthropic_turn(*pieces: str, tool: tuple[str, str, str] | None = None) -> list[bytes]:
    """Text in pieces, then perhaps a tool call: id, name, input as JSON, which comes in two deltas."""
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 1},
    }  # fmt: skip
    made: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
    deltas: list[dict[str, Any]] = [{"type": "text_delta", "text": piece} for piece in pieces]
    blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [({"type": "text", "text": ""}, deltas)]
    if tool is not None:
        name, half = tool[1], len(tool[2]) // 2
        parts = (tool[2][:half], tool[2][half:])
        call = {"type": "tool_use", "id": tool[0], "name": name, "input": {}}
        blocks.append((call, [{"type": "input_json_delta", "partial_json": part} for part in parts]))
    for index, (block, inside) in enumerate(blocks):
        made.append({"type": "content_block_start", "index": index, "content_block": block})
        made += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in inside]
        made.append({"type": "content_block_stop", "index": index})
    reason = {"stop_reason": "tool_use" if tool else "end_turn", "stop_sequence": None}
    made.append({"type": "message_delta", "delta": reason, "usage": {"output_tokens": 9}})
    made.append({"type": "message_stop"})
    return [_event(each) for each in made]


def openai_turn(*pieces: str) -> list[bytes]:
    """Text in pieces, and the end that the protocol has."""

    def chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        whole = {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [choice],
        }
        return f"data: {json.dumps(whole)}\n\n".encode()

    words = [chunk({"content": piece}) for piece in pieces]
    return [chunk({"role": "assistant", "content": ""}), *words, chunk({}, "stop"), b"data: [DONE]\n\n"]


class Answer:
    """What came of one request. `status` other than 200: an error whose SDK may try again, at once."""

    def __init__(
        self,
        url: str,
        events: Iterable[bytes] = (),
        *,
        status: int = 200,
        ending: EndingKind = EndingKind.COMPLETE,
        how: str = "clean",
        body: object = None,
    ) -> None:
        self.url, self.events, self.status = url, list(events), status
        self.ending, self.how = ending, how
        self.body = None if body is None else json.dumps(body).encode()


def cassette(path: Path, *answers: Answer) -> None:
    """Write the answers, in this order. Where no body is given, any request is answered."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with playhead.open_writer(path) as writer:
        for number, answer in enumerate(answers):
            t = 10.0 * number
            out = writer.exchange()
            out.request(Request(method="POST", url=answer.url, body=answer.body, t=t))
            headers = HEADERS if answer.status == 200 else (("retry-after-ms", "1"), *_JSON)
            if answer.status:
                out.response(Response(status=answer.status, reason="", headers=headers, t=t + 0.2))
            for at, data in enumerate(answer.events):
                out.chunk(data, t + 0.3 + at / 100)
            out.end(answer.ending, t + 5.0, facts={"how": answer.how, "framing": "chunked"})


_JSON = (("content-type", "application/json"),)
