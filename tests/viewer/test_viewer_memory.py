"""What is held of an event: a few numbers in columns, and its text once; no object."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from playhead import EndingKind
from playhead.store import index
from playhead_viewer.core.filter import parse
from playhead_viewer.source import analysing
from playhead_viewer.source.analysing import analyse, drawn
from playhead_viewer.source.loader import open_path
from playhead_viewer.source.passes import FilterPass, SearchPass
from playhead_viewer.source.stream import Stream

_EVENTS = 3000
_WORD = "abcdefgh"
_HELD = 140
"""Bytes for an event, its text left out: an object would take as much again."""


def _taken(path) -> tuple[Stream, list[object], int]:
    """A stream that was read, measured, drawn, searched and filtered, and the bytes taken for that."""
    gc.collect()
    tracemalloc.start()
    try:
        loader = open_path(str(path))
        while loader.advance():
            pass
        stream = Stream(loader, 0)
        analysis = analyse(stream)
        held: list[object] = [analysis, drawn(stream, analysis, 100)]
        for each in (SearchPass("abc", stream), FilterPass("kind=text", parse("kind=text"), stream)):
            while each.advance():
                pass
            held.append(each)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return stream, held, taken


@pytest.mark.parametrize("kind", ["message", "plain"])
def test_of_an_event_its_text_and_a_few_numbers_are_held(kind, make, path, monkeypatch):
    """Twice as many events take so much more: what each of them takes, whatever the rest does."""
    monkeypatch.setattr(analysing, "CHECKED_UNASKED", 0)  # what is found is another matter
    monkeypatch.setattr(index, "KEPT", 0)  # and of a short cassette what it says is kept
    taken = []
    for count in (50, _EVENTS, 2 * _EVENTS):  # the first takes the modules in
        path.unlink(missing_ok=True)
        with make() as made:
            if kind == "message":
                made.texts([_WORD] * count)
            else:
                exchange = made.begin(url="https://h/feed")
                for number in range(count):
                    exchange.chunk(f"event: tick\ndata: {_WORD}\n\n".encode(), 1.5 + number / 100)
                exchange.end(EndingKind.COMPLETE)
        stream, held, size = _taken(path)
        assert stream.count >= count
        assert all(held)
        taken.append(size)
        stream.loader.close()
    each = (taken[2] - taken[1]) / _EVENTS
    assert each < _HELD + len(_WORD)
