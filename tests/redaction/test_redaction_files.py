"""Cassettes written anew: every record kept, whole or not at all, in place, compressed, torn."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tracemalloc

import pytest

import playhead
from playhead.errors import CannotRun, CassetteError, UsageError
from playhead.redaction import read_policy
from playhead.store import lock
from playhead.store.redact import redact_file, secrets_left

from . import planted

SECRET = planted.SECRETS["anthropic-key"]


def lines_of(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def source(tmp_path):
    """Two exchanges, one of which holds a secret; losses, notes, records and fields that nobody knows."""
    path = tmp_path / "source.cassette.jsonl"
    with playhead.open_writer(path, created="2026-11-20T09:00:00Z", clock="monotonic") as writer:
        one, two = writer.exchange(), writer.exchange()
        for exchange in (one, two):
            exchange.request(playhead.Request(method="GET", url="https://h/", t=0.5, t_start=0.4))
            exchange.response(playhead.Response(status=103, t=0.6))
            exchange.response(playhead.Response(status=200, headers=planted.SSE, t=0.7))
        for number, piece in enumerate(planted.chunked(f"data: é {SECRET} ü\n\n".encode(), [8])):
            one.chunk(piece, 1.0 + number, wire_bytes=3)
            two.chunk("data: é\n\n".encode(), 1.2 + number)
        one.loss("queue_full", 30.0, 29.0, 3, None)
        writer.write(
            playhead.format.records.Unknown(type="new", line=b'{"type":"new","exchange":1,"x":[1.50]}')
        )
        two.end(playhead.EndingKind.COMPLETE, 31.0)
        one.end(playhead.EndingKind.SERVER_CLOSED, 32.0, detail="cut", facts={"how": "reset"})
    return path


def test_all_else_is_the_same(source, tmp_path):
    target = tmp_path / "target.cassette.jsonl"
    done = redact_file(source, target)
    assert done.replaced == {"anthropic-key": 1}
    assert done.exchanges == 2
    old, new = lines_of(source), lines_of(target)
    [redaction] = [line for line in new if line["type"] == "redaction"]
    new.remove(redaction)
    assert (redaction["name"], redaction["detail"]) == ("response.body", "anthropic-key")
    assert old[0].pop("facts", []) == []
    assert new[0].pop("facts") == [["redaction", "default/1"]]
    for before, after in zip(old, new, strict=True):
        if before["type"] == "end" and before["exchange"] == 1:
            body = playhead.load(target)[1].body
            assert before.pop("sha256") != after.pop("sha256") == hashlib.sha256(body).hexdigest()
        if before["type"] == "chunk":
            for name in ("head", "text", "tail"):
                before.pop(name, None), after.pop(name, None)
        assert before == after
    assert b'"x":[1.50]' in target.read_bytes()
    # Lines in which nothing changed are the same bytes.
    untouched = {line for line in source.read_bytes().splitlines() if b'"exchange":2' in line}
    assert untouched <= set(target.read_bytes().splitlines())
    redaction = playhead.load(target)[1].redactions[0]
    start = redaction.byte_offset
    assert playhead.load(target)[1].body[start : start + redaction.size].startswith(b"REDACTED-")


def test_fields_that_nobody_knows_stay_in_lines_that_change(tmp_path):
    path = tmp_path / "f.cassette.jsonl"
    header = '{"type":"header","format":"playhead-cassette","version":1,"later":{"a":1}}'
    chunk = f'{{"type":"chunk","exchange":1,"later":[1],"text":"data: {SECRET}\\n\\n"}}'
    path.write_text(f"{header}\n{chunk}\n", "utf-8")
    redact_file(path, path)
    changed = next(line for line in lines_of(path) if line["type"] == "chunk")
    assert changed["later"] == [1]
    assert SECRET not in changed["text"]


def test_in_place_and_once(source):
    redact_file(source, source)
    once = source.read_bytes()
    assert SECRET.encode() not in once
    assert redact_file(source, source).replaced == {}
    assert source.read_bytes() == once
    assert [path.name for path in source.parent.iterdir()] == [source.name]
    assert stat.S_IMODE(source.stat().st_mode) == 0o600 or os.name == "nt"


@pytest.mark.parametrize(("first", "second"), [("", ".zst"), (".zst", ""), (".zst", ".zst")])
def test_compressed(source, tmp_path, first, second):
    given = tmp_path / f"given.cassette.jsonl{first}"
    redact_file(source, given, read_policy("off = true", "p"))
    assert SECRET in playhead.load(given)[1].body.decode()
    assert dict(playhead.load(given).header.facts)["redaction"] == "off"
    target = tmp_path / f"target.cassette.jsonl{second}"
    redact_file(given, target)
    cassette = playhead.load(target)
    assert SECRET not in cassette[1].body.decode()
    assert target.read_bytes().startswith(b"\x28\xb5\x2f\xfd") == bool(second)
    assert dict(cassette.header.facts)["redaction"] == "default/1"


def test_a_torn_one_without_an_end(source, tmp_path):
    torn = tmp_path / "torn.cassette.jsonl.partial"
    text = source.read_bytes()
    torn.write_bytes(text[: text.rindex(b'{"type":"loss"')] + b'{"type":"chunk","exchange":1,"te')
    target = tmp_path / "torn.cassette.jsonl"
    done = redact_file(torn, target)
    assert done.torn is not None
    exchange = playhead.load(target)[1]
    assert SECRET.encode() not in target.read_bytes()
    assert exchange.ending.kind is playhead.EndingKind.TRUNCATED
    assert exchange.redactions[0].name == "response.body"


def test_what_is_refused(source, tmp_path):
    other = tmp_path / "other.cassette.jsonl"
    other.write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        redact_file(source, other)
    assert other.read_text() == "mine"
    with pytest.raises(CassetteError):
        redact_file(other, tmp_path / "new.cassette.jsonl")
    with pytest.raises(CannotRun, match="cannot be written"):
        redact_file(source, tmp_path / "no" / "folder.cassette.jsonl")
    writer = playhead.open_writer(tmp_path / "live.cassette.jsonl")
    try:
        assert lock.is_live(writer.partial)
        with pytest.raises(CannotRun, match="is being written"):
            redact_file(writer.partial, tmp_path / "new.cassette.jsonl")
    finally:
        writer.discard()
    assert sorted(path.name for path in tmp_path.iterdir()) == [other.name, source.name]


def test_a_damaged_line_leaves_nothing_half_written(source, tmp_path):
    text = source.read_bytes().replace(b'"type":"response","exchange":2,"t":0.7', b'"type":"response","ex')
    source.write_bytes(text)
    with pytest.raises(CassetteError):
        redact_file(source, tmp_path / "new.cassette.jsonl")
    with pytest.raises(CassetteError):
        redact_file(source, source)
    assert source.read_bytes() == text
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


def test_bytes_that_nobody_could_decode(tmp_path):
    path = tmp_path / "u.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="GET", url="https://h/"))
        exchange.response(playhead.Response(status=200, headers=planted.SSE))
        exchange.chunk(f"data: {SECRET}\n\n".encode())
        exchange.chunk(b"\x1f\x8b" + SECRET.encode(), undecoded=True)
        exchange.end(playhead.EndingKind.COMPLETE)
    for _ in range(2):
        done = redact_file(path, path)
        assert done.unscanned == ((1, "response.body"),)
        exchange = playhead.load(path)[1]
        [mark] = [each for each in exchange.redactions if each.rule == "unscanned"]
        assert (mark.name, mark.byte_offset, mark.size) == ("response.body", len(f"data: {SECRET}\n\n"), None)
        assert exchange.chunks[1].data == b"\x1f\x8b" + SECRET.encode()
        assert SECRET.encode() not in exchange.chunks[0].data
        [left] = secrets_left(playhead.load(path))
        assert (left.rule, left.place, left.exchange) == ("unscanned", "response.body", 1)


def test_a_placeholder_by_hand_is_no_placeholder_elsewhere(tmp_path):
    """What was put back by hand under an old record is found all the same."""
    path = planted.cassette(tmp_path / "h.cassette.jsonl", [f"data: {SECRET}\n\n".encode()])
    redact_file(path, path)
    text = path.read_text()
    start = text.index("sk-ant-REDACTED-")
    path.write_text(text[:start] + SECRET + text[start + len(SECRET) :])
    assert [left.rule for left in secrets_left(playhead.load(path))] == ["anthropic-key"]


def test_long_streams_do_not_fill_the_memory(tmp_path):
    """In one line and in many events, a secret at the end: some copies of the body, not many."""
    size = 4 * 1024 * 1024
    filling = "lorem ipsum dolor sit amet, " * (size // 28)
    one = [f"data: {filling}", f" {SECRET}\n\n"]
    word = 'data: {"n": 1, "token": "lorem ipsum dolor sit amet, consectetur adipiscing elit, sed"}\n\n'
    parts = [SECRET[:20], SECRET[20:]]
    many = [word * 1000] * (size // len(word) // 1000) + [
        f'data: {{"token": "{part}"}}\n\n' for part in parts
    ]
    for number, chunks in enumerate((one, many)):
        path = planted.cassette(tmp_path / f"{number}.cassette.jsonl", [chunk.encode() for chunk in chunks])
        tracemalloc.start()
        redact_file(path, path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 10 * size
        assert planted.heart(SECRET).encode() not in path.read_bytes()
