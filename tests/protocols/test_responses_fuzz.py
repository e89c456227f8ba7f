"""Responses streams that went wrong, by chance: ours against the installed SDK, after every event."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playhead.protocols.openai_responses import wire
from playhead.protocols.openai_responses.handlers import HANDLERS
from playhead.protocols.openai_responses.lanes import Lanes
from playhead.protocols.payload import parse_object
from playhead.sse import Decoder, FrameKind

from .reads import canonical, read
from .responses_sdk import Sdk, events_taken

FOLDER = Path(__file__).parent / "streams" / "openai_responses"
TYPES = [*HANDLERS, *wire.DELTAS, "response.unheard_of"]
# No text that holds a number, no truth for a number: pydantic reads one as the other (docs/protocols.md).
VALUES: list[Any] = [None, 2, -1, "x", "", [], {}, [{}], "message", "function_call", {"type": "output_text"}]
STRAY: list[Any] = [
    {"type": "keepalive"},
    {"type": "error", "message": "fog", "code": None, "param": None},
    {"type": "error", "error": {"message": "fog"}},
    {},
    [],
    "text",
    None,
    7,
    b"[DONE]",
    b"{",
    b"",
]
# The SDK copies its own models with warnings where a stream is not what it should be.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
FUZZ = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def events_of(path: Path) -> list[Any]:
    found = [frame.data or "" for frame in Decoder().feed(path.read_bytes()) if frame.kind is FrameKind.EVENT]
    return [payload for data in found if (payload := parse_object(data)) is not None]


STREAMS = [events for path in sorted(FOLDER.glob("*.sse")) if (events := events_of(path))]


@pytest.fixture(scope="module")
def sdk() -> Sdk:
    return Sdk()


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every member of every object and list in `value`, as container and key."""
    keys: list[Any] = list(value) if isinstance(value, dict) else []
    if isinstance(value, list):
        keys = list(range(len(value)))
    return [place for key in keys for place in ((value, key), *places(value[key]))]


class Damage:
    """One thing that may have gone wrong with a stream; which, and where, is drawn."""

    def __init__(self, draw: st.DrawFn, events: list[Any]) -> None:
        self.draw = draw
        self.events = events

    def index(self) -> int:
        return self.draw(st.integers(0, len(self.events) - 1))

    def place(self) -> tuple[Any, Any] | None:
        found = places(self.events[self.index()])
        return self.draw(st.sampled_from(found)) if found else None

    def drop(self) -> None:
        del self.events[self.index()]

    def double(self) -> None:
        self.events.insert(self.index(), copy.deepcopy(self.events[self.index()]))

    def swap(self) -> None:
        one, other = self.index(), self.index()
        self.events[one], self.events[other] = self.events[other], self.events[one]

    def cut(self) -> None:
        del self.events[self.index() :]

    def change(self) -> None:
        if place := self.place():
            place[0][place[1]] = copy.deepcopy(self.draw(st.sampled_from(VALUES)))

    def delete(self) -> None:
        if place := self.place():
            del place[0][place[1]]

    def retype(self) -> None:
        event = self.events[self.index()]
        if isinstance(event, dict):
            event["type"] = self.draw(st.sampled_from(TYPES))

    def stray(self) -> None:
        self.events.insert(self.index(), copy.deepcopy(self.draw(st.sampled_from(STRAY))))


KINDS = (
    Damage.drop,
    Damage.double,
    Damage.swap,
    Damage.cut,
    Damage.change,
    Damage.delete,
    Damage.retype,
    Damage.stray,
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    events = copy.deepcopy(draw(st.sampled_from(STREAMS)))
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4)):
        # What was put in as bytes is no JSON to damage further.
        whole = [event for event in events if not isinstance(event, bytes)]
        if len(whole) == len(events) and events:
            kind(Damage(draw, events))
    return b"".join(written(event) for event in events)


@st.composite
def random_stream(draw: st.DrawFn) -> bytes:
    """Events in any order, of any stream, behind a beginning."""
    every = [event for events in STREAMS for event in events]
    return b"".join(map(written, [STREAMS[0][0], *draw(st.lists(st.sampled_from(every), max_size=12))]))


def written(event: Any) -> bytes:
    data = event if isinstance(event, bytes) else json.dumps(event).encode()
    name = event.get("type") if isinstance(event, dict) else None
    line = f"event: {name}\n".encode() if isinstance(name, str) and name else b""
    return line + b"data: " + data + b"\n\n"


def without_truth(value: Any) -> Any:
    """true and false as 1 and 0: where a number should stand pydantic makes one of them, and the reverse."""
    if isinstance(value, dict):
        return {name: without_truth(part) for name, part in value.items()}
    if isinstance(value, list):
        return [without_truth(part) for part in value]
    return int(value) if isinstance(value, bool) else value


def same(ours: Any, theirs: Any) -> bool:
    return canonical(without_truth(ours)) == canonical(without_truth(theirs))


def compare(body: bytes, sdk: Sdk) -> None:
    told = sdk.follow(body)
    reading = read(body, "openai-responses")
    for number, state in zip(events_taken(body, reading), told.states, strict=True):
        assert same(reading.at(number).message, state), f"after frame {number}"
    assert same(reading.final().message, told.last)
    raised = [(remark.raises or "").removeprefix("openai.") for remark in reading.remarks if remark.raises]
    assert raised == ([told.error_name] if told.error else [])
    assert not [remark for remark in reading.remarks if remark.kind == "reader_failed"]


@FUZZ
@given(body=damaged())
def test_damaged_streams(body: bytes, sdk: Sdk) -> None:
    compare(body, sdk)


@FUZZ
@given(body=random_stream())
def test_events_in_any_order(body: bytes, sdk: Sdk) -> None:
    compare(body, sdk)


@FUZZ
@given(body=st.one_of(damaged(), random_stream()), size=st.integers(1, 50))
def test_nothing_is_lost_and_nothing_fails_however_it_is_cut(body: bytes, size: int) -> None:
    whole = read(body, "openai-responses")
    cut = read(body, "openai-responses", size=size)
    assert list(cut.remarks) == list(whole.remarks)
    assert [block.text for block in cut.final().blocks] == [block.text for block in whole.final().blocks]
    assert not [remark for remark in whole.remarks if remark.kind == "reader_failed"]


@FUZZ
@given(body=st.one_of(damaged(), random_stream()))
def test_the_short_way_of_a_delta_ends_where_the_long_one_does(body: bytes) -> None:
    short = read(body, "openai-responses")
    with mock.patch.object(Lanes, "__bool__", return_value=False):
        long = read(body, "openai-responses")
    assert list(short.remarks) == list(long.remarks)
    assert list(short.record.grown_frames) == list(long.record.grown_frames)
    for frame in range(len(short) + 1):
        assert canonical(short.at(frame).message) == canonical(long.at(frame).message)
        assert [block.text for block in short.at(frame).blocks] == [
            block.text for block in long.at(frame).blocks
        ]


@pytest.mark.soak
def test_damaged_streams_at_length(soak: bool, sdk: Sdk) -> None:
    @settings(FUZZ, max_examples=20_000 if soak else 20)
    @given(body=st.one_of(damaged(), random_stream()))
    def trial(body: bytes) -> None:
        compare(body, sdk)

    trial()
