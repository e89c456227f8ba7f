"""Searching and filtering what is large: a portion at a time, so that nobody waits for the lock."""

from __future__ import annotations

import tracemalloc

import pytest

from playhead_viewer.core.filter import parse
from playhead_viewer.core.search import Search
from playhead_viewer.source import passes
from playhead_viewer.source.passes import FilterPass, SearchPass
from playhead_viewer.text.wrapping import wrap


@pytest.fixture
def looked_through(monkeypatch):
    """How many characters were looked through at a time for words that came in pieces."""
    sizes = []
    find = Search.find_across
    monkeypatch.setattr(Search, "find_across", lambda self, text: sizes.append(len(text)) or find(self, text))
    return sizes


def test_a_long_block_is_looked_through_in_parts(make, path, read, looked_through, monkeypatch):
    monkeypatch.setattr(passes, "_ACROSS_PORTION", 1000)
    text = "".join(f"w{number:04}-" for number in range(2000))
    cuts = [
        text[at : at + 7] for at in range(0, len(text), 7)
    ]  # no word stands in one event, but every seventh
    with make() as made:
        made.texts(cuts)
    stream = read(path)
    for needle in ("w0166-w0167", "w1999-", "-w", text[995:1010]):
        found = SearchPass(needle, stream)
        turns = 0
        while found.advance():
            turns += 1
        assert turns > len(text) // 1000
        ends, at = [], text.find(needle)
        while at >= 0:
            ends.append(at + len(needle) - 1)
            at = text.find(needle, at + 1)
        assert list(found.search.hits) == sorted({end // 7 + 1 for end in ends})
        assert not found.advance()
    assert max(looked_through) <= 1000 + 15


def test_many_small_blocks_are_not_a_turn_each(make, path, read):
    with make() as made:
        made.texts(["one", "two"])
    found = SearchPass("etw", read(path))
    turns = 0
    while found.advance():
        turns += 1
    assert list(found.search.hits) == [2]
    assert turns == 3  # the events, the blocks, and that there are no more


def test_large_events_make_smaller_portions(make, path, read, monkeypatch):
    monkeypatch.setattr(passes, "_PORTION_SIZE", 5000)
    with make() as made:
        made.texts([*("x" * 2000 for _ in range(20)), "y" * 20_000, *("z" for _ in range(300))])
    stream = read(path)
    searched = SearchPass("y", stream)
    filtered = FilterPass("yyy", parse("yyy"), stream)
    steps = []
    while searched.search.done < stream.count:
        before = searched.search.done
        assert searched.advance()
        steps.append(searched.search.done - before)
    assert steps[0] <= 2
    assert 1 in steps
    assert steps[-2] > 10
    while filtered.advance():
        pass
    assert filtered.done == stream.count
    assert list(filtered.shown) == [21]
    assert 21 in searched.search.hits


def test_long_texts_that_were_wrapped_are_not_kept():
    def wrap_many():
        for number in range(200):
            assert len(list(wrap(f"{number} " + "some words of a text " * 1000, 80))) > 200

    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        wrap_many()
        kept = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert kept < 5_000_000
