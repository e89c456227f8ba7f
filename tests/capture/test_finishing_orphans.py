"""What recorders left that were cut off: found, finished once, and never seized from a live one."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

import playhead
from playhead.capture.finishing.finisher import Done
from playhead.capture.finishing.wire import done_of, line_of

from .finishers import COMMAND, Told, run, settings
from .unfinished import grow, inside, until, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="recorders run on Linux and macOS")


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
