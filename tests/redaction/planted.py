"""Secrets of every shape, and streams of every protocol into which they are split. All of them made up."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import playhead
from playhead.store.redact import redact_file

_TAIL = "q7Wz2Lk9Xv4Tn8Rb5Mc1"
SECRETS = {
    "anthropic-key": f"sk-ant-api03-{_TAIL}{_TAIL}-AA",
    "anthropic-admin": f"sk-ant-admin01-{_TAIL}",
    "anthropic-oauth": f"sk-ant-oat01-{_TAIL}_x",
    "openai-project": f"sk-proj-{_TAIL}_{_TAIL}",
    "openai-service": f"sk-svcacct-{_TAIL}",
    "openai-admin": f"sk-admin-{_TAIL}",
    "openai-old": f"sk-{_TAIL}{_TAIL}",
    "openrouter": f"sk-or-v1-{_TAIL}",
    "perplexity": f"pplx-{_TAIL}",
    "huggingface": f"hf_{_TAIL}",
    "groq": f"gsk_{_TAIL}{_TAIL}",
    "xai": f"xai-{_TAIL}",
    "google-key": f"AIzaSy{_TAIL}Zq7Wz2Lk9Xv4T",
    "google-token": f"ya29.{_TAIL}",
    "aws-key": "AKIAQ7WZ2LK9XV4TN8RB",
    "aws-session": "ASIAQ7WZ2LK9XV4TN8RB",
    "bedrock": f"ABSK{_TAIL}{_TAIL}",
    "github": f"ghp_{_TAIL}Zq7Wz2Lk9Xv4Tn8R",
    "github-fine": f"github_pat_{_TAIL}_{_TAIL}",
    "gitlab": f"glpat-{_TAIL}",
    "slack": f"xoxb-{_TAIL}",
    "jwt": f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.{_TAIL}",
}
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{_TAIL * 3}\n{_TAIL * 3}\n-----END RSA PRIVATE KEY-----"
PLAIN = "plain"
FORMS: dict[str, Callable[[str], str]] = {
    PLAIN: lambda secret: secret,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64url": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
}

Event = tuple[str | None, object]
SSE = (("content-type", "text/event-stream"),)
NDJSON = (("content-type", "application/x-ndjson"),)


def heart(secret: str) -> str:
    """What of a secret must be nowhere: it without the beginning that says what it is."""
    return secret[len(secret) - 12 :]


def _anthropic(kind: str, member: str, content: dict[str, object]) -> Callable[[Sequence[str]], list[Event]]:
    def make(parts: Sequence[str]) -> list[Event]:
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
        usage = {"input_tokens": 1, "output_tokens": 1}
        start = {**message, "stop_reason": None, "stop_sequence": None, "usage": usage}
        events: list[dict[str, object]] = [
            {"type": "message_start", "message": start},
            {"type": "content_block_start", "index": 0, "content_block": content},
        ]
        events += [
            {"type": "content_block_delta", "index": 0, "delta": {"type": kind, member: part}}
            for part in parts
        ]
        events += [
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
            {"type": "message_stop"},
        ]
        return [(str(event["type"]), event) for event in events]

    return make


def _chat(member: Callable[[str], dict[str, object]]) -> Callable[[Sequence[str]], list[Event]]:
    def make(parts: Sequence[str]) -> list[Event]:
        head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        chunks = [
            {**head, "choices": [{"index": 0, "delta": member(part), "finish_reason": None}]}
            for part in parts
        ]
        return [*((None, chunk) for chunk in chunks), (None, "[DONE]")]

    return make


def _tool(part: str) -> dict[str, object]:
    return {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "f", "arguments": part}}]}


def _two_choices(parts: Sequence[str]) -> list[Event]:
    """The secret in the second choice, with the first one's text between its parts."""
    chunks: list[Event] = []
    for part in parts:
        for index, text in ((0, "lorem "), (1, part)):
            choice = {"index": index, "delta": {"content": text}, "finish_reason": None}
            chunks.append((None, {"id": "c", "object": "chat.completion.chunk", "choices": [choice]}))
    return chunks


def _responses(parts: Sequence[str]) -> list[Event]:
    events: list[dict[str, object]] = [{"type": "response.created", "response": {"id": "r", "output": []}}]
    where = {"item_id": "m1", "output_index": 0, "content_index": 0}
    events.append({"type": "response.output_item.added", "output_index": 0, "item": _item([])})
    part0 = {"type": "output_text", "text": "", "annotations": []}
    events.append({"type": "response.content_part.added", **where, "part": part0})
    events += [{"type": "response.output_text.delta", **where, "delta": part} for part in parts]
    text = "".join(parts)
    events.append({"type": "response.output_text.done", **where, "text": text})
    events.append({"type": "response.content_part.done", **where, "part": {**part0, "text": text}})
    done = _item([{**part0, "text": text}])
    events.append({"type": "response.output_item.done", "output_index": 0, "item": done})
    for number, event in enumerate(events):
        event["sequence_number"] = number
    return [(str(event["type"]), event) for event in events]


def _item(content: list[object]) -> dict[str, object]:
    return {"id": "m1", "type": "message", "role": "assistant", "status": "completed", "content": content}


