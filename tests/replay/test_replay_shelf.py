"""Cassettes that stay open for the next replay: only while their files are what was read of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

import playhead
from playhead.httpx import ReplayTransport
from playhead.matching import Rules
from playhead.replay import shelf
from playhead.replay.books import book_of
from playhead.replay.session import session_of
from playhead.replay.shelf import opened

HOUR = 3600 * 10**9


@pytest.fixture
def cassette(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes the same file anew, an answer in it, as one that was last changed an hour ago."""
    path = tmp_path / "one.cassette.jsonl"

    def write(answer: bytes, hours: int = 1) -> Path:
        path.unlink(missing_ok=True)
        with playhead.open_writer(path) as writer:
            exchange = writer.exchange()
            exchange.request(playhead.Request(method="POST", url="http://h/v1", body=b'{"a":1}', t=0.0))
            exchange.response(playhead.Response(status=200, t=0.1))
            exchange.chunk(answer, 0.2)
            exchange.end(playhead.EndingKind.COMPLETE, 0.3, facts={"how": "clean"})
        past = path.stat().st_mtime_ns - hours * HOUR
        os.utime(path, ns=(past, past))
        return path

    return write


def answered(path: Path, body: bytes = b'{"a":1}') -> bytes:
    with httpx.Client(transport=ReplayTransport(path)) as client:
        return client.post("http://h/v1", content=body).content


def test_the_second_replay_opens_nothing(cassette: Callable[[bytes], Path]) -> None:
    path = cassette(b"one")
    assert answered(path) == answered(path) == b"one"
    assert opened(path) is opened(path)


def test_each_replay_plays_from_the_start(cassette: Callable[[bytes], Path]) -> None:
    path = cassette(b"one")
    one, other = session_of(path), session_of(path)
    one.take(playhead.Request(method="POST", url="/v1", body=b'{"a":1}'))
    assert not one.unplayed
    assert [each.number for each in other.unplayed] == [1]


def test_what_is_loaded_is_nobody_elses(cassette: Callable[[bytes], Path]) -> None:
    path = cassette(b"one")
    assert playhead.load(path) is not playhead.load(path)
    assert playhead.load(path)[1] is not opened(path)[1]


def test_a_file_that_changed_is_read_anew(cassette: Callable[..., Path]) -> None:
    assert answered(cassette(b"one", 2)) == b"one"
    assert answered(cassette(b"two", 1)) == b"two"


def test_a_file_that_has_just_changed_is_not_kept(
    cassette: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cassette(b"one", 0)
    now = path.stat().st_mtime_ns
    monkeypatch.setattr(shelf, "time_ns", lambda: now)
    now += shelf._SETTLED  # within a tick of the clock it could change again, and keep its time
    assert opened(path) is not opened(path)
    now += 1
    assert opened(path) is opened(path)


def test_a_file_that_has_changed_when_it_was_read_is_not_kept(
    cassette: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cassette(b"one", 0)
    now, loaded = path.stat().st_mtime_ns, shelf.load

    def slowly(name: str) -> playhead.Cassette:
        nonlocal now
        now += HOUR  # within the first tick of it the file could change, and keep its time
        return loaded(name)

    monkeypatch.setattr(shelf, "time_ns", lambda: now)
    monkeypatch.setattr(shelf, "load", slowly)
    assert opened(path) is not opened(path)


def test_a_file_that_is_gone_is_missed(cassette: Callable[[bytes], Path]) -> None:
    path = cassette(b"one")
    assert answered(path) == b"one"
    path.unlink()
    with pytest.raises(playhead.InputError, match="No such file"):
        answered(path)


def test_requests_are_compared_by_the_rules_that_are_asked_for(cassette: Callable[[bytes], Path]) -> None:
    exchanges = opened(cassette(b"one")).exchanges
    usual, lenient = Rules.of(), Rules.of(ignore=["$.a"])
    other = playhead.Request(method="POST", url="/v1", body=b'{"a":2}')
    assert book_of(exchanges, usual).fitting(other) == []
    assert book_of(exchanges, lenient).fitting(other) == [0]
    assert book_of(exchanges, usual) is book_of(exchanges, Rules())
    assert book_of(exchanges[:0], usual).fitting(other) == []


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_equal_bytes_are_another_request_where_they_mean_another(
    cassette: Callable[[bytes], Path], kind: str
) -> None:
    """What is remembered of a request does not outlive its method, its target, its body or its type."""
    book = book_of(opened(cassette(b"one")).exchanges, Rules.of())
    for method, url, body, fits in (
        ("POST", "/v1", b'{"a":1}', [0]),
        ("POST", "/v1", b'{"a":2}', []),
        ("POST", "/v2", b'{"a":1}', []),
        ("PUT", "/v1", b'{"a":1}', []),
        ("POST", "/v1", b'{"a":1.0}', [0]),
    ) * 2:
        headers = (("Content-Type", kind),)
        asked = playhead.Request(method=method, url=url, body=body, headers=headers)
        assert book.fitting(asked) == fits


def test_the_oldest_are_given_up(cassette: Callable[[bytes], Path], tmp_path: Path) -> None:
    path = cassette(b"one")
    first = opened(path)
    for number in range(40):
        other = tmp_path / f"{number}.cassette.jsonl"
        shutil.copy2(path, other)
        assert opened(other) is opened(other)
    assert opened(path) is not first


def test_threads_share_one(cassette: Callable[[bytes], Path]) -> None:
    """Each plays it from its own start, whoever has opened it."""
    path = cassette(b"one")
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: answered(path), range(64))) == {b"one"}
