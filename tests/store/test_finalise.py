"""An unfinished cassette becomes a finished one, or stays as it is: never anything between."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from pathlib import Path

import pytest

import playhead
from playhead.cli.check import check
from playhead.errors import CannotRun, InputError, UnsupportedVersion
from playhead.format import records
from playhead.redaction import kept
from playhead.redaction.policy import DEFAULT, Policy
from playhead.redaction.policy_file import read_policy
from playhead.store import finalise as finalising
from playhead.store import lock
from playhead.store.finalise import Keep, Outcome, finalise
from playhead.store.mend import Unreadable
from playhead.store.redact import secrets_left
from playhead.store.rewrite import Rewriter

from ..capture.unfinished import SECRET, event, grow, inside, write

OFF = Policy(off=True)
TEAM = 'name = "team"\n[body]\nsecret = ["tenantry"]\n[shapes]\nteam-key = "team_[a-z0-9]{8}"'


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "zst"])
def test_it_is_redacted_whole_and_private(tmp_path, compressed):
    job = write(tmp_path, compressed=compressed)
    done = finalise(job.unfinished, job.target, DEFAULT)
    assert (done.outcome, done.exchanges, done.chunks, done.events) == (Outcome.FINISHED, 1, 3, 3)
    assert (done.redacted, done.problems, done.ended) == (2, (), ())
    assert done.replaced == {"anthropic-key": 1, "body-field": 1}
    assert done.size == job.target.stat().st_size
    assert mode(job.target) == 0o600
    assert inside(tmp_path) == [job.target.name]
    cassette = playhead.load(job.target)
    assert secrets_left(cassette, DEFAULT) == []
    assert dict(cassette.header.facts) == {"source": "proxy", "redaction": "default/1"}
    body = cassette[1].body
    assert len(body) == sum(len(event(text)) for text in ("hello", f"the key is {SECRET} here", "bye"))
    assert SECRET.encode() not in body
    assert b"REDACTED" in body
    assert cassette[1].ending.kind is playhead.EndingKind.COMPLETE


def test_the_same_secret_gets_another_placeholder_in_each_cassette(tmp_path):
    bodies = set()
    for _ in range(3):
        job = write(tmp_path)
        finalise(job.unfinished, job.target, DEFAULT)
        bodies.add(playhead.load(job.target)[1].body)
    assert len(bodies) == 3


def test_what_a_recorder_that_was_cut_off_left_is_completed(tmp_path):
    job = write(tmp_path, ends=False)
    with job.unfinished.open("ab") as file:
        file.write(b'{"type":"chunk","exchange":1,"t":0.5,"text":"' + SECRET.encode())
    done = finalise(job.unfinished, job.target, DEFAULT)
    assert done.ended == (1,)
    assert [problem.what.split(":")[0] for problem in done.problems] == ["torn"]
    exchange = playhead.load(job.target)[1]
    assert exchange.ending.kind is playhead.EndingKind.TRUNCATED
    assert exchange.ending.detail == "recovered: the recording stops here"
    assert len(exchange.frames) == 3
    assert SECRET.encode() not in job.target.read_bytes()
    with pytest.raises(SystemExit) as left:
        check.main([str(job.target)], standalone_mode=True)
    assert left.value.code == 0


def test_damaged_lines_are_dropped_and_said(tmp_path):
    job = write(tmp_path)
    lines = job.unfinished.read_bytes().splitlines(keepends=True)
    garbage = b"\x00" * 50 + SECRET.encode() + b"\n"
    job.unfinished.write_bytes(b"".join([*lines[:4], garbage, b"\n", *lines[4:]]))
    done = finalise(job.unfinished, job.target, DEFAULT)
    assert [problem.line for problem in done.problems] == [5]
    assert SECRET.encode() not in job.target.read_bytes()
    assert len(playhead.load(job.target)[1].chunks) == 3
    assert not job.unfinished.exists()


def test_a_lost_header_is_replaced(tmp_path):
    job = write(tmp_path)
    job.unfinished.write_bytes(b"\x00" + job.unfinished.read_bytes())
    finalise(job.unfinished, job.target, DEFAULT)
    facts = dict(playhead.load(job.target).header.facts)
    assert facts == {"recovered": "the header was unreadable", "redaction": "default/1"}


def test_what_holds_nothing_leaves_nothing(tmp_path):
    writer, job = grow(tmp_path)
    writer.abandon()
    assert finalise(job.unfinished, job.target, DEFAULT).outcome is Outcome.EMPTY
    job.unfinished.touch()
    assert finalise(job.unfinished, job.target, DEFAULT).outcome is Outcome.EMPTY
    assert inside(tmp_path) == []


def test_a_loss_alone_is_something(tmp_path):
    writer, job = grow(tmp_path)
    writer.write(records.Loss(detail="size_cap", t=1.0))
    writer.abandon()
    assert finalise(job.unfinished, job.target, DEFAULT).outcome is Outcome.FINISHED
    assert len(playhead.load(job.target)) == 0


def test_who_is_at_it_is_left_alone(tmp_path):
    writer, job = grow(tmp_path)
    assert finalise(job.unfinished, job.target, DEFAULT).outcome is Outcome.HELD
    writer.discard()
    assert finalise(job.unfinished, job.target, DEFAULT).outcome is Outcome.GONE
    assert not job.target.exists()


def test_a_file_that_was_replaced_before_the_lock_is_not_ours(tmp_path, monkeypatch):
    job = write(tmp_path)
    claim = lock.claim

    def slow(fd):
        job.unfinished.with_name("other").write_bytes(b"new")
        job.unfinished.with_name("other").replace(job.unfinished)
        return claim(fd)

    monkeypatch.setattr(lock, "claim", slow)
    assert finalise(job.unfinished, job.target, DEFAULT).outcome is Outcome.GONE
    assert job.unfinished.read_bytes() == b"new"


def test_whoever_asks_whether_it_is_live_does_not_keep_it_from_being_finished(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    job = write(tmp_path)
    with job.unfinished.open("rb") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        # Whoever asks is done while it is waited for.
        monkeypatch.setattr(lock.time, "sleep", lambda _: fcntl.flock(asking, fcntl.LOCK_UN))
        assert finalise(job.unfinished, job.target, DEFAULT).outcome is Outcome.FINISHED


def test_where_there_are_no_locks_only_our_own_are_finished(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "claim", lambda _fd: lock.Claim.UNKNOWN)
    job = write(tmp_path)
    assert finalise(job.unfinished, job.target, DEFAULT, orphaned=True).outcome is Outcome.HELD
    assert finalise(job.unfinished, job.target, DEFAULT).outcome is Outcome.FINISHED


class Bug(Exception):
    pass


def broken(*_args):
    raise Bug


@pytest.mark.parametrize("part", ["rewriter_of", "redacted_lines", "packed", "mend", "_events"])
def test_whatever_fails_there_is_no_finished_file(tmp_path, monkeypatch, part):
    job = write(tmp_path)
    before = job.unfinished.read_bytes()
    monkeypatch.setattr(finalising, part, broken)
    with pytest.raises(Bug):
        finalise(job.unfinished, job.target, DEFAULT)
    assert inside(tmp_path) == [f"unfinished/{job.unfinished.name}"]
    assert job.unfinished.read_bytes() == before
    assert not lock.is_live(job.unfinished)


def test_a_redaction_that_fails_in_the_middle(tmp_path, monkeypatch):
    job = write(tmp_path)
    real = Rewriter.lines

    def some(self, lines):
        for at, line in enumerate(real(self, lines)):
            if at == 3:
                raise Bug
            yield line

    monkeypatch.setattr(Rewriter, "lines", some)
    with pytest.raises(Bug):
        finalise(job.unfinished, job.target, DEFAULT)
    assert inside(tmp_path) == [f"unfinished/{job.unfinished.name}"]


def test_a_full_disk(tmp_path, monkeypatch):
    job = write(tmp_path)

    def full(_fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CannotRun, match="No space left"):
        finalise(job.unfinished, job.target, DEFAULT)
    assert inside(tmp_path) == [f"unfinished/{job.unfinished.name}"]


def test_a_folder_in_the_way(tmp_path):
    job = write(tmp_path)
    job.target.mkdir()
    with pytest.raises(CannotRun, match="cannot be written"):
        finalise(job.unfinished, job.target, DEFAULT)
    assert job.unfinished.exists()


def test_missing_folders_are_made_private(tmp_path):
    job = write(tmp_path)
    target = tmp_path / "a" / "b" / "x.cassette.jsonl"
    finalise(job.unfinished, target, DEFAULT)
    assert mode(target.parent) == 0o700


def test_a_folder_that_somebody_clears_away_meanwhile(tmp_path, monkeypatch):
    job = write(tmp_path)
    target = tmp_path / "2026-11-20" / job.target.name
    fsync = os.fsync

    def clearing(fd):
        with contextlib.suppress(OSError):
            target.parent.rmdir()
        fsync(fd)

    monkeypatch.setattr(os, "fsync", clearing)
    assert finalise(job.unfinished, target, DEFAULT).outcome is Outcome.FINISHED
    assert target.exists()


def test_a_target_on_another_file_system(tmp_path):
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no other file system")
    with tempfile.TemporaryDirectory(dir=shm) as other:
        job = write(tmp_path)
        target = Path(other) / job.target.name
        assert finalise(job.unfinished, target, DEFAULT).outcome is Outcome.FINISHED
        assert list(Path(other).iterdir()) == [target]
    assert inside(tmp_path) == []


def test_what_a_killed_process_finished_already_is_finished_once_more(tmp_path):
    job = write(tmp_path)
    finalise(job.unfinished, job.target, DEFAULT, keep=Keep.ALL)
    assert job.unfinished.exists()
    finalise(job.unfinished, job.target, DEFAULT)
    assert inside(tmp_path) == [job.target.name]


@pytest.mark.parametrize(
    ("keep", "damaged", "stays"),
    [
        (Keep.NONE, True, False),
        (Keep.DAMAGED, True, True),
        (Keep.DAMAGED, False, False),
        (Keep.ALL, False, True),
    ],
)
def test_what_stays(tmp_path, keep, damaged, stays):
    job = write(tmp_path)
    if damaged:
        with job.unfinished.open("ab") as file:
            file.write(b"[]\n")
    finalise(job.unfinished, job.target, DEFAULT, keep=keep)
    assert job.unfinished.exists() is stays


def test_no_line_is_a_record(tmp_path):
    job = write(tmp_path)
    for content in (b"hello\n", b"\x00" * 100, b'{"type":"hea', os.urandom(5000), b"{}\n" * 100):
        job.unfinished.write_bytes(content)
        with pytest.raises(Unreadable):
            finalise(job.unfinished, job.target, DEFAULT)
        assert inside(tmp_path) == [f"unfinished/{job.unfinished.name}"]


def test_a_newer_one_is_left_to_a_newer_playhead(tmp_path):
    job = write(tmp_path)
    job.unfinished.write_bytes(job.unfinished.read_bytes().replace(b'"version":1', b'"version":9', 1))
    with pytest.raises(UnsupportedVersion):
        finalise(job.unfinished, job.target, DEFAULT)
    assert job.unfinished.exists()


def test_no_link_is_followed_and_no_pipe_is_waited_for(tmp_path):
    job = write(tmp_path)
    link = job.unfinished.with_name("l.cassette.jsonl.partial")
    link.symlink_to(job.unfinished)
    with pytest.raises(InputError):
        finalise(link, job.target, DEFAULT)
    pipe = job.unfinished.with_name("p.cassette.jsonl.partial")
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="no regular file"):
        finalise(pipe, job.target, DEFAULT)
    assert not job.target.exists()


def test_a_policy_that_is_off(tmp_path):
    job = write(tmp_path)
    job.unfinished.write_bytes(job.unfinished.read_bytes().replace(b'"heads"', b'"off"', 1))
    done = finalise(job.unfinished, job.target, OFF)
    assert done.redacted == 0
    assert dict(playhead.load(job.target).header.facts)["redaction"] == "off"
    assert SECRET.encode() in job.target.read_bytes()


@pytest.mark.parametrize(("said", "stays"), [("heads", False), ("off", True)])
def test_what_another_recorder_left_is_redacted_though_we_are_off(tmp_path, said, stays):
    job = write(tmp_path)
    job.unfinished.write_bytes(job.unfinished.read_bytes().replace(b'"heads"', json.dumps(said).encode(), 1))
    finalise(job.unfinished, job.target, OFF, orphaned=True)
    assert (SECRET.encode() in job.target.read_bytes()) is stays


@pytest.mark.parametrize("orphaned", [False, True])
@pytest.mark.parametrize("ours", [DEFAULT, OFF, read_policy('name = "b"\n[rules]\noff = ["jwt"]', "b.toml")])
def test_the_policy_it_was_recorded_under_holds_whoever_finishes_it(tmp_path, orphaned, ours):
    """Its shape and its field, neither of which the finder's policy knows."""
    theirs = read_policy(TEAM, "team.toml")
    job = write(tmp_path, texts=("a team_0123abcd b",), policy=theirs)
    body = (
        job.unfinished.read_bytes()
        .replace(b"hunter2hunter2", b"swordfish12345")
        .replace(b"password", b"tenantry")
    )
    job.unfinished.write_bytes(body)
    finalise(job.unfinished, job.target, ours, orphaned=orphaned)
    text = job.target.read_text()
    assert "team_0123abcd" not in text
    assert "swordfish12345" not in text
    assert "REDACTED" in text
    assert kept.FACT not in text
    assert dict(playhead.load(job.target).header.facts)["redaction"] == theirs.label


