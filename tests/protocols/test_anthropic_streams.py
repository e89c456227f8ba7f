"""Anthropic Messages: our streams, against the answers that the SDK gave and against the SDK itself."""

from __future__ import annotations

import builtins
import itertools
import json
from typing import Any

import pytest

from playhead.protocols.reading import Reading
from playhead.protocols.remarks import RemarkKind

from .anthropic_sdk import asked_by, ours, sdk_hears, we_hear
from .make_answers_anthropic import STREAMS, answer
from .reads import canonical

NAMES = sorted(path.stem for path in STREAMS.glob("*.sse"))
SMALL = 900


def body_of(name: str) -> bytes:
    return (STREAMS / f"{name}.sse").read_bytes()


def answer_of(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((STREAMS / f"{name}.json").read_text())
    return found


def raised(reading: Reading) -> str | None:
    return next((remark.raises.rpartition(".")[2] for remark in reading.remarks if remark.raises), None)


def agrees(reading: Reading, expected: dict[str, object]) -> bool:
    error = expected["error"]
    snapshot = expected["partial"] if error else expected["final"]
    name = error["type"] if isinstance(error, dict) else None
    return canonical(reading.final().message) == canonical(snapshot) and raised(reading) == name


def test_there_are_streams() -> None:
    assert len(NAMES) > 100


@pytest.mark.parametrize("name", NAMES)
def test_final_message_is_the_sdks_however_the_stream_is_cut(name: str) -> None:
    body, expected = body_of(name), answer_of(name)
    for size in (None, 1, 7):
        assert agrees(ours(body, asked_by(name), size=size), expected)
    if len(body) < SMALL:
        for at in range(1, len(body)):
            assert agrees(ours(body, asked_by(name), size=at), expected)


@pytest.mark.parametrize("name", NAMES)
def test_state_after_every_event_is_the_sdks(name: str) -> None:
    body, asked = body_of(name), asked_by(name)
    theirs, found = sdk_hears(body, asked), we_hear(body, asked)
    states = (theirs.states, found.states)
    if b"\nid:" in body:  # from there on the SDK makes an event of every blank line
        states = tuple([state for state, _ in itertools.groupby(each)] for each in states)
    assert states[1] == states[0]
    assert found.exception == theirs.exception


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_those_of_the_installed_sdk(name: str) -> None:
    assert in_any_python(answer(STREAMS / f"{name}.sse")) == in_any_python(answer_of(name))


def in_any_python(given: dict[str, Any]) -> dict[str, Any]:
    """Python's own words for an error differ from version to version."""
    error = given["error"]
    if error is None or not hasattr(builtins, error["type"]):
        return given
    return given | {"error": {"type": error["type"]}}


@pytest.mark.parametrize("name", NAMES)
def test_remarks_stand_in_the_order_of_frames_and_no_reader_fails(name: str) -> None:
    reading = ours(body_of(name), asked_by(name))
    frames = [remark.frame for remark in reading.remarks]
    assert frames == sorted(frames)
    assert RemarkKind.READER_FAILED not in {remark.kind for remark in reading.remarks}


@pytest.mark.parametrize("name", NAMES)
def test_every_block_says_what_each_frame_added(name: str) -> None:
    """The parts that the frames added are the text; timing stands on it."""
    reading = ours(body_of(name), asked_by(name))
    final = reading.final()
    for block in final.blocks:
        parts = [
            state.blocks[block.number - 1].cut(*state.blocks[block.number - 1].added)
            for frame in range(1, len(reading) + 1)
            if len((state := reading.at(frame)).blocks) >= block.number
        ]
        assert "".join(parts) == block.text
