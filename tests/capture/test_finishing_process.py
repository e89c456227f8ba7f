"""The finishing process: real processes, killed on either side, on full disks, several on one folder."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

import playhead
from playhead.capture.choices import Files, Retention
from playhead.capture.finishing import process as processes
from playhead.capture.finishing.finisher import Done, Job
from playhead.capture.finishing.process import Child
from playhead.capture.finishing.wire import Settings, done_of, line_of
from playhead.redaction.policy import DEFAULT
from playhead.redaction.policy_file import read_policy
from playhead.store import lock
from playhead.store.redact import secrets_left

from .unfinished import SECRET, grow, inside, name, until, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="recorders run on Linux and macOS")
COMMAND = [sys.executable, "-P", "-m", "playhead.capture.finishing"]


class Told(list[Done]):
    """What `on_done` was told."""

    def of(self, job: Job) -> Done:
        (done,) = [each for each in self if each.target == job.target]
        return done


@pytest.fixture
def child():
    """`child(root, told)`, stopped in the end."""
    made = []

    def start(root, told=None, **options):
        keep = {"policy": DEFAULT, "files": Files(root=root), "retention": Retention(), **options}
        made.append(Child(on_done=told.append if told is not None else None, **keep))
        return made[-1]

    yield start
    for each in made:
        each.stop(0)
        until(lambda each=each: each.pid is None)


def settings(root: Path, **more: object) -> Settings:
    return Settings(policy=DEFAULT, files=Files(root=root), retention=Retention(), **more)


def run(root: Path, *jobs: Job, **options: object) -> list[Done]:
    """The process itself: what it says of these jobs."""
    given = line_of(settings(root, **options)) + b"".join(map(line_of, jobs))
    done = subprocess.run(COMMAND, input=given, capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    return [done_of(line) for line in done.stdout.splitlines() if line]


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


def test_orphans_are_recovered(tmp_path, child):
    orphan = write(tmp_path, ends=False)
    scrap = write(tmp_path)
    scrap.unfinished.write_bytes(b"\x00\x01\x02")
    writer, live = grow(tmp_path)
    told = Told()
    finisher = child(tmp_path, told)
    until(lambda: len(told) == 2)
    assert told.of(orphan).recovered
    assert (told.of(orphan).redacted, told.of(orphan).failure) == (2, None)
    assert "no line of" in (told.of(scrap).failure or "")
    assert live.unfinished.exists()
    writer.abandon()
    finisher.hand_over(live)
    assert finisher.stop(60) is True
    assert not told.of(live).recovered
    aside = scrap.unfinished.name.removesuffix(".partial") + ".unreadable"
    assert inside(tmp_path) == sorted([orphan.target.name, f"unfinished/{aside}"])


def test_it_may_be_told_to_leave_orphans(tmp_path):
    orphan, job = write(tmp_path), write(tmp_path)
    assert [done.target for done in run(tmp_path, job, recovers=False)] == [job.target]
    assert orphan.unfinished.exists()


def test_several_on_one_folder_finish_each_once(tmp_path, soak):
    """Two, and live recorders beside them: nothing twice, nothing left, no live one seized."""
    orphans = [write(tmp_path, ends=at % 3 > 0) for at in range(50)]
    live = [grow(tmp_path) for _ in range(5)]
    for writer, _ in live:
        writer.exchange().request(playhead.Request(method="GET", url="https://live.test/"))
    given = line_of(settings(tmp_path))
    pair = [
        subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(6 if soak else 2)
    ]
    for each in pair:
        assert each.stdin is not None
        each.stdin.write(given)
        each.stdin.close()
    said: list[Done] = []
    for each in pair:
        assert each.stdout is not None
        said += [done_of(line) for line in each.stdout.read().splitlines() if line]
        each.stdout.close()
        assert each.wait(60) == 0
    assert Counter(done.target for done in said) == Counter(job.target for job in orphans)
    assert not any(done.failure or done.elsewhere for done in said)
    assert sorted(inside(tmp_path)) == sorted(
        [
            *(job.target.name for job in orphans),
            *(f"unfinished/{writer.partial.name}" for writer, _ in live),
        ]
    )
    for writer, job in live:
        assert writer.partial == job.unfinished
        writer.discard()


def frozen(pid: int) -> None:
    """Stop a process in its tracks."""
    os.kill(pid, signal.SIGSTOP)
    stat_file = Path(f"/proc/{pid}/stat")
    if stat_file.exists():
        until(lambda: stat_file.read_text().rsplit(")", 1)[1].split()[0] == "T")


@pytest.mark.parametrize("moment", [0, 1, 5])
def test_a_process_that_is_killed_is_started_again_and_loses_nothing(tmp_path, child, moment):
    told = Told()
    finisher = child(tmp_path, told)
    jobs = [write(tmp_path, texts=("x" * 2000,) * 300) for _ in range(12)]
    for job in jobs:
        finisher.hand_over(job)
    until(lambda: len(told) >= moment and finisher.pid)
    first = finisher.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: finisher.pid not in (first, None) or len(told) == len(jobs))
    assert finisher.stop(60) is True
    by_target = {done.target: done for done in told}
    assert sorted(by_target) == sorted(job.target for job in jobs)
    assert not any(done.failure for done in told)
    assert inside(tmp_path) == sorted(job.target.name for job in jobs) or all(
        file.endswith(".finishing") for file in set(inside(tmp_path)) - {job.target.name for job in jobs}
    )


def test_it_is_started_again_with_nothing_to_do(tmp_path, child):
    told = Told()
    finisher = child(tmp_path, told)
    until(lambda: finisher.pid)
    first = finisher.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: finisher.pid not in (first, None))
    finisher.hand_over(write(tmp_path))
    assert finisher.stop(60) is True
    assert [done.failure for done in told] == [None]


DEADLY = """
import os, sys
from playhead.capture.finishing import child, work
real = work.finish
def finish(job, *args, **options):
    if "deadly" in job.target.name:
        os._exit(9)
    return real(job, *args, **options)