def _gemini(parts: Sequence[str]) -> list[Event]:
    """Each text behind a thought, or not: it does not always stand at the same place."""
    events: list[Event] = []
    for number, part in enumerate(parts):
        thought = [{"text": "hm", "thought": True}] if number % 2 else []
        content = {"role": "model", "parts": [*thought, {"text": part}]}
        events.append((None, {"candidates": [{"content": content, "index": 0}], "modelVersion": "g"}))
    return events


def _logprobs(parts: Sequence[str]) -> list[Event]:
    """Only the log probabilities say it, which no reader makes a text of."""
    return [
        (
            None,
            {
                "id": "c",
                "object": "chat.completion.chunk",
                "choices": [
                    {"index": 0, "delta": {"content": "x"}, "logprobs": {"content": [{"token": part}]}}
                ],
            },
        )
        for part in parts
    ]


def _alternatives(parts: Sequence[str]) -> list[Event]:
    """One of several tokens at each place: the others stand between the parts, without an index."""
    return [
        (None, {"n": n, "top": [{"token": "a"}, {"token": part}, {"token": "b", "of": ["c", part, "d"]}]})
        for n, part in enumerate(parts)
    ]


def _completions(parts: Sequence[str]) -> list[Event]:
    return [
        (None, {"id": "c", "object": "text_completion", "choices": [{"text": part, "index": 0}]})
        for part in parts
    ]


def _mcp(parts: Sequence[str]) -> list[Event]:
    return [
        ("message", {"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": part}})
        for part in parts
    ]


def _cohere(parts: Sequence[str]) -> list[Event]:
    return [
        (
            "content-delta",
            {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": p}}}},
        )
        for p in parts
    ]


STREAMS: dict[str, Callable[[Sequence[str]], list[Event]]] = {
    "anthropic-text": _anthropic("text_delta", "text", {"type": "text", "text": ""}),
    "anthropic-thinking": _anthropic(
        "thinking_delta", "thinking", {"type": "thinking", "thinking": "", "signature": ""}
    ),
    "anthropic-tool": _anthropic(
        "input_json_delta", "partial_json", {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    ),
    "chat-text": _chat(lambda part: {"content": part}),
    "chat-tool": _chat(_tool),
    "chat-reasoning": _chat(lambda part: {"reasoning": part, "reasoning_details": [{"text": part}]}),
    "chat-two": _two_choices,
    "chat-logprobs": _logprobs,
    "responses": _responses,
    "gemini": _gemini,
    "completions": _completions,
    "alternatives": _alternatives,
    "mcp": _mcp,
    "cohere": _cohere,
    "plain-json": lambda parts: [("token", {"n": n, "token": part}) for n, part in enumerate(parts)],
    "plain-counted": lambda parts: [(None, {"index": n, "t": [part]}) for n, part in enumerate(parts)],
    "plain-text": lambda parts: [(None, part) for part in parts],
}


def sse(events: Sequence[Event], escape: Callable[[str], str] = lambda text: text, end: str = "\n") -> bytes:
    """The stream of these events; `escape` has the last word on the JSON of each."""
    blocks: list[str] = []
    for name, data in events:
        text = data if isinstance(data, str) else escape(json.dumps(data, ensure_ascii=False))
        lines = [f"event: {name}"] if name is not None else []
        blocks.append(end.join([*lines, f"data: {text}", "", ""]))
    return "".join(blocks).encode()


def split(text: str, cuts: Sequence[int]) -> list[str]:
    """`text` cut at these places."""
    places = [0, *sorted({cut for cut in cuts if 0 < cut < len(text)}), len(text)]
    return [text[a:b] for a, b in pairwise(places)]


def chunked(body: bytes, sizes: Sequence[int]) -> list[bytes]:
    """The body in chunks of these sizes, again and again."""
    chunks: list[bytes] = []
    at = number = 0
    while at < len(body):
        size = sizes[number % len(sizes)]
        chunks.append(body[at : at + size])
        at, number = at + size, number + 1
    return chunks


def cassette(
    path: Path,
    chunks: Sequence[bytes],
    *,
    url: str = "https://llm.test/v1/x",
    headers: playhead.model.Headers = SSE,
    request_headers: playhead.model.Headers = (),
    request_body: bytes | None = b"{}",
    facts: dict[str, str] | None = None,
) -> Path:
    """A finished cassette of one exchange."""
    path.unlink(missing_ok=True)
    with playhead.open_writer(path, facts={"source": "proxy"}) as writer:
        exchange = writer.exchange()
        exchange.request(
            playhead.Request(
                method="POST", url=url, headers=request_headers, body=request_body, t=0.0, facts=facts or {}
            )
        )
        exchange.response(playhead.Response(status=200, headers=headers, t=0.1))
        for number, chunk in enumerate(chunks):
            exchange.chunk(chunk, 0.2 + number / 1000)
        exchange.end(playhead.EndingKind.COMPLETE, 99.0)
    return path


def redacted(source: Path) -> playhead.Cassette:
    """The cassette at `source` without its secrets, in a file beside it."""
    target = source.with_name("safe-" + source.name)
    redact_file(source, target, overwrite=True)
    return playhead.load(target)
