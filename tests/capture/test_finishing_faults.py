"""The finishing process where things go wrong: killed on either side, late, disks full, folders closed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import playhead
from playhead.capture.finishing import process as processes
from playhead.capture.finishing.finisher import Job

from .finishers import Told, run
from .unfinished import inside, until, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="recorders run on Linux and macOS")


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
    until(lambda: any("are not finished" in record.getMessage() for record in caplog.records))
    assert finisher.stop(60) is False
    assert [done.failure for done in told] == ["not finished; it stays unfinished until the next start"] * 2
    assert all(job.unfinished.exists() for job in jobs)
    assert sum("are not finished" in record.getMessage() for record in caplog.records) == 1
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
told, lines = [], [0]

class Noted:  # the pipe, and how many lines are in it
    def __init__(self, pipe):
        self.pipe, self.written = pipe, 0
    def write(self, data):
        self.written += data.count(b"\\n")
        self.pipe.write(data)
    def flush(self):
        self.pipe.flush()
        lines.append(self.written)

write = Child._write
Child._write = lambda child, pipe: write(child, Noted(pipe))
child = Child(DEFAULT, Files(root=root), Retention(), told.append)
jobs = [line.split("\\t") for line in sys.stdin.read().splitlines()]
for unfinished, target in jobs:
    child.hand_over(Job(unfinished=Path(unfinished), target=Path(target)))
import time
while len(told) < int(sys.argv[2]) or child.pid is None:
    time.sleep(0.001)
while lines[-1] < 1 + len(jobs):
    time.sleep(0.001)
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
