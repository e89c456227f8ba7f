"""The list's reader goes on where it was in a file that grows, and reads anew what is another file."""

from __future__ import annotations

import pytest

import playhead
from playhead import EndingKind, Request, Response
from playhead_viewer.source import scanning
from playhead_viewer.source.scanning import Scanner

from .conftest import SSE, delta


def _begin(writer):
    exchange = writer.exchange()
    exchange.request(Request(method="POST", url="https://h/v1/messages", t=1.0))
    exchange.response(Response(status=200, headers=SSE, t=1.1))
    return exchange


@pytest.fixture
def opened(monkeypatch):
    """The loaders that were opened, in order."""
    loaders = []
    open_path = scanning.open_path
    monkeypatch.setattr(scanning, "open_path", lambda path: loaders.append(open_path(path)) or loaders[-1])
    return loaders


@pytest.fixture
def scanner():
    made = Scanner()
    yield made
    made.close()
    assert not made._growing
    assert not made._over


def _always() -> bool:
    return True


def test_what_was_read_of_a_file_that_grows_is_not_read_again(tmp_path, opened, scanner):
    path = str(tmp_path / "a.cassette.jsonl")
    partial = f"{path}.partial"
    read = []
    with playhead.open_writer(path) as writer:
        first = _begin(writer)
        for number in range(50):
            first.chunk(delta(f"w{number}"), 1.2 + number / 100)
        first.end(EndingKind.COMPLETE, 2.0)
        second = _begin(writer)
        rows = list(scanner.rows(partial, _always))
        assert [(row.events, row.ending) for row in rows] == [(50, "✓ complete"), (0, "● recording")]
        (loader,) = opened
        slices, readline = loader._text.slice, loader._text.readline
        loader._gate.slice = lambda start, end: read.append(start) or slices(start, end)
        loader._text.readline = lambda: read.append(0) or readline()
        for number in range(3):
            second.chunk(delta("more"), 3.0 + number)
            read.clear()
            again = list(scanner.rows(partial, _always))
            assert again[0] is rows[0]
            assert (again[1].events, again[1].ending) == (number + 1, "● recording")
            assert len(read) < 20
        assert opened == [loader]
        scanner.keep([partial])
        assert not loader._is_closed
        second.end(EndingKind.COMPLETE, 9.0)
    scanner.keep([path])
    assert loader._is_closed
    done = list(scanner.rows(path, _always))
    assert [(row.events, row.ending, row.is_final) for row in done] == [
        (50, "✓ complete", True),
        (3, "✓ complete", True),
    ]
    assert opened[-1]._is_closed


def test_another_file_of_the_same_name_is_read_anew(tmp_path, opened, scanner):
    path, other = tmp_path / "a.cassette.jsonl", tmp_path / "b.cassette.jsonl"
    partial = tmp_path / "a.cassette.jsonl.partial"
    with playhead.open_writer(path) as writer:
        _begin(writer).chunk(delta("one"), 1.2)
        assert [row.events for row in scanner.rows(str(partial), _always)] == [1]
        with playhead.open_writer(other) as another:
            exchange = _begin(another)
            exchange.chunk(delta("one") + delta("two"), 1.2)
            exchange.end(EndingKind.COMPLETE)
        other.replace(partial)
        assert [row.events for row in scanner.rows(str(partial), _always)] == [2]
        assert len(opened) == 2
        assert all(loader._is_closed for loader in opened)


def test_a_file_that_grew_too_large_is_let_go(tmp_path, opened, scanner, monkeypatch):
    with playhead.open_writer(tmp_path / "a.cassette.jsonl") as writer:
        exchange = _begin(writer)
        exchange.chunk(delta("one"), 1.2)
        partial = str(tmp_path / "a.cassette.jsonl.partial")
        assert [row.events for row in scanner.rows(partial, _always)] == [1]
        monkeypatch.setattr(scanning, "_LARGEST", 10)
        (row,) = scanner.rows(partial, _always)
        assert "large" in (row.error or "")
        assert opened[0]._is_closed
        exchange.end(EndingKind.COMPLETE)


def test_an_exchange_whose_request_cannot_be_decoded_is_a_row_like_others(tmp_path, scanner):
    path = tmp_path / "a.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        for _ in range(2):
            exchange = writer.exchange()
            exchange.request(Request(method="POST", url="https://h/v1/messages", t=1.0, body=b"\xff"))
            exchange.response(Response(status=200, headers=SSE, t=1.1))
            exchange.chunk(delta("a0 "), 1.2)
            exchange.end(EndingKind.COMPLETE, 2.0)
    whole, damaged = b'"base64":"/w=="', b'"base64":"*/w="'
    assert path.read_bytes().count(whole) == 2
    path.write_bytes(path.read_bytes().replace(whole, damaged))
    rows = list(scanner.rows(str(path), _always))
    assert [(row.exchange, row.events, row.error) for row in rows] == [(1, 1, ""), (2, 1, "")]
