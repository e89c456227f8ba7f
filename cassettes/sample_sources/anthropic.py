"""The samples of the Anthropic Messages API: tool use, a cut, an error in mid-stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from playhead import EndingKind
from sample_sources.stage import CLIENT, PING, SSE_HEAD, Redacted, Sample, Stage, compact

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
    "model": "claude-sonnet-4-6",
    "max_tokens": 4096,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "tools": [_QUOTE_TOOL],
    "messages": [
        {
            "role": "user",
            "content": "I have two boxes, 4 and 11 kg, in Lisbon. "
            "What does it cost to have both in Oslo by Friday?",
        }
    ],
    "stream": True,
}
_QUOTE_THINKING = """\
The user wants the price of sending two parcels from Lisbon to Oslo, arriving by Friday. \
I have a tool for that: get_shipping_quote. It needs the two cities and the list of parcels, and it takes \
a latest arrival.

The weights are given, 4 kg and 11 kg. No sizes are given, and the tool does not require them. Today is \
Tuesday, 3 November 2026, so "Friday" is 6 November. Norway is outside the EU, so customs may add to the \
price and to the time; I should say that, but the quote comes first.

One call with both parcels will do, because they go together. There is no need to ask for the \
sizes now: the quote can be refined when they are known."""
_QUOTE_TEXT = """\
I'll ask for a quote for both boxes together, with Friday, 6 November as the latest arrival. \
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
    return _block_start(
        stage, index, type="tool_use", id=stage.identifier("toolu_01", 22), name=name, input={}
    )


def _partial_json(stage: Stage, index: int, text: str) -> Iterator[bytes]:
    def parts() -> Iterator[str]:
        yield ""
        yield from stage.letters(text, 6)

    return _deltas(stage, index, "input_json_delta", "partial_json", parts())


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
        "model": "claude-sonnet-4-6",
        "max_tokens": 1024,
        "tools": [{"name": "find_order", "description": "An order by its number.", "input_schema": order}],
        "messages": [{"role": "user", "content": "Order A-20871 arrived broken. What do I get back?"}],
        "stream": True,
    }
    sample = _anthropic(
        stage,
        "cut",
        "the server closes in the middle of a tool call",
        request,
    )
    return replace(
        sample,
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
    text = "A tide table lists the times of high and low water for a place. "
    text += "To read one, first find the day, then"
    stage.stream(_deltas(stage, 0, "text_delta", "text", stage.words(text, 2)), 26)
    stage.wait(1800, 0.1)
    error = {"details": None, "type": "overloaded_error", "message": "Overloaded"}
    stage.send(stage.anthropic("error", error=error, request_id=stage.identifier("req_011C")))
    request = {
        "model": "claude-sonnet-4-6",
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": "How do I read a tide table?"}],
        "stream": True,
    }
    return _anthropic(stage, "midstream-error", "an overloaded error under HTTP 200", request)


def _message_start(stage: Stage, input_tokens: int) -> bytes:
    message = {
        "model": "claude-sonnet-4-6",
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


def _anthropic(stage: Stage, name: str, about: str, request: object) -> Sample:
    return Sample(
        name,
        about,
        stage,
        "https://api.anthropic.com/v1/messages",
        request,
        (
            ("host", "api.anthropic.com"),
            *CLIENT,
            ("user-agent", "Anthropic/Python 2.10.0"),
            ("anthropic-version", "2023-06-01"),
            ("x-stainless-retry-count", "0"),
        ),
        Redacted("x-api-key", "anthropic-key", "sk-ant-REDACTED-k7Qd", len("sk-ant-")),
        (
            *SSE_HEAD,
            ("request-id", stage.identifier("req_011C")),
            ("anthropic-organization-id", "REDACTED-vQ2mTz81KxYp0LrWc5NsHb7dEgJ"),
            ("anthropic-ratelimit-requests-limit", "4000"),
            ("anthropic-ratelimit-requests-remaining", "3998"),
            ("anthropic-ratelimit-requests-reset", "2026-11-03T09:14:07Z"),
            ("anthropic-ratelimit-output-tokens-limit", "400000"),
            ("anthropic-ratelimit-output-tokens-remaining", "397000"),
            ("anthropic-ratelimit-output-tokens-reset", "2026-11-03T09:14:08Z"),
            ("x-envoy-upstream-service-time", "421"),
            ("server", "cloudflare"),
        ),
    )
