"""What goes wrong while a test replays is no `Exception` that the code under test can swallow."""

from __future__ import annotations

from pathlib import Path

import pytest

from .inner import Ran, Suite

MISSES = """
import os, httpx, pytest

URL = "https://anywhere.test/v1"
marked = pytest.mark.playhead
kept = []
alive = httpx.Client()

def swallowed(body):
    try: httpx.post(URL, content=body)
    except Exception: pass

@pytest.fixture
def half_made():
    class Broken(httpx.Client):
        def __init__(self):
            kept.append(self)
            raise ValueError("never made to its end")
    try: Broken()
    except ValueError: pass
    yield
    kept.clear()

@marked("one", patch=True)
def test_a_client_that_was_never_made(half_made): swallowed(b"another")

@marked("one", patch=True, unplayed="fail")
def test_unplayed_beside_one(half_made): pass

@marked("one", patch=True)
def test_no_working_directory(tmp_path):
    here, gone = os.getcwd(), tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    try:
        gone.rmdir()
        swallowed(b"another")
    finally:
        os.chdir(here)

@marked("one", patch=True, ignore=["$..x"])
def test_a_deep_body(): swallowed(b"[" * 1500 + b"]" * 1500)

def fails(made, recorded): return {}["tenant"]

@marked("one", patch=True, match_on=["path", fails])
def test_a_matcher_that_fails(): swallowed(b"{}")

def differs(made, recorded): assert made.body == b"never", "not that one"

@marked("one", patch=True, match_on=["path", differs])
def test_a_matcher_that_asserts(): swallowed(b"{}")

def same_path(made, recorded): assert made.body == recorded.body

@marked("one", patch=True, match_on=["path", same_path])
def test_a_matcher_that_only_asserts(): assert httpx.post(URL, content=b"{}").status_code == 200
"""


@pytest.fixture(scope="module")
def misses(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """All of them in one run."""
    suite = Suite(tmp_path_factory.mktemp("misses"))
    suite.cassette("cassettes/one.cassette.jsonl", b"{}")
    suite.write("test_it.py", MISSES)
    return suite.run()


NOTHING = "No exchange of cassettes/one.cassette.jsonl answers POST /v1"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("test_a_client_that_was_never_made", NOTHING),
        ("test_no_working_directory", NOTHING),
        ("test_a_deep_body", NOTHING),
        ("test_a_matcher_that_fails", "the matcher fails failed at "),
        ("test_a_matcher_that_fails", ": KeyError: 'tenant'"),
        ("test_a_matcher_that_asserts", "the matcher differs refuses it"),
    ],
)
def test_a_miss_that_is_hard_to_tell_is_one(misses: Ran, name: str, told: str) -> None:
    assert told in misses.failed(name)


def test_what_was_not_played_is_told_beside_such_a_client(misses: Ran) -> None:
    text = misses.errored("test_unplayed_beside_one")
    assert "1 of 1 exchanges of cassettes/one.cassette.jsonl were not played" in text
    assert "Not patched" not in text


def test_a_matcher_that_only_asserts_will_do(misses: Ran) -> None:
    misses.passed("test_a_matcher_that_only_asserts")


DAMAGED = """
import urllib.request, httpx, pytest

def swallowed(url):
    try:
        asked = urllib.request.Request(url + "/v1", method="POST")
        with urllib.request.urlopen(asked) as response: response.read()
    except Exception: pass

{client}
{server}
"""
CLIENT = """
@pytest.mark.playhead({name!r}, patch=True)
def test_client_{name}():
    try: httpx.post("https://anywhere.test/v1")
    except Exception: pass
"""
SERVER = """
@pytest.mark.playhead({name!r})
def test_server_{name}(playhead_server): swallowed(playhead_server)
"""
DAMAGE = {
    "end": (b'"ending":"complete"', b'"ending":5'),
    "head": (b'"status":200', b'"status":"fine"'),
    "chunk": (b'"text":"data: two\\n\\n"', b'"base64":"%%%%"'),
    "unended": (b'"ending":"complete"', b'"ending":"client_closed"'),
}
"""`unended` is not damaged, but has nothing to play: its response is taken out."""


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Every kind of damage met by a client and through the server, in one run."""
    suite = Suite(tmp_path_factory.mktemp("damaged"))
    for name, (whole, broken) in DAMAGE.items():
        path = suite.cassette(f"cassettes/{name}.cassette.jsonl", b"")
        data = path.read_bytes()
        assert data.count(whole) == 1
        path.write_bytes(data.replace(whole, broken))
    _without_response(suite.folder / "cassettes" / "unended.cassette.jsonl")
    tests = {kind: "".join(kind.format(name=name) for name in DAMAGE) for kind in (CLIENT, SERVER)}
    suite.write("test_it.py", DAMAGED.format(client=tests[CLIENT], server=tests[SERVER]))
    return suite.run()


def _without_response(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if b'"type":"response"' not in line and b'"type":"chunk"' not in line]
    assert len(kept) == len(lines) - 3
    path.write_bytes(b"".join(kept))


@pytest.mark.parametrize("by", ["client", "server"])
@pytest.mark.parametrize("name", DAMAGE)
def test_a_cassette_that_cannot_be_played_fails_the_test(damaged: Ran, by: str, name: str) -> None:
    text = damaged.failed(f"test_{by}_{name}")
    if name == "unended":
        assert "the recording stops before any response" in text
    else:
        assert "cannot be played" in text
        assert f"cassettes/{name}.cassette.jsonl, line " in text
