"""The life of a recording transport: what it refuses, what shares a cassette, how it ends without a close."""

from __future__ import annotations

import asyncio
import gc
import gzip
import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest

import playhead
from playhead import CannotRun, EndingKind, UsageError
from playhead.capture.session import Upload
from playhead.capture.writer import Writer
from playhead.httpx2 import RecordingTransport, ReplayTransport

from ..loop.clients import CLIENTS, SYNC, Client
from ..loop.origin import SECONDS, Http1, Origin
from .visits import recording

PIECES = [b"data: 1\n\n", b"data: 2\n\n"]


def whole(out: Http1) -> None:
    out.head()
    out.sent(0)
    for piece in PIECES:
        out.send(piece)
    out.whole()


def never_ends(out: Http1) -> None:
    out.head()
    out.sent(0)
    out.send(PIECES[0])
    out.until_they_leave()


def answering(request: Any) -> Any:
    return httpx2.Response(200, text=f"{request.method} {request.url.path} {request.read().decode()}")


def until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return found


def test_what_cannot_work_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "there.cassette.jsonl").write_text("")
    with pytest.raises(CannotRun, match=r"file: Not a directory"):
        RecordingTransport(tmp_path / "file")
    with pytest.raises(CannotRun, match=r"Not a directory"):
        RecordingTransport(tmp_path / "file" / "x.cassette.jsonl")
    with pytest.raises(UsageError, match="exists already"):
        RecordingTransport(tmp_path / "there.cassette.jsonl")
    with pytest.raises(UsageError, match="neither a cassette's name nor a folder"):
        RecordingTransport(tmp_path / "x.json")
    with pytest.raises(UsageError, match="this is empty"):
        RecordingTransport("")
    with pytest.raises(UsageError, match="is no transport of httpx2"):
        RecordingTransport(tmp_path / "x.cassette.jsonl", "https://h")
    with pytest.raises(UsageError, match="holds nothing"):
        RecordingTransport(tmp_path / "x.cassette.jsonl", backlog=0)
    with RecordingTransport(tmp_path / "live.cassette.jsonl"), pytest.raises(CannotRun, match="is at work"):
        RecordingTransport(tmp_path / "live.cassette.jsonl")


def test_an_old_cassette_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "x.cassette.jsonl"
    path.write_text("old")
    transport = RecordingTransport(path, httpx2.MockTransport(answering), overwrite=True)
    with httpx2.Client(transport=transport) as client:
        client.get("http://h/")
        assert path.read_text() == "old"
    assert playhead.load(path)[1].body == b"GET / "


def test_a_folder_gets_a_cassette_for_each_exchange(origin: Origin, tmp_path: Path, client: Client) -> None:
    for folder in (tmp_path / "made", f"{tmp_path}/v1.2/"):
        transport = recording(client, folder)
        play = origin.play(whole)
        client.meet(origin.url + play.path, transport=transport, took=play.took)
        [path] = Path(folder).glob("*.jsonl")
        assert path.name.endswith(".cassette.jsonl")
        assert "-127.0.0.1-" in path.name
        exchange = playhead.load(path)[1]
        assert [chunk.data for chunk in exchange.chunks] == PIECES
        assert exchange.request is not None
        assert exchange.request.t_start == 0.0
        assert path.stat().st_mode & 0o777 == 0o600


def test_requests_at_once_share_a_cassette_in_the_order_of_their_times(
    origin: Origin, tmp_path: Path
) -> None:
    path = tmp_path / "x.cassette.jsonl"
    plays = [origin.play(whole) for _ in range(20)]
    transport = RecordingTransport(path)
    failed: list[BaseException] = []

    with httpx2.Client(transport=transport, trust_env=False, timeout=SECONDS) as client:

        def visit(play: Any) -> None:
            try:
                with client.stream("POST", origin.url + play.path, content=b"{}") as response:
                    play.took(b"")
                    for chunk in response.iter_raw():
                        play.took(chunk)
            except BaseException as error:  # noqa: BLE001 - for the test to see
                failed.append(error)

        threads = [threading.Thread(target=visit, args=(play,)) for play in plays]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
    assert (failed, transport.failures, transport.exchanges) == ([], (), 20)
    cassette = playhead.load(path)
    assert len(cassette) == 20
    for exchange in cassette.exchanges:
        assert [chunk.data for chunk in exchange.chunks] == PIECES
        assert exchange.ending.kind is EndingKind.COMPLETE
        assert exchange.request is not None
        assert exchange.response is not None
        assert exchange.request.t is not None
        assert exchange.response.t is not None
        assert exchange.request.t < exchange.response.t


