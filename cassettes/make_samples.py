"""Writes the cassettes that ship with Playhead: `uv run python cassettes/make_samples.py [--out FOLDER]`.

Each is one exchange that never happened, for one thing worth seeing. Knows the stories; `sample_stage`
knows how they are timed and written. The same bytes come out at every run (a test compares them).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

from playhead import EndingKind
from sample_stage import DATE, PING, UNIX_TIME, Redacted, Sample, Stage, compact

FOLDER = Path(__file__).parent / "playhead" / "samples"

# -- What the two providers' clients and servers put around a stream ---------------------------------

_CLIENT = (
    ("accept", "application/json"),
    ("accept-encoding", "identity"),
    ("connection", "keep-alive"),
    ("content-type", "application/json"),
)
_SSE_HEAD = (
    ("date", DATE),
    ("content-type", "text/event-stream; charset=utf-8"),
    ("transfer-encoding", "chunked"),
    ("connection", "keep-alive"),
    ("cache-control", "no-cache"),
)


def _anthropic(stage: Stage, name: str, about: str, request: object, **more: object) -> Sample:
    return Sample(
        name,
        about,
        stage,
        "https://api.anthropic.com/v1/messages",
        request,
        (
            ("host", "api.anthropic.com"),
            *_CLIENT,
            ("user-agent", "Anthropic/Python 2.10.0"),
            ("anthropic-version", "2023-06-01"),
            ("x-stainless-retry-count", "0"),
        ),
        Redacted("x-api-key", "anthropic-key", "sk-ant-REDACTED-k7Qd", len("sk-ant-")),
        (
            *_SSE_HEAD,
            ("request-id", stage.identifier("req_011C")),
            ("anthropic-organization-id", "00000000-0000-4000-8000-000000000000"),
            ("anthropic-ratelimit-requests-limit", "4000"),
            ("anthropic-ratelimit-requests-remaining", "3998"),
            ("anthropic-ratelimit-requests-reset", "2026-11-03T09:14:07Z"),
            ("anthropic-ratelimit-output-tokens-limit", "400000"),
            ("anthropic-ratelimit-output-tokens-remaining", "397000"),
            ("anthropic-ratelimit-output-tokens-reset", "2026-11-03T09:14:08Z"),
            ("x-envoy-upstream-service-time", "421"),
            ("server", "cloudflare"),
        ),
        **more,  # type: ignore[arg-type]
    )


def _openai(stage: Stage, name: str, about: str, request: object, **more: object) -> Sample:
    return Sample(
        name,
        about,
        stage,
        "https://api.openai.com/v1/chat/completions",
        request,
        (
            ("host", "api.openai.com"),
            *_CLIENT,
            ("user-agent", "OpenAI/Python 3.51.0"),
            ("x-stainless-retry-count", "0"),
        ),
        Redacted("authorization", "openai-key", "Bearer sk-proj-REDACTED-x3Fw", len("Bearer sk-proj-")),
        (
            *_SSE_HEAD,
            ("openai-organization", "example-org"),
            ("openai-processing-ms", "388"),
            ("openai-version", "2020-10-01"),
            ("x-ratelimit-limit-requests", "10000"),
            ("x-ratelimit-remaining-requests", "9999"),
            ("x-request-id", stage.identifier("req_", 32).lower()),
            ("server", "cloudflare"),
        ),
        **more,  # type: ignore[arg-type]
    )


def _gateway(stage: Stage, name: str, about: str, path: str, request: object) -> Sample:
    return Sample(
        name,
        about,
        stage,
        f"https://gateway.example{path}",
        request,
        (("host", "gateway.example"), *_CLIENT),
        Redacted("authorization", "bearer-token", "Bearer REDACTED-p0Za", len("Bearer ")),
        (
            ("date", DATE),
            ("content-type", "text/event-stream"),
            ("transfer-encoding", "chunked"),
            ("cache-control", "no-cache"),
        ),
    )


# -- Blocks of an Anthropic stream -------------------------------------------------------------------


def _message_start(stage: Stage, input_tokens: int) -> bytes:
    message = {
        "model": "claude-sonnet-4-5-20250929",
        "id": stage.identifier("msg_01", 22),
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": input_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 3,
            "service_tier": "standard",
        },
    }
    return stage.anthropic("message_start", message=message)


def _block_start(stage: Stage, index: int, **block: object) -> bytes:
    return stage.anthropic("content_block_start", index=index, content_block=block)


def _block_stop(stage: Stage, index: int) -> bytes:
    return stage.anthropic("content_block_stop", index=index)


def _deltas(stage: Stage, index: int, kind: str, key: str, parts: Iterator[str]) -> Iterator[bytes]:
    for part in parts:
        yield stage.anthropic("content_block_delta", index=index, delta={"type": kind, key: part})


def _message_delta(stage: Stage, stop_reason: str, output_tokens: int) -> bytes:
    delta = {"stop_reason": stop_reason, "stop_sequence": None}
    return stage.anthropic("message_delta", delta=delta, usage={"output_tokens": output_tokens})


# -- Chunks of an OpenAI chat completion -------------------------------------------------------------


class _Completion:
    """Words the JSON of one chat completion's events."""

    def __init__(self, stage: Stage, model: str, *, line_end: str = "\n", obfuscate: bool = False) -> None:
        self._stage = stage
        self._line_end = line_end
        self._obfuscate = obfuscate
        self._common = {
            "id": stage.identifier("chatcmpl-", 29),
            "object": "chat.completion.chunk",
            "created": UNIX_TIME,
            "model": model,
            "service_tier": "default",
            "system_fingerprint": stage.identifier("fp_", 10).lower(),
        }

    def _event(self, **payload: object) -> bytes:
        event: dict[str, object] = {**self._common, **payload}
        if self._obfuscate:
            event["obfuscation"] = self._stage.identifier("", 4 + len(self._stage.padding()))
        return f"data: {compact(event)}{self._line_end * 2}".encode()

    def delta(self, finish_reason: str | None = None, **delta: object) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return self._event(choices=[choice], usage=None)

    def usage(self, prompt: int, completion: int) -> bytes:
        usage = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
        return self._event(choices=[], usage=usage)

    def done(self) -> bytes:
        return f"data: [DONE]{self._line_end * 2}".encode()

    def call(self, index: int, name: str, arguments: str) -> Iterator[bytes]:
        """A tool call: its head, then its arguments in pieces."""
        head = {
            "index": index,
            "id": self._stage.identifier("call_"),
            "type": "function",
            "function": {"name": name, "arguments": ""},
        }
        yield self.delta(tool_calls=[head])
        for part in self._stage.letters(arguments, 5):
            yield self.delta(tool_calls=[{"index": index, "function": {"arguments": part}}])


