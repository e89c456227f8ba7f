"""What fixtures send belongs to the test: a patch comes before them, and goes after them."""

from __future__ import annotations

import pytest

import playhead

from .inner import Suite
from .provider import Provider

SENDING = """
import httpx, httpx2, os, pytest

URL = os.environ["PROVIDER"]
ORDER = []

@pytest.fixture(scope="module", autouse=True)
def wide():
    ORDER.append("wide")
    httpx.post(URL + "/words", content=b"wide")

@pytest.fixture(autouse=True)
def everywhere(wide):
    httpx.post(URL + "/echo", content=b"autouse, before")
    yield
    httpx.post(URL + "/echo", content=b"autouse, after")

@pytest.fixture
def named():
    with httpx2.stream("POST", URL + "/echo", content=b"named") as response:
        yield response

class TestSetUp:
    def setup_method(self): httpx.post(URL + "/echo", content=b"set up")
    def teardown_method(self): httpx.post(URL + "/echo", content=b"torn down")

    @pytest.mark.playhead("all", patch=True)
    def test_it(self, named, playhead):
        assert ORDER == ["wide"]
        assert httpx.post(URL + "/echo", content=b"test").json()["echo"] == "test"
"""


def test_a_patch_answers_what_fixtures_send(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", SENDING)
    environ = {"PROVIDER": provider.url}
    strict = ("-W", "error::playhead.testing.running.PlayheadWarning")
    suite.run("--playhead-record=once", *strict, environ=environ).passed("test_it")
    assert len(provider.asked) == 7
    cassette = playhead.load(suite.folder / "cassettes/all.cassette.jsonl")
    bodies = {each.request.body for each in cassette.exchanges if each.request}
    ends = {b"autouse, before", b"autouse, after", b"set up", b"torn down"}
    assert bodies == {*ends, b"named", b"test"}  # and not what the module's fixture sends
    del provider.asked[:]
    suite.run(*strict, environ=environ).passed()
    assert provider.asked == ["POST /words"]
    del provider.asked[:]
    suite.run("--playhead-record=verify", "-o", "playhead_verify_ignore=n", environ=environ).passed()
    assert len(provider.asked) == 7


SHARED = """
import httpx, os, pytest

URL = os.environ["PROVIDER"]
pytestmark = pytest.mark.playhead("all", patch=True, scope="{scope}")

def ask(text): return httpx.post(URL + "/echo", content=text).json()["echo"]

@pytest.fixture(scope="session", autouse=True)
def wider(): httpx.post(URL + "/words")

@pytest.fixture(scope="{scope}", autouse=True)
def everywhere():
    ask("before")
    yield
    ask("after")

@pytest.fixture(scope="class")
def answer(everywhere):
    yield ask("answer")
    ask("no longer")

@pytest.fixture(scope="{scope}")
def late(): return ask("late")

class TestIt:
    @classmethod
    def setup_class(cls): ask("set up")
    @classmethod
    def teardown_class(cls): ask("torn down")

    def test_one(self, answer): assert (answer, ask("one")) == ("answer", "one")
    def test_two(self, answer): assert answer == "answer"
    def test_late(self, request): assert (request.getfixturevalue("late"), ask("two")) == ("late", "two")

class TestNext:
    @pytest.fixture(scope="class", autouse=True)
    def nobodys(self): yield
    if "{scope}" == "module":
        def test_next(self): ask("next")
"""


@pytest.mark.parametrize("scope", ["class", "module"])
def test_a_shared_patch_answers_what_shared_fixtures_send(
    suite: Suite, provider: Provider, scope: str
) -> None:
    suite.write("test_it.py", SHARED.replace("{scope}", scope))
    environ = {"PROVIDER": provider.url}
    strict = ("-W", "error::playhead.testing.running.PlayheadWarning")
    suite.run("--playhead-record=once", *strict, environ=environ).passed()
    asked = list(provider.asked)
    assert len(playhead.load(suite.folder / "cassettes/all.cassette.jsonl").exchanges) == len(asked) - 1
    del provider.asked[:]
    suite.run(*strict, environ=environ).passed()
    assert provider.asked == ["POST /words"]


def test_a_miss_of_a_shared_fixture_is_told(suite: Suite) -> None:
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write(
        "test_it.py",
        """
        import httpx, pytest
        pytestmark = pytest.mark.playhead("one", patch=True, scope="module")
        URL = "https://anywhere.test/v1"

        @pytest.fixture(scope="module")
        def ending():
            yield
            try: httpx.get(URL + "/at-its-end")
            except BaseException: pass

        def test_it(ending): httpx.post(URL)

        @pytest.mark.playhead("none")
        def test_no_cassette(): pass
        """,
    )
    ran = suite.run()
    assert "/at-its-end" in ran.out
    ran.passed("test_it")
    assert "There is no cassette for this test" in ran.out
    assert "PlayheadMiss" in ran.out


def test_what_fixtures_leave_unplayed_is_told_at_their_end(suite: Suite) -> None:
    suite.cassette("cassettes/three.cassette.jsonl", b"1", b"2", b"3")
    suite.write(
        "test_it.py",
        """
        import httpx, pytest

        URL = "https://anywhere.test/v1"

        @pytest.fixture
        def client(playhead):
            with playhead.httpx_client() as client:
                yield client
                client.post(URL, content=b"2")

        @pytest.fixture
        def unrelated(): yield

        @pytest.mark.playhead("three")
        def test_its_own(client): client.post(URL, content=b"1")

        @pytest.mark.playhead("three")
        def test_unrelated(playhead, unrelated): playhead.httpx_client().post(URL, content=b"1")

        @pytest.mark.playhead("three")
        def test_all(client):
            client.post(URL, content=b"1")
            client.post(URL, content=b"3")
        """,
    )
    ran = suite.run()
    assert "1 of 3 exchanges of cassettes/three.cassette.jsonl were not played: 3" in ran.errored(
        "test_its_own"
    )
    assert "2 of 3 exchanges" in ran.failed("test_unrelated")
    ran.passed("test_all")


def test_each_parameter_has_its_own_markers(suite: Suite) -> None:
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write(
        "test_it.py",
        """
        import httpx, pytest

        @pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.playhead("one", patch=True))])
        def test_it(n, request):
            assert ("playhead" in request.fixturenames) == (n == 2)
            if n == 2:
                httpx.post("https://anywhere.test/v1")
        """,
    )
    suite.run().passed("test_it[1]", "test_it[2]")


MOUNTED = """
import asyncio, httpx, httpx2, os, pytest

URL = os.environ["PROVIDER"] + "/echo"

class Own(httpx.HTTPTransport): pass

@pytest.mark.playhead("mounted")
def test_it(playhead):
    with playhead.httpx_client(mounts={"http://": Own()}) as client:
        assert client.post(URL, content=b"1").json()["n"] == 1
    with playhead.httpx2_client(mounts={"all://": httpx2.HTTPTransport(), "https://": None}) as client:
        assert client.post(URL, content=b"2").json()["n"] == 2
    async def main():
        async with playhead.httpx_async_client(mounts={"http://": httpx.AsyncHTTPTransport()}) as client:
            assert (await client.post(URL, content=b"3")).json()["n"] == 3
    asyncio.run(main())
    mock = httpx.MockTransport(lambda request: httpx.Response(204))
    with playhead.httpx_client(mounts={"http://": mock}) as client:
        assert client.post(URL).status_code == 204
    assert len(playhead) == 3 and not playhead.unplayed
"""


def test_a_mounted_transport_does_not_lead_past_the_cassette(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", MOUNTED)
    environ = {"PROVIDER": provider.url}
    suite.run("--playhead-record=once", environ=environ).passed()
    assert len(provider.asked) == 3
    suite.run(environ=environ).passed()
    assert len(provider.asked) == 3
