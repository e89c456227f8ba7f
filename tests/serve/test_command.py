"""`playhead serve` as a process: its first line, its signals, its exit codes."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from playhead import Cassette

Make = Callable[..., Cassette]
Serve = Callable[..., Any]
ONE = [(b"data: 1\n\n", None), (b"data: 2\n\n", 0.001)]


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as response:
        return response.read()  # type: ignore[no-any-return]


def refused(*args: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command where it does not come to serving."""
    return subprocess.run(
        [sys.executable, "-m", "playhead", "serve", *map(str, args)],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_the_first_line_says_where_it_listens(make: Make, serve: Serve) -> None:
    cassette = make(ONE)
    serving = serve(cassette.name)
    assert serving.line(0) == f"Replaying {cassette.name}: listening on {serving.url}"
    assert get(serving.url + "/events") == b"data: 1\n\ndata: 2\n\n"
    assert serving.line(1) == "GET /events: exchange 1 (complete)"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_signals_stop_it(make: Make, serve: Serve, number: signal.Signals, code: int) -> None:
    serving = serve(make(ONE).name)
    assert serving.url
    serving.process.send_signal(number)
    assert serving.end() == code
    assert "Traceback" not in "\n".join(serving.lines)


def test_a_signal_stops_it_amid_a_stream(make: Make, serve: Serve, connect: Callable[[str], Any]) -> None:
    serving = serve(make([*ONE, (b"data: 3\n\n", 3600.0)]).name)
    raw = connect(serving.url)
    raw.ask()
    raw.until(b"data: 2\n\n\r\n")
    serving.process.send_signal(signal.SIGTERM)
    assert serving.end() == 0


def test_speed_and_address(make: Make, serve: Serve) -> None:
    slow = make([(b"a", 1.0), (b"b", 3600.0)])
    with socket.socket() as kept:
        # Nobody else is given the port meanwhile, and who says the same of it may listen.
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        port = kept.getsockname()[1]
        serving = serve(slow.name, "--speed", "max", "--host", "127.0.0.1", "--port", port)
        assert serving.url == f"http://127.0.0.1:{port}"
        assert get(serving.url + "/events") == b"ab"


def test_no_wait_is_longer_than_the_longest_gap(make: Make, serve: Serve) -> None:
    serving = serve(make([(b"a", 1000.0), (b"b", 3600.0)]).name, "--max-gap", "0.01")
    assert get(serving.url + "/events") == b"ab"


def test_a_longest_gap_that_cannot_be_meant(make: Make) -> None:
    name = make(ONE).name
    for options, says in (
        (("--speed", "max", "--max-gap", "2"), b"max_gap shortens waits"),
        (("--max-gap", "-1"), b"no such max_gap: -1"),
        (("--max-gap", "nan"), b"no such max_gap: nan"),
    ):
        ended = refused(name, *options)
        assert ended.returncode == 2
        assert says in ended.stderr


def test_a_miss_is_told_on_stderr(make: Make, serve: Serve) -> None:
    serving = serve(make(ONE).name)
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        get(serving.url + "/other")
    caught.value.close()
    assert serving.line(1).endswith("answers GET /other")


def test_recorded_text_cannot_drive_the_terminal(make: Make, serve: Serve) -> None:
    serving = serve(make(ONE, targets=("/\x1b]52;c;x\x07",)).name)
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(serving.url + "/")
    caught.value.close()
    assert "recorded  /%1B]52;c;x%07" in serving.line(4)  # as paths are compared
    assert "1. GET /␛]52;c;x␇ (not played yet)" in serving.line(8)


def test_it_starts_over(make: Make, serve: Serve) -> None:
    serving = serve(make(ONE, targets=("/events", "/events")).name, "--speed", "max")
    for _ in range(3):
        get(serving.url + "/events")
    played = [serving.line(number) for number in (1, 2, 3)]
    assert played == [f"GET /events: exchange {number} (complete)" for number in (1, 2, 1)]


def test_it_serves_on_when_nobody_reads_what_it_says(make: Make) -> None:
    command = [sys.executable, "-m", "playhead", "serve", make(ONE).name]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        url = process.stderr.readline().decode().split()[-1]
        process.stderr.close()
        try:
            for _ in range(3):
                assert get(url + "/events") == b"data: 1\n\ndata: 2\n\n"
        finally:
            process.terminate()
        assert process.wait(30) == 0


def test_a_cassette_from_standard_input(make: Make, serve: Serve) -> None:
    serving = serve("-", stdin=Path(make(ONE).name).read_bytes())
    assert serving.line(0).startswith("Replaying <stdin>: listening on http://127.0.0.1:")
    assert get(serving.url + "/events") == b"data: 1\n\ndata: 2\n\n"


def test_a_torn_tail_is_told(make: Make, serve: Serve, tmp_path: Path) -> None:
    torn = tmp_path / "torn.cassette.jsonl"
    torn.write_bytes(Path(make(ONE).name).read_bytes()[:-20])
    serving = serve(torn)
    assert serving.line(0).startswith("Replaying ")
    assert "is torn" in serving.line(1)


def test_a_port_in_use(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = refused(make(ONE).name, "--port", port)
    assert done.returncode == 4
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use".encode() in done.stderr


def test_an_address_of_nobody(make: Make) -> None:
    done = refused(make(ONE).name, "--host", "192.0.2.1")
    assert done.returncode == 4
    assert b"cannot listen on 192.0.2.1:0: " + os.strerror(errno.EADDRNOTAVAIL).encode() in done.stderr


def test_a_host_that_is_none(make: Make) -> None:
    done = refused(make(ONE).name, "--host", "a..b")
    assert done.returncode == 4
    assert b"cannot listen on a..b:0: 'a..b' is no name of a host" in done.stderr


def test_a_key_of_the_client_is_not_said(make: Make, serve: Serve) -> None:
    serving = serve(make(ONE, targets=("/events?key=the-real-secret",)).name)
    assert get(serving.url + "/events?key=the-real-secret")
    assert serving.line(1).startswith("GET /events?key=REDACTED-")
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        get(serving.url + "/?key=another-real-secret")
    assert b"another-real" not in caught.value.read()
    caught.value.close()
    assert "another-real" not in serving.line(2)


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "nan", "inf"])
def test_a_speed_that_is_none(make: Make, speed: str) -> None:
    done = refused(make(ONE).name, "--speed", speed)
    assert done.returncode == 2
    assert f"no such speed: {float(speed) if speed != 'fast' else speed!r}".encode() in done.stderr


def test_a_port_that_is_none(make: Make) -> None:
    assert refused(make(ONE).name, "--port", "70000").returncode == 2


def test_a_damaged_cassette(make: Make, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.cassette.jsonl"
    lines = Path(make(ONE).name).read_bytes().split(b"\n")
    damaged.write_bytes(b"\n".join([*lines[:3], b"{not json", *lines[3:]]))
    done = refused(damaged)
    assert done.returncode == 3
    assert b"line 4" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("stdin", [b"", b"data: x\n\n", b"\x00\xff"])
def test_standard_input_that_is_no_cassette(stdin: bytes) -> None:
    done = refused("-", stdin=stdin)
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr


def test_a_missing_cassette() -> None:
    assert refused("nowhere.cassette.jsonl").returncode == 3


def test_without_h11_it_says_what_to_install(make: Make) -> None:
    code = "import sys; sys.modules['h11'] = None; from playhead.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "serve", make(ONE).name], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 4
    assert b"pip install 'playhead[serve]'" in done.stderr
