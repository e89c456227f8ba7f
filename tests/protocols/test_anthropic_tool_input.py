"""A fault in a tool's input is found at the delta at which the SDK's parser first refuses."""

from __future__ import annotations

import jiter
from hypothesis import given
from hypothesis import strategies as st

from playhead.protocols.anthropic.tool_input import ToolInput

_PIECES = [
    *(
        '{"a": ',
        "[",
        "]",
        "}",
        '"',
        "\\",
        "\\u12",
        "\\ud83d",
        "\\ude00",
        ",",
        ":",
        "1",
        "-",
        ".",
        "e5",
        "tr",
        "ue",
    ),
    *("null", "Na", "N", " ", "\n", "x", "é", '"b"', '"b": ', "0", "\x01", "{", "Infinity", "long " * 300),
]


def _first_refusal(parts: list[str], *, fine_grained: bool) -> int | None:
    text = b""
    for frame, part in enumerate(parts, 1):
        text += part.encode()
        try:
            if text:
                jiter.from_json(text, partial_mode="trailing-strings" if fine_grained else True)
        except ValueError:
            return frame
    return None


def _our_refusal(parts: list[str], *, fine_grained: bool) -> int | None:
    tool = ToolInput(1, fine_grained=fine_grained)
    for frame, part in enumerate(parts, 1):
        tool.text.rope.append(frame, part)
        if tool.grew(frame, part) and (fault := tool.fault(frame)):
            return fault[0]
    fault = tool.fault(len(parts))
    return fault[0] if fault else None


@given(st.lists(st.sampled_from(_PIECES), max_size=12), st.booleans())
def test_any_pieces(parts: list[str], fine_grained: bool) -> None:
    assert _our_refusal(parts, fine_grained=fine_grained) == _first_refusal(parts, fine_grained=fine_grained)


@given(
    st.integers(0, 3000),
    st.sampled_from(_PIECES[:-1]),
    st.integers(1, 40),
    st.sampled_from(['{"a": "', '["']),
    st.booleans(),
)
def test_a_fault_anywhere_in_a_long_input(
    at: int, piece: str, size: int, first: str, fine_grained: bool
) -> None:
    text = (first + "word " * 800)[:at] + piece + "more " * 200
    parts = [text[place : place + size] for place in range(0, len(text), size)]
    assert _our_refusal(parts, fine_grained=fine_grained) == _first_refusal(parts, fine_grained=fine_grained)


def test_a_long_input_is_parsed_a_few_times_only() -> None:
    tool = ToolInput(1, fine_grained=False)
    tries = 0
    parse = tool.parse

    def counted(text: str) -> object:
        nonlocal tries
        tries += 1
        return parse(text)

    class Counting(ToolInput):
        parse = staticmethod(counted)  # type: ignore[assignment]

    counting = Counting(1, fine_grained=False)
    for frame in range(1, 20_001):
        part = '{"a": "' if frame == 1 else "some words "
        counting.text.rope.append(frame, part)
        if counting.grew(frame, part):
            assert counting.fault(frame) is None
    assert counting.fault(20_000) is None
    assert tries < 200
