"""The finishing process: real processes, what they are asked and what they answer."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import playhead
from playhead.capture.choices import Files, Retention
from playhead.capture.finishing.finisher import Job
from playhead.capture.finishing.process import Child
from playhead.redaction.policy import DEFAULT
from playhead.redaction.policy_file import read_policy
from playhead.store import lock
from playhead.store.redact import secrets_left

from .finishers import COMMAND, Told
from .unfinished import SECRET, grow, inside, let_tick, name, until, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="recorders run on Linux and macOS")


def test_jobs_are_finished_in_their_order(tmp_path, child):
    told = Told()
    finisher = child(tmp_path, told)
    jobs = [write(tmp_path, compressed=at % 2 == 0) for at in range(6)]
    for job in jobs:
        finisher.hand_over(job)
    assert finisher.stop(60) is True
    assert [done.target for done in told] == [job.target for job in jobs]
    assert all((done.failure, done.exchanges, done.events, done.redacted) == (None, 1, 3, 2) for done in told)
    for job in jobs:
        assert secrets_left(playhead.load(job.target), DEFAULT) == []
        assert stat.S_IMODE(job.target.stat().st_mode) == 0o600
    assert inside(tmp_path) == sorted(job.target.name for job in jobs)


def test_it_comes_after_the_traffic_and_heeds_no_signal_of_the_group(tmp_path, child):
    finisher = child(tmp_path)
    told = Told()
    finisher = child(tmp_path, told)
    finisher.hand_over(write(tmp_path))
    until(lambda: told)
    pid = finisher.pid
    assert os.getpriority(os.PRIO_PROCESS, pid) - os.getpriority(os.PRIO_PROCESS, 0) == min(
        10, 19 - os.getpriority(os.PRIO_PROCESS, 0)
    )
    assert os.getsid(pid) == pid
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    finisher.hand_over(write(tmp_path))
    assert finisher.stop(60) is True
    assert len(told) == 2
    assert not any(done.failure for done in told)


def test_a_policy_with_shapes_of_its_own(tmp_path, child):
    policy = read_policy('name = "team"\n[shapes]\nteam-key = "team_[a-z0-9]{8}"', "x")
    finisher = child(tmp_path, policy=policy)
    job = write(tmp_path, texts=("a team_0123abcd b",))
    finisher.hand_over(job)
    assert finisher.stop(60) is True
    assert b"team_0123abcd" not in job.target.read_bytes()
    assert dict(playhead.load(job.target).header.facts)["redaction"] == policy.label


def test_what_fails_is_said_and_stays(tmp_path, child):
    told = Told()
    finisher = child(tmp_path, told)
    bad, good, gone = write(tmp_path), write(tmp_path), write(tmp_path)
    bad.target.mkdir()
    gone.unfinished.unlink()
    for job in (bad, gone, good):
        finisher.hand_over(job)
    assert finisher.stop(60) is True
    assert "cannot be written" in (told.of(bad).failure or "")
    assert "somebody removed it" in (told.of(gone).failure or "")
    assert told.of(good).failure is None
    assert bad.unfinished.exists()


def test_what_comes_too_late_stays(tmp_path, child):
    told = Told()
    finisher = child(tmp_path, told)
    assert finisher.stop(60) is True
    job = write(tmp_path)
    finisher.hand_over(job)
    assert job.unfinished.exists()
    assert not job.target.exists()


def test_retention_is_the_processes(tmp_path, child):
    old = tmp_path / name(seconds=-(10**7))
    old.write_bytes(b"x" * 100)
    told = Told()
    finisher = child(tmp_path, told, retention=Retention(size=10**6, seconds=10**8))
    finisher.hand_over(write(tmp_path))
    until(lambda: told)
    assert finisher.stop(60) is True
    assert old.exists()
    writer, live = grow(tmp_path)
    second = child(tmp_path, told, retention=Retention(size=50))
    until(lambda: inside(tmp_path) == [f"unfinished/{live.unfinished.name}"])
    second.stop(60)
    writer.discard()


def test_who_listens_may_fail_or_hand_over_more(tmp_path, caplog):
    told = []

    def listen(done):
        told.append(done)
        if len(told) < 3:
            # Written now: what lay there unlocked from the start, the process may take for an orphan.
            finisher.hand_over(write(tmp_path))
        raise RuntimeError(SECRET)

    finisher = Child(DEFAULT, Files(root=tmp_path), Retention(), listen)
    let_tick()
    finisher.hand_over(write(tmp_path))
    until(lambda: len(told) == 3)
    assert finisher.stop(60) is True
    assert "RuntimeError when it was finished" in caplog.text
    assert SECRET not in caplog.text
    until(lambda: finisher.pid is None)


def test_handing_over_waits_for_nobody(tmp_path, child):
    """A process that reads nothing: 20,000 jobs are far more than a pipe holds."""
    finisher = child(tmp_path, command=[sys.executable, "-c", "import time; time.sleep(600)"])
    job = write(tmp_path)
    until(lambda: finisher.pid)

    def many():
        for at in range(20_000):
            finisher.hand_over(Job(unfinished=job.unfinished, target=tmp_path / f"{at}.cassette.jsonl"))

    thread = threading.Thread(target=many, daemon=True)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    assert finisher.stop(0.05) is False
    os.kill(finisher.pid, signal.SIGKILL)


def test_started_by_hand_it_says_what_it_is():
    done = subprocess.run(COMMAND, input=b"hello\n", capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    assert b"not started by hand" in done.stderr


def test_it_imports_only_what_it_needs():
    code = (
        "import sys; import playhead.capture.finishing.child, playhead.capture.finishing.process;"
        "print([name for name in ('click', 'mitmproxy', 'textual', 'httpx', 'asyncio', 'playhead.cli')"
        " if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_it_finds_playhead_where_this_process_did_and_never_in_its_folder(tmp_path, child, monkeypatch):
    trap = tmp_path / "here"
    trap.mkdir()
    (trap / "msgspec.py").write_text("raise SystemExit(7)")
    (trap / "playhead.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(trap)
    told = Told()
    finisher = child(tmp_path, told)
    finisher.hand_over(write(tmp_path))
    assert finisher.stop(60) is True
    assert [done.failure for done in told] == [None]


FINISHES = """
import re, sys
from pathlib import Path
from playhead.redaction.policy import DEFAULT
from playhead.store.finalise import finalise

