"""The least that gateways send, in both protocols: no usage, no ping, no message_delta."""

# ruff: noqa: E501 (the streams are byte for byte what a gateway sends)
from __future__ import annotations

from sample_sources.stage import CLIENT, DATE, Redacted, Sample, Stage

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
    return gateway(stage, "gateway-anthropic", about, "/v1/messages", request)


def gateway_openai() -> Sample:
    stage = Stage("gateway-openai")
    _event_by_event(stage, _GATEWAY_OPENAI)
    request = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hello"}], "stream": True}
    about = "the least an OpenAI-compatible gateway sends: no created, no model, no usage"
    return gateway(stage, "gateway-openai", about, "/v1/chat/completions", request)


def gateway(stage: Stage, name: str, about: str, path: str, request: object) -> Sample:
    return Sample(
        name,
        about,
        stage,
        f"https://gateway.example{path}",
        request,
        (("host", "gateway.example"), *CLIENT),
        Redacted("authorization", "bearer-token", "Bearer REDACTED-p0Za", len("Bearer ")),
        (
            ("date", DATE),
            ("content-type", "text/event-stream"),
            ("transfer-encoding", "chunked"),
            ("cache-control", "no-cache"),
        ),
    )