def test_tasks_at_once_on_an_event_loop(origin: Origin, tmp_path: Path) -> None:
    transport = RecordingTransport(tmp_path / "x.cassette.jsonl")
    plays = [origin.play(whole) for _ in range(20)]

    async def visit(client: httpx2.AsyncClient, play: Any) -> None:
        async with client.stream("POST", origin.url + play.path, content=b"{}") as response:
            play.took(b"")
            async for chunk in response.aiter_raw():
                play.took(chunk)

    async def main() -> None:
        async with httpx2.AsyncClient(transport=transport, trust_env=False, timeout=SECONDS) as client:
            await asyncio.gather(*[visit(client, play) for play in plays])

    asyncio.run(main())
    cassette = playhead.load(tmp_path / "x.cassette.jsonl")
    assert [[chunk.data for chunk in exchange.chunks] for exchange in cassette.exchanges] == [PIECES] * 20


def test_closing_ends_what_is_open(origin: Origin, tmp_path: Path) -> None:
    path = tmp_path / "x.cassette.jsonl"
    play = origin.play(never_ends)
    is_over = threading.Event()

    def says_nothing(out: Http1) -> None:
        is_over.wait(SECONDS)
        out.fin()

    silent = origin.play(says_nothing)
    transport = RecordingTransport(path)
    with httpx2.Client(transport=transport, trust_env=False, timeout=SECONDS) as client:
        waiting = threading.Thread(target=_ignoring, args=(client, origin.url + silent.path))
        waiting.start()
        until(lambda: silent.request)
        response = client.send(client.build_request("GET", origin.url + play.path), stream=True)
        play.took(b"")
        parts = response.iter_raw()
        assert next(parts) == PIECES[0]
        play.took(PIECES[0])
    with pytest.raises(httpx2.ReadError):
        next(parts)
    is_over.set()
    waiting.join(SECONDS)
    assert not waiting.is_alive()
    exchanges = sorted(playhead.load(path).exchanges, key=lambda exchange: exchange.size)
    assert [exchange.ending.kind for exchange in exchanges] == [EndingKind.RECORDER_STOPPED] * 2
    assert [exchange.body for exchange in exchanges] == [b"", PIECES[0]]
    assert exchanges[0].request is not None
    assert exchanges[0].response is None


def _ignoring(client: Any, url: str) -> None:
    try:
        # Nothing but the server, or its timeout, ends the wait of another thread.
        client.get(url)
    except httpx2.HTTPError:
        return


def test_after_the_close_traffic_goes_on_unrecorded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "x.cassette.jsonl"
    transport = RecordingTransport(path, httpx2.MockTransport(answering))
    client = httpx2.Client(transport=transport)
    client.get("http://h/1")
    transport.close()
    transport.close()
    with caplog.at_level(logging.WARNING, "playhead"):
        assert client.get("http://h/2").text == "GET /2 "
        assert client.get("http://h/3").text == "GET /3 "
    assert [each.getMessage() for each in caplog.records] == [
        "playhead: an exchange is not recorded: the transport is closed"
    ]
    assert len(playhead.load(path)) == 1
    client.close()


def test_a_close_waits_for_a_request_that_is_being_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.cassette.jsonl"
    transport = RecordingTransport(path, httpx2.MockTransport(answering))
    take, closing = Upload.take, threading.Thread(target=transport.close)

    def closed_meanwhile(upload: Upload, *, is_complete: bool) -> Any:
        closing.start()
        closing.join(0.1)  # it is not over by then
        return take(upload, is_complete=is_complete)

    monkeypatch.setattr(Upload, "take", closed_meanwhile)
    with httpx2.Client(transport=transport) as client:
        client.post("http://h/", content=b"{}")
    closing.join()
    assert transport.failures == ()
    request = playhead.load(path)[1].request
    assert request is not None
    assert request.body == b"{}"