child.finish = finish
child.main()
"""


def test_a_cassette_that_kills_the_process_does_not_keep_the_others(tmp_path, child):
    told = Told()
    finisher = child(tmp_path, told, command=[sys.executable, "-P", "-c", DEADLY])
    jobs = [
        write(tmp_path),
        write(tmp_path, file="deadly.cassette.jsonl"),
        write(tmp_path),
        write(tmp_path),
    ]
    for job in jobs:
        finisher.hand_over(job)
    assert finisher.stop(60) is True
    assert "died over it" in (told.of(jobs[1]).failure or "")
    assert jobs[1].unfinished.exists()
    assert all(told.of(job).failure is None for job in (jobs[0], jobs[2], jobs[3]))


@pytest.mark.parametrize(
    "command",
    [["/nonexistent/python"], [sys.executable, "-c", "raise SystemExit(3)"], [""]],
    ids=["missing", "broken", "no name"],
)
def test_a_process_that_cannot_be_started(tmp_path, child, command, caplog, monkeypatch):
    monkeypatch.setattr(processes, "_FIRST_REST", 0.001)
    told = Told()
    finisher = child(tmp_path, told, command=command)
    jobs = [write(tmp_path), write(tmp_path)]
    for job in jobs:
        finisher.hand_over(job)
    until(lambda: any("are not finished" in record.message for record in caplog.records))
    assert finisher.stop(60) is False
    assert [done.failure for done in told] == ["not finished; it stays unfinished until the next start"] * 2
    assert all(job.unfinished.exists() for job in jobs)
    assert sum("are not finished" in record.message for record in caplog.records) == 1
    # The next start finishes them; what is younger than a recorder may be its own.
    assert run(tmp_path, since=1.0) == []
    assert {done.target for done in run(tmp_path)} == {job.target for job in jobs}


def test_a_late_process_goes_on_by_itself(tmp_path, child):
    told = Told()
    finisher = child(tmp_path, told)
    finisher.hand_over(write(tmp_path))
    until(lambda: told)
    pid = finisher.pid
    frozen(pid)
    jobs = [write(tmp_path) for _ in range(3)]
    for job in jobs:
        finisher.hand_over(job)
    assert finisher.stop(0.05) is False
    os.kill(pid, signal.SIGCONT)
    until(lambda: all(job.target.exists() for job in jobs))
    until(lambda: finisher.pid is None)
    assert len(told) == 1  # nobody is told after the stop
    assert not any((tmp_path / "unfinished").iterdir())


PARENT = """
import os, signal, sys
from pathlib import Path
from playhead.capture.choices import Files, Retention
from playhead.capture.finishing.finisher import Job
from playhead.capture.finishing.process import Child
from playhead.redaction.policy import DEFAULT
root = Path(sys.argv[1])
told = []
child = Child(DEFAULT, Files(root=root), Retention(), told.append)
jobs = [line.split("\\t") for line in sys.stdin.read().splitlines()]
for unfinished, target in jobs:
    child.hand_over(Job(unfinished=Path(unfinished), target=Path(target)))
