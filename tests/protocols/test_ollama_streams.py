"""Ollama's lines of JSON: merged by the rule in docs/protocols.md, shown as blocks, and what is remarked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playhead.model import Request, Response
from playhead.ndjson import Decoder
from playhead.protocols.reading import Answer, Reading

from .reads import canonical, cut

STREAMS = sorted((Path(__file__).parent / "streams" / "ollama").glob("*.ndjson"))
REMARKS = {
    "behind-done": [("after_terminator", None)],
    "cut": [("no_terminator", None)],
    "cut-in-json": [
        ("not_json", None),
        ("client_raises", "json.JSONDecodeError"),
        ("no_terminator", None),
    ],
    "error": [("error_event", None), ("client_raises", "ollama.ResponseError")],
    "no-object": [
        ("unexpected_shape", None),
        ("client_raises", "AttributeError"),
        ("no_terminator", None),
    ],
}


def read(
    body: bytes, *, size: int | None = None, url: str = "", content_type: str = "application/x-ndjson"
) -> Reading:
    request = Request(method="POST", url=url) if url else None
    response = Response(status=200, headers=(("content-type", content_type),))
    if content_type == "application/json":
        return Reading(Answer(request, response, body))
    reading = Reading(Answer(request, response))
    decoder = Decoder()
    for chunk in cut(body, size):
        reading.feed(decoder.feed(chunk))
    reading.feed(decoder.close())
    reading.close()
    return reading


def of(name: str) -> Reading:
    return read((Path(__file__).parent / "streams" / "ollama" / f"{name}.ndjson").read_bytes())


def merged(body: bytes) -> dict[str, Any]:
    """The rule once more, over whole lines. Ends where the client raises."""
    answer: dict[str, Any] = {}
    for line in body.decode().splitlines():
        try:
            piece = json.loads(line)
        except ValueError:
            break
        if not isinstance(piece, dict) or piece.get("error"):
            break
        _merge(answer, piece, ("response", "thinking"), ("logprobs",))
    return answer


def _merge(
    into: dict[str, Any], piece: dict[str, Any], joined: tuple[str, ...], lists: tuple[str, ...]
) -> None:
    for name, value in piece.items():
        if name == "message":
            _merge(into.setdefault("message", {}), value, ("content", "thinking"), ("tool_calls", "images"))
        elif name in joined:
            into[name] = into.get(name, "") + value
        elif name in lists:
            into[name] = into.get(name, []) + value
        else:
            into[name] = value


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", [None, 1, 7])
def test_the_message_is_what_the_rule_says(path: Path, size: int | None) -> None:
    body = path.read_bytes()
    reading = read(body, size=size)
    assert reading.protocol.name == "ollama"
    assert canonical(reading.final().message) == canonical(merged(body))
    said = [(remark.kind.value, remark.raises) for remark in reading.remarks]
    assert said == REMARKS.get(path.stem, [])


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_after_every_line(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    reading = read(b"".join(lines))
    for number in range(1, len(reading) + 1):
        assert canonical(reading.at(number).message) == canonical(merged(b"".join(lines[:number])))


def test_facts() -> None:
    final = of("chat").final()
    assert (final.text, final.model, final.role, final.stop_reason) == (
        "Snow fälls.",
        "tiny",
        "assistant",
        "stop",
    )
    assert (final.input_tokens, final.output_tokens, final.is_complete) == (7, 3, True)
    assert isinstance(final.usage, dict)
    assert final.usage["eval_duration"] == 60
    assert not of("chat").at(3).is_complete


def test_blocks() -> None:
    kinds = {
        "chat-thinking": [("thinking", "Is it cold?"), ("text", "Yes.")],
        "chat-tools": [("text", "Looking."), ("tool_call", ""), ("tool_call", "")],
        "generate-thinking": [("text", "So."), ("thinking", "Hm.")],
        "chat-images": [("text", ""), ("media", "")],
    }
    for name, blocks in kinds.items():
        final = of(name).final()
        assert sorted((block.kind.value, block.text) for block in final.blocks) == sorted(blocks)
        assert not any(block.is_open for block in final.blocks)
    tools = of("chat-tools").final().blocks
    assert [(block.name, block.id, block.input) for block in tools if block.kind == "tool_call"] == [
        ("tide", None, {"port": "Brest"}),
        ("wind", "b", {}),
    ]


def test_an_error_line() -> None:
    final = of("error").final()
    assert (final.text, final.error, final.is_complete) == ("Half", "model runner has stopped", False)


def test_an_answer_that_is_no_stream() -> None:
    body = b'{"model":"tiny","created_at":"t","response":"all","done":true,"done_reason":"stop"}'
    reading = read(body, content_type="application/json")
    assert (reading.protocol.name, reading.final().text, list(reading.remarks)) == ("ollama", "all", [])
    url = "http://127.0.0.1:11434/api/chat"
    reading = read(b'{"error":"model \\"x\\" not found"}', url=url, content_type="application/json")
    assert reading.protocol.name == "ollama"
    assert reading.final().error == 'model "x" not found'
    assert "error_body" in [remark.kind.value for remark in reading.remarks]


def test_other_lines_of_json_are_plain() -> None:
    reading = read(b'{"a":1}\n{"b":2}\n')
    assert reading.protocol.name == "plain"
    assert [block.data for block in reading.final().blocks] == [{"a": 1}, {"b": 2}]


_NAMES = ["message", "content", "thinking", "done", "error", "tool_calls", "function", "model"]
_json = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=3),
)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(STREAMS), st.lists(_json, max_size=4), st.randoms())
def test_no_line_breaks_the_reader(path: Path, values: list[Any], random: Any) -> None:
    lines = path.read_bytes().splitlines() + [json.dumps(value).encode() for value in values]
    random.shuffle(lines)
    body = b"\n".join(lines)
    reading = Reading(Answer(), protocol="ollama")
    decoder = Decoder()
    reading.feed(decoder.feed(body) + decoder.close())
    reading.close()
    assert "reader_failed" not in [remark.kind.value for remark in reading.remarks]
    assert len(reading) == len(lines)
    for number in range(len(reading) + 1):
        canonical(reading.at(number).message)