def peak():  # not `ru_maxrss`: that begins with what the parent had
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

base = peak()
done = finalise(Path(sys.argv[1]), Path(sys.argv[2]), DEFAULT)
print(done.outcome.value, done.events, peak() - base)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no peak of memory to be read here")
@pytest.mark.soak
def test_a_large_cassette_is_finished_in_little_memory(tmp_path, soak):
    """200 MB (a small sample by default): the file is mapped, which counts in the peak, and never held."""
    size = 200 if soak else 12
    text = "x" * 500 + " " + json.dumps({"n": 1})
    writer, job = grow(tmp_path, compressed=True)
    for _ in range(size // 4):
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="https://api.test/v1", body=b"{}"))
        exchange.response(playhead.Response(status=200, headers=(("content-type", "text/event-stream"),)))
        line = f"data: {json.dumps({'text': text})}\n\n".encode()
        exchange.chunks([playhead.Chunk(0, None, line)] * (4 * 1024 * 1024 // len(line)))
        exchange.end(playhead.EndingKind.COMPLETE)
    writer.abandon()
    before = job.unfinished.stat().st_size
    assert before > size * 1024 * 1024
    done = subprocess.run(
        [sys.executable, "-c", FINISHES, str(job.unfinished), str(job.target)],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    outcome, events, grown = done.stdout.split()
    assert outcome == "finished"
    assert int(events) > size * 1000
    assert int(grown) * 1024 < before + 32 * 1024 * 1024
    assert lock.is_live(job.target) is False
    assert not job.unfinished.exists()
