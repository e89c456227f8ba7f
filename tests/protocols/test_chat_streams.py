"""OpenAI Chat Completions: our streams, against the answers that the SDK gave and against the SDK itself."""

from __future__ import annotations

import json

import pytest

from playhead.protocols.reading import Reading

from .chat_sdk import differs, ours, raised
from .make_answers_chat import STREAMS, answer
from .reads import canonical, read

NAMES = sorted(path.stem for path in STREAMS.glob("*.sse"))
CUT_EVERYWHERE = ["tool_call_fragments_in_one_chunk", "comment_after_id", "cut_inside_an_event", "unicode"]


def body_of(name: str) -> bytes:
    return (STREAMS / f"{name}.sse").read_bytes()


def answer_of(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((STREAMS / f"{name}.json").read_text())
    return found


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
        assert agrees(ours(body, size=size), expected)


@pytest.mark.parametrize("name", CUT_EVERYWHERE)
def test_no_place_to_cut_matters(name: str) -> None:
    body, expected = body_of(name), answer_of(name)
    for size in range(2, len(body)):
        assert agrees(ours(body, size=size), expected)


@pytest.mark.parametrize("name", NAMES)
def test_message_after_every_frame_is_the_sdks(name: str) -> None:
    assert differs(body_of(name)) is None


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_those_of_the_installed_sdk(name: str) -> None:
    assert answer(STREAMS / f"{name}.sse") == answer_of(name)


@pytest.mark.parametrize("name", ["text", "azure_prompt_filter", "minimal", "perplexity", "tool_call"])
def test_shapes_of_providers_are_recognised(name: str) -> None:
    assert read(body_of(name)).protocol.name == "openai-chat"
