"""The state after a frame is what it was when that frame had just come, whatever came later.

For every stream of every protocol: the reading of a stream that broke off behind frame n, before it is told
that nothing more will come, against the whole reading's `at(n)`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead.bodies import BodyKind, decoder_of
from playhead.model import Response
from playhead.protocols import registry
from playhead.protocols.reading import Answer, Reading
from playhead.protocols.remarks import RemarkKind
from playhead.protocols.state import State
from playhead.sse import Decoder, Frame

FOLDER = Path(__file__).parent / "streams"
STREAMS = sorted(path for path in FOLDER.glob("*/*") if path.suffix in (".sse", ".ndjson"))
MANY_FRAMES = 40


def frames_of(path: Path) -> list[Frame]:
    decoder = decoder_of(BodyKind.SSE if path.suffix == ".sse" else BodyKind.NDJSON)
    assert decoder is not None
    return decoder.feed(path.read_bytes()) + decoder.close()


def told(state: State) -> str:
    """All that a state says, as plain values."""
    blocks = [
        (
            block.number,
            block.kind,
            block.type,
            block.choice,
            block.text,
            block.data,
            block.name,
            block.id,
            block.input,
            block.signature,
            block.citations,
            block.is_open,
            block.opened,
            block.closed,
            block.added,
        )
        for block in state.blocks
    ]
    facts = (state.id, state.model, state.role, state.stop_reason, state.usage, state.error)
    counts = (state.input_tokens, state.output_tokens, state.is_complete)
    added = [block.number for block in state.added]
    return repr((blocks, facts, counts, added, state.message))  # where NaN is NaN


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_comes_later_changes_no_state(path: Path) -> None:
    frames = frames_of(path)[:MANY_FRAMES]
    answer = Answer(response=Response(status=200))
    first = Reading(answer)
    first.feed(frames)
    whole, growing = (Reading(answer, protocol=first.protocol.name) for _ in range(2))
    whole.feed(frames)
    for number, frame in enumerate(frames, 1):
        growing.feed([frame])
        assert told(growing.at(number)) == told(whole.at(number)), f"after frame {number}"


NAMES = [
    "type",
    "event_type",
    "object",
    "choices",
    "delta",
    "message",
    "candidates",
    "jsonrpc",
    "id",
    "model",
    "done",
    "response",
    "error",
    "event",
    "usage",
    "index",
    "content",
    "role",
    "parts",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["", "message", "error", "ping", "message_start"]), JSON), max_size=4)
)
def test_no_event_of_any_shape_breaks_recognition_or_reading(events: list[tuple[str, object]]) -> None:
    body = "".join(
        (f"event: {name}\n" if name else "") + f"data: {json.dumps(value)}\n\n" for name, value in events
    ).encode()
    frames = Decoder().feed(body)
    for name in (None, *registry.names()):
        reading = Reading(Answer(response=Response(status=200)), protocol=name)
        reading.feed(frames)
        reading.close()
        told(reading.final())
        failed = [remark for remark in reading.remarks if remark.kind is RemarkKind.READER_FAILED]
        assert failed == []


@settings(max_examples=80, deadline=None)
@given(JSON, st.sampled_from([200, 400, 429, 500]))
def test_no_body_of_any_shape_breaks_recognition_or_reading(value: object, status: int) -> None:
    for name in (None, *registry.names()):
        answer = Answer(response=Response(status=status), body=json.dumps(value).encode())
        reading = Reading(answer, protocol=name)
        reading.close()
        told(reading.final())
        assert [remark for remark in reading.remarks if remark.kind is RemarkKind.READER_FAILED] == []