def test_recordings_begin_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One begins while another, as it begins, looks for those that are over."""
    clients = [
        httpx2.Client(transport=RecordingTransport(f"{tmp_path}/{name}/", httpx2.MockTransport(answering)))
        for name in "abc"
    ]
    clients[0].get("http://h/")
    is_done, between = Writer.is_done.fget, [clients[2]]

    def in_between(writer: Writer) -> bool:
        if between:
            between.pop().get("http://h/")
        return is_done(writer)

    monkeypatch.setattr(Writer, "is_done", property(in_between))
    clients[1].get("http://h/")
    for client in clients:
        client.close()
    assert not between
    assert [len(list((tmp_path / name).glob("*.jsonl"))) for name in "abc"] == [1, 1, 1]


@pytest.mark.parametrize("flavour", ["context", "async context"])
def test_a_transport_is_a_context(tmp_path: Path, flavour: str) -> None:
    path = tmp_path / "x.cassette.jsonl"
    if flavour == "context":
        with RecordingTransport(path, httpx2.MockTransport(answering)) as transport:
            transport.handle_request(httpx2.Request("GET", "http://h/")).read()
    else:

        async def main() -> None:
            async with RecordingTransport(path, httpx2.MockTransport(answering)) as transport:
                request = httpx2.Request("GET", "http://h/")
                await (await transport.handle_async_request(request)).aread()

        asyncio.run(main())
    assert playhead.load(path)[1].body == b"GET / "


def test_a_transport_that_is_forgotten_finishes_its_cassette(tmp_path: Path) -> None:
    path = tmp_path / "x.cassette.jsonl"
    client = httpx2.Client(transport=RecordingTransport(path, httpx2.MockTransport(answering)))
    client.get("http://h/")
    del client
    gc.collect()
    until(path.exists)
    assert playhead.load(path)[1].body == b"GET / "


def test_a_streamed_upload_is_watched_and_not_read_early(tmp_path: Path) -> None:
    seen: list[str] = []

    def parts() -> Iterator[bytes]:
        for number in range(3):
            seen.append(f"made {number}")
            yield b"%d" % number

    class Below(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            assert seen == []
            for part in request.stream:
                seen.append(f"sent {part.decode()}")
            return httpx2.Response(200, text="thanks")

    path = tmp_path / "x.cassette.jsonl"
    with httpx2.Client(transport=RecordingTransport(path, Below())) as sending:
        sending.post("http://h/", content=parts())
    assert seen == ["made 0", "sent 0", "made 1", "sent 1", "made 2", "sent 2"]
    assert playhead.load(path)[1].request.body == b"012"


def test_an_upload_that_stays_incomplete_is_said(tmp_path: Path) -> None:
    class Below(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            assert next(iter(request.stream)) == b"0"
            return httpx2.Response(413, text="enough")

    path = tmp_path / "x.cassette.jsonl"
    with httpx2.Client(transport=RecordingTransport(path, Below())) as sending:
        sending.post("http://h/", content=iter([b"0", b"1"]))
    request = playhead.load(path)[1].request
    assert (request.body, request.t, request.facts["body"]) == (b"0", None, "incomplete")


def test_redirects_and_a_body_sent_again(tmp_path: Path) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/1":
            return httpx.Response(307, headers={"location": "/2"})
        return httpx.Response(200, content=request.read())

    path = tmp_path / "x.cassette.jsonl"
    transport = recording(CLIENTS[0], path, httpx.MockTransport(handler))
    with httpx.Client(transport=transport, follow_redirects=True) as client:
        assert client.post("http://h/1", content=b"body").content == b"body"
    found = [(each.response.status, each.request.body) for each in playhead.load(path).exchanges]
    assert found == [(307, b"body"), (200, b"body")]


@pytest.mark.parametrize("encoded", [False, True])
def test_a_response_that_the_transport_below_has_read(tmp_path: Path, encoded: bool) -> None:
    def read() -> httpx2.Response:
        headers = {"content-encoding": "gzip"} if encoded else {}
        content = gzip.compress(b"hello") if encoded else b"hello"

        class Stream(httpx2.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                yield content

        response = httpx2.Response(200, headers=headers, stream=Stream())
        response.read()
        return response

    class Below(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            return read()

    path = tmp_path / "x.cassette.jsonl"
    with httpx2.Client(transport=RecordingTransport(path, Below())) as client:
        assert client.get("http://h/").text == "hello"
    exchange = playhead.load(path)[1]
    assert (exchange.body, exchange.ending.kind) == (b"hello", EndingKind.COMPLETE)
    assert not any(chunk.undecoded for chunk in exchange.chunks)


def test_a_replay_can_be_recorded(origin: Origin, tmp_path: Path) -> None:
    play = origin.play(whole)
    first, second = tmp_path / "1.cassette.jsonl", tmp_path / "2.cassette.jsonl"
    url = origin.url + play.path
    real = SYNC.meet(url, transport=RecordingTransport(first), took=play.took)
    again = SYNC.meet(url, transport=RecordingTransport(second, ReplayTransport(first)))
    assert again.chunks == real.chunks
    assert [chunk.data for chunk in playhead.load(second)[1].chunks] == real.chunks


_PROGRAM = """
import os, signal, sys
import httpx2
from playhead.httpx2 import RecordingTransport