def test_two_policies_hold_together(tmp_path):
    job = write(tmp_path, texts=("a team_0123abcd desk_1234567 b",), policy=read_policy(TEAM, "team.toml"))
    finalise(job.unfinished, job.target, read_policy('[shapes]\ndesk = "desk_[0-9]{7}"', "desk.toml"))
    text = job.target.read_text()
    assert "team_0123abcd" not in text
    assert "desk_1234567" not in text
    label = dict(playhead.load(job.target).header.facts)["redaction"]
    assert label.startswith("team-and-custom/")


def test_one_that_was_recorded_with_none_is_redacted_by_ours(tmp_path):
    job = write(tmp_path, policy=OFF)
    finalise(job.unfinished, job.target, DEFAULT, orphaned=True)
    assert SECRET.encode() not in job.target.read_bytes()


def test_a_policy_that_cannot_be_read_leaves_it_unfinished(tmp_path):
    job = write(tmp_path, policy=read_policy(TEAM, "team.toml"))
    whole = job.unfinished.read_bytes().replace(b'\\"name\\":', b'\\"newer\\":1,\\"name\\":', 1)
    job.unfinished.write_bytes(whole)
    with pytest.raises(InputError, match="the redaction policy that it was recorded under cannot be read"):
        finalise(job.unfinished, job.target, DEFAULT)
    assert job.unfinished.read_bytes() == whole
    assert not job.target.exists()


def test_shapes_of_a_policy(tmp_path):
    policy = read_policy('[shapes]\nteam-key = "team_[a-z0-9]{8}"', "x")
    job = write(tmp_path, texts=("a team_0123abcd b", "te", "am_99999999"))
    done = finalise(job.unfinished, job.target, policy)
    assert done.replaced["team-key"] >= 1
    assert b"team_0123abcd" not in job.target.read_bytes()
    assert dict(playhead.load(job.target).header.facts)["redaction"] == policy.label


def test_bodies_that_nobody_can_read_are_counted(tmp_path):
    writer, job = grow(tmp_path)
    exchange = writer.exchange()
    exchange.request(playhead.Request(method="GET", url="https://a.test/", body=b""))
    exchange.response(playhead.Response(status=200, headers=(("content-type", "application/octet-stream"),)))
    exchange.chunk(b"\x1f\x8b" + os.urandom(40), undecoded=True)
    exchange.end(playhead.EndingKind.COMPLETE)
    writer.abandon()
    assert finalise(job.unfinished, job.target, DEFAULT).unscanned == ((1, "response.body"),)
