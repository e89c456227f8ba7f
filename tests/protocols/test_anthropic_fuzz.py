"""Anthropic Messages: streams of chance, ours against the installed SDK after every event."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playhead.protocols.remarks import RemarkKind
from playhead.sse import Decoder

from .anthropic_sdk import FINE_GRAINED, Asked, ours, sdk_hears, we_hear
from .make_answers_anthropic import STREAMS
from .reads import canonical

Event = tuple[str | None, object]

# Values that are likely to mean something where they do not belong. Floats that JSON does not know are left
# out: the SDK computes with them, and writes null (docs/protocols.md).
_VALUES = [
    *(None, True, False, 0, 1, -1, 2, 1.0, 1.5, "", "0", "1", "abc", [], {}, [1], "\ud800"),
    *("text", "tool_use", "thinking", "text_delta", "input_json_delta", "content_block_stop", "fallback"),
    *({"type": "text"}, {"type": "text", "text": "q"}, '{"a":', " ", "2025-01-01T00:00:00Z", "1_000"),
]
_NAMES = [None, "ping", "error", "anything", "content_block_delta"]


def _events(body: bytes) -> list[Event]:
    decoder = Decoder()
    frames = [*decoder.feed(body), *decoder.close()]
    return [(_named(frame.event), json.loads(frame.data or "")) for frame in frames if _is_json(frame.data)]


def _named(event: str | None) -> str | None:
    """`message` is what an event is called that has no name."""
    return None if event == "message" else event


def _is_json(data: str | None) -> bool:
    try:
        return json.loads(data or "") is not None
    except ValueError:
        return False


def _bases() -> list[list[Event]]:
    # An id makes the SDK find events in blank lines, which is not what is tried here.
    bodies = [path.read_bytes() for path in sorted(STREAMS.glob("*.sse"))]
    return [_events(body) for body in bodies if b"NaN" not in body and b"1e400" not in body and body]


BASES = [base for base in _bases() if base]


def _paths(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    found = [path] if path else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in pairs:
        found += _paths(part, (*path, name))
    return found


def _change(draw: st.DrawFn, payload: object) -> None:
    paths = _paths(payload)
    if not paths:
        return
    *way, last = draw(st.sampled_from(paths))
    for name in way:
        payload = payload[name]  # type: ignore[index]
    if isinstance(payload, dict) and draw(st.integers(0, 3)) == 0:
        del payload[last]
    else:
        payload[last] = copy.deepcopy(draw(st.sampled_from(_VALUES)))  # type: ignore[index]


@st.composite
def mutated(draw: st.DrawFn) -> list[Event]:
    """A stream of ours with some events dropped, doubled, swapped, renamed or changed."""
    events = copy.deepcopy(draw(st.sampled_from(BASES)))
    for _ in range(draw(st.integers(1, 5))):
        if not events:
            break
        at = draw(st.integers(0, len(events) - 1))
        match draw(
            st.sampled_from(["drop", "double", "swap", "rename", "cut", "change", "change", "change"])
        ):
            case "drop":
                del events[at]
            case "double":
                events.insert(draw(st.integers(0, len(events))), copy.deepcopy(events[at]))
            case "swap":
                other = draw(st.integers(0, len(events) - 1))
                events[at], events[other] = events[other], events[at]
            case "rename":
                events[at] = (draw(st.sampled_from(_NAMES)), events[at][1])
            case "cut":
                del events[at + 1 :]
            case _:
                _change(draw, events[at][1])
    return events


@st.composite
def mixed(draw: st.DrawFn) -> list[Event]:
    """Events of any of our streams in any order, behind a start."""
    pool = [event for base in BASES for event in base]
    start: Event = next(event for event in pool if event[0] == "message_start")
    return copy.deepcopy([start, *draw(st.lists(st.sampled_from(pool), max_size=12))])


def _body(events: list[Event]) -> bytes:
    blocks = [(f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n" for name, data in events]
    return "".join(blocks).encode()


def _compare(events: list[Event], asked: Asked) -> None:
    body = _body(events)
    theirs, found = sdk_hears(body, asked), we_hear(body, asked)
    if theirs.exception == "PydanticSerializationError":
        return  # the SDK holds what it cannot write down
    assert found.states == theirs.states
    assert found.exception == theirs.exception
    assert canonical(found.snapshot) == canonical(theirs.snapshot)
    remarks = ours(body, asked).remarks
    assert RemarkKind.READER_FAILED not in {remark.kind for remark in remarks}
    assert [remark.frame for remark in remarks] == sorted(remark.frame for remark in remarks)


asked_any = st.builds(Asked, beta=st.booleans(), header=st.sampled_from([None, FINE_GRAINED]))
_quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=150, deadline=None, suppress_health_check=_quiet)
@given(mutated(), asked_any)
def test_mutated_streams_read_as_the_sdk_reads_them(events: list[Event], asked: Asked) -> None:
    _compare(events, asked)


@settings(max_examples=100, deadline=None, suppress_health_check=_quiet)
@given(mixed(), asked_any)
def test_mixed_streams_read_as_the_sdk_reads_them(events: list[Event], asked: Asked) -> None:
    _compare(events, asked)


@pytest.mark.soak
def test_many_streams_read_as_the_sdk_reads_them(soak: bool) -> None:
    many = settings(max_examples=8_000 if soak else 20, deadline=None, suppress_health_check=_quiet)
    many(given(st.one_of(mutated(), mixed()), asked_any)(_compare))()
