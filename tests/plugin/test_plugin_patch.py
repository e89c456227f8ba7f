"""`patch=True`: every client that would reach the network replays, and nobody else's transport is touched."""

from __future__ import annotations

import pytest

from .inner import Suite

CLIENTS = """
import asyncio, threading
import httpx, httpx2, pytest, trio

URL = "https://anywhere.test/v1"
BODY = "data: one\\n\\ndata: two\\n\\n"
pytestmark = pytest.mark.playhead("one", patch=True)
made_before = [httpx.Client(), httpx2.Client(), httpx2.Client(http2=False, verify=False)]

class Own(httpx2.HTTPTransport):
    def handle_request(self, request):
        request.headers["x-own"] = "1"
        return super().handle_request(request)

@pytest.mark.parametrize("client", made_before)
def test_made_before(client): assert client.post(URL).text == BODY

@pytest.mark.parametrize("library", [httpx, httpx2])
def test_made_after(library):
    with library.Client() as client: assert client.post(URL).text == BODY

def test_module_function(): assert httpx.post(URL).text == BODY

def test_subclass():
    with httpx2.Client(transport=Own()) as client: assert client.post(URL).text == BODY

def test_mount():
    with httpx.Client(mounts={"https://": httpx.HTTPTransport(retries=3)}) as client:
        assert client.post(URL).text == BODY

def test_proxy():
    with httpx.Client(proxy="http://proxy.test:3128") as client: assert client.post(URL).text == BODY

@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
@pytest.mark.parametrize("library", [httpx, httpx2])
def test_async(run, library):
    async def main():
        async with library.AsyncClient() as client:
            async with client.stream("POST", URL) as response:
                return [part async for part in response.aiter_text()]
    assert run(main if run is trio.run else main()) == ["data: one\\n\\n", "data: two\\n\\n"]

def test_thread():
    got = []
    thread = threading.Thread(target=lambda: got.append(httpx.post(URL).text))
    thread.start()
    thread.join()
    assert got == [BODY]

def test_with_the_fixture(playhead):
    httpx.post(URL)
    assert not playhead.unplayed and playhead[1].body == BODY.encode()

def test_the_fixtures_own_clients(playhead):
    assert playhead.httpx2_client().post(URL).text == BODY

def test_contexts_are_made_once():
    with httpx.Client() as one, httpx.Client() as two, httpx.Client(verify=False) as other:
        first, second, third = (each._transport._pool._ssl_context for each in (one, two, other))
        assert first is second and first is not third
        one.post(URL)

def leaky(client):
    with client: return client.send(client.build_request("POST", URL), stream=True)

@pytest.mark.parametrize("library", [httpx, httpx2])
def test_read_behind_the_close(library, playhead):
    with pytest.raises(library.ReadError, match="Bad file descriptor"): leaky(library.Client()).read()

@pytest.mark.parametrize("library", [httpx, httpx2])
def test_read_behind_a_call_of_close(library, playhead):
    client = library.Client()
    with client.stream("POST", URL) as response:
        parts = response.iter_raw()
        next(parts)
        client.close()
        with pytest.raises(library.ReadError, match="Bad file descriptor"): next(parts)

@pytest.mark.parametrize("library", [httpx, httpx2])
def test_read_behind_the_close_of_the_fixtures(library, playhead):
    other = getattr(playhead, library.__name__ + "_client")()
    with other.stream("POST", URL) as response:
        getattr(playhead, library.__name__ + "_client")().close()
        assert response.read().decode() == BODY

@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
@pytest.mark.parametrize("library", [httpx, httpx2])
def test_read_behind_the_close_async(run, library):
    async def main():
        async with library.AsyncClient() as client:
            response = await client.send(client.build_request("POST", URL), stream=True)
        with pytest.raises(library.ReadError): await response.aread()
    run(main if run is trio.run else main())

@pytest.mark.playhead(unplayed="ignore")
def test_others_are_left_alone():
    mock = httpx.MockTransport(lambda request: httpx.Response(204))
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 203, "headers": []})
        await send({"type": "http.response.body"})
    async def main():
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
            return (await client.get("http://app.test/")).status_code
    assert httpx.Client(transport=mock).get(URL).status_code == 204
    assert asyncio.run(main()) == 203

def test_others_are_named():
    class Mine(httpx.BaseTransport):
        def handle_request(self, request): return httpx.Response(200)
    global mine
    mine = [httpx.Client(transport=Mine()) for _ in range(2)]
    mine[0].get(URL)

def test_others_are_named_that_are_gone():
    class Own(httpx.BaseTransport):
        def handle_request(self, request): return httpx.Response(200)
    with httpx.Client(transport=Own()) as client:
        client.get(URL)
    del client

def test_others_are_named_in_a_miss():
    global other
    other = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda request: None))
    httpx.get(URL + "/nothing")
"""


def test_every_client_and_no_other(suite: Suite) -> None:
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write("test_it.py", CLIENTS)
    ran = suite.run()
    named = {
        "test_others_are_named",
        "test_others_are_named_that_are_gone",
        "test_others_are_named_in_a_miss",
    }
    ran.passed(*(set(ran.outcomes) - named))
    assert len(ran.outcomes) == 31
    text = ran.failed("test_others_are_named")
    assert "Not patched, because their transports are not the library's own:" in text
    assert "Client with test_it.test_others_are_named.<locals>.Mine (2×)" in text
    gone = "Client with test_it.test_others_are_named_that_are_gone.<locals>.Own"
    assert gone in ran.failed("test_others_are_named_that_are_gone")
    assert "AsyncClient with httpx2.MockTransport" in ran.failed("test_others_are_named_in_a_miss")


