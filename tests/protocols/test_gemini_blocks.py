"""What is shown of a Gemini stream beside the message: blocks, facts, remarks, how it is recognised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playhead.protocols.blocks import BlockKind
from playhead.protocols.ledger import Json
from playhead.protocols.reading import Reading
from playhead.protocols.remarks import RemarkKind

from .reads import read

STREAMS = Path(__file__).parent / "streams" / "gemini"
URL = "https://generativelanguage.googleapis.com/v1beta/models/gemini-test:streamGenerateContent"
# Everything that is to be said of our streams; of those not named, nothing.
REMARKS = {
    "both-cases": ["unexpected_shape", "client_raises", "no_terminator"],
    "candidates-no-list": ["unexpected_shape", "client_raises", "no_terminator"],
    "chunk-no-object": [
        "unexpected_shape",
        "unexpected_shape",
        "unexpected_shape",
        "client_raises",
        "no_terminator",
    ],
    "comment": ["client_raises"],
    "cut-in-json": ["not_json", "client_raises", "no_terminator"],
    "error-as-text": ["error_event", "client_raises"],
    "error-bare-json": ["error_event", "client_raises"],
    "error-event": ["error_event", "client_raises"],
    "error-event-other-code": ["error_event", "client_raises"],
    "error-not-first": ["error_event", "client_ignores"],
    "error-without-code": ["error_event", "client_raises"],
    "event-name": ["client_raises"],
    "id-line": ["client_raises"],
    "id-unterminated": ["client_raises", "no_terminator"],
    "line-separator": ["client_raises"],
    "no-finish": ["no_terminator"],
    "not-json": ["not_json", "client_raises", "no_terminator"],
    "partial-arguments-unfinished": ["block_left_open"],
    "refused-base64": ["unexpected_shape", "client_raises", "no_terminator"],
    "refused-enum": ["unexpected_shape", "client_raises", "no_terminator"],
    "refused-type": ["unexpected_shape", "client_raises", "unknown_block", "no_terminator"],
    "unknown-members": ["unexpected_shape", "unknown_block"],
}


def reading_of(name: str) -> Reading:
    return read((STREAMS / f"{name}.sse").read_bytes(), "gemini")


@pytest.mark.parametrize("name", sorted(path.stem for path in STREAMS.glob("*.sse")))
def test_what_is_remarked(name: str) -> None:
    assert [remark.kind.value for remark in reading_of(name).remarks] == REMARKS.get(name, [])


def test_text_state_by_state() -> None:
    reading = reading_of("text")
    texts = [reading.at(frame).text for frame in range(len(reading) + 1)]
    assert texts == ["", "Rain ", "Rain is ", "Rain is due.", "Rain is due."]
    assert [reading.at(frame).is_complete for frame in range(5)] == [False, False, False, False, True]
    assert [block.is_open for block in reading.at(3).blocks] == [True]
    final = reading.final()
    assert [block.is_open for block in final.blocks] == [False]
    assert (final.model, final.id, final.role, final.stop_reason) == ("gemini-test", "r-1", "model", "STOP")
    assert (final.input_tokens, final.output_tokens) == (5, 4)
    assert [block.added for block in reading.at(2).added] == [(5, 8)]


def test_thoughts_are_output_too() -> None:
    final = reading_of("thoughts-signed").final()
    assert [(block.kind, block.text) for block in final.blocks] == [
        (BlockKind.THINKING, "First I weigh it."),
        (BlockKind.TEXT, "Two kilos"),
    ]
    assert final.blocks[1].signature == "_-8C"
    assert final.output_tokens == 9


def test_usage_may_shrink() -> None:
    reading = reading_of("usage-shrinks")
    assert [reading.at(frame).output_tokens for frame in (1, 2)] == [4, 2]


def test_calls() -> None:
    text, tide, wind = reading_of("function-call").final().blocks
    assert (text.kind, text.text, text.is_open) == (BlockKind.TEXT, "Let me look.", False)
    assert (tide.kind, tide.name, tide.input) == (BlockKind.TOOL_CALL, "tide", {"port": "Brest", "days": 2})
    assert (tide.signature, wind.id, wind.name, wind.input) == ("YWJj", "c2", "wind", {})


def test_a_call_in_pieces_is_one_block() -> None:
    reading = reading_of("partial-arguments")
    inputs = [[block.input for block in reading.at(frame).blocks] for frame in range(1, 5)]
    whole: Json = {"stops": [{"name": "Lyon", "nights": 2.0}], "by train": True, "note": None}
    assert inputs == [[{}], [{"stops": [{"name": "Ly"}]}], [whole], [whole]]
    assert [block.is_open for block in reading.at(3).blocks] == [True]
    assert [block.is_open for block in reading.final().blocks] == [False]


def test_results_media_and_code() -> None:
    kinds = {
        "code-execution": ["executableCode", "codeExecutionResult", "text"],
        "function-response": ["functionResponse", "toolCall", "toolResponse"],
        "media": ["text", "inlineData", "fileData", "inlineData"],
        "audio-transcription": ["audioTranscription"],
    }
    for name, types in kinds.items():
        assert [block.type for block in reading_of(name).final().blocks] == types
    code, result, _ = reading_of("code-execution").final().blocks
    assert (code.kind, code.text) == (BlockKind.DATA, "print(2)")
    assert (result.kind, result.text) == (BlockKind.TOOL_RESULT, "2\n")
    image = reading_of("media").final().blocks[1]
    assert (image.kind, image.data) == (BlockKind.MEDIA, {"mimeType": "image/png", "data": "iVBORw0K_-8="})


def test_citations_are_said_once() -> None:
    (block,) = reading_of("citations").final().blocks
    assert [citation["endIndex"] for citation in block.citations if isinstance(citation, dict)] == [7, 14]
    (block,) = reading_of("grounding").final().blocks
    assert block.citations == [{"web": {"uri": "https://example.org/a", "title": "a"}}]


def test_several_answers() -> None:
    reading = reading_of("two-candidates")
    final = reading.final()
    assert [(block.choice, block.text) for block in final.blocks] == [(0, "one two"), (1, "uno dos")]
    assert (final.text, final.stop_reason) == ("one two", "MAX_TOKENS")
    assert not reading.at(2).is_complete
    assert final.is_complete


def test_a_blocked_prompt_is_an_end() -> None:
    final = reading_of("prompt-blocked").final()
    assert (final.is_complete, final.stop_reason, len(final.blocks)) == (True, "SAFETY", 0)


def test_text_behind_an_error_is_still_shown() -> None:
    final = reading_of("comment").final()
    assert final.text == "ab"
    assert final.message["candidates"][0]["content"]["parts"] == [{"text": "a"}]  # type: ignore[index,call-overload]


def test_an_unknown_part_is_data() -> None:
    block = reading_of("unknown-members").final().blocks[-1]
    assert (block.kind, block.type, block.data) == (BlockKind.DATA, "hologram", {"hologram": {"w": 1}})


def test_a_list_of_chunks() -> None:
    """What comes without `alt=sse`."""
    chunks = [
        {"candidates": [{"content": {"parts": [{"text": part}], "role": "model"}}], "responseId": "r"}
        for part in ("a", "b")
    ]
    chunks[-1]["candidates"][0]["finishReason"] = "STOP"  # type: ignore[index]
    reading = read(json.dumps(chunks, indent=1).encode(), url=URL, content_type="application/json")
    assert reading.protocol.name == "gemini"
    assert (reading.final().text, reading.final().is_complete, list(reading.remarks)) == ("ab", True, [])


def test_an_answer_that_is_no_stream() -> None:
    body = b'{"candidates":[{"content":{"parts":[{"text":"all"}]},"finishReason":"STOP"}]}'
    reading = read(body, url=URL.replace("streamG", "g"), content_type="application/json")
    assert (reading.protocol.name, reading.final().text) == ("gemini", "all")


def test_an_error_instead_of_a_stream() -> None:
    error = {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}
    body = json.dumps({"error": error}).encode()
    reading = read(body, url=URL, status=429, content_type="application/json")
    assert reading.final().error == error
    said = [(remark.kind, remark.raises) for remark in reading.remarks]
    assert said == [(RemarkKind.ERROR_BODY, "google.genai.errors.ClientError")]


def test_vertex_keeps_what_the_other_drops() -> None:
    body = (
        b'data: {"createTime":"2030-01-01T00:00:00Z","modelStatus":{"message":"m"},"candidates":[{"content":'
        b'{"parts":[{"text":"a"}]},"finishReason":"STOP","finishMessage":"done","citationMetadata":'
        b'{"citations":[{"uri":"u"}],"citationSources":[{"uri":"v"}]}}]}\n\n'
    )
    vertex = (
        "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/"
    )
    ours = read(body, url=f"{vertex}gemini-test:streamGenerateContent?alt=sse").final().message
    assert isinstance(ours, dict)
    assert ours["createTime"] == "2030-01-01T00:00:00Z"
    assert "modelStatus" not in ours
    answer = ours["candidates"][0]  # type: ignore[index,call-overload]
    assert (answer["finishMessage"], answer["citationMetadata"]) == ("done", {"citations": [{"uri": "u"}]})  # type: ignore[index,call-overload]
    gemini = read(body, url=f"{URL}?alt=sse").final().message["candidates"][0]  # type: ignore[index,call-overload]
    assert "finishMessage" not in gemini  # type: ignore[operator]
    assert gemini["citationMetadata"] == {"citations": [{"uri": "v"}]}  # type: ignore[index,call-overload]


@pytest.mark.parametrize("name", ["text", "function-call", "no-content", "usage-shrinks"])
def test_it_is_recognised_by_its_events(name: str) -> None:
    assert read((STREAMS / f"{name}.sse").read_bytes()).protocol.name == "gemini"


def test_it_is_recognised_by_its_url() -> None:
    assert read(b"data: {}\n\n", url=f"{URL}?alt=sse").protocol.name == "gemini"
    assert read(b"data: {}\n\n").protocol.name == "plain"