# -- The samples -------------------------------------------------------------------------------------

_QUOTE_TOOL = {
    "name": "get_shipping_quote",
    "description": "The price of sending parcels from one city to another.",
    "input_schema": {
        "type": "object",
        "properties": {
            "from_city": {"type": "string"},
            "to_city": {"type": "string"},
            "parcels": {"type": "array", "items": {"type": "object"}},
            "latest_arrival": {"type": "string"},
        },
        "required": ["from_city", "to_city", "parcels"],
    },
}
_QUOTE_REQUEST = {
    "model": "claude-sonnet-4-5",
    "max_tokens": 4096,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "tools": [_QUOTE_TOOL],
    "messages": [
        {
            "role": "user",
            "content": "I have two boxes, 4 and 11 kg, in Lisbon. What does it cost to have both in Oslo by Friday?",
        }
    ],
    "stream": True,
}
_QUOTE_THINKING = """The user wants the price of sending two parcels from Lisbon to Oslo, arriving by Friday. \
I have a tool for that: get_shipping_quote. It needs the two cities and the list of parcels, and it takes \
a latest arrival.

The weights are given, 4 kg and 11 kg. No sizes are given, and the tool does not require them. Today is \
Tuesday, 3 November 2026, so "Friday" is 6 November. Norway is outside the EU, so customs may add to the \
price and to the time; I should say that, but the quote comes first.

One call with both parcels will do, because they go together. There is no need to ask for the \
sizes now: the quote can be refined when they are known."""
_QUOTE_TEXT = """I'll ask for a quote for both boxes together, with Friday, 6 November as the latest arrival. \
One thing to know beforehand: Norway is outside the EU, so the parcels pass customs. That can add a fee \
that the carrier's price does not show, and sometimes a day. Here is the request.\
"""
_QUOTE_INPUT = {
    "from_city": "Lisbon",
    "to_city": "Oslo",
    "parcels": [{"weight_kg": 4}, {"weight_kg": 11}],
    "latest_arrival": "2026-11-06",
}


