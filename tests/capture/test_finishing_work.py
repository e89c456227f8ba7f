"""One job from here to there: what is said of it, what never is, and the words between the processes."""

from __future__ import annotations

import base64
import json
import os
import re
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import playhead
from playhead.capture.choices import Files, Retention
from playhead.capture.finishing import work
from playhead.capture.finishing.finisher import Done, Job
from playhead.capture.finishing.here import Here
from playhead.capture.finishing.orphans import clear_scraps, orphans
from playhead.capture.finishing.wire import Settings, done_of, job_of, line_of, settings_of
from playhead.capture.finishing.work import finish
from playhead.capture.heads import HeadRedactor
from playhead.model import Request
from playhead.redaction.policy import DEFAULT, Policy
from playhead.redaction.policy_file import read_policy

from .unfinished import SECRET, grow, inside, name, write

TOML = """
name = "team"
[headers]
allow = ["x-team-trace", "x-build-*"]
secret = ["x-tenant"]
[query]
secret = ["customer"]
[body]
secret = ["metadata.tenant", "items[].card"]
[rules]
off = ["named-value"]
[shapes]
team-key = "team_[a-z0-9]{32}"
quoted = 'k"\\\\d{8}[\\u00e9\\x00]'
"""


def test_here(tmp_path):
    said = []
    here = Here(DEFAULT, said.append)
    job = write(tmp_path)
    here.hand_over(job)
    assert here.stop(60.0)
    assert said == [
        Done(
            target=job.target, exchanges=1, events=3, size=job.target.stat().st_size, redacted=2, unscanned=0
        )
    ]
    assert inside(tmp_path) == [job.target.name]
    assert here.stop(0.0) is True
    other = Here()
    for _ in range(3):
        other.hand_over(write(tmp_path))
    assert other.stop(60.0)
    other.hand_over(write(tmp_path))
    assert other.stop(60.0)
    assert len(inside(tmp_path)) == 5


def test_who_is_at_it_elsewhere(tmp_path):
    writer, job = grow(tmp_path)
    assert finish(job, DEFAULT) == Done(target=job.target, elsewhere=True)
    writer.discard()
    assert "somebody removed it" in (finish(job, DEFAULT).failure or "")
    assert finish(job, DEFAULT, recovered=True).elsewhere
    job.target.touch()
    assert finish(job, DEFAULT) == Done(target=job.target, elsewhere=True)


def test_what_holds_nothing_to_keep_becomes_no_cassette(tmp_path):
    writer, job = grow(tmp_path)
    exchange = writer.exchange()
    exchange.request(Request(method="GET", url="http://localhost/"))
    exchange.note("dropped", "not chosen")
    writer.leave()
    done = finish(job, DEFAULT)
    assert (done, done.is_finished) == (Done(target=job.target, empty=True), False)
    assert inside(tmp_path) == []


def test_an_error_of_ours_is_said_without_what_it_says(tmp_path, monkeypatch):
    def broken(*_args, **_options):
        raise ValueError(f"cannot convert {SECRET}")

    monkeypatch.setattr(work, "finalise", broken)
    job = write(tmp_path)
    done = finish(job, DEFAULT)
    assert done.failure is not None
    assert SECRET not in done.failure
    assert re.search(r"an error of Playhead's own: ValueError at test_finishing_work.py:\d+$", done.failure)


@pytest.mark.parametrize("content", [b"hello\n", b"\x00" * 99, b'{"type":"hea'])
def test_what_nobody_can_read_is_put_aside(tmp_path, content):
    job = write(tmp_path)
    job.unfinished.write_bytes(content)
    done = finish(job, DEFAULT)
    assert done.failure is not None
    assert "no line of" in done.failure
    aside = job.unfinished.name.removesuffix(".partial") + ".unreadable"
    assert inside(tmp_path) == [f"unfinished/{aside}"]
    assert orphans(Files(root=tmp_path)) == []


def test_a_newer_one_stays(tmp_path):
    job = write(tmp_path)
    job.unfinished.write_bytes(job.unfinished.read_bytes().replace(b'"version":1', b'"version":9', 1))
    failure = finish(job, DEFAULT).failure
    assert failure is not None
    assert "this Playhead reads up to" in failure
    assert orphans(Files(root=tmp_path)) == [job]


@given(st.binary(max_size=300), st.integers(0, 20))
def test_no_contents_are_too_strange(tmp_path_factory, junk, at):
    root = tmp_path_factory.mktemp("strange")
    job = write(root)
    lines = job.unfinished.read_bytes().splitlines(keepends=True)
    job.unfinished.write_bytes(b"".join([*lines[:at], junk, *lines[at:]]))
    done = finish(job, DEFAULT)
    assert "Playhead's own" not in (done.failure or "")
    for file in inside(root):
        if not file.startswith("unfinished/"):
            assert SECRET.encode() not in (root / file).read_bytes()


def test_damage_is_counted(tmp_path):
    job = write(tmp_path)
    with job.unfinished.open("ab") as file:
        file.write(b"garbage\n" * 3 + b"torn")
    assert finish(job, DEFAULT).damaged == 3


