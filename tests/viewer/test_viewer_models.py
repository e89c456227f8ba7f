"""Search, marks and the list of sessions, without Textual."""

from __future__ import annotations

import errno
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

import playhead
from playhead_viewer.core.marks import Mark, Marks
from playhead_viewer.core.search import Search
from playhead_viewer.core.session import Session
from playhead_viewer.core.sessions import COLUMNS, Sessions
from playhead_viewer.source.notes import Notes


def test_hits_come_as_the_search_goes_on_and_are_counted():
    search = Search("wor")
    assert search.feed(["hello", "World", "x"]) == 1
    assert search.told(1, 5) == "1+"
    assert search.told(2, 5) == "1/1+"
    search.feed(["words", ""])
    assert search.told(2, 5) == "1/2"
    assert list(search.hits) == [2, 4]


def test_a_count_is_whole_when_nothing_more_can_be_found():
    search = Search("wor")
    search.may_find_more = True
    search.feed(["word", "x"])
    assert search.told(2, 2) == "1+"
    search.may_find_more = False
    assert search.told(2, 2) == "1"


@given(st.lists(st.lists(st.integers(1, 40), max_size=6), max_size=8), st.sets(st.integers(1, 40)))
def test_hits_across_events_are_put_in_where_they_belong(found, before):
    search = Search("a")
    search.add(before)
    for numbers in found:
        search.add(numbers)
    assert list(search.hits) == sorted(before.union(*found))


@given(
    st.lists(st.sampled_from(["a", "b", "ab"]), max_size=30),
    st.sets(st.integers(1, 30)),
    st.sets(st.integers(1, 30)),
)
def test_hits_are_among_what_is_shown_and_the_others_are_counted_apart(texts, shown, across):
    search = Search("a", shown.__contains__)
    search.feed(texts)
    search.add(across)
    every = across.union(number for number, text in enumerate(texts, 1) if "a" in text)
    assert list(search.hits) == sorted(every & shown)
    assert list(search.hidden) == sorted(every - shown)


def test_capitals_ask_for_capitals():
    assert Search("World").matches("World")
    assert not Search("World").matches("world")
    assert Search("world").matches("WORLD")
    assert not Search("").matches("anything")


def test_a_word_that_several_events_brought_is_found_where_it_ends():
    search = Search("inspect")
    assert search.find_across("to Inspect, and inspect") == [9, 22]
    search.add([7, 3, 7])
    search.add([5])
    assert list(search.hits) == [3, 5, 7]
    assert search.place(5) == 2


def test_folding_that_changes_lengths_gives_no_offsets():
    assert Search("x").find_across("İx") == []


@given(st.lists(st.text("ab", max_size=4), max_size=30), st.text("ab", min_size=1, max_size=2))
def test_hits_are_the_events_that_hold_the_needle(texts, needle):
    search = Search(needle)
    for text in texts:
        search.feed([text])
    assert list(search.hits) == [n for n, text in enumerate(texts, 1) if needle in text]


def test_marks_are_set_noted_and_taken_away():
    marks = Marks()
    assert marks.toggle(1, 84)
    marks.note(1, 84, "here")
    marks.note(1, 3, "")
    assert marks.frames(1) == [3, 84]
    assert marks.note_of(1, 84) == "here"
    assert marks.all() == [Mark(1, 3, ""), Mark(1, 84, "here")]
    assert not marks.toggle(1, 84)
    assert not marks.has(1, 84)
    assert marks.toggle(1, 84)
    assert marks.note_of(1, 84) == "here"


def test_notes_lie_beside_the_cassette_and_keep_what_they_do_not_know(tmp_path):
    cassette = tmp_path / "a.cassette.jsonl.zst"
    notes = Notes(str(cassette))
    assert notes.path == tmp_path / "a.notes.jsonl"
    assert notes.load().all() == []
    notes.path.write_text(
        '{"type":"mark","exchange":1,"frame":7,"note":"hm"}\n{"type":"later","x":1}\nnot json\n'
        '{"type":"mark","exchange":"1","frame":-7}\n'
    )
    marks = notes.load()
    assert marks.all() == [Mark(1, 7, "hm")]
    marks.toggle(2, 9)
    assert notes.save(marks) is None
    lines = notes.path.read_text().splitlines()
    assert json.loads(lines[0]) == {"type": "mark", "exchange": 1, "frame": 7, "note": "hm"}
    assert lines[2:] == ['{"type":"later","x":1}', "not json", '{"type":"mark","exchange":"1","frame":-7}']
    assert notes.load().all() == [Mark(1, 7, "hm"), Mark(2, 9)]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.notes.jsonl"]


