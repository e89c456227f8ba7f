"""The transports as their clients use them: chunks, early leave, sources, missing libraries."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import playhead
import playhead.httpx
import playhead.httpx2
from playhead import Cassette, CassetteError, EndingKind, InputError, RecordingEnded, ReplayMiss, Response

Make = Callable[..., Cassette]
URL = "http://h/v1/messages?beta=true"
KITS = [(httpx, playhead.httpx), (httpx2, playhead.httpx2)]
Kit = tuple[Any, Any]


@pytest.fixture(params=KITS, ids=["httpx", "httpx2"])
def kit(request: pytest.FixtureRequest) -> Kit:
    """A client library and its adapter."""
    return request.param  # type: ignore[no-any-return]


def test_the_recorded_chunks_and_nothing_else(client: Any, make: Make) -> None:
    chunks = [b"data: a\n", b"\n", b"data: \xe2", b"\x82\xac\r", b"\n\r\n", bytes(range(256))]
    cassette = make([(data, None) for data in chunks])
    met = client.meet(URL, transport=client.transport(cassette))
    assert met.chunks == chunks
    assert met.error == []
    assert met.head == (
        200,
        [
            (b"content-type", b"text/event-stream"),
            (b"set-cookie", b"a=1"),
            (b"set-cookie", b"b=2"),
            (b"Transfer-Encoding", b"chunked"),
        ],
        {"http_version": b"HTTP/1.1", "reason_phrase": b"OK"},
    )


def test_a_response_that_was_closed_keeps_no_cassette_alive(client: Any, make: Make) -> None:
    """The libraries' responses and streams hold each other; no recording with them, though."""
    cassette = make([(b"a", 2.0), (b"b", 3.0)])
    exchange = weakref.ref(cassette[1])
    gc.disable()
    try:
        met = client.meet(URL, transport=client.transport(cassette))
        del cassette
        assert met.chunks == [b"a", b"b"]
        assert exchange() is None
    finally:
        gc.enable()


def test_a_second_replay_is_equal_to_the_first(client: Any, make: Make) -> None:
    """The second comes from memory."""
    cassette = make([(b"a", 2.0), (b"b", 3.0)], ending=EndingKind.SERVER_CLOSED, facts={"how": "fin"})
    first = client.meet(URL, transport=client.transport(cassette))
    second = client.meet(URL, transport=client.transport(cassette))
    assert first.chunks == second.chunks == [b"a", b"b"]
    assert first.error == second.error
    assert first.error != []


def test_one_transport_serves_blocking_and_awaiting_clients(kit: Kit, make: Make) -> None:
    library, adapter = kit
    transport = adapter.ReplayTransport(make([(b"a", None)], copies=2))
    with library.Client(transport=transport) as client:
        assert client.post(URL).content == b"a"

    async def main() -> bytes:
        async with library.AsyncClient(transport=transport) as client:
            return (await client.post(URL)).content  # type: ignore[no-any-return]

    assert asyncio.run(main()) == b"a"


def test_an_http2_recording_says_so_and_has_no_framing(kit: Kit, make: Make) -> None:
    library, adapter = kit
    response = Response(status=200, http_version="HTTP/2", headers=(("x-one", "1"),))
    with library.Client(transport=adapter.ReplayTransport(make([(b"a", None)], response=response))) as client:
        met = client.post(URL)
    assert (met.http_version, met.reason_phrase) == ("HTTP/2", "OK")
    assert met.headers.raw == [(b"x-one", b"1")]


def test_leaving_early_is_no_error(kit: Kit, make: Make) -> None:
    library, adapter = kit
    cassette = make([(b"a", None), (b"b", None)], ending=EndingKind.SERVER_CLOSED, copies=2)
    transport = adapter.ReplayTransport(cassette)
    with library.Client(transport=transport) as client:
        with client.stream("POST", URL) as response:
            parts = response.iter_raw()
            assert next(parts) == b"a"
        assert response.is_closed
        with client.stream("POST", URL):
            pass


def test_leaving_early_while_awaiting(kit: Kit, make: Make) -> None:
    library, adapter = kit
    transport = adapter.ReplayTransport(make([(b"a", 1.5), (b"b", 3600.0)], copies=1), speed=1.0)

    async def main() -> list[bytes]:
        got: list[bytes] = []

        async def read() -> None:
            async with (
                library.AsyncClient(transport=transport, timeout=None) as client,
                client.stream("POST", URL) as response,
            ):
                async for chunk in response.aiter_raw():
                    got.append(chunk)
                    begun.set()

        begun = asyncio.Event()
        reader = asyncio.create_task(read())
        await begun.wait()
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        return got

    assert asyncio.run(main()) == [b"a"]


