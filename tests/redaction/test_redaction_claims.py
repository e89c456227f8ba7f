"""What a cassette says of its own redactions is believed of placeholders; how encoded keys begin."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

import playhead
from playhead.redaction import encoded
from playhead.store.redact import redact_file, secrets_left

from . import planted

SECRET = planted.SECRETS["anthropic-key"]


def claiming(path: Path, place: str, spans: list[tuple[int, int]]) -> playhead.Cassette:
    """The cassette at `path` with `redaction` records of these spans, written by hand."""
    *lines, end = path.read_bytes().splitlines(keepends=True)
    records = [
        {
            "type": "redaction",
            "exchange": 1,
            "name": place,
            "detail": "anthropic-key",
            "byte_offset": start,
            "bytes": stop - start,
        }
        for start, stop in spans
    ]
    said = [json.dumps(record, separators=(",", ":")).encode() + b"\n" for record in records]
    path.write_bytes(b"".join([*lines, *said, end]))
    return playhead.load(path)


@pytest.mark.parametrize("stream", ["anthropic-text", "chat-text", "chat-two", "plain-json"])
@pytest.mark.parametrize("cuts", [[7], [20], range(1, len(SECRET), 3)])
@pytest.mark.parametrize("claim", ["pieces", "everything"])
def test_a_record_hides_no_streamed_key(tmp_path, stream, cuts, claim):
    parts = planted.split(SECRET, cuts)
    events = planted.STREAMS[stream](parts)
    path = planted.cassette(tmp_path / "a.cassette.jsonl", [planted.sse(events)])
    body = playhead.load(path)[1].body
    places = []
    at = 0
    for part in parts:
        at = body.index(json.dumps(part)[1:-1].encode(), at)
        places.append((at, at + len(part)))
        at += len(part)
    left = secrets_left(playhead.load(path))
    assert "response.body" in {each.place for each in left}
    cassette = claiming(path, "response.body", places if claim == "pieces" else [(0, len(body))])
    assert cassette[1].redactions
    assert secrets_left(cassette) == left
    assert planted.heart(SECRET) not in cassette_text(tmp_path, path)


def cassette_text(folder: Path, path: Path) -> str:
    """All text of the stream, once redacted."""
    redact_file(path, folder / "safe.cassette.jsonl")
    exchange = playhead.load(folder / "safe.cassette.jsonl")[1]
    blocks = [block.text for block in exchange.final().blocks]
    frames = [
        json.loads(frame.data or "{}").get("t", "") for frame in exchange.frames if frame.data[:1] == "{"
    ]
    return "".join(map(str, [*blocks, *frames]))


@pytest.mark.parametrize("stream", planted.STREAMS)
def test_what_was_redacted_in_pieces_is_not_found_again(tmp_path, stream):
    parts = planted.split(SECRET, range(1, len(SECRET), 2))
    path = planted.cassette(tmp_path / "a.cassette.jsonl", [planted.sse(planted.STREAMS[stream](parts))])
    redact_file(path, path)
    once = path.read_bytes()
    assert secrets_left(playhead.load(path)) == []
    redact_file(path, path)
    assert path.read_bytes() == once


def test_a_record_hides_no_key_in_a_request_of_several_lines(tmp_path):
    body = f'{{"a":"{SECRET}"}}\n{{"password":"hunter2hunter"}}\n'.encode()
    path = planted.cassette(tmp_path / "a.cassette.jsonl", [b"data: 1\n\n"], request_body=body)
    left = secrets_left(playhead.load(path))
    assert left
    assert secrets_left(claiming(path, "request.body", [(0, len(body))])) == left


def test_beginnings_of_encoded_keys_are_found_wherever_one_stands():
    """The pattern goes letter by letter; the list that it is made of is the truth."""
    anywhere, by_offset = encoded._literals()
    literals = [
        form
        for offset in range(3)
        for text in [*(prefix for prefix, _ in encoded.rules.PREFIXES), encoded._PEM]
        for literal in [encoded._literal(text, offset)]
        for form in (literal, literal.translate(encoded._TO_URL_SAFE))
    ]
    assert all(pattern.match(each) for each in literals for pattern in [anywhere])
    drawn = random.Random(7)
    for _ in range(300):
        text = "".join(drawn.choice([*literals, "A", "c", "Z", "-"]) for _ in range(5))
        starts = {at for each in literals for at in range(len(text)) if text.startswith(each, at)}
        assert {at for at in range(len(text)) if anywhere.match(text, at)} == starts
        assert {at for at in range(len(text)) if any(each.match(text, at) for each in by_offset)} == starts


def test_a_letter_has_one_way_to_go_on():
    """A run of one letter is passed over without trying a hundred beginnings at each place."""
    assert encoded._any_of(["ab", "ac", "b", "abd"]) == "(?:a(?:b|c)|b)"