def test_notes_that_cannot_be_written_say_why(tmp_path):
    notes = Notes(str(tmp_path / "gone" / "a.cassette.jsonl"))
    assert "No such file" in (notes.save(Marks((Mark(1, 1),))) or "")
    assert Notes("<stdin>", is_file=False).save(Marks()) is not None


def test_a_folder_that_is_read_only_is_left_as_it_is(tmp_path, monkeypatch):
    def refuse(*_args):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    notes = Notes(str(tmp_path / "a.cassette.jsonl"))
    monkeypatch.setattr(os, "open", refuse)
    assert notes.save(Marks((Mark(1, 1),))) == f"{notes.path}: {os.strerror(errno.EROFS)}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("linked", [False, True])
def test_nothing_is_written_beside_a_sample_that_ships(tmp_path, linked):
    path = playhead.sample("cut")
    before = sorted(path.parent.iterdir())
    if linked:
        (tmp_path / "there").symlink_to(path.parent, target_is_directory=True)
        path = tmp_path / "there" / path.name
    assert "a copy" in (Notes(str(path)).save(Marks((Mark(1, 1),))) or "")
    assert sorted(playhead.sample("cut").parent.iterdir()) == before


def test_a_copy_of_a_sample_has_notes(tmp_path):
    path = tmp_path / "cut.cassette.jsonl"
    path.write_bytes(playhead.sample("cut").read_bytes())
    assert Notes(str(path)).save(Marks((Mark(1, 1),))) is None
    assert Notes(str(path)).load().all() == [Mark(1, 1)]


def rows():
    made = Sessions()
    made.add(
        [
            Session("b", 1, t=3.0, host="x.example", model="m1", status=200, ending="complete", ttft=0.3),
            Session("a", 2, t=1.0, host="y.example", model="m2", status=429, ending="complete"),
            Session("a", 1, t=2.0, host="x.example", model="M2", status=200, ending="timeout", ttft=0.1),
            Session("c", error="damaged"),
        ]
    )
    return made


def test_sessions_are_sorted_with_the_unknown_last_either_way():
    made = rows()
    ttft = next(at for at, column in enumerate(COLUMNS) if column.name == "ttft")
    made.sort(ttft)
    assert [row.ttft for row in made.rows] == [0.1, 0.3, None, None]
    made.sort(ttft)
    assert [row.ttft for row in made.rows] == [0.3, 0.1, None, None]
    made.sort(0)
    assert [row.path for row in made.rows] == ["a", "a", "b", "c"]


def test_every_word_of_the_filter_must_be_found():
    made = rows()
    made.filter("x.EX m2")
    assert [row.key for row in made.rows] == [("a", 1)]
    made.filter("damaged")
    assert [row.key for row in made.rows] == [("c", 0)]
    made.filter("")
    assert len(made.rows) == len(made) == 4
    assert made.count == made.shown == 3  # a file that cannot be read is no session
    made.add([Session("c", 0, error="still damaged")])
    assert len(made) == 4


def test_what_a_file_said_before_goes_when_it_is_read_again():
    made = rows()
    made.add([Session("a", 3), Session("d", 1)], read={"a", "c", "d"})
    assert {row.key for row in made.rows} == {("a", 3), ("b", 1), ("d", 1)}
    made.keep({"b", "d", "e"})
    assert {row.key for row in made.rows} == {("b", 1), ("d", 1)}
    assert len(made) == 2


def test_every_column_sorts():
    made = rows()
    for place in range(len(COLUMNS)):
        made.sort(place)
        assert len(made.rows) == 4