import time
while len(told) < int(sys.argv[2]) or child.pid is None:
    time.sleep(0.001)
with child._changed:
    child._changed.wait_for(lambda: not child._unsent())
time.sleep(0.1)  # the pipe has them now
print(child.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("answered", [0, 2])
def test_a_recorder_that_is_killed_leaves_nothing_unfinished_that_it_handed_over(tmp_path, answered):
    stage = tmp_path / "stage"
    jobs = [write(stage, texts=("x" * 2000,) * 200) for _ in range(10)]
    given = "".join(f"{job.unfinished}\t{job.target}\n" for job in jobs)
    elsewhere = tmp_path / "root"
    done = subprocess.run(
        [sys.executable, "-c", PARENT, str(elsewhere), str(answered)],
        input=given,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    until(lambda: all(job.target.exists() for job in jobs))
    until(lambda: not any((stage / "unfinished").iterdir()))
    for job in jobs:
        assert playhead.load(job.target)[1].ending.kind is playhead.EndingKind.COMPLETE
    pid = int(done.stdout)
    until(lambda: is_gone(pid))


def is_gone(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        state = Path(f"/proc/{pid}/stat")
        if state.exists():
            return state.read_text().rsplit(")", 1)[1].split()[0] == "Z"
        os.kill(pid, 0)
        return False
    return True


LIMITED = """
import resource, signal
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from playhead.capture.finishing.child import main
main()
"""


def test_a_file_size_limit_costs_only_what_is_over_it(tmp_path, child):
    told = Told()
    finisher = child(tmp_path, told, command=[sys.executable, "-P", "-c", LIMITED])
    large, small = write(tmp_path, texts=("x" * 5000, *("y",) * 20, "z" * 30000)), write(tmp_path)
    for job in (large, small):
        finisher.hand_over(job)
    assert finisher.stop(60) is True
    assert "File too large" in (told.of(large).failure or "")
    assert told.of(small).failure is None
    assert inside(tmp_path) == sorted([small.target.name, f"unfinished/{large.unfinished.name}"])


def test_a_folder_that_cannot_be_written(tmp_path, child):
    if os.geteuid() == 0:
        folder = Path("/proc/playhead")  # nobody can make that, root included
        if not folder.parent.exists():
            pytest.skip("no folder that root cannot write to")
    else:
        folder = tmp_path / "closed"
        folder.mkdir(mode=0o500)
    told = Told()
    finisher = child(tmp_path, told)
    job = write(tmp_path)
    target = folder / job.target.name
    finisher.hand_over(Job(unfinished=job.unfinished, target=target))
    assert finisher.stop(60) is True
    assert "cannot be written" in (told[0].failure or "")
    assert job.unfinished.exists()


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
            finisher.hand_over(jobs[len(told)])
        raise RuntimeError(SECRET)

    finisher = Child(DEFAULT, Files(root=tmp_path), Retention(), listen)
    jobs = [write(tmp_path) for _ in range(3)]
    finisher.hand_over(jobs[0])
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


@pytest.mark.soak
def test_a_large_cassette_is_finished_in_little_memory(tmp_path, soak):
    """200 MB (a small sample by default): the file is mapped, never held."""
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
    code = (
        "import resource, sys; from pathlib import Path;"
        "from playhead.store.finalise import finalise; from playhead.redaction.policy import DEFAULT;"
        "base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "done = finalise(Path(sys.argv[1]), Path(sys.argv[2]), DEFAULT);"
        "print(done.outcome.value, done.events, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(job.unfinished), str(job.target)],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    outcome, events, grown = done.stdout.split()
    assert outcome == "finished"
    assert int(events) > size * 1000
    print(f"{before / 1e6:.0f} MB unfinished, {int(grown) / 1024:.0f} MiB more at the peak")
    assert lock.is_live(job.target) is False
    assert not job.unfinished.exists()
