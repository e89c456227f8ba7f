"""In one run with the plugins that others use. Each is loaded in the inner run alone."""

from __future__ import annotations

import importlib.util

import pytest

from .inner import Suite
from .provider import Provider


def needs(*modules: str) -> None:
    """Skip where a plugin is not installed."""
    for module in modules:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")


URL = 'URL = "https://anywhere.test/v1"'


def test_xdist_and_random_order(suite: Suite) -> None:
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write(
        "test_it.py",
        """
        import httpx, pytest

        @pytest.mark.playhead("one", patch=True)
        @pytest.mark.parametrize("number", range(12))
        def test_it(number):
            assert httpx.post("https://x.test/v1").status_code == 200
        """,
    )
    ran = suite.run("-n2", "--playhead-unplayed=fail", plugins=["xdist"])
    ran.passed()
    assert len(ran.outcomes) == 12
    needs("pytest_randomly")
    suite.run("-n2", "-p", "randomly", plugins=["xdist"]).passed()


ASYNC = f"""
import httpx, httpx2, pytest
{URL}

@pytest.fixture
async def client(playhead):
    async with playhead.httpx2_async_client() as client:
        yield client

@pytest.mark.playhead("one")
async def test_through_a_fixture(client):
    assert (await client.post(URL)).status_code == 200

@pytest.mark.playhead("one", patch=True)
async def test_patched():
    async with httpx.AsyncClient() as client:
        await client.post(URL)

@pytest.mark.playhead("one", patch=True)
async def test_miss():
    try:
        async with httpx2.AsyncClient() as client:
            await client.get(URL)
    except BaseException:
        pass

@pytest.mark.playhead("one", patch=True)
async def test_unplayed():
    pass
"""


