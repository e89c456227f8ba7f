"""The demo: the whole loop, as a new user runs it."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import threading

import pytest

import playhead
from playhead.demo.client import fetch
from playhead.demo.compare import Comparison, Delivery, compare, delivery
from playhead.samples import sample


@pytest.mark.parametrize("name", ["anthropic-tools", "cut", "split-utf8"])
def test_the_loop_is_true(name):
    pytest.importorskip("mitmproxy")
    done = subprocess.run(
        [sys.executable, "-m", "playhead", "demo", "--no-view", "--sample", name],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.count("equal") == 9
    assert "DIFFERENT" not in done.stdout
    path = done.stdout.split("Cassette: ")[1].strip()
    original, recorded = playhead.load(sample(name))[1], playhead.load(path)[1]
    assert [chunk.data for chunk in recorded.chunks] == [
        chunk.data for chunk in original.chunks if chunk.data
    ]
    assert recorded.ending.kind is original.ending.kind


def test_the_demo_says_what_it_needs():
    code = "import sys; sys.modules['h11'] = None; sys.argv = ['playhead', 'demo']\n"
    code += "from playhead.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


SIZES = [5000, 1, 5000, 100_000]


def answered(answer: bytes) -> dict[str, object]:
    """What the client meets at a server that sends all of an answer at once."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):  # what is not read would make a reset of the end
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        met = fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/", "POST", b"{}", first_byte_only=False)
        thread.join()
    return met


@pytest.mark.parametrize(("missing", "ending"), [(0, "complete"), (1000, "incomplete")])
def test_chunks_that_come_at_once_are_told_apart(missing, ending):
    chunks = b"".join(b"%x\r\n%s\r\n" % (size, b"x" * size) for size in SIZES)
    sent = chunks[: -missing - 2] if missing else chunks + b"0\r\n\r\n"
    met = answered(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + sent)
    times, sizes = zip(*met["arrivals"], strict=True)
    assert [*sizes] == [*SIZES[:-1], SIZES[-1] - missing]
    assert [*times] == sorted(times)
    assert met["sha256"] == hashlib.sha256(b"x" * sum(sizes)).hexdigest()
    assert met["ending"] == ending


def test_a_body_without_chunks_is_met_whole():
    met = answered(b"HTTP/1.1 200 OK\r\ncontent-length: 20000\r\n\r\n" + b"x" * 20000)
    assert sum(size for _, size in met["arrivals"]) == 20000
    assert met["ending"] == "complete"


BASE = Delivery(sizes=(3, 4), times=(0.5, 0.7), sha256="aa", ending="complete")


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        (Delivery(sizes=(3, 4), times=(9.5, 9.7), sha256="aa", ending="complete"), set()),
        (Delivery(sizes=(3, 4), times=(0.5, 0.7), sha256="ab", ending="complete"), {"bytes_equal"}),
        (Delivery(sizes=(7,), times=(0.5,), sha256="aa", ending="complete"), {"chunks_equal"}),
        (Delivery(sizes=(3, 4), times=(0.5, 0.7), sha256="aa", ending="incomplete"), {"ending_equal"}),
    ],
)
def test_a_difference_is_seen(other, differs):
    found = compare(BASE, other)
    assert {
        name for name in ("bytes_equal", "chunks_equal", "ending_equal") if not getattr(found, name)
    } == differs
    assert found.equal is (not differs)


def test_gap_errors_are_those_of_gaps_not_of_times():
    late = Delivery(sizes=(3, 4, 5), times=(2.0, 2.25, 3.0), sha256="aa", ending="complete")
    early = Delivery(sizes=(3, 4, 5), times=(0.0, 0.25, 0.5), sha256="aa", ending="complete")
    found = compare(early, late)
    assert (found.gap_error_p50, found.gap_error_p99) == (0.5, 0.5)
    assert compare(BASE, Delivery(sizes=(), times=(), sha256="", ending="")).gap_error_p50 is None
    assert isinstance(found, Comparison)


def test_a_recorded_ending_is_named_as_a_client_meets_it():
    assert delivery(playhead.load(sample("cut"))[1]).ending == "incomplete"
    assert delivery(playhead.load(sample("anthropic-tools"))[1]).ending == "complete"
