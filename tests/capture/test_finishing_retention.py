"""Which finished cassettes go: by the time in their names and their sizes, and nothing else in the folder."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.capture.choices import Retention
from playhead.capture.finishing.retention import Keeper, Kept, created, expired

from .unfinished import START, inside, name

SECONDS = st.integers(0, 1000)
SIZES = st.integers(0, 100)
LIMIT = st.none() | st.integers(0, 400)


def kept(seconds: float, size: int = 1) -> Kept:
    return Kept(Path("/r") / name(seconds=seconds), size)


@given(st.lists(st.tuples(SECONDS, SIZES), max_size=20), LIMIT, LIMIT, SECONDS)
def test_what_stays_is_young_and_fits_and_no_more_goes_than_must(made, size, seconds, now):
    files = [kept(*each) for each in made]
    at = START + datetime.timedelta(seconds=now)
    gone = expired(files, Retention(size=size, seconds=seconds), at)
    stay = [each for each in files if each not in gone]
    ages = {each: (at - created(each.path.name)).total_seconds() for each in files}
    if seconds is not None:
        assert all(ages[each] <= seconds for each in stay)
    if size is not None:
        assert sum(each.size for each in stay) <= size
    # Oldest first: nothing that stays is older than what went.
    assert all(ages[one] >= ages[other] for one in gone for other in stay)
    if gone and ages[gone[-1]] <= (float("inf") if seconds is None else seconds):
        assert size is not None
        assert sum(each.size for each in stay) + gone[-1].size > size
    if size is None and seconds is None:
        assert gone == []


@given(st.text(max_size=60), SIZES)
def test_no_other_name_goes_or_counts(other, size):
    foreign = Kept(Path("/r") / other.replace("/", "_").replace("\0", "_"), size)
    ours = kept(0, 5)
    gone = expired([foreign, ours], Retention(size=5), START + datetime.timedelta(days=9))
    assert gone == []


def test_a_name_with_no_time_in_it_stays():
    wrong = name().replace("20261120", "20269999")
    assert created(wrong) is None
    assert expired([Kept(Path(wrong), 10)], Retention(size=0, seconds=0), START) == []


@pytest.fixture
def root(tmp_path):
    (tmp_path / "unfinished").mkdir()
    (tmp_path / "2026-11-20").mkdir()
    (tmp_path / "2026-11-21").mkdir()
    (tmp_path / "kept").mkdir()
    return tmp_path


def put(folder: Path, seconds: float, suffix: str = "", size: int = 10) -> Path:
    path = folder / (name(seconds=seconds) + suffix)
    path.write_bytes(b"x" * size)
    return path


LATE = START + datetime.timedelta(seconds=1000)


def test_only_what_a_recorder_finished_is_removed(root):
    old = [put(root, 1), put(root, 2, ".zst"), put(root / "2026-11-20", 3)]
    stem = old[0].name.removesuffix(".cassette.jsonl")
    notes = [root / f"{stem}.notes.jsonl", root / f"{old[1].name}.notes.jsonl"]
    for path in notes:
        path.touch()
    stay = [
        put(root / "unfinished", 1, ".partial"),
        put(root / "unfinished", 2),
        put(root / "kept", 1),
        put(root, 1, ".bak"),
        put(root, 900),
        put(root / "2026-11-21", 950),
    ]
    (root / "mine.cassette.jsonl").touch()
    (root / name(seconds=4)).mkdir()
    (root / name(seconds=5)).symlink_to(stay[0])
    (root / "2026-11-19").symlink_to(root / "kept")
    gone = Keeper(root, Retention(seconds=500)).look(LATE)
    assert sorted(gone) == sorted(old)
    assert not any(path.exists() for path in (*old, *notes))
    assert all(path.exists() for path in stay)
    assert (root / "mine.cassette.jsonl").exists()
    assert not (root / "2026-11-20").exists()  # it is empty now
    assert (root / "2026-11-21").exists()


def test_the_oldest_go_until_the_rest_fits(root):
    files = [put(root if at % 2 else root / "2026-11-20", at) for at in range(10)]
    assert Keeper(root, Retention(size=35)).look(LATE) == files[:7]
    assert [path.exists() for path in files] == [False] * 7 + [True] * 3


def test_without_limits_nothing_is_even_looked_at(root, monkeypatch):
    put(root, 1)
    monkeypatch.setattr(Path, "iterdir", lambda _self: pytest.fail("it was listed"))
    assert Keeper(root, Retention()).look(LATE) == []


def test_folders_that_cannot_be_read_or_are_gone(tmp_path):
    assert Keeper(tmp_path / "missing", Retention(size=0)).look(LATE) == []


def test_what_cannot_be_removed_stays_and_the_next_goes(root, monkeypatch):
    files = [put(root, 1), put(root, 2)]
    unlink = Path.unlink

    def some(path, missing_ok=False):
        if path == files[0]:
            raise PermissionError
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", some)
    assert Keeper(root, Retention(size=0)).look(LATE) == [files[1]]
    assert inside(root) == [files[0].name]


def test_a_large_folder_is_not_listed_after_every_cassette(root, monkeypatch):
    keeper = Keeper(root, Retention(size=0))
    put(root, 1)
    assert len(keeper.look_if_rested()) == 1
    monkeypatch.setattr(keeper, "_rests_until", float("inf"))
    put(root, 2)
    assert keeper.look_if_rested() == []
    assert len(keeper.look()) == 1