def test_pytest_asyncio(suite: Suite) -> None:
    needs("pytest_asyncio")
    suite.write(
        "pytest.ini", "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write("test_it.py", ASYNC)
    ran = suite.run(plugins=["pytest_asyncio.plugin"])
    ran.passed("test_through_a_fixture", "test_patched")
    assert "No exchange of" in ran.failed("test_miss")
    assert "were not played" in ran.failed("test_unplayed")


def test_anyio(suite: Suite) -> None:
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write(
        "test_it.py", ASYNC.replace("@pytest.mark.playhead", "@pytest.mark.anyio\n@pytest.mark.playhead")
    )
    ran = suite.run(plugins=["anyio"])
    for backend in ("asyncio", "trio"):
        ran.passed(f"test_through_a_fixture[{backend}]", f"test_patched[{backend}]")
        assert "No exchange of" in ran.failed(f"test_miss[{backend}]")
        assert "were not played" in ran.failed(f"test_unplayed[{backend}]")


def test_pytest_recording(suite: Suite) -> None:
    needs("pytest_recording", "vcr")
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write(
        "test_it.py",
        f"""
        import httpx, pytest
        {URL}

        @pytest.mark.playhead("one", patch=True)
        def test_ours(): assert httpx.post(URL).text.startswith("data")

        @pytest.mark.vcr
        def test_theirs():
            with pytest.raises(Exception, match="play back|overwrite"):
                httpx.post(URL)

        @pytest.mark.vcr
        @pytest.mark.playhead("one")
        def test_both_without_patch(playhead):
            request = httpx.Request("POST", URL)
            assert playhead.httpx_transport.handle_request(request).read()

        @pytest.mark.playhead("one", patch=True)
        @pytest.mark.parametrize("n", range(2))
        def test_ours_again(n): assert httpx.post(URL).text.startswith("data")
        """,
    )
    ran = suite.run("--block-network", plugins=["pytest_recording.plugin"])
    ran.passed()
    assert len(ran.outcomes) == 5


def test_respx_and_pytest_httpx(suite: Suite) -> None:
    needs("respx", "pytest_httpx")
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write(
        "test_it.py",
        f"""
        import httpx, pytest, respx
        {URL}

        @respx.mock
        def test_respx():
            respx.get("https://r.test/").respond(204)
            assert httpx.get("https://r.test/").status_code == 204

        def test_pytest_httpx(httpx_mock):
            httpx_mock.add_response(status_code=203)
            assert httpx.get("https://p.test/").status_code == 203

        @pytest.mark.playhead("one", patch=True)
        def test_ours(): assert httpx.post(URL).text.startswith("data")

        @pytest.mark.playhead("one")
        def test_beside_respx(playhead):
            with respx.mock:
                respx.get("https://r.test/").respond(204)
                assert httpx.get("https://r.test/").status_code == 204
                assert playhead.httpx_client().post(URL).text.startswith("data")

        @pytest.mark.playhead("one")
        def test_beside_pytest_httpx(httpx_mock, playhead):
            httpx_mock.add_response(status_code=203)
            assert httpx.get("https://p.test/").status_code == 203
            assert playhead.httpx_client().post(URL).text.startswith("data")
        """,
    )
    for order in ((), ("-p", "randomly")):
        if order:
            needs("pytest_randomly")
        suite.run(*order, plugins=["respx.plugin", "pytest_httpx"]).passed()


def test_pytest_socket(suite: Suite) -> None:
    needs("pytest_socket")
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write(
        "test_it.py",
        f"""
        import httpx, pytest, urllib.request
        {URL}

        @pytest.mark.playhead("one", patch=True)
        def test_patch(): assert httpx.post(URL).text.startswith("data")

        @pytest.mark.enable_socket
        @pytest.mark.allow_hosts(["127.0.0.1"])
        @pytest.mark.playhead("one")
        def test_server(playhead_server):
            with urllib.request.urlopen(playhead_server + "/v1", b"") as response:
                assert response.read().startswith(b"data")
        """,
    )
    ran = suite.run("--disable-socket", plugins=["pytest_socket"])
    ran.passed("test_patch", "test_server")


def test_pytest_socket_and_recording(suite: Suite, provider: Provider) -> None:
    needs("pytest_socket")
    suite.write(
        "test_it.py",
        """
        import os, urllib.request
        import httpx, pytest
        URL = os.environ["PROVIDER"] + "/words"

        @pytest.mark.playhead(record_mode="once")
        def test_blocked(playhead):
            playhead.httpx_client().get(URL)

        @pytest.mark.enable_socket
        @pytest.mark.allow_hosts(["127.0.0.1"])
        @pytest.mark.playhead(record_mode="once", patch=True, upstream=os.environ["PROVIDER"])
        def test_allowed(playhead, playhead_server):
            assert "Bergen" in httpx.get(URL).text
            with urllib.request.urlopen(playhead_server + "/words") as response:
                assert b"Bergen" in response.read()
            assert len(playhead) == 2
        """,
    )
    ran = suite.run("--disable-socket", plugins=["pytest_socket"], environ={"PROVIDER": provider.url})
    ran.passed("test_allowed")
    assert "SocketBlockedError" in ran.failed("test_blocked")
    written = [path.name for path in (suite.folder / "cassettes/test_it").iterdir()]
    assert written == ["test_allowed.cassette.jsonl"]


def test_asyncio_fixtures_and_recording(suite: Suite, provider: Provider) -> None:
    needs("pytest_asyncio")
    suite.write(
        "pytest.ini", "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    suite.write(
        "test_it.py",
        """
        import os
        import pytest
        URL = os.environ["PROVIDER"]
        pytestmark = pytest.mark.playhead(record_mode="once")

        @pytest.fixture
        async def response(playhead):
            async with playhead.httpx2_async_client() as client:
                async with client.stream("GET", URL + "/v1/messages") as response:
                    yield response

        async def test_closed_by_its_fixture(playhead, response):
            parts = response.aiter_raw()
            await anext(parts)
            assert playhead[1].response.status == 200
        """,
    )
    environ = {"PROVIDER": provider.url}
    strict = "error::playhead.testing.running.PlayheadWarning"  # nothing is open when it is written
    suite.run("-W", strict, plugins=["pytest_asyncio.plugin"], environ=environ).passed()
    suite.run(plugins=["pytest_asyncio.plugin"], environ=environ).passed()
    assert len(provider.asked) == 1


CASSETTE_OF_VCR = f"""
version: 1
interactions:
- request: {{method: POST, uri: {URL[7:-1]}, body: '', headers: {{}}}}
  response:
    status: {{code: 202, message: Accepted}}
    headers: {{}}
    body: {{string: theirs}}
"""
OURS = f"""
import httpx, httpx2, pytest, respx, socket
{URL}

@pytest.mark.playhead("one", patch=True)
@pytest.mark.parametrize("library", [httpx, httpx2])
def test_ours(library): assert library.post(URL).text.startswith("data")

@pytest.mark.playhead("one")
def test_the_fixture_beside_them(playhead, httpx_mock):
    httpx_mock.add_response(status_code=203)
    assert httpx.post(URL).status_code == 203
    assert playhead.httpx_client().post(URL).text.startswith("data")

@pytest.mark.playhead("one", patch=True)
def test_ours_again(): assert httpx.post(URL).text.startswith("data")

@pytest.mark.playhead("one", patch=True)
def test_miss():
    try: httpx.get("https://elsewhere.test/")
    except BaseException: pass
"""
THEIRS = """
@pytest.mark.vcr
def test_recording(): assert httpx.post(URL).text == "theirs"

@respx.mock
def test_respx():
    respx.post(URL).respond(204)
    assert httpx.post(URL).status_code == 204

def test_httpx(httpx_mock):
    httpx_mock.add_response(status_code=203)
    assert httpx.post(URL).status_code == 203

def test_socket():
    with pytest.raises(Exception, match="socket") as met: socket.socket()
    assert "Blocked" in type(met.value).__name__
"""


def test_all_in_one_run(suite: Suite) -> None:
    """pytest-recording, respx, pytest-httpx, pytest-socket and ours: each has its tests, in any order."""
    needs("pytest_recording", "vcr", "respx", "pytest_httpx", "pytest_socket")
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write("cassettes/test_it/test_recording.yaml", CASSETTE_OF_VCR)
    suite.write("test_it.py", OURS + THEIRS)
    plugins = ["pytest_recording.plugin", "respx.plugin", "pytest_httpx", "pytest_socket"]
    for order in ((), ("-p", "randomly")):
        if order:
            needs("pytest_randomly")
        ran = suite.run("--disable-socket", *order, plugins=plugins)
        assert "No exchange of" in ran.failed("test_miss")
        ran.passed(*(name for name in ran.outcomes if name != "test_miss"))
        assert len(ran.outcomes) == 9


UNPLAYED = f"""
import httpx, pytest
{URL}

@pytest.fixture
def mine():
    yield
    httpx.post(URL)

@pytest.mark.playhead("one", patch=True)
def test_nothing(): pass

@pytest.mark.playhead("one", patch=True)
def test_their_fixtures(vcr, respx_mock, httpx_mock, socket_disabled): pass

@pytest.mark.playhead("one", patch=True)
def test_a_fixture_of_my_own(mine): pass
"""


def test_their_fixtures_put_no_failure_off(suite: Suite) -> None:
    """They end after the test, but send nothing: it fails in its call, not behind it."""
    needs("pytest_recording", "vcr", "respx", "pytest_httpx", "pytest_socket")
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write("test_it.py", UNPLAYED)
    plugins = ["pytest_recording.plugin", "respx.plugin", "pytest_httpx", "pytest_socket"]
    ran = suite.run(plugins=plugins)
    for test in ("test_nothing", "test_their_fixtures"):
        assert "were not played" in ran.failed(test)
    ran.passed("test_a_fixture_of_my_own")
    assert " error" not in ran.out.splitlines()[-1]


def test_a_difference_fails_beside_them(suite: Suite, provider: Provider) -> None:
    needs("pytest_recording", "vcr")
    suite.write(
        "test_it.py",
        """
        import os, httpx, pytest

        @pytest.mark.playhead("one", patch=True)
        def test_it(): httpx.get(os.environ["PROVIDER"] + os.environ["PLACE"])
        """,
    )
    plugins, environ = ["pytest_recording.plugin"], {"PROVIDER": provider.url, "PLACE": "/words"}
    suite.run("--playhead-record=once", plugins=plugins, environ=environ).passed()
    path = suite.folder / "cassettes/one.cassette.jsonl"
    path.write_text(path.read_text("utf-8").replace("Bergen", "Tromso"), "utf-8")
    ran = suite.run("--playhead-record=verify", plugins=plugins, environ=environ)
    assert "Tromso" in ran.failed("test_it")
