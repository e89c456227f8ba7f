"""Recorders killed or stopped, disks that fill up, folders that go: what the client gets never changes.

And whatever was recorded until then is there, whole, with the true reason why there is no more.
"""

from __future__ import annotations

import contextlib
import math
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import playhead
from playhead import EndingKind, Exchange, How, RecordingEnded

from .live import Live, numbered
from .origin import Origin
from .recorder import Recorder, until
from .replays import on_a_socket, through_transports

Start = Callable[..., Recorder]


def chunks_of(exchange: Exchange) -> list[bytes]:
    return [chunk.data for chunk in exchange.chunks]


def check_replays_stop(exchange: Exchange, path: str, pieces: list[bytes]) -> None:
    for met in through_transports(exchange, path):
        assert isinstance(met.raised, RecordingEnded)
        assert met.chunks == pieces
    assert on_a_socket(exchange, path)[1:] == (pieces, "reset")


def recovered(partial: Path) -> playhead.Cassette:
    """What `playhead recover` makes of a recording that was cut off."""
    done = subprocess.run(
        [sys.executable, "-m", "playhead", "recover", str(partial)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    return playhead.load(partial.parent.parent / partial.name.removesuffix(".partial"))


def test_a_killed_recorder_leaves_all_that_it_had_written(
    origin: Origin, start_recorder: Start, tmp_path: Path
) -> None:
    recorder = start_recorder(origin.url, tmp_path)
    with Live(origin, recorder) as live:
        live.pass_on(*numbered(30))
        partial = recorder.partial(live.play.path)
        until(lambda: len(playhead.load(partial)[1].chunks) == 30)
        live.pass_on(*numbered(3, start=30))
        recorder.stop(signal.SIGKILL)
    exchange = recovered(partial)[1]
    assert len(exchange.chunks) >= 30
    assert chunks_of(exchange) == numbered(33)[: len(exchange.chunks)]
    assert (exchange.ending.kind, exchange.ending.chunks) == (EndingKind.TRUNCATED, len(exchange.chunks))
    check_replays_stop(exchange, live.play.path, chunks_of(exchange))


@pytest.mark.soak
def test_what_a_client_has_for_longer_than_a_moment_is_in_the_file(
    origin: Origin, start_recorder: Start, tmp_path: Path, soak: bool
) -> None:
    """Killed at any moment, a recorder has lost nothing that the client received 100 ms before.

    A small sample asserts no time: it waits until the file has everything.
    """
    promised = 0.1 if soak else 0.0
    dice = random.Random(83)
    for number in range(20 if soak else 1):
        recorder = start_recorder(origin.url, tmp_path / str(number))
        with Live(origin, recorder) as live:
            times = []
            kill_at = time.monotonic() + promised + dice.uniform(0.05, 0.3)
            while (now := time.monotonic()) < kill_at or not times:
                live.pass_on(*numbered(1, start=len(times)))
                times.append(now)
            if not soak:
                growing, passed = recorder.partial(live.play.path), len(times)
                until(lambda growing=growing, passed=passed: len(playhead.load(growing)[1].chunks) == passed)
                now = math.inf
            recorder.stop(signal.SIGKILL)
        due = sum(t < now - promised for t in times)
        [partial] = recorder.folder.glob("unfinished/*.partial")
        found = chunks_of(recovered(partial)[1])
        assert len(found) >= due > 0
        assert found == numbered(len(found))


@pytest.mark.soak
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_many_streams_at_the_end_of_a_recorder(
    origin: Origin, start_recorder: Start, tmp_path: Path, soak: bool, number: signal.Signals
) -> None:
    recorder = start_recorder(origin.url, tmp_path)
    with contextlib.ExitStack() as stack:
        lives = [stack.enter_context(Live(origin, recorder)) for _ in range(100 if soak else 8)]
        for live in lives:
            live.pass_on(*numbered(5))
        partials = [recorder.partial(live.play.path) for live in lives]
        if number == signal.SIGKILL:
            for partial in partials:
                until(lambda partial=partial: len(playhead.load(partial)[1].chunks) == 5)
        code = recorder.stop(number)
        for live in lives:
            assert live.raw.rest()[0] == b""
    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    if number == signal.SIGKILL:
        assert [playhead.load(partial).torn for partial in partials] == [None] * len(lives)
        exchanges = [recovered(partial)[1] for partial in partials[:2]]
        kind = EndingKind.TRUNCATED
    else:
        assert list(tmp_path.glob("unfinished/*.partial")) == []
        exchanges = [recorder.cassette(live.play.path)[1] for live in lives]
        kind = EndingKind.RECORDER_STOPPED
    for exchange in exchanges:
        assert (exchange.ending.kind, exchange.ending.how) == (kind, How.UNKNOWN)
        assert chunks_of(exchange) == numbered(5)
    check_replays_stop(exchanges[0], lives[0].play.path, numbered(5))
    assert "Traceback" not in "".join(recorder.lines)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here: it takes Linux, and its root")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Takes what room is left."""
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filler


def test_a_full_disk(origin: Origin, start_recorder: Start, small_disk: Path) -> None:
    recorder = start_recorder(origin.url, small_disk / "out")
    with Live(origin, recorder) as ended, Live(origin, recorder) as open_:
        for live in (ended, open_):
            live.pass_on(*numbered(5))
            partial = recorder.partial(live.play.path)
            until(lambda partial=partial: len(playhead.load(partial)[1].chunks) == 5)
        filler = fill(small_disk)
        for live in (ended, open_):
            live.pass_on(*numbered(100, start=5))
        recorder.wait_for("No space left on device")
        recorder.wait_for("No space left on device")
        ended.finish()
        with Live(origin, recorder) as unseen:
            unseen.pass_on(*numbered(5))
            unseen.finish()
            recorder.wait_for("No space left on device")
        # Where there is no room the file is readable as far as it goes.
        partial = recorder.partial(ended.play.path)
        assert playhead.load(partial).torn is None
        filler.unlink()
        open_.pass_on(*numbered(5, start=105))
        open_.finish()
    # Once there is room again, each cassette gets its ending, and tells what is missing.
    for live, passed in ((ended, 105), (open_, 110)):
        assert live.received == numbered(passed)
        exchange = recorder.cassette(live.play.path)[1]
        [loss] = exchange.losses
        assert exchange.ending.kind is EndingKind.COMPLETE
        kept = chunks_of(exchange)
        assert kept == numbered(len(kept))
        assert 5 <= len(kept) < 105
        assert (loss.detail, loss.chunks) == ("disk_full", passed - len(kept))
        check_replays_stop(exchange, live.play.path, kept)


def test_a_disk_that_stays_full(origin: Origin, start_recorder: Start, small_disk: Path) -> None:
    recorder = start_recorder(origin.url, small_disk / "out")
    with Live(origin, recorder) as live:
        live.pass_on(*numbered(5))
        partial = recorder.partial(live.play.path)
        until(lambda: len(playhead.load(partial)[1].chunks) == 5)
        filler = fill(small_disk)
        live.pass_on(*numbered(100, start=5))
        recorder.wait_for("No space left on device")
        live.finish()
    assert live.received == numbered(105)
    recorder.stop(signal.SIGTERM)
    assert "Traceback" not in "".join(recorder.lines)
    assert playhead.load(partial).torn is None
    filler.unlink()
    kept = chunks_of(recovered(partial)[1])
    assert kept == numbered(len(kept))
    assert 5 <= len(kept) < 105


def test_folders_that_go_and_come_back(origin: Origin, start_recorder: Start, tmp_path: Path) -> None:
    """Root writes where it likes: a file in the folder's place is what stops it."""
    folder = tmp_path / "out"
    recorder = start_recorder(origin.url, folder)
    with Live(origin, recorder) as removed:
        removed.pass_on(*numbered(3))
        recorder.partial(removed.play.path)
        shutil.rmtree(folder)
        folder.write_bytes(b"")
        removed.pass_on(*numbered(3, start=3))
        with Live(origin, recorder) as refused:
            refused.pass_on(*numbered(5))
            refused.finish()
        removed.finish()
    said = [recorder.wait_for("recorded no further").string for _ in range(2)]
    assert folder.read_bytes() == b""
    folder.unlink()
    with Live(origin, recorder) as recorded:
        recorded.pass_on(*numbered(5))
        recorded.finish()
    assert chunks_of(recorder.cassette(recorded.play.path)[1]) == numbered(5)
    assert recorder.stop(signal.SIGINT) == 4  # what was in the folder could not be finished
    text = "".join(recorder.lines)
    assert text.count("recorded no further") == len(said) == 2
    assert "2 exchanges not recorded to the end" in text
    assert "Traceback" not in text


@pytest.mark.soak
def test_a_stream_without_an_end_of_line_costs_no_memory(
    origin: Origin, start_recorder: Start, tmp_path: Path, soak: bool
) -> None:
    size = (100 if soak else 10) * 1024 * 1024
    recorder = start_recorder(origin.url, tmp_path)
    with Live(origin, recorder) as live:
        live.pass_on(b"data: ")
        before = memory(recorder)
        for _ in range(size // 65536):
            live.pass_on(b"x" * 65536)
            live.received.clear()
        live.finish()
        exchange = recorder.cassette(live.play.path)[1]
        grown = memory(recorder) - before
    lost = sum(loss.size or 0 for loss in exchange.losses)
    assert exchange.ending.kind is EndingKind.COMPLETE
    assert sum(len(chunk.data) for chunk in exchange.chunks) + lost == size + 6
    assert lost == 0
    # What waits for the disk is limited to 64 MB; here it never comes to that.
    assert grown < 64 * 1024


def memory(recorder: Recorder) -> int:
    """The most that the recorder has needed so far, in kB."""
    if sys.platform != "linux":
        pytest.skip("only Linux tells how much memory a process has needed")
    status = Path(f"/proc/{recorder.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])