def anthropic_tools() -> Sample:
    stage = Stage("anthropic-tools")
    stage.us = 1000
    stage.wait(449, 0.01)
    stage.send(_message_start(stage, 512))
    stage.wait(2)
    stage.send(_block_start(stage, 0, type="thinking", thinking="", signature=""), PING)
    stage.stream(_deltas(stage, 0, "thinking_delta", "thinking", stage.words(_QUOTE_THINKING, 3)), 17)
    stage.wait(30)
    signature = {"type": "signature_delta", "signature": stage.signature(168)}
    stage.send(stage.anthropic("content_block_delta", index=0, delta=signature))
    stage.wait(3)
    stage.send(_block_stop(stage, 0), _block_start(stage, 1, type="text", text=""))
    stage.stream(_deltas(stage, 1, "text_delta", "text", stage.words(_QUOTE_TEXT, 2)), 20)
    stage.send(PING)
    stage.wait(140, 0.1)
    stage.send(_block_stop(stage, 1), _tool_start(stage, 2, "get_shipping_quote"))
    stage.stream(_partial_json(stage, 2, compact(_QUOTE_INPUT)), 16)
    stage.wait(5)
    stage.send(_block_stop(stage, 2))
    stage.wait(60, 0.2)
    stage.send(_message_delta(stage, "tool_use", 341), stage.anthropic("message_stop"))
    return _anthropic(stage, "anthropic-tools", "thinking, text and a tool call", _QUOTE_REQUEST)


def _tool_start(stage: Stage, index: int, name: str) -> bytes:
    return _block_start(stage, index, type="tool_use", id=stage.identifier("toolu_01", 22), name=name, input={})


def _partial_json(stage: Stage, index: int, text: str) -> Iterator[bytes]:
    def parts() -> Iterator[str]:
        yield ""
        yield from stage.letters(text, 6)

    return _deltas(stage, index, "input_json_delta", "partial_json", parts())


