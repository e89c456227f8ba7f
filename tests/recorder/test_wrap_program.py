"""`playhead record -- CMD`: the program keeps its exit code, its signals, its terminal and its silence."""

from __future__ import annotations

import contextlib
import os
import resource
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("mitmproxy")

SECONDS = 60.0
RECORD = [sys.executable, "-m", "playhead", "record", "-o", "out"]

COUNTING = """
import os, signal, sys, time
got = []
said = 0
def note(number, frame):
    got.append(number)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1):
    signal.signal(number, note)
print(os.getpid(), os.getpgrp(), os.getppid(), flush=True)
while signal.SIGUSR1 not in got:
    time.sleep(0.01)
    while said < len(got):
        print(signal.Signals(got[said]).name, flush=True)
        said += 1
sys.exit(len(got))
"""
"""Tells who it is, and each signal that comes, until SIGUSR1; exits with their number."""


def run(tmp_path, *command, **kwargs):
    return subprocess.run(
        [*RECORD, "--", *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        **kwargs,
    )


@contextlib.contextmanager
def counting(tmp_path):
    """A recorder in a process group of its own, and what its program said of itself."""
    process = subprocess.Popen(
        [*RECORD, "--", sys.executable, "-c", COUNTING],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},  # of a killed recorder the private folder stays
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    try:
        yield process, tuple(map(int, process.stdout.readline().split()))
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_exit_code_streams_and_order(tmp_path):
    done = run(tmp_path, "sh", "-c", "cat; echo said >&2; exit 7", input="handed in")
    assert (done.returncode, done.stdout) == (7, "handed in")
    first, second, *_ = done.stderr.splitlines()
    assert first == "said"
    assert second.startswith("playhead: Recorded 0 streams")
    assert list((tmp_path / "out").glob("*.jsonl")) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGPIPE])
def test_a_program_that_a_signal_killed(tmp_path, number):
    done = run(tmp_path, "sh", "-c", f"kill -{number.value} $$")
    assert done.returncode == 128 + number


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("no-such-program", 127, "no-such-program: command not found"),
        ("./none", 127, "./none: No such file or directory"),
        ("./plain", 126, "./plain: Permission denied"),
        (".", 126, ".: Is a directory"),
        ("./broken", 127, "./broken: No such file or directory"),
    ],
)
def test_a_program_that_cannot_be_run(tmp_path, name, code, said):
    (tmp_path / "plain").write_text("echo")
    (tmp_path / "broken").write_text("#!/nowhere/python\n")
    (tmp_path / "broken").chmod(0o755)
    if name == ".":
        name, said = "./folder", "./folder: Is a directory"
        (tmp_path / "folder").mkdir()
    done = run(tmp_path, name)
    assert (done.returncode, done.stderr) == (code, f"playhead: {said}\n")


def test_a_script_without_an_interpreter_is_the_shells(tmp_path):
    script = tmp_path / "script"
    script.write_text("echo $0 $1; exit 3\n")
    script.chmod(0o755)
    done = run(tmp_path, "./script", "one")
    assert (done.returncode, done.stdout) == (3, "./script one\n")


