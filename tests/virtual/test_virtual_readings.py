"""Code with a deadline of its own around real waits gets there, and code that computes moves no clock."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from playhead.virtual import readings, virtual_time

MS = 1_000_000


class Machine:
    """The real clock, the process's time and the thread's switches, as a test wants them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.busy, self.switches = 0, 0, 0
        monkeypatch.setattr(readings, "real_monotonic_ns", lambda: self.now)
        monkeypatch.setattr(readings, "process_time", lambda: self.busy / 1e9)
        monkeypatch.setattr(readings, "_COUNTER", lambda: self.switches)
        self.readings = readings.Readings()
        self.readings.one()

    def waits(self, span: int) -> int:
        """It waits for a socket, and reads the clock."""
        self.now, self.switches = self.now + span, self.switches + 1
        return self.readings.one()

    def computes(self, span: int, *, waits_for_processor: int = 0, switches: int = 0) -> int:
        self.now += span + waits_for_processor
        self.busy += span
        self.switches += switches
        return self.readings.one()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_real_waits_count_once_they_make_a_second(machine: Machine) -> None:
    spans = [machine.waits(50 * MS) for _ in range(22)]
    assert spans == [0] * 19 + [1000 * MS, 50 * MS, 50 * MS]


def test_fewer_than_five_do_not_count(machine: Machine) -> None:
    """Somebody in a debugger, or a slow disk."""
    assert [machine.waits(2000 * MS) for _ in range(5)] == [0, 0, 0, 0, 10_000 * MS]


def test_two_readings_in_one_turn_of_a_loop(machine: Machine) -> None:
    met = [machine.waits(100 * MS) or machine.computes(10_000) for _ in range(12)]
    assert sum(met) >= 1000 * MS


@pytest.mark.parametrize(
    "compute",
    [
        lambda machine: machine.computes(40 * MS),
        lambda machine: machine.computes(4 * MS, waits_for_processor=400 * MS),
        lambda machine: machine.computes(40 * MS, switches=3),
        lambda machine: machine.computes(MS // 2, waits_for_processor=36 * MS),
    ],
    ids=["alone", "starved", "by-turns-with-a-thread", "starved-and-reading-often"],
)
def test_what_computes_does_not_count(machine: Machine, compute: Callable[[Machine], int]) -> None:
    assert {compute(machine) for _ in range(9000)} == {0}


def test_computing_begins_it_anew(machine: Machine) -> None:
    for _ in range(3):
        assert {machine.waits(50 * MS) for _ in range(19)} == {0}
        assert machine.computes(50 * MS) == 0


def test_a_wait_by_the_clock_begins_it_anew(machine: Machine) -> None:
    for _ in range(3):
        assert {machine.waits(50 * MS) for _ in range(19)} == {0}
        machine.readings.moved()
        assert machine.readings.one() == 0


def test_a_deadline_around_a_socket_is_met() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(0.05)
    with ours, theirs, virtual_time() as clock:
        end = time.monotonic() + 1
        for _ in range(400):
            if time.monotonic() >= end:
                break
            with pytest.raises(TimeoutError):
                ours.recv(1)
        assert clock.elapsed >= 1.0


def test_few_waits_for_a_socket_leave_the_clock_alone() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(0.05)
    with ours, theirs, virtual_time() as clock:
        for _ in range(4):
            time.monotonic()
            with pytest.raises(TimeoutError):
                ours.recv(1)
        time.sleep(30)
        assert clock.elapsed == 30.0


def test_a_process_with_a_timeout_is_waited_for() -> None:
    """`Popen.wait` sleeps between looks until the real clock says that it is over."""
    with virtual_time() as clock:
        process = subprocess.Popen([sys.executable, "-c", "pass"])
        assert process.wait(timeout=600) == 0
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run([sys.executable, "-c", "import time; time.sleep(600)"], timeout=0.2)
        assert clock.elapsed == 0.0
