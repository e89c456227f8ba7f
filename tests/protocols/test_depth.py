"""JSON of any depth: what is too deep is said, nothing overflows a stack."""

from __future__ import annotations

import json

import pytest

from playhead.protocols.payload import MAX_DEPTH, NotJson, is_too_deep, parse
from playhead.protocols.remarks import RemarkKind

from .reads import read

DEPTHS = [MAX_DEPTH - 8, MAX_DEPTH, MAX_DEPTH + 1, 500, 990, 5000]
STREAMS = {
    "plain": "data: %s\n\n",
    "openai-chat": 'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"x":%s}}]}\n\n',
    "anthropic-messages": "event: message_start\n"
    'data: {"type":"message_start","message":{"id":"m","content":[],"usage":{},"x":%s}}\n\n',
    "openai-responses": 'data: {"type":"response.created","response":{"id":"r","output":[],"x":%s}}\n\n',
    "gemini": 'data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":%s}}]}}]}\n\n',
    "mcp": 'data: {"jsonrpc":"2.0","id":1,"result":%s}\n\n',
    "ollama": 'data: {"model":"m","message":{"content":"x","x":%s},"done":false}\n\n',
    "cohere": 'data: {"type":"message-start","delta":{"message":{"x":%s}}}\n\n',
}


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("brackets", ["[]", '{"a":}'])
def test_depth_is_no_danger(name: str, depth: int, brackets: str) -> None:
    opening, closing = brackets[:-1], brackets[-1]
    deep = opening * depth + ("1" if closing == "}" else "") + closing * depth
    for protocol in (None, name):
        reading = read((STREAMS[name] % deep).encode() * 3, protocol)
        json.dumps(reading.final().message)
        for block in reading.final().blocks:
            json.dumps([block.data, block.input])
        assert RemarkKind.READER_FAILED not in {remark.kind for remark in reading.remarks}


def test_depth_is_counted_outside_strings() -> None:
    text = json.dumps(["[" * 500, {'"[{': "]}\\"}])
    assert not is_too_deep(text)
    assert parse(text) == json.loads(text)
    assert not is_too_deep("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert is_too_deep("[" * (MAX_DEPTH + 1))
    with pytest.raises(NotJson, match="deeper than 128"):
        parse("[" * 200 + "]" * 200)
