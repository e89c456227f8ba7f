"""Counts that no computation can hold."""

from __future__ import annotations

import json

import playhead
from playhead.store.cassette import open_data


def test_a_count_beyond_all_bounds_is_unknown() -> None:
    event = {
        "candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"}],
        "usageMetadata": {"candidatesTokenCount": 10**400},
    }
    lines = [
        {"type": "header", "format": "playhead-cassette", "version": 1},
        {"type": "chunk", "exchange": 1, "t": 0.1, "text": f"data: {json.dumps(event)}\n\n"},
        {"type": "chunk", "exchange": 1, "t": 0.3, "text": f"data: {json.dumps(event)}\n\n"},
        {"type": "end", "exchange": 1, "t": 0.4, "ending": "complete"},
    ]
    exchange = open_data("".join(json.dumps(line) + "\n" for line in lines).encode(), "made")[1]
    exchange.use_protocol("gemini")
    assert playhead.measure(exchange).output_tokens is None
    assert playhead.check(exchange) == []
