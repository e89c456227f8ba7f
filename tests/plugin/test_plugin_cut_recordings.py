"""A recording that was cut short: who reads on behind its end fails the test, however he takes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .inner import Ran, Suite

TESTS = """
import asyncio, urllib.request
import httpx, httpx2, playhead as core, pytest

URL = "https://anywhere.test/v1"
marked = pytest.mark.playhead

def careless(post, **options):
    try:
        return post(URL, content=b"{}", **options).text
    except Exception:
        return "sorry"

@marked("cut")
def test_fixture(playhead): assert careless(playhead.httpx_client().post) == "sorry"

@marked("cut", patch=True)
def test_patch(): assert careless(httpx2.post) == "sorry"

@marked("cut", patch=True)
def test_in_the_test_itself():
    with httpx.Client() as client:
        try: client.post(URL, content=b"{}")
        except Exception: pass

@marked("cut", patch=True)
def test_and_something_else_fails(): assert careless(httpx.post).startswith("data: ")

@marked("cut", patch=True)
def test_wrapped():
    with pytest.raises(OSError):
        wrapping()

def wrapping():
    try: httpx.post(URL, content=b"{}")
    except Exception as error: raise OSError("connection error") from error

@pytest.fixture
def leaves_something():
    yield
    careless(httpx.post)

@marked("cut", patch=True)
def test_after_the_test(leaves_something): pass

@marked("cut")
def test_server(playhead_server):
    def ask():
        asked = urllib.request.Request(playhead_server + "/v1", data=b"{}", method="POST")
        with urllib.request.urlopen(asked) as response:
            return response.read()
    try: ask()
    except Exception: pass

@marked("cut")
def test_sweep(playhead):
    client = playhead.httpx_client()
    for point in playhead.sweep("cut"):
        with point:
            point.result = careless(client.post)

@marked("cut")
def test_expected(playhead):
    with pytest.raises(core.RecordingEnded), playhead.httpx_client() as client:
        client.post(URL, content=b"{}")

@marked("cut", patch=True)
def test_expected_within():
    async def main():
        async with httpx.AsyncClient() as client:
            with pytest.raises(core.RecordingEnded):
                await client.post(URL, content=b"{}")
    asyncio.run(main())

@marked("cut", patch=True)
def test_expected_by_name():
    try: httpx.post(URL, content=b"{}")
    except core.RecordingEnded: pass

def expecting(ask):
    with pytest.raises(core.RecordingEnded, match="stops after 11 bytes"):
        ask()

@marked("cut", patch=True)
def test_expected_by_a_helper(): expecting(lambda: httpx.post(URL, content=b"{}"))

def lenient(ask):
    try: ask()
    except core.RecordingEnded: return "ended"

@marked("cut", patch=True)
def test_expected_by_a_helper_by_name(): assert lenient(lambda: httpx2.post(URL, content=b"{}")) == "ended"

@pytest.fixture
def given_up():
    yield
    expecting(lambda: httpx.post(URL, content=b"{}"))

@marked("cut", patch=True)
def test_expected_by_a_fixture(given_up): pass

@marked("cut", patch=True)
def test_expected_in_a_group():
    async def main():
        async with httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
            group.create_task(client.post(URL, content=b"{}"))
    with pytest.raises(ExceptionGroup):
        asyncio.run(main())

@marked("cut", patch=True)
def test_expected_elsewhere():
    with pytest.raises(OSError):
        raise OSError
    careless(httpx.post)

class TestClass:
    @marked("cut", patch=True)
    def test_expected_in_a_class(self):
        with pytest.raises(core.RecordingEnded):
            httpx.post(URL, content=b"{}")

@marked("cut")
def test_asked_for(playhead):
    assert careless(playhead.httpx_client().post) == "sorry"
    (ended,) = playhead.recording_ended()
    assert "the recording stops after 11 bytes" in str(ended)

@marked("cut")
def test_asked_for_with_a_server(playhead, playhead_server):
    assert careless(lambda url, **options: httpx.post(playhead_server + "/v1", **options)) == "sorry"
    assert len(playhead.recording_ended()) == 1

@marked("cut")
def test_leaves_in_time(playhead):
    with playhead.httpx_client() as client, client.stream("POST", URL, content=b"{}") as response:
        assert next(response.iter_bytes()) == b"data: one\\n\\n"

@marked("cut")
def test_leaves_the_server_in_time(playhead_server):
    with httpx.stream("POST", playhead_server + "/v1", content=b"{}") as response:
        assert next(response.iter_bytes()) == b"data: one\\n\\n"

@marked("cut")
def test_raised(playhead): playhead.httpx_client().post(URL, content=b"{}")
"""
CUT = "exchange 1 of cassettes/cut.cassette.jsonl: the recording stops after 11 bytes: the client"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """All of them in one run."""
    suite = Suite(tmp_path_factory.mktemp("cut"))
    path = suite.cassette("cassettes/cut.cassette.jsonl", b"{}", chunks=[b"data: one\n\n"])
    _cut_short(path)
    suite.write("test_it.py", TESTS)
    return suite.run()


def _cut_short(path: Path) -> None:
    data = path.read_bytes()
    assert data.count(b'"ending":"complete"') == 1
    path.write_bytes(data.replace(b'"ending":"complete"', b'"ending":"client_closed"'))


SWALLOWED = [
    "fixture",
    "patch",
    "in_the_test_itself",
    "and_something_else_fails",
    "wrapped",
    "server",
    "expected_elsewhere",
]
EXPECTED = [
    "expected",
    "expected_within",
    "expected_by_name",
    "expected_in_a_class",
    "expected_by_a_helper",
    "expected_by_a_helper_by_name",
    "expected_by_a_fixture",
    "expected_in_a_group",
]


@pytest.mark.parametrize("test", SWALLOWED)
def test_an_end_that_the_code_swallows_fails_the_test(ran: Ran, test: str) -> None:
    text = ran.failed(f"test_{test}")
    assert CUT in text
    assert "went on when it met this" in text


def test_one_that_a_fixture_swallows_afterwards_is_an_error(ran: Ran) -> None:
    assert CUT in ran.errored("test_after_the_test")


def test_a_sweep_over_one_ends_at_the_intact_stream(ran: Ran) -> None:
    assert CUT in ran.failed("test_sweep")


@pytest.mark.parametrize("test", [*EXPECTED, "asked_for", "asked_for_with_a_server"])
def test_a_test_can_expect_it(ran: Ran, test: str) -> None:
    ran.passed(f"test_{test}")


def test_who_leaves_before_it_has_met_nothing(ran: Ran) -> None:
    ran.passed("test_leaves_in_time", "test_leaves_the_server_in_time")


def test_one_that_nobody_catches_is_the_failure(ran: Ran) -> None:
    text = ran.failed("test_raised")
    assert "RecordingEnded" in text
    assert "went on when it met this" not in text