def test_threads_share_a_transport(kit: Kit, make: Make) -> None:
    library, adapter = kit
    transport = adapter.ReplayTransport(make([(b"a", None), (b"b", None)], copies=40))
    with library.Client(transport=transport) as client, ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda _: client.post(URL).content, range(40)))
    assert bodies == [b"ab"] * 40


def test_a_path_an_exchange_and_a_missing_file(kit: Kit, make: Make) -> None:
    library, adapter = kit
    cassette = make([(b"a", None)], copies=2)
    for source in (cassette.name, Path(cassette.name), cassette[2]):
        with library.Client(transport=adapter.ReplayTransport(source)) as client:
            assert client.post(URL).content == b"a"
    with pytest.raises(InputError, match="No such file"):
        adapter.ReplayTransport(cassette.name + ".missing")


def test_a_request_body_that_is_a_stream_is_read(kit: Kit, make: Make) -> None:
    library, adapter = kit
    read: list[int] = []

    def pieces() -> Any:
        for number in range(3):
            read.append(number)
            yield b"x"

    with library.Client(transport=adapter.ReplayTransport(make([(b"a", None)]))) as client:
        assert client.post(URL, content=pieces()).content == b"a"
    assert read == [0, 1, 2]


def test_a_head_request_has_no_body(kit: Kit, make: Make) -> None:
    library, adapter = kit
    cassette = make([(b"a", None)], request=None)
    with library.Client(transport=adapter.ReplayTransport(cassette)) as client:
        assert client.head(URL).content == b""


@pytest.mark.parametrize("name", ["httpx", "httpx2"])
def test_a_missing_library_is_named(name: str) -> None:
    code = (
        f"import sys; sys.modules[{name!r}] = None\n"
        f"try:\n    import playhead.{name}\nexcept ImportError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert f"playhead.{name} needs {name}, which is not installed: pip install {name}" in done.stdout


def test_an_adapter_imports_only_its_own_library() -> None:
    code = "import sys, playhead.httpx2; print('httpx' in sys.modules, 'trio' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split()[0] == "False"


@pytest.mark.parametrize("status", [0, 99, 1000, 10**23])
def test_a_status_that_is_none_is_named(kit: Kit, make: Make, tmp_path: Path, status: int) -> None:
    library, adapter = kit
    path = tmp_path / "status.cassette.jsonl"
    whole = Path(make([(b"a", None)]).name).read_bytes()
    path.write_bytes(whole.replace(b'"status":200', b'"status":%d' % status))
    with (
        library.Client(transport=adapter.ReplayTransport(path)) as client,
        pytest.raises(ReplayMiss, match=r"line 4 .*status") as caught,
    ):
        client.post(URL)
    assert isinstance(caught.value.__cause__, CassetteError)


def test_what_a_recording_says_of_its_end_cannot_drive_the_terminal(kit: Kit, make: Make) -> None:
    library, adapter = kit
    cassette = make([(b"a", None)], ending=EndingKind.CLIENT_CLOSED, detail="\x1b[2J\u202e")
    with (
        library.Client(transport=adapter.ReplayTransport(cassette)) as client,
        pytest.raises(RecordingEnded) as caught,
    ):
        client.post(URL)
    assert "(\u241b[2J\u27e8U+202E\u27e9)" in str(caught.value)


_CUTS = {None: None, "fin": "RemoteProtocolError", "reset": "ReadError"}


@given(
    chunks=st.lists(st.binary(max_size=60), max_size=20),
    how=st.sampled_from([None, "fin", "reset"]),
    which=st.sampled_from([0, 1]),
)
def test_any_chunks_come_out_as_they_went_in(chunks: list[bytes], how: str | None, which: int) -> None:
    library, adapter = KITS[which]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.cassette.jsonl"
        with playhead.open_writer(path) as writer:
            out = writer.exchange()
            out.response(Response(status=200))
            for chunk in chunks:
                out.chunk(chunk)
            kind = EndingKind.SERVER_CLOSED if how else EndingKind.COMPLETE
            out.end(kind, facts={"framing": "chunked", "how": how or "clean"})
        got: list[bytes] = []
        error = None
        with library.Client(transport=adapter.ReplayTransport(path)) as client:
            try:
                with client.stream("POST", URL) as response:
                    got.extend(response.iter_raw())
            except library.HTTPError as raised:
                error = type(raised).__name__
        assert got == [chunk for chunk in chunks if chunk]
        assert error == _CUTS[how]
