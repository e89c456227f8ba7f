"""Ours against the installed google-genai: our streams after every event, and streams nobody would write."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .reads import canonical, read

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns when it is compiled
    pytest.importorskip("google.genai", exc_type=ImportError)

from .gemini_sdk import Sdk, merged
from .test_gemini_streams import STREAMS, exception, failures

SDK = Sdk()
_EXAMPLES = 150
_MANY_EXAMPLES = 5_000


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", [None, 11])
def test_the_installed_sdk_says_the_same(path: Path, size: int | None) -> None:
    body = path.read_bytes()
    chunks, error = SDK.read(body, size=size)
    reading = read(body, "gemini", size=size)
    assert canonical(reading.final().message) == canonical(merged(chunks))
    assert exception(reading) == (type(error).__name__ if error else None)


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_after_every_event(path: Path) -> None:
    body = path.read_bytes()
    chunks, _ = SDK.read(body)
    reading = read(body, "gemini")
    # A chunk each, as far as the client reads; what is left over is a frame that gives none.
    for number, _ in enumerate(chunks, 1):
        assert canonical(reading.at(number).message) == canonical(merged(chunks[:number]))


@pytest.mark.parametrize("status", [201, 400, 404, 429, 500, 503])
@pytest.mark.parametrize("body", [b'{"error":{"code":1,"message":"m","status":"S"}}', b"[]", b"text", b""])
def test_an_error_status(status: int, body: bytes) -> None:
    _, error = SDK.read(body, status=status, content_type="application/json")
    reading = read(body, "gemini", status=status, content_type="application/json")
    assert exception(reading) == type(error).__name__


_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 2.0, 1e30, "", "a", "STOP", "YQ==", "7"]),
)
_json = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner)
)
_texts = [
    path.read_bytes()
    for path in STREAMS
    if b"\ndata" in path.read_bytes() and b"event:" not in path.read_bytes()
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A stream of ours in which events, members and values are lost, doubled, swapped and changed."""
    events: list[Any] = []
    for line in draw(st.sampled_from(_texts)).decode().split("\n"):
        if line.startswith("data: "):
            try:
                events.append(json.loads(line.removeprefix("data: ")))
            except ValueError:
                events.append({})
    events = [_change(draw, event) for event in events]
    order = (
        draw(st.lists(st.integers(0, max(len(events) - 1, 0)), max_size=5)) if draw(st.booleans()) else None
    )
    if order is not None and events:
        events = [events[place] for place in order]
    written = [f"data: {json.dumps(event, ensure_ascii=draw(st.booleans()))}" for event in events]
    if draw(st.integers(0, 4)) == 0:
        odd = draw(
            st.sampled_from(
                [": c", "event: message", "{", "}", '{"error":{"code":404}}', "", "data: {", "id: 1"]
            )
        )
        written.insert(draw(st.integers(0, len(written))), odd)
    stream = draw(st.sampled_from(["\n\n", "\r\n\r\n"])).join([*written, ""])
    return stream.encode()[: None if draw(st.booleans()) else draw(st.integers(0, len(stream)))]


def _change(draw: st.DrawFn, value: Any) -> Any:
    """Somewhere in `value`, something else; mostly nothing."""
    roll = draw(st.integers(0, 24))
    if roll == 0:
        return draw(_json)
    if isinstance(value, dict):
        changed = {name: _change(draw, part) for name, part in value.items()}
        if roll == 1 and changed:
            del changed[draw(st.sampled_from(sorted(changed)))]
        if roll == 2:
            changed[draw(st.sampled_from(["index", "text", "finishReason", "error", "parts", "zzz"]))] = draw(
                _json
            )
        return changed
    if isinstance(value, list):
        return [_change(draw, part) for part in value]
    return value


def agree(body: bytes) -> None:
    chunks, error = SDK.read(body)
    reading = read(body, "gemini", size=5)
    assert not failures(reading)
    assert exception(reading) == (type(error).__name__ if error else None)
    assert canonical(reading.final().message) == canonical(merged(chunks))
    if error is None:
        texts = [
            (block.choice, block.text)
            for block in reading.final().blocks
            if block.kind in ("text", "thinking")
        ]
        assert sorted(texts) == sorted(_texts_of(merged(chunks)))


def _texts_of(message: dict[str, Any]) -> list[tuple[int, str]]:
    answers = message.get("candidates", [])
    return [
        (answer["index"], part["text"])
        for answer in answers
        for part in answer["content"]["parts"]
        if "text" in part
    ]


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_mutated_streams(body: bytes) -> None:
    agree(body)


@pytest.mark.soak
def test_mutated_streams_at_length(soak: bool) -> None:
    many = settings(
        max_examples=_MANY_EXAMPLES if soak else 20, deadline=None, suppress_health_check=list(HealthCheck)
    )
    many(given(mutated())(agree))()