def test_nothing_runs_where_nothing_could_be_recorded(tmp_path):
    (tmp_path / "out").write_text("a file")
    done = run(tmp_path, "touch", "ran")
    assert done.returncode == 4
    assert "Not a directory" in done.stderr
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_ca_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "ca.pem").write_text(content)
    done = subprocess.run(
        [*RECORD, "--upstream-ca", "ca.pem", "--", "touch", "ran"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 2
    assert "ca.pem holds no certificate" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_the_program_stands_in_the_group_of_the_recorder(tmp_path):
    with counting(tmp_path) as (process, (_, group, parent)):
        assert group == process.pid
        assert parent == process.pid


def test_a_signal_to_the_group_arrives_once(tmp_path):
    with counting(tmp_path) as (process, _):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            os.killpg(process.pid, number)
            assert process.stdout.readline() == f"{number.name}\n"
        # Passed on after whatever else would have been.
        process.send_signal(signal.SIGUSR1)
        out, err = process.communicate(timeout=SECONDS)
        assert out == "SIGUSR1\n"
        assert process.returncode == 4
        assert "playhead: Recorded" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_to_the_recorder_is_passed_on(tmp_path, number):
    with counting(tmp_path) as (process, _):
        process.send_signal(number)
        assert process.stdout.readline() == f"{number.name}\n"
        process.send_signal(signal.SIGUSR1)
        out, err = process.communicate(timeout=SECONDS)
        assert out == "SIGUSR1\n"
        assert process.returncode == 2
        assert "Traceback" not in err


def test_a_program_that_ends_by_the_signal(tmp_path):
    process = subprocess.Popen(
        [*RECORD, "--", "sh", "-c", "echo ready; exec sleep 1000"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    assert process.stdout.readline() == "ready\n"
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    assert "playhead: Recorded 0 streams" in err
    assert "Interrupted" not in err


def test_what_was_private_to_the_run_is_gone_afterwards(tmp_path):
    (tmp_path / "tmp").mkdir()
    script = 'ls "$(dirname "$SSL_CERT_FILE")"; stat -c %a "$(dirname "$SSL_CERT_FILE")"'
    environ = {**os.environ, "TMPDIR": str(tmp_path / "tmp"), "HOME": str(tmp_path / "home")}
    done = run(tmp_path, "sh", "-c", script, env=environ)
    assert done.stdout.split() == ["mitmproxy", "servers.pem", "trusted.pem", "700"]
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not (tmp_path / "home").exists()


def test_what_a_killed_run_left_goes_with_the_next_one(tmp_path):
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    with counting(tmp_path) as (process, _):
        (left,) = tmp_path.glob("playhead-*")
        assert (left / "mitmproxy" / "mitmproxy-ca.pem").exists()
        assert run(tmp_path, "true", env=environ).returncode == 0
        assert left.exists(), "it is another's that lives"
        process.kill()
        process.wait()
        assert left.exists()
        (tmp_path / "playhead-run-link").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "elsewhere").mkdir()
        assert run(tmp_path, "true", env=environ).returncode == 0
    assert [path.name for path in tmp_path.glob("playhead-*")] == ["playhead-run-link"]
    assert (tmp_path / "elsewhere").exists()


def test_certificates_that_do_not_fit(tmp_path):
    small = (20 * 1024, 20 * 1024)
    done = run(tmp_path, "touch", "ran", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, small))
    assert done.returncode == 4
    assert "certificates to trust cannot be written: " in done.stderr
    assert "servers.pem: File too large" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_no_temporary_folder(tmp_path):
    code = "import tempfile; tempfile.tempdir = '/dev/null/no'; from playhead.cli.main import main; main()"
    command = [sys.executable, "-c", code, "record", "-o", "out", "--", "touch", "ran"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 4
    assert "no temporary folder can be made: Not a directory" in done.stderr
    assert not (tmp_path / "ran").exists()


class Screen:
    """A shell in a terminal of its own."""

    def __init__(self, tmux: str, folder: Path) -> None:
        self._tmux = [tmux, "-S", str(folder / "tmux"), "-f", os.devnull]
        self._run(
            "new-session", "-d", "-x", "100", "-y", "24", "-c", str(folder), "env", "PS1=$ ", "sh", "-i"
        )

    def _run(self, *arguments: str) -> str:
        done = subprocess.run([*self._tmux, *arguments], capture_output=True, text=True, check=True)
        return done.stdout

    def type(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def resize(self, columns: int, rows: int) -> None:
        self._run("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def text(self) -> str:
        return self._run("capture-pane", "-p")

    def stop(self) -> None:
        """Press ctrl-Z until the shell says that the program has stopped.

        less looks at signals before it waits for a key: one that comes in between waits for the next key.
        """
        deadline = time.monotonic() + SECONDS
        while True:
            self.type("C-z")
            soon = time.monotonic() + 1
            while time.monotonic() < soon:
                if "Stopped" in self.text:
                    return
                time.sleep(0.02)
            assert time.monotonic() < deadline, self.text

    def wait_for(self, *wanted: str) -> str:
        deadline = time.monotonic() + SECONDS
        while True:
            text = self.text
            if all(word in text for word in wanted):
                return text
            assert time.monotonic() < deadline, f"{wanted} not in:\n{text}"
            time.sleep(0.02)

    def close(self) -> None:
        self._run("kill-server")


@pytest.fixture
def screen(program, tmp_path_factory):
    # Not below the test's own folder: the path of a socket is short.
    made = Screen(program("tmux"), tmp_path_factory.mktemp("t"))
    yield made
    made.close()


def recording(*command: str) -> str:
    return shlex.join([*RECORD, "--", *command])


def test_a_full_screen_program_has_the_terminal(screen, program, tmp_path):
    long = tmp_path / "long.txt"
    long.write_text("".join(f"line {n}\n" for n in range(1, 201)))
    screen.type(recording(program("less"), str(long)) + "; echo code $?", "Enter")
    shown = screen.wait_for("line 1\n", "line 23\n")
    assert "playhead:" not in shown
    screen.type("G")
    screen.wait_for("line 200")
    screen.resize(80, 12)
    screen.type("g")
    screen.wait_for("line 1\n", "line 11\n")
    screen.resize(80, 24)
    screen.type("q")
    screen.wait_for("playhead: Recorded 0 streams", "code 0")


def test_stopping_and_continuing_in_the_terminal(screen, program, tmp_path):
    long = tmp_path / "long.txt"
    long.write_text("".join(f"line {n}\n" for n in range(1, 201)))
    screen.type(recording(program("less"), str(long)), "Enter")
    screen.wait_for("line 1\n", "line 23\n")
    for _ in range(2):
        screen.stop()
        screen.type("clear; echo between", "Enter")
        screen.wait_for("between\n")
        screen.type("fg", "Enter")
        screen.wait_for("line 1\n", "line 23\n")
    screen.type("q")
    screen.wait_for("playhead: Recorded 0 streams")
    screen.type("clear; stty -a | grep -o ' icanon'; echo alive", "Enter")
    screen.wait_for(" icanon\nalive")


def test_ctrl_c_is_the_programs(screen, tmp_path):
    script, ready = tmp_path / "counting.py", tmp_path / "ready"
    note = f"open({str(ready)!r}, 'w').write(str(os.getpid()))"
    script.write_text(COUNTING.replace("while signal", f"{note}\nwhile signal", 1))
    screen.type(recording(sys.executable, str(script)) + "; echo code $?", "Enter")
    deadline = time.monotonic() + SECONDS
    while not (ready.exists() and ready.read_text()):
        assert time.monotonic() < deadline, screen.text
        time.sleep(0.02)
    screen.type("C-c")
    screen.wait_for("SIGINT\n")
    os.kill(int(ready.read_text()), signal.SIGUSR1)
    screen.wait_for("SIGUSR1\n", "code 2", "playhead: Recorded")
