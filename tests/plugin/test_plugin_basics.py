"""The fixture, the marker, where cassettes are looked for, and what a test is told at its end."""

from __future__ import annotations

from .inner import Suite

HEAD = """
import httpx, httpx2, pytest

URL = "https://anywhere.test/v1"
"""


def test_what_a_test_replays_through(suite: Suite) -> None:
    suite.cassette("cassettes/agent/weather.cassette.jsonl")
    suite.cassette("cassettes/agent/four.cassette.jsonl", *[None] * 4)
    suite.write(
        "test_it.py",
        HEAD
        + """
import asyncio

@pytest.mark.playhead("agent/weather")
def test_httpx(playhead):
    assert playhead.httpx_client().post(URL).text == "data: one\\n\\ndata: two\\n\\n"
    assert len(playhead[1].frames) == 2
    assert not playhead.unplayed

@pytest.mark.playhead("agent/weather")
def test_httpx2(playhead):
    with playhead.httpx2_client(base_url="https://other.test") as client:
        with client.stream("POST", "/v1") as response:
            assert list(response.iter_bytes()) == [b"data: one\\n\\n", b"data: two\\n\\n"]

@pytest.mark.playhead("agent/four")
def test_all_share_what_was_played(playhead):
    async def main():
        async with playhead.httpx_async_client() as one, playhead.httpx2_async_client() as two:
            await one.post(URL)
            await two.post(URL)
    asyncio.run(main())
    httpx.Client(transport=playhead.httpx_transport).post(URL)
    assert [each.number for each in playhead.unplayed] == [4]
    httpx2.Client(transport=playhead.httpx2_transport).post(URL)
    assert list(playhead) == [1, 2, 3, 4] and len(playhead) == 4

@pytest.mark.playhead("agent/weather")
@pytest.mark.parametrize("_", range(3))
def test_each_test_starts_over(playhead, _):
    playhead.httpx_client().post(URL)

@pytest.mark.playhead("agent/weather", repeats="loop", match_on=["method"], speed=50.0)
def test_arguments(playhead):
    for number in range(3):
        playhead.httpx_client().post(f"https://x.test/{number}")

@pytest.mark.playhead("agent/weather")
class TestOfClass:
    @pytest.mark.playhead(ignore=["query.n"])
    def test_markers_add_up(self, playhead):
        playhead.httpx_client().post(URL + "?n=1")

@pytest.mark.playhead("agent/weather")
def test_no_such_exchange(playhead):
    playhead.httpx_client().post(URL)
    with pytest.raises(KeyError, match="has no exchange 2"):
        playhead[2]
    assert repr(playhead).endswith("0 of 1 left to play>")
""",
    )
    ran = suite.run()
    ran.passed()
    assert len(ran.outcomes) == 9


def test_where_cassettes_are_looked_for(suite: Suite) -> None:
    suite.cassette("cassettes/shared.cassette.jsonl")
    suite.cassette("deep/cassettes/near.cassette.jsonl")
    suite.cassette("deep/cassettes/packed.cassette.jsonl.zst")
    suite.cassette("deep/cassettes/test_it/test_own.cassette.jsonl")
    suite.cassette("deep/cassettes/test_it/TestClass.test_own.cassette.jsonl")
    suite.cassette("deep/elsewhere.cassette.jsonl")
    suite.write(
        "deep/test_it.py",
        HEAD
        + """
import pathlib

@pytest.mark.playhead("shared")
def test_above(playhead): playhead.httpx_client().post(URL)

@pytest.mark.playhead("near")
def test_beside(playhead): playhead.httpx_client().post(URL)

@pytest.mark.playhead("packed")
def test_compressed(playhead): playhead.httpx_client().post(URL)

def test_own(playhead): playhead.httpx_client().post(URL)

class TestClass:
    def test_own(self, playhead): playhead.httpx_client().post(URL)

@pytest.mark.playhead("elsewhere.cassette.jsonl")
def test_path(playhead): playhead.httpx_client().post(URL)

@pytest.mark.playhead(pathlib.Path("cassettes") / "near.cassette.jsonl")
def test_path_object(playhead): playhead.httpx_client().post(URL)

@pytest.mark.playhead("nowhere/at_all")
def test_missing(playhead): pass

@pytest.mark.parametrize("text", ["a/b", "a-b"])
def test_odd_names(playhead, text): pass
""",
    )
    ran = suite.run()
    ran.passed("test_above", "test_beside", "test_compressed", "test_own", "test_path", "test_path_object")
    missing = ran.errored("test_missing")
    assert "There is no cassette for this test. Looked for:" in missing
    assert "deep/cassettes/nowhere/at_all.cassette.jsonl\n" in missing
    assert "  cassettes/nowhere/at_all.cassette.jsonl.zst" in missing
    names = {
        ran.errored(f"test_odd_names[{text}]").split("test_odd_names-")[1][:10] for text in ("a/b", "a-b")
    }
    assert len(names) == 2


def test_a_file_that_is_no_cassette_is_named(suite: Suite) -> None:
    suite.write("cassettes/test_it/test_bad.cassette.jsonl", "not a cassette\n")
    suite.write("cassettes/test_it/test_empty.cassette.jsonl", "")
    suite.write("test_it.py", "def test_bad(playhead): pass\ndef test_empty(playhead): pass\n")
    ran = suite.run()
    assert "test_bad.cassette.jsonl" in ran.errored("test_bad")
    assert "Traceback" not in ran.out
    assert "is empty" in ran.errored("test_empty")