@pytest.mark.parametrize("alteration", ['cut("fin", event=1)', 'cut("reset", head=True)', "stall(event=1)"])
def test_an_ending_is_told_by_the_frames_of_the_client(suite: Suite, alteration: str) -> None:
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write(
        "test_it.py",
        f"""
        import httpx2, playhead as ph, pytest

        @pytest.mark.playhead("one", patch=True, matrix=[ph.{alteration}])
        def test_it():
            httpx2.post("https://anywhere.test/v1")
        """,
    )
    [(outcome, text)] = suite.run().outcomes.values()
    assert outcome == "failed"
    assert "httpx2/_client.py" in text
    assert "playhead/" not in text, "frames of ours"


DERIVED = """
import asyncio
import httpx, pytest

URL = "https://anywhere.test/v1"
pytestmark = pytest.mark.playhead("one", patch=True)

class Calls(httpx.HTTPTransport):
    def handle_request(self, request): return super().handle_request(request)

class AsyncCalls(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request): return await super().handle_async_request(request)

class Answers(httpx.HTTPTransport):
    def handle_request(self, request): return httpx.Response(204)

calls, answers = httpx.Client(transport=Calls()), httpx.Client(transport=Answers())

def test_calls(): calls.get(URL + "/nothing")
def test_calls_async():
    async def main():
        async with httpx.AsyncClient(transport=AsyncCalls()) as client: await client.get(URL + "/nothing")
    asyncio.run(main())
def test_answers(): answers.post(URL)
def test_none(): pass
"""


def test_a_derived_transport_is_named_where_it_has_not_called_the_librarys(suite: Suite) -> None:
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write("test_it.py", DERIVED)
    ran = suite.run()
    for test in ("test_calls", "test_calls_async", "test_none"):
        assert "Not patched" not in ran.failed(test)
    text = ran.failed("test_answers")
    assert "Client with test_it.Answers" in text
    assert "Calls" not in text


def test_a_library_that_is_imported_in_the_test(suite: Suite) -> None:
    suite.cassette("cassettes/one.cassette.jsonl", None, None)
    suite.write(
        "test_it.py",
        """
        import sys, pytest

        @pytest.mark.playhead("one", patch=True)
        def test_late():
            assert "httpx" not in sys.modules and "httpx2" not in sys.modules
            import httpx, httpx2
            httpx.post("https://x.test/v1")
            httpx2.post("https://x.test/v1")

        def test_it_is_as_it_was():
            import httpx, inspect
            assert inspect.getsourcefile(httpx.HTTPTransport.handle_request).endswith("default.py")
            assert not hasattr(httpx.HTTPTransport.handle_request, "__wrapped__")
            assert not hasattr(httpx._transports.default.create_ssl_context, "__wrapped__")
        """,
    )
    suite.run().passed("test_late", "test_it_is_as_it_was")


def test_one_library_by_two_names(suite: Suite) -> None:
    suite.cassette("cassettes/one.cassette.jsonl", None, None)
    suite.write("conftest.py", "import httpx2\nhttpx2.alias_httpx()\n")
    suite.write(
        "test_it.py",
        """
        import httpx, httpx2, pytest

        @pytest.mark.playhead("one", patch=True)
        def test_alias():
            assert httpx.HTTPTransport is httpx2.HTTPTransport
            httpx.post("https://x.test/v1")
            httpx2.post("https://x.test/v1")

        def test_it_is_as_it_was():
            assert not hasattr(httpx.HTTPTransport.handle_request, "__wrapped__")
        """,
    )
    suite.run().passed("test_alias", "test_it_is_as_it_was")


def test_somebody_elses_patch_stays(suite: Suite) -> None:
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write(
        "test_it.py",
        """
        import httpx, pytest

        original = httpx.HTTPTransport.handle_request

        @pytest.mark.playhead("one", patch=True)
        def test_first():
            mine = httpx.HTTPTransport.handle_request
            httpx.HTTPTransport.handle_request = lambda self, request: mine(self, request)
            httpx.post("https://x.test/v1")

        def test_second():
            assert httpx.HTTPTransport.handle_request.__name__ == "<lambda>"
            with pytest.raises(httpx.ConnectError):
                httpx.post("http://127.0.0.1:1/")

        @pytest.mark.playhead("one", patch=True)
        def test_third():
            httpx.post("https://x.test/v1")
        """,
    )
    suite.run("-p", "no:randomly").passed("test_first", "test_second", "test_third")


@pytest.mark.parametrize("sdk", ["anthropic", "openai"])
def test_the_sdks_aiohttp_clients(suite: Suite, sdk: str) -> None:
    pytest.importorskip("aiohttp")
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write(
        "test_it.py",
        f"""
        import asyncio, pytest

        @pytest.mark.playhead("one", patch=True)
        def test_aiohttp():
            import {sdk}

            async def main():
                async with {sdk}.DefaultAioHttpClient() as client:
                    response = await client.post("https://x.test/v1")
                    assert response.text == "data: one\\n\\ndata: two\\n\\n"
            asyncio.run(main())
        """,
    )
    suite.run().passed("test_aiohttp")
