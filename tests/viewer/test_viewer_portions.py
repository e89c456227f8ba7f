"""Events that are searched many at a time: what is found is what stands in each, asked alone."""

from __future__ import annotations

import json

import pytest

from playhead import EndingKind
from playhead.store import index
from playhead_viewer.core.filter import parse
from playhead_viewer.source import passes
from playhead_viewer.source.loader import open_path
from playhead_viewer.source.passes import FilterPass, SearchPass
from playhead_viewer.source.portions import Portion
from playhead_viewer.source.stream import Stream

_NEEDLES = (
    "a",
    "Alpha",
    "alpha",
    "ας",
    "ΑΣ",
    "é",
    "\\u00e9",
    'say "hi"',
    "\ufffd",
    "content",
    "x\ny",
    ": hold",
    "zz",
)
_TEXTS = ("Alpha ", "ΑΣ", "ΑΣΑ", 'say "hi"', "caf\u00e9", "x\ny", "İ", "", "bet", "a")


def _event(kind: str, block: int, text: str) -> bytes:
    said: dict[str, object] = {"type": kind, "index": block}
    if kind == "content_block_start":
        said["content_block"] = {"type": "text", "text": ""}
    elif kind == "content_block_delta":
        said["delta"] = {"type": "text_delta", "text": text}
    return f"event: {kind}\ndata: {json.dumps(said)}\n\n".encode()


@pytest.fixture
def mixed(make, path, monkeypatch):
    """Two blocks by turns, comments, bytes that are no text, an event in many chunks, many in one."""
    monkeypatch.setattr(index, "KEPT", 0)
    body = b"".join(_event("content_block_start", block, "") for block in (0, 1))
    for number in range(90):
        body += _event("content_block_delta", number % 2, _TEXTS[number % len(_TEXTS)])
        if number % 11 == 0:
            body += b": hold on \xff\xe2\x82\n\n"
        if number % 29 == 0:
            body += b"data: \xce\x91\xce\xa3\r\n\r\n"
    body += b"data: a tail \xe2"
    with make() as made:
        exchange = made.begin()
        at = 0
        for number in range(len(body)):
            size = (7, 300, 61, 2000)[number % 4]
            if at >= len(body):
                break
            exchange.chunk(body[at : at + size], 1.5 + number / 100)
            at += size
        exchange.end(EndingKind.COMPLETE)
    return path


def _found(path, needle: str, portion: int, monkeypatch) -> tuple[list[int], set[int]]:
    """What a search finds, and what stands in each event that is asked alone."""
    monkeypatch.setattr(passes, "_PORTION", portion)
    loader = open_path(str(path))
    while loader.advance(100):
        pass
    stream = Stream(loader, 0)
    stream.read()
    search = SearchPass(needle, stream)
    while search.search.done < stream.count:
        assert search.advance()
    alone = {
        number
        for number in range(1, stream.count + 1)
        if search.search.matches(Portion(stream, number, number).haystack(number))
    }
    loader.close()
    return list(search.search.hits), alone


@pytest.mark.parametrize("needle", _NEEDLES)
def test_what_is_found_is_what_stands_in_each_event(needle, mixed, monkeypatch):
    for portion in (1, 7, 200):
        hits, alone = _found(mixed, needle, portion, monkeypatch)
        assert hits == sorted(alone)


def test_a_filter_reads_many_events_together(mixed, monkeypatch):
    monkeypatch.setattr(passes, "_PORTION", 7)
    loader = open_path(str(mixed))
    while loader.advance():
        pass
    stream = Stream(loader, 0)
    stream.read()
    found = FilterPass("alpha", parse("alpha"), stream)
    while found.advance():
        pass
    every = range(1, stream.count + 1)
    alone = [
        number for number in every if "alpha" in Portion(stream, number, number).haystack(number).lower()
    ]
    assert list(found.shown) == alone
    loader.close()


def test_most_portions_are_looked_through_in_one_go(make, path, read, monkeypatch):
    with make() as made:
        made.texts([f"w{number}" for number in range(2000)])
    stream = read(path)
    asked = []
    raw = Portion.raw
    monkeypatch.setattr(Portion, "raw", lambda self, number: asked.append(number) or raw(self, number))
    found = SearchPass("w1234", stream)
    while found.advance():
        pass
    assert list(found.search.hits) == [1235]
    assert len(asked) == 200
    assert found.search.done == stream.count


def test_chunks_of_many_events_are_read_together(make, path, monkeypatch):
    """A file is asked for many lines at a time, and gives the same as line by line."""
    monkeypatch.setattr(index, "KEPT", 0)
    with make() as made:
        made.texts([f"w{number}" for number in range(2000)])
    loader = open_path(str(path))
    while loader.advance():
        pass
    chunks = loader.cassette[1].chunks
    asked = []
    part = loader.cassette._source.slice
    monkeypatch.setattr(
        loader._gate, "slice", lambda start, end: asked.append(end - start) or part(start, end)
    )
    together = [chunk.data for chunk in chunks.after(0)]
    assert len(asked) < 20
    assert together == [chunks[at].data for at in range(len(chunks))]
    assert [chunk.number for chunk in chunks.after(7, 9)] == [8, 9]
    loader.close()