UNDONE = (
    HEAD
    + """
pytestmark = pytest.mark.playhead("two")

def test_unplayed(playhead):
    playhead.httpx_client().post(URL)

def test_fails_by_itself(playhead):
    assert 1 == 2

@pytest.mark.playhead(unplayed="ignore")
def test_ignored(playhead):
    pass

@pytest.mark.playhead(unplayed="warn")
def test_warned(playhead):
    pass

def test_left_open(playhead):
    client = playhead.httpx_client()
    client.post(URL)
    global kept
    kept = client.send(client.build_request("POST", URL), stream=True)
    next(kept.iter_raw())

def test_closed_early(playhead):
    for library in ("httpx", "httpx2"):
        client = getattr(playhead, library + "_client")()
        with client.stream("POST", URL) as response:
            next(response.iter_raw())

def test_skipped(playhead):
    pytest.skip("for a reason")

@pytest.mark.xfail(strict=True)
def test_expected_to_fail(playhead):
    pass
"""
)


def test_what_was_left_undone(suite: Suite) -> None:
    suite.cassette("cassettes/two.cassette.jsonl", None, None)
    suite.write("test_it.py", UNDONE)
    ran = suite.run("-W", "always")
    text = ran.failed("test_unplayed")
    assert "1 of 2 exchanges of cassettes/two.cassette.jsonl were not played: 2" in text
    assert 'unplayed="ignore"' in text
    assert "assert 1 == 2" in ran.failed("test_fails_by_itself")
    ran.passed("test_ignored", "test_warned", "test_left_open", "test_closed_early")
    assert ran.outcomes["test_skipped"][0] == "skipped"
    assert ran.outcomes["test_expected_to_fail"][0] == "skipped"
    assert "PlayheadWarning: 2 of 2 exchanges" in ran.out
    assert "the response of exchange 2 was neither read nor closed" in ran.out


def test_warnings_may_be_errors(suite: Suite) -> None:
    suite.cassette("cassettes/two.cassette.jsonl", None, None)
    suite.write("test_it.py", UNDONE)
    ran = suite.run("-W", "error::playhead.testing.running.PlayheadWarning")
    assert "neither read nor closed" in ran.errored("test_left_open")
    assert "2 of 2 exchanges" in ran.failed("test_warned")


def test_what_a_fixture_closes_was_not_left_open(suite: Suite) -> None:
    suite.cassette("cassettes/one.cassette.jsonl", None)
    suite.write(
        "test_it.py",
        """
import pytest

@pytest.fixture
def response(playhead):
    with playhead.httpx_client() as client, client.stream("POST", "https://anywhere.test/v1") as response:
        yield response

@pytest.mark.playhead("one")
def test_it(response):
    assert next(response.iter_raw())
""",
    )
    ran = suite.run("-W", "error::playhead.testing.running.PlayheadWarning")
    ran.passed("test_it")


def test_a_proxy_does_not_lead_past_the_cassette(suite: Suite) -> None:
    suite.cassette("cassettes/two.cassette.jsonl", None, None)
    suite.write(
        "test_it.py",
        """
import pytest

@pytest.mark.playhead("two")
def test_it(playhead):
    for library in ("httpx", "httpx2"):
        client = getattr(playhead, library + "_client")(proxy="http://127.0.0.1:9")
        assert client.post("https://anywhere.test/v1").status_code == 200
""",
    )
    suite.run().passed("test_it")


def test_the_option_and_the_ini_value(suite: Suite) -> None:
    suite.cassette("cassettes/two.cassette.jsonl", None, None)
    suite.write("test_it.py", 'import pytest\n@pytest.mark.playhead("two")\ndef test_it(playhead): pass\n')
    suite.run("--playhead-unplayed=ignore").passed("test_it")
    suite.write("pytest.ini", "[pytest]\nplayhead_unplayed = ignore\n")
    suite.run().passed("test_it")
    suite.run("--playhead-unplayed=fail").failed("test_it")


def test_the_server_and_its_variables(suite: Suite) -> None:
    suite.cassette("cassettes/gateway.cassette.jsonl", b'{"a":1}', path="/api/v1/chat/completions")
    suite.write(
        "test_it.py",
        """
        import os, urllib.error, urllib.request
        import pytest

        @pytest.mark.playhead("gateway")
        def test_served(playhead, playhead_server):
            assert os.environ["OPENAI_BASE_URL"] == playhead_server + "/api/v1"
            assert os.environ["ANTHROPIC_BASE_URL"] == playhead_server
            assert "127.0.0.1" in os.environ["NO_PROXY"]
            url = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
            with urllib.request.urlopen(url, b'{ "a": 1.0 }') as response:
                assert response.read() == playhead[1].body
            assert not playhead.unplayed

        def test_the_variables_are_gone():
            assert "OPENAI_BASE_URL" not in os.environ

        @pytest.mark.playhead("gateway", unplayed="ignore")
        def test_a_miss(playhead_server):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(playhead_server + "/api/v1/chat/completions", b'{"a":2}')
            caught.value.close()
        """,
    )
    ran = suite.run()
    ran.passed("test_served", "test_the_variables_are_gone")
    text = ran.failed("test_a_miss")
    assert "body $.a" in text
