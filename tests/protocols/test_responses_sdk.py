"""Responses streams of our own against the installed SDK, after every event."""

from __future__ import annotations

import json
from pathlib import Path

import openai
import pytest

from .reads import canonical, read
from .responses_sdk import Sdk, Told, events_taken

FOLDER = Path(__file__).parent / "streams" / "openai_responses"
STREAMS = sorted(path.stem for path in FOLDER.glob("*.sse"))
# The SDK copies its own models with warnings where a stream is not what it should be.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def sdk() -> Sdk:
    return Sdk()


def compare(body: bytes, told: Told) -> None:
    """Ours equals the SDK after each event that it took in, and says what it raises."""
    reading = read(body, "openai-responses")
    for number, state in zip(events_taken(body, reading), told.states, strict=True):
        assert canonical(reading.at(number).message) == canonical(state), f"after frame {number}"
    assert canonical(reading.final().message) == canonical(told.last)
    raised = [(remark.raises or "").removeprefix("openai.") for remark in reading.remarks if remark.raises]
    assert raised == ([told.error_name] if told.error else [])
    assert not [remark for remark in reading.remarks if remark.kind == "reader_failed"]


@pytest.mark.parametrize("name", STREAMS)
def test_every_state_is_the_snapshot_of_the_sdk(name: str, sdk: Sdk) -> None:
    body = (FOLDER / f"{name}.sse").read_bytes()
    compare(body, sdk.follow(body))


@pytest.mark.parametrize("name", STREAMS)
def test_the_answers_are_what_the_sdk_says(name: str, sdk: Sdk) -> None:
    answer = json.loads((FOLDER / f"{name}.json").read_text())
    if answer["sdk"] != f"openai {openai.__version__}":
        pytest.fail(f"the answers are of {answer['sdk']}: make them anew")
    told = sdk.final((FOLDER / f"{name}.sse").read_bytes(), size=11)
    final = answer["final"] if answer["final"] is not None else answer["partial"]
    assert canonical(told.last) == canonical(final)
    assert told.error_name == (answer["error"]["type"] if answer["error"] else None)