def settings(policy: Policy, root: Path = Path("/r")) -> Settings:
    return Settings(policy=policy, files=Files(root=root), retention=Retention(size=5, seconds=0.5))


@pytest.mark.parametrize("text", ["", TOML, "off = true\n"], ids=["default", "custom", "off"])
def test_a_policy_comes_to_the_process_as_it_is(text):
    sent = settings(read_policy(text, "policy.toml"))
    line = line_of(sent)
    assert line.count(b"\n") == 1
    got = settings_of(line)
    assert got == sent
    assert got.policy.label == sent.policy.label
    assert got.policy.trie is sent.policy.trie
    assert [shape.pattern.pattern for shape in got.policy.shapes] == [
        shape.pattern.pattern for shape in sent.policy.shapes
    ]


@given(st.binary(min_size=1, max_size=50).filter(lambda raw: b"\0" not in raw))
def test_a_path_is_bytes(raw):
    path = Path(os.fsdecode(raw))
    job = Job(unfinished=path, target=path)
    assert job_of(line_of(job)) == job
    done = Done(target=path, failure="x")
    assert done_of(line_of(done)) == done
    assert settings_of(line_of(settings(DEFAULT, path))).files.root == path


def test_what_is_no_message_is_refused():
    for line in (b"", b"\n", b"{}\n", b"[]\n", b'{"unfinished":1,"target":2}\n'):
        with pytest.raises(msgspec.DecodeError):
            job_of(line)


def test_orphans_are_what_nobody_has_locked(tmp_path):
    old = [write(tmp_path), write(tmp_path)]
    writer, _ = grow(tmp_path)
    folder = tmp_path / "unfinished"
    (folder / "x.partial").write_text("not ours")
    (folder / ".hidden.cassette.jsonl.partial").write_text("not ours")
    (folder / "d.cassette.jsonl.partial").mkdir()
    (folder / "l.cassette.jsonl.partial").symlink_to(old[0].unfinished)
    (folder / f"{name()}.partial").touch()  # may be in the making
    assert orphans(Files(root=tmp_path)) == old
    assert orphans(Files(root=tmp_path), time.time() - 3600) == []
    writer.discard()
    assert orphans(Files(root=tmp_path / "missing")) == []


def test_orphans_go_where_ours_go(tmp_path):
    job = write(tmp_path)
    own = write(tmp_path, file="run.cassette.jsonl")
    ours, named = orphans(Files(root=tmp_path, dated=True, compressed=True))
    assert ours.target == tmp_path / "2026-11-20" / f"{job.target.name}.zst"
    assert named.target == tmp_path / f"{own.target.name}.zst"


def test_an_old_empty_file_is_an_orphan(tmp_path):
    job = write(tmp_path)
    job.unfinished.write_bytes(b"")
    os.utime(job.unfinished, (0, 0))
    assert orphans(Files(root=tmp_path)) == [job]
    assert finish(job, DEFAULT).failure is None
    assert inside(tmp_path) == []


def test_scraps_are_cleared_away(tmp_path):
    job = write(tmp_path)
    folder = job.unfinished.parent
    scraps = [folder / ".a.cassette.jsonl.x.finishing", folder / ".a.cassette.jsonl.partial.1234"]
    stay = [
        folder / ".full.cassette.jsonl.partial.1234",
        folder / "a.finishing",
        folder / ".young.x.finishing",
        job.unfinished,
    ]
    for path in (*scraps, *stay):
        path.touch()
    stay[0].write_bytes(b"x")
    for path in (*scraps, *stay[:2], stay[3]):
        os.utime(path, (0, 0))
    clear_scraps(Files(root=tmp_path))
    assert not any(path.exists() for path in scraps)
    assert all(path.exists() for path in stay)


def test_the_key_of_the_heads_is_used_for_bodies_and_shown_nowhere(tmp_path):
    """Equal secrets have equal placeholders in a cassette, wherever they stand; the key is in no file."""
    redactor = HeadRedactor()
    writer, job = grow(tmp_path)
    exchange = writer.exchange()
    headers = (("x-api-key", SECRET), ("x-other", SECRET))
    body = json.dumps({"prompt": f"use {SECRET}."}).encode()
    request = Request(method="POST", url="https://api.test/v1", headers=headers, body=body, t=0.001)
    exchange.request(redactor.request(request)[0])
    exchange.end(playhead.EndingKind.COMPLETE, 1.0)
    writer.abandon()
    job = msgspec.structs.replace(job, key=redactor.key)
    assert job_of(line_of(job)).key == redactor.key
    assert f"{job!r} {job}" == " ".join([f"<Job: {job.unfinished} becomes {job.target}>"] * 2)
    assert finish(job, DEFAULT).redacted == 1
    found = playhead.load(job.target)[1].request
    placeholder = found.headers[0][1]
    assert placeholder.startswith("sk-ant-REDACTED-")
    assert json.loads(found.body)["prompt"] == f"use {placeholder}."
    written = job.target.read_bytes()
    for form in (redactor.key, redactor.key.hex().encode(), base64.b64encode(redactor.key)):
        assert form not in written
