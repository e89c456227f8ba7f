"""The text of one event, by the paths of the common providers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.protocols.first_text import visible_text


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hi"}}, "Hi"),
        ({"delta": {"type": "thinking_delta", "thinking": "hm"}}, "hm"),
        ({"delta": {"type": "input_json_delta", "partial_json": '{"a'}}, '{"a'),
        ({"delta": {"type": "signature_delta", "signature": "c2ln"}}, ""),
        ({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, ""),
        ({"choices": [{"delta": {"role": "assistant", "content": "Hi"}}]}, "Hi"),
        ({"choices": [{"delta": {"reasoning_content": "hm", "content": None}}]}, "hm"),
        (
            {
                "choices": [
                    {"delta": {"tool_calls": [{"index": 0, "function": {"arguments": '{"'}}, {"index": 1}]}}
                ]
            },
            '{"',
        ),
        ({"choices": []}, ""),
        ({"choices": [{"index": 0}]}, ""),
        ({"type": "response.output_text.delta", "delta": "Hi"}, "Hi"),
        ({"type": "ping"}, ""),
        ({"delta": 5, "choices": {"0": 1}}, ""),
        ({"delta": {"text": "\ud83d"}}, "\ud83d"),
    ],
)
def test_known_shapes(event, text):
    assert visible_text(json.dumps(event)) == text


@pytest.mark.parametrize(
    "data", ["", "[DONE]", "{", '{"a":', "[" * 100_000, '{"a":' * 100_000, '{"n": NaN}', "null", "{}x"]
)
def test_what_is_no_such_event_adds_nothing(data):
    assert visible_text(data) == ""


@given(st.text())
def test_it_never_raises(data):
    assert visible_text(data) == ""


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["delta", "choices", "content", "text", "tool_calls", "function", "arguments"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_gives_a_string(value):
    assert isinstance(visible_text(json.dumps(value)), str)
