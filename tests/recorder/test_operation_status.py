"""The line that is redrawn on a terminal: what it says at any width, and what the terminal gets."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import select
import struct
import termios
import time
import tty
from collections.abc import Iterator
from typing import TextIO

import pytest

from playhead_recorder.operation import Operation, Snapshot, console
from playhead_recorder.operation.counters import Gaps
from playhead_recorder.operation.status_line import is_wanted, line, size
from playhead_recorder.options.readers import Log

SECONDS = 60.0
ERASED = b"\r\x1b[K"
BUSY = Snapshot(
    started="s",
    written="w",
    uptime=3723.4,
    exchanges_open=4,
    streams_open=3,
    exchanges_recorded=1200,
    exchanges_failed=2,
    chunks=123456,
    bytes=98_765_432,
    lost={"queue_full": Gaps(1, 17, 500)},
    queue_bytes=1_200_000,
    cassettes_waiting=2,
)
QUIET = Snapshot(started="s", written="w", uptime=0.0)


def test_what_it_says():
    assert line(QUIET, 79) == "rec 0:00:00 | 0 streams open | 0 recorded | 0 chunks | 0 B | queue 0 B"
    assert line(BUSY, 200) == (
        "rec 1:02:03 | 3 streams open | 1,200 recorded | 123,456 chunks | 98.8 MB | 17 lost | 2 failed"
        " | queue 1.2 MB | 2 to finish"
    )


def test_what_goes_where_it_is_narrow():
    assert line(BUSY, 79) == "3 streams open | 1,200 recorded | 123,456 chunks | 98.8 MB | 17 lost | 2 failed"
    assert line(BUSY, 78) == "3 streams open | 1,200 recorded | 98.8 MB | 17 lost | 2 failed"
    assert line(BUSY, 30) == "3 streams open | 17 lost"
    assert line(BUSY, 10) == "3 streams "
    assert line(BUSY, 0) == ""


@pytest.mark.parametrize("shown", [QUIET, BUSY])
def test_it_never_is_wider_than_it_may_be(shown):
    for width in range(200):
        text = line(shown, width)
        assert len(text) <= width
        assert text.isascii()
        assert text.isprintable()


def test_a_loss_that_nobody_counted_is_a_loss():
    lost = Snapshot(started="s", written="w", uptime=0.0, lost={"stream_replaced": Gaps(1, 0, 0)})
    assert "1 lost" in line(lost, 79)


def test_sizes():
    assert [size(n) for n in (0, 999, 1000, 1_250_000, 10**17)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "1.2 MB",
        "100000.0 TB",
    ]


class Terminal:
    """A terminal of some width; `read_until` gives everything it was sent up to a mark."""

    def __init__(self, columns: int = 80) -> None:
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.stream: TextIO = os.fdopen(slave, "w")
        self._read = b""

    def read_until(self, mark: bytes) -> bytes:
        deadline = time.monotonic() + SECONDS
        while mark not in self._read:
            ready, _, _ = select.select([self.master], [], [], max(deadline - time.monotonic(), 0))
            assert ready, f"no {mark!r} in {self._read!r}"
            self._read += os.read(self.master, 65536)
        found, _, self._read = self._read.partition(mark)
        return found + mark

    def rest(self) -> bytes:
        while select.select([self.master], [], [], 0)[0]:
            self._read += os.read(self.master, 65536)
        return self._read

    def close(self) -> None:
        self.stream.close()
        os.close(self.master)


@pytest.fixture(autouse=True)
def _time_for_the_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever ends a run waits no longer than a reader may take: a busy machine may take longer."""
    monkeypatch.setattr(console, "_STOP_SECONDS", SECONDS)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


def test_it_is_redrawn_and_gives_way_to_lines(terminal):
    environ = {"TERM": "xterm", "NO_COLOR": "1"}
    with Operation(stream=terminal.stream, environ=environ) as operation:
        drawn = terminal.read_until(b"\x1b[K")
        assert re.match(rb"\rrec 0:00:\d\d \| 0 streams open", drawn)
        operation.counters.stream_opened()
        assert b"\r" in terminal.read_until(b"1 stream open")
        operation.say("wrote something")
        assert terminal.read_until(b"wrote something\n").endswith(ERASED + b"wrote something\n")
        assert terminal.read_until(b"1 stream open").startswith(b"\rrec ")
    rest = terminal.rest()
    assert rest.endswith(ERASED)
    assert b"\x1b[2m" not in drawn + rest


def test_colour_is_a_dim_line(terminal):
    with Operation(stream=terminal.stream, environ={"TERM": "xterm"}):
        assert terminal.read_until(b"\x1b[K").startswith(b"\r\x1b[2mrec ")


def test_it_fits_the_terminal():
    narrow = Terminal(40)
    with Operation(stream=narrow.stream, environ={"TERM": "xterm", "NO_COLOR": "1"}):
        drawn = narrow.read_until(b"\x1b[K")
    assert len(drawn.removeprefix(b"\r").removesuffix(b"\x1b[K")) <= 39
    assert drawn.startswith(b"\r0 streams open")
    narrow.close()


@pytest.mark.parametrize(
    ("environ", "style"),
    [({"TERM": "dumb"}, Log.AUTO), ({}, Log.AUTO), ({"TERM": "xterm"}, Log.JSON)],
)
def test_where_it_is_not_shown(terminal, environ, style):
    with Operation(stream=terminal.stream, environ=environ, log=style) as operation:
        operation.say("a line")
        terminal.read_until(b"a line")
    assert b"\x1b" not in terminal.rest()
    assert b"rec " not in terminal.rest()


def test_it_wants_a_terminal():
    assert not is_wanted(io.StringIO(), {"TERM": "xterm"})


def test_a_terminal_that_is_gone_ends_nothing():
    gone = Terminal()
    with Operation(stream=gone.stream, environ={"TERM": "xterm"}) as operation:
        gone.read_until(b"\x1b[K")
        os.close(gone.master)
        operation.say("anybody?")
    gone.stream.close()
    assert operation.counters.snapshot().warnings == 0