client = httpx2.Client(transport=RecordingTransport(sys.argv[2]), trust_env=False, timeout=60)
response = client.send(client.build_request("POST", sys.argv[1], content=b"{}"), stream=True)
parts = response.iter_raw()
print(next(parts).decode(), flush=True)
"""


def _run(origin: Origin, path: Path, rest: str) -> tuple[subprocess.Popen[str], Any]:
    play = origin.play(never_ends)
    play.took(b"")
    program = _PROGRAM + textwrap.dedent(rest)
    process = subprocess.Popen(
        [sys.executable, "-c", program, origin.url + play.path, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    # The script waits until the head is taken.
    until(lambda: play.request)
    play.took(b"")
    assert process.stdout is not None
    assert process.stdout.readline() == "data: 1\n"
    play.took(PIECES[0])
    return process, play


@pytest.mark.parametrize("leaving", ["", "sys.exit(3)", "1 / 0"])
def test_a_process_that_leaves_without_a_close(origin: Origin, tmp_path: Path, leaving: str) -> None:
    path = tmp_path / "x.cassette.jsonl"
    process, _ = _run(origin, path, leaving)
    process.communicate(timeout=SECONDS)
    exchange = playhead.load(path)[1]
    assert exchange.body == PIECES[0]
    assert exchange.ending.kind is EndingKind.RECORDER_STOPPED


def test_a_process_that_is_killed_leaves_what_recover_reads(origin: Origin, tmp_path: Path) -> None:
    path = tmp_path / "x.cassette.jsonl"
    process, _ = _run(origin, path, "sys.stdin.read()")
    partial = path.with_name(path.name + ".partial")
    until(lambda: PIECES[0].strip().decode() in partial.read_text())
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=SECONDS)
    done = subprocess.run(
        [sys.executable, "-m", "playhead", "recover", str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=SECONDS * 2,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    exchange = playhead.load(path)[1]
    assert (exchange.body, exchange.ending.kind) == (PIECES[0], EndingKind.TRUNCATED)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_writes_nothing(origin: Origin, tmp_path: Path) -> None:
    path = tmp_path / "x.cassette.jsonl"
    process, _ = _run(
        origin,
        path,
        """
        transport = client._transport
        pid = os.fork()
        if pid == 0:
            try:
                httpx2.Client(transport=transport).get("http://127.0.0.1:1/")
            except httpx2.ConnectError:
                print(transport.failures, flush=True)
            transport.close()
            sys.exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
        """,
    )
    out, err = process.communicate(timeout=SECONDS)
    assert "the process has forked" in out
    assert out.endswith("\n7\n"), err
    cassette = playhead.load(path)
    assert len(cassette) == 1
    assert cassette[1].ending.kind is EndingKind.RECORDER_STOPPED


def test_secrets_in_heads_are_replaced_alike_in_all_exchanges(tmp_path: Path) -> None:
    path = tmp_path / "x.cassette.jsonl"
    headers = {"authorization": "Bearer hunter2-hunter2-hunter2"}
    transport = RecordingTransport(path, httpx2.MockTransport(answering))
    with httpx2.Client(transport=transport, headers=headers) as client:
        for _ in range(2):
            client.get("http://user:hunter22@h/?api_key=hunter2-hunter2-hunter2")
    assert "hunter2" not in path.read_text()
    first, second = playhead.load(path).exchanges
    assert first.request.headers == second.request.headers
    assert first.request.url == second.request.url
    assert len(first.redactions) == 4
