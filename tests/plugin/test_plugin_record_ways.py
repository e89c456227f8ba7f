"""The ways in which a test records: fixture, patch and server, aiohttp clients, TLS."""

from __future__ import annotations

import pytest

import playhead
from playhead import EndingKind

from ..loop import certificates
from .inner import Suite
from .provider import Provider
from .recorded import HEAD, inner

THREE_WAYS = (
    HEAD
    + """
import asyncio, json, threading, urllib.request
import trio

BODY = {"q": 1}
RUNS = pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
pytestmark = pytest.mark.playhead(match_on=["method", "path", "body"])

def started(run, main):
    run(main if run is trio.run else main())

def check(playhead, count=1):
    assert list(playhead) == list(range(1, count + 1))
    assert all(each.final().stop_reason == "end_turn" for each in playhead.values())

@LIBRARIES
def test_fixture(playhead, library):
    name = library.__name__ + "_client"
    with getattr(playhead, name)(base_url=URL, headers={"x-a": "b"}, verify=False) as client:
        with client.stream("POST", "/v1/messages", json=BODY) as response:
            assert len(list(response.iter_lines())) > 9
        assert client.get("/words").text == "Rain  in  Bergen ."
    assert playhead[1].request.method == "POST" and playhead[1].request.body == b'{"q":1}'
    assert playhead[2].body == b"Rain  in  Bergen ."
    client = library.Client(transport=getattr(playhead, library.__name__ + "_transport"))
    client.get(URL + "/words")

@RUNS
@LIBRARIES
def test_async_fixture(playhead, library, run):
    async def main():
        client = getattr(playhead, library.__name__ + "_async_client")()
        for _ in range(2):
            async with client.stream("POST", URL + "/v1/messages", json=BODY) as response:
                assert b"".join([part async for part in response.aiter_raw()])
    started(run, main)
    check(playhead, 2)

class Own(httpx2.HTTPTransport):
    def handle_request(self, request):
        return super().handle_request(request)

@pytest.mark.playhead(patch=True)
@LIBRARIES
def test_patched(playhead, library):
    with library.Client() as client:
        client.post(URL + "/v1/messages", json=BODY)
    check(playhead)

@pytest.mark.playhead(patch=True)
def test_patched_odds(playhead):
    with httpx2.Client(transport=Own()) as client:
        client.post(URL + "/v1/messages", json=BODY)
    with playhead.httpx_client() as client:
        client.post(URL + "/v1/messages", json=BODY)
    thread = threading.Thread(target=lambda: httpx.post(URL + "/v1/messages", json=BODY))
    thread.start()
    thread.join()
    check(playhead, 3)

@pytest.mark.playhead(patch=True)
@RUNS
@LIBRARIES
def test_patched_async(playhead, library, run):
    async def main():
        async with library.AsyncClient() as client:
            await client.post(URL + "/v1/messages", json=BODY)
    started(run, main)
    check(playhead)

def posted(url):
    request = urllib.request.Request(url, json.dumps(BODY).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read()

def test_server_by_variable(playhead, playhead_server):
    body = posted(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages")
    assert body == playhead[1].body
    check(playhead)

@pytest.mark.playhead(upstream=URL)
def test_server_by_upstream(playhead, playhead_server):
    posted(playhead_server + "/v1/messages")
    check(playhead)

@pytest.mark.playhead(patch=True)
def test_server_and_patch(playhead, playhead_server):
    with httpx.Client() as client:
        body = client.post(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", json=BODY).content
    assert body == playhead[1].body
    check(playhead)
"""
)


def test_the_three_ways_record_what_they_replay(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", THREE_WAYS)
    environ = {"ANTHROPIC_BASE_URL": provider.url}
    inner(suite, provider, "-W", "error", "--playhead-record=all", environ=environ).passed()
    recorded = len(provider.asked)
    assert recorded == 6 + 8 + 2 + 3 + 4 + 3
    cassettes = sorted((suite.folder / "cassettes/test_it").iterdir())
    assert len(cassettes) == 16
    for path in cassettes:
        for exchange in playhead.load(path).exchanges:
            assert exchange.request is not None
            assert exchange.request.url.startswith(provider.url)
            assert exchange.ending.kind is EndingKind.COMPLETE
            assert not exchange.losses
    inner(suite, provider, "-W", "error", environ=environ).passed()
    assert len(provider.asked) == recorded


AIOHTTP = (
    HEAD
    + """
import asyncio

@pytest.mark.playhead(patch=True)
@pytest.mark.parametrize("sdk", ["anthropic", "openai"])
def test_sdk(playhead, sdk):
    library = pytest.importorskip(sdk)

    async def main():
        async with library.DefaultAioHttpClient() as client:
            async with client.stream("POST", URL + "/v1/messages", json={"a": 1}) as response:
                assert [line async for line in response.aiter_lines()]
            assert (await client.get(URL + "/echo")).json()["echo"] == ""

    asyncio.run(main())
    assert playhead[1].request.body == b'{"a":1}'
    assert playhead[1].final().stop_reason == "end_turn"
    assert playhead[2].request.method == "GET" and playhead[2].ending.kind == "complete"
"""
)


def test_aiohttp_clients_record(suite: Suite, provider: Provider) -> None:
    pytest.importorskip("aiohttp")
    suite.write("test_it.py", AIOHTTP)
    inner(suite, provider, "--playhead-record=once").passed()
    assert provider.asked == ["POST /v1/messages", "GET /echo"] * 2
    assert [each.get("content-length") for each in provider.headers] == ["7", None] * 2
    assert not any("transfer-encoding" in each for each in provider.headers)
    inner(suite, provider, "--playhead-record=none").passed()
    assert len(provider.asked) == 4


TLS = (
    HEAD
    + """
import ssl, urllib.request

@pytest.mark.playhead(patch=True)
@pytest.mark.parametrize("library", [httpx, httpx2])
def test_patched(playhead, library):
    made = []
    for _ in range(2):
        with library.Client() as client:
            assert "Bergen" in client.get(URL + "/words").text
            made.append(client._transport._pool._ssl_context)
    assert (made[0] is made[1]) == (playhead.take is None)
    assert len(playhead) == 2

def test_fixture(playhead):
    context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    with playhead.httpx2_client(verify=context, trust_env=False) as client:
        assert "Bergen" in client.get(URL + "/words").text
    assert playhead[1].request.http_version == "HTTP/1.1"

def test_server(playhead, playhead_server):
    with urllib.request.urlopen(os.environ["ANTHROPIC_BASE_URL"] + "/words", timeout=30) as response:
        assert response.read() == playhead[1].body
    assert playhead[1].request.url.startswith("https://")
"""
)


def test_tls_is_recorded(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> None:
    pytest.importorskip("cryptography")
    certificate = certificates.make(tmp_path_factory.mktemp("tls") / "origin.pem")
    suite.write("test_it.py", TLS)
    with Provider(certificates.server_context(certificate)) as provider:
        environ = {"SSL_CERT_FILE": str(certificate), "ANTHROPIC_BASE_URL": provider.url}
        inner(suite, provider, "--playhead-record=once", environ=environ).passed()
        assert provider.asked == ["GET /words"] * 6
        inner(suite, provider, environ=environ).passed()
        assert len(provider.asked) == 6