def openai_tools() -> Sample:
    stage = Stage("openai-tools")
    completion = _Completion(stage, "gpt-4.1-2025-04-14", obfuscate=True)
    stage.us = 1000
    stage.wait(420, 0.05)
    stage.send(completion.delta(role="assistant", content=None, refusal=None))
    stage.wait(4)
    stage.stream(completion.call(0, "get_weather", '{"city":"Bergen","days":3}'), 18)
    stage.wait(35)
    stage.stream(completion.call(1, "find_trains", '{"from":"Oslo S","to":"Bergen","date":"2026-11-06"}'), 15)
    stage.wait(25)
    stage.send(completion.delta("tool_calls"), completion.usage(131, 52), completion.done())
    tools = [
        {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
        for name in ("get_weather", "find_trains")
    ]
    content = "I take the train to Bergen on Friday. Which ones go, and do I need a raincoat?"
    request = {
        "model": "gpt-4.1",
        "messages": [{"role": "user", "content": content}],
        "tools": tools,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return _openai(stage, "openai-tools", "two parallel tool calls, usage, [DONE]", request)


# The two smallest streams that a gateway's documentation shows: no usage, no ping, no message_delta.
_GATEWAY_ANTHROPIC = b"""\
event: message_start
data: {"type":"message_start","message":{"id":"msg_...","type":"message","role":"assistant","content":[],"model":"claude-sonnet-4.6"}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"! How can I help?"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_stop
data: {"type":"message_stop"}

"""
_GATEWAY_OPENAI = b"""\
data: {"id":"chatcmpl-...","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}

data: {"id":"chatcmpl-...","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}

data: {"id":"chatcmpl-...","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"!"},"finish_reason":null}]}

data: {"id":"chatcmpl-...","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: [DONE]

"""


def _event_by_event(stage: Stage, body: bytes) -> None:
    stage.us = 1000
    stage.wait(310)
    for event in body.split(b"\n\n")[:-1]:
        stage.send(event + b"\n\n")
        stage.wait(24)


def gateway_anthropic() -> Sample:
    stage = Stage("gateway-anthropic")
    _event_by_event(stage, _GATEWAY_ANTHROPIC)
    request = {
        "model": "claude-sonnet-4.6",
        "max_tokens": 256,
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
    }
    about = "the least an Anthropic-compatible gateway sends: no usage, no ping, no message_delta"
    return _gateway(stage, "gateway-anthropic", about, "/v1/messages", request)


def gateway_openai() -> Sample:
    stage = Stage("gateway-openai")
    _event_by_event(stage, _GATEWAY_OPENAI)
    request = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hello"}], "stream": True}
    about = "the least an OpenAI-compatible gateway sends: no created, no model, no usage"
    return _gateway(stage, "gateway-openai", about, "/v1/chat/completions", request)


def stalled_keepalives() -> Sample:
    stage = Stage("stalled-keepalives")
    completion = _Completion(stage, "example-reasoner")
    keep_alive = b": keep-alive\n\n"
    stage.us = 1000
    stage.wait(380)
    stage.send(keep_alive)
    stage.wait(350)
    stage.send(completion.delta(role="assistant", content=""))
    before = "The three numbers have a sum of 57, and the middle one is the mean of the other two, so it is 19."
    stage.stream((completion.delta(content=part) for part in stage.words(before, 2)), 22)
    for _ in range(6):  # the model says nothing for about six seconds; the connection does
        stage.wait(950, 0.05)
        stage.send(keep_alive)
    stage.wait(420, 0.1)
    after = " The product of all three is then greatest when they are equal: 19, 19 and 19."
    stage.stream((completion.delta(content=part) for part in stage.words(after, 2)), 22)
    stage.send(completion.delta("stop"))
    stage.wait(3)
    stage.send(completion.usage(48, 61), completion.done())
    content = "Three numbers in arithmetic progression sum to 57. Which have the greatest product?"
    request = {
        "model": "example-reasoner",
        "messages": [{"role": "user", "content": content}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    about = "a model stall of six seconds that keep-alive comments mask"
    return _gateway(stage, "stalled-keepalives", about, "/v1/chat/completions", request)


def cut() -> Sample:
    stage = Stage("cut")
    stage.us = 1000
    stage.wait(470)
    stage.send(_message_start(stage, 388))
    stage.wait(2)
    stage.send(_block_start(stage, 0, type="text", text=""), PING)
    text = "I'll look up the order first, then the refund rules that apply to it."
    stage.stream(_deltas(stage, 0, "text_delta", "text", stage.words(text, 2)), 24)
    stage.wait(90)
    stage.send(_block_stop(stage, 0), _tool_start(stage, 1, "find_order"))
    arguments = compact({"order": "A-20871", "include": ["payments", "shipments"]})
    *parts, last = _partial_json(stage, 1, arguments[:-14])
    stage.stream(iter(parts), 20)
    stage.wait(20)
    stage.send(last[: len(last) * 2 // 3])  # what had left the server's buffer
    order = {"type": "object", "properties": {"order": {"type": "string"}}}
    request = {
        "model": "claude-sonnet-4-5",
        "max_tokens": 1024,
        "tools": [{"name": "find_order", "description": "An order by its number.", "input_schema": order}],
        "messages": [{"role": "user", "content": "Order A-20871 arrived broken. What do I get back?"}],
        "stream": True,
    }
    return _anthropic(
        stage,
        "cut",
        "the server closes in the middle of a tool call",
        request,
        ending=EndingKind.SERVER_CLOSED,
        detail="peer closed connection without sending complete message body (incomplete chunked read)",
        evidence={
            "how": "fin",
            "client_open": "true",
            "server_open": "false",
            "framing": "chunked",
            "framing_complete": "false",
        },
        linger_us=38_204,
    )


def midstream_error() -> Sample:
    stage = Stage("midstream-error")
    stage.us = 1000
    stage.wait(520)
    stage.send(_message_start(stage, 64))
    stage.wait(2)
    stage.send(_block_start(stage, 0, type="text", text=""), PING)
    text = "A tide table lists the times of high and low water for a place. To read one, first find the day, then"
    stage.stream(_deltas(stage, 0, "text_delta", "text", stage.words(text, 2)), 26)
    stage.wait(1800, 0.1)
    error = {"details": None, "type": "overloaded_error", "message": "Overloaded"}
    stage.send(stage.anthropic("error", error=error, request_id=stage.identifier("req_011C")))
    request = {
        "model": "claude-sonnet-4-5",
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": "How do I read a tide table?"}],
        "stream": True,
    }
    return _anthropic(stage, "midstream-error", "an overloaded error under HTTP 200", request)


def split_utf8() -> Sample:
    stage = Stage("split-utf8")
    completion = _Completion(stage, "example-chat", line_end="\r\n")
    text = ["好的！", "上海", "到奥斯陆", "的航班", "需要", "十一个小时", "。祝您", "旅途愉快", " ✈️", " 🧳👩‍🚀"]
    body = completion.delta(role="assistant", content="")
    body += b"".join(completion.delta(content=part) for part in text)
    body += completion.delta("stop") + completion.done()
    stage.us = 1000
    stage.wait(290)
    start = 0
    for end in _awkward_cuts(body):
        stage.send(body[start:end])
        stage.wait(21)
        start = end
    request = {
        "model": "example-chat",
        "messages": [{"role": "user", "content": "从上海飞到奥斯陆要多久？🙏"}],
        "stream": True,
    }
    about = "characters and CRLF cut by chunk boundaries"
    return _gateway(stage, "split-utf8", about, "/v1/chat/completions", request)


def _awkward_cuts(body: bytes) -> list[int]:
    """One cut in each event: within a character where it has one, within its line ends where it has none."""
    cuts = []
    start = 0
    for number, event in enumerate(body.split(b"\r\n\r\n")[:-1]):
        end = start + len(event) + 4
        wide = [at for at in range(start, end) if body[at] >= 0xC0]
        if wide:
            # A character of n bytes can be cut in n - 1 places.
            at = wide[number % len(wide)]
            length = 4 if body[at] >= 0xF0 else 3 if body[at] >= 0xE0 else 2
            cuts.append(at + 1 + number % (length - 1))
        else:
            cuts.append(end - 3 + number % 3)  # between CR and LF, between the two CRLFs, CR and LF
        start = end
    return [*cuts, len(body)]


SAMPLES: tuple[Callable[[], Sample], ...] = (
    anthropic_tools,
    openai_tools,
    gateway_anthropic,
    gateway_openai,
    stalled_keepalives,
    cut,
    midstream_error,
    split_utf8,
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write Playhead's samples.")
    parser.add_argument("--out", type=Path, default=FOLDER, help="the folder to write to")
    folder = parser.parse_args().out
    for make in SAMPLES:
        print(make().write(folder))


if __name__ == "__main__":
    main()
