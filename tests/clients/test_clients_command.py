"""`playhead events --as`: rows with their fate, what is raised, what is never seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import playhead
from playhead import EndingKind, Request, Response
from playhead.clients import Client, Raised, Seen, Unseen, read_as
from playhead.samples import names, sample

Events = Callable[..., str]
SSE = (("content-type", "text/event-stream"),)
NAMES = [
    *("exchange", "n", "kind", "t", "gap", "chunk", "at_end", "offset", "length"),
    *("event", "data", "id", "retry", "fate", "error", "message", "reason"),
]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """`write([(t, bytes), …])` makes a cassette of one exchange, requested at 1.0, ended at 9.0."""

    def make(
        chunks: list[tuple[float | None, bytes]],
        status: int = 200,
        ending: EndingKind = EndingKind.COMPLETE,
        facts: dict[str, str] | None = None,
    ) -> Path:
        path = tmp_path / f"made-{len(list(tmp_path.iterdir()))}.cassette.jsonl"
        with playhead.open_writer(path) as writer:
            exchange = writer.exchange()
            exchange.request(Request(method="POST", url="http://h/v1/x", t=1.0))
            exchange.response(Response(status=status, headers=SSE, t=1.25))
            for t, data in chunks:
                exchange.chunk(data, t)
            exchange.end(ending, 9.0, facts=facts or {})
        return path

    return make


def rows(text: str) -> list[dict[str, Any]]:
    assert text.isascii()
    return [json.loads(line) for line in text.splitlines()]


def test_every_row_has_every_name(events: Events, write: Any) -> None:
    path = write([(1.5, b"event: ping\n\n: hi\n\n"), (2.0, b"data: \xff\n\n")])
    found = rows(events(path, "--as", "anthropic", "--format", "jsonl"))
    assert [row["kind"] for row in found] == ["seen", "unseen", "raised", "unseen"]
    assert all(list(row) == NAMES for row in found)
    seen, comment, raised, unread = found
    assert seen == dict.fromkeys(NAMES) | {
        "exchange": 1, "n": 1, "kind": "seen", "t": 1.5, "chunk": 1, "at_end": False, "offset": 0,
        "length": 13, "event": "ping", "data": "", "fate": "skipped",
    }  # fmt: skip
    assert (comment["reason"], comment["offset"], comment["length"]) == ("comment", 13, 6)
    assert (raised["error"], raised["t"], raised["chunk"]) == ("UnicodeDecodeError", 2.0, 2)
    assert (unread["reason"], unread["offset"], unread["length"]) == ("unread", 19, 9)


def test_text_says_fates_then_what_was_raised_and_never_seen(events: Events, write: Any) -> None:
    path = write([(1.5, b'data: {"a":1}\n\n'), (2.0, b'data: {"error":"no"}\n\n: x\n\ndata: 2\n\n')])
    heading, *lines = events(path, "--as", "openai").splitlines()
    assert heading.split() == ["exchange", "#", "t", "gap", "chunk", "fate", "event", "and", "data"]
    assert [line.split() for line in lines[:3]] == [
        ["1", "1", "0.500", "1", "yielded", "-", '{"a":1}'],
        ["1", "2", "1.000", "+500", "2", "raises", "-", '{"error":"no"}'],
        ["1", "3", "1.000", "+0", "2", "unread", "-", "2"],
    ]
    assert [line.strip() for line in lines[3:]] == [
        "1     - raises APIError: An error occurred during streaming (event 2, bytes 15-37)",
        "1     - never seen: bytes 37-51 (it had stopped reading)",
    ]


def test_an_event_has_the_time_of_the_chunk_that_delivers_it(events: Events, write: Any) -> None:
    path = write([(1.5, b"data: 1\r\r"), (2.5, b"data: 2\r\r"), (3.5, b"data: 3")])
    for client, times in {"openai": [1.5, 2.5], "httpx2": [2.5, 3.5], "sseclient": [1.5, 2.5, 9.0]}.items():
        found = rows(events(path, "--as", client, "--format", "jsonl"))
        assert [row["t"] for row in found if row["kind"] == "seen"] == times


def test_a_cut_body_gives_nothing_that_was_held_back(events: Events, write: Any) -> None:
    chunks = [(1.5, b"data: 1\n\ndata: 2\n")]
    cut = write(chunks, ending=EndingKind.SERVER_CLOSED, facts={"how": "reset"})
    *_, row, last = rows(events(cut, "--as", "sseclient", "--format", "jsonl"))
    assert (row["kind"], row["reason"], row["offset"]) == ("unseen", "tail", 9)
    assert last["kind"] == "cut"
    assert "reset" in last["message"]
    assert "the connection is reset here" in events(cut, "--as", "sseclient")
    closed = write(chunks, ending=EndingKind.SERVER_CLOSED, facts={"how": "fin", "framing": "close"})
    found = rows(events(closed, "--as", "sseclient", "--format", "jsonl"))
    assert [(row["kind"], row["data"]) for row in found] == [("seen", "1"), ("seen", "2")]


def test_a_client_that_had_its_end_meets_no_cut(events: Events, write: Any) -> None:
    cut = write([(1.5, b"data: [DONE]\n\n")], ending=EndingKind.CLIENT_CLOSED)
    assert [row["fate"] for row in rows(events(cut, "--as", "openai", "--format", "jsonl"))] == ["ends"]
    kinds = [row["kind"] for row in rows(events(cut, "--as", "httpx2", "--format", "jsonl"))]
    assert kinds == ["seen", "cut"]


def test_a_status_that_the_client_does_not_read(events: Events, write: Any) -> None:
    path = write([(1.5, b"data: 1\n\n")], status=529)
    for client in ("standard", "anthropic", "openai", "google-genai"):
        (row,) = rows(events(path, "--as", client, "--format", "jsonl"))
        assert (row["kind"], row["t"]) == ("refused", 1.25)
        assert "status 529" in events(path, "--as", client)
    for client in ("httpx-sse", "httpx2", "sseclient"):
        (row,) = rows(events(path, "--as", client, "--format", "jsonl"))
        assert row["data"] == "1"


def test_a_charset_that_is_left_out_of_account_is_said(events: Events, tmp_path: Path) -> None:
    path = tmp_path / "latin.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        head = (("Content-Type", "text/event-stream; charset=iso-8859-1"),)
        exchange.response(Response(status=200, headers=head, t=0.1))
        exchange.end(EndingKind.COMPLETE, 0.2)
    (note,) = rows(events(path, "--as", "httpx2", "--format", "jsonl"))
    assert note["kind"] == "note"
    assert "iso8859-1" in note["message"]
    assert rows(events(path, "--as", "openai", "--format", "jsonl")) == []


def test_many_spans_of_one_reason_are_counted(events: Events, write: Any) -> None:
    last = events(write([(1.5, b": hi\n\n" * 7)]), "--as", "standard").splitlines()[-1]
    assert "bytes 0-6, 6-12, 12-18, 18-24 and 3 more (comments)" in last


def test_recorded_text_cannot_move_the_cursor(events: Events, write: Any) -> None:
    body = b'event: a\x1b[2J\ndata: {"error":{"message":"\\u001b[31m"}}\n\n'
    shown = events(write([(1.5, body)]), "--as", "openai")
    assert "\x1b" not in shown
    assert "raises APIError" in shown


def test_interleaved_exchanges_and_standard_input(events: Events, tmp_path: Path) -> None:
    path = tmp_path / "two.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        first, second = writer.exchange(), writer.exchange()
        first.chunk(b"data: 1a\n\ndata: 1", 0.1)
        second.chunk(b"data: 2a\n\n", 0.2)
        first.chunk(b"b\n\n", 0.3)
        second.end(EndingKind.COMPLETE, 0.4)
        first.end(EndingKind.COMPLETE, 0.5)
    expected = [(1, 1, "1a"), (2, 1, "2a"), (1, 2, "1b")]
    for found in (
        rows(events(path, "--as", "httpx-sse", "--format", "jsonl")),
        rows(events("-", "--as", "httpx-sse", "--format", "jsonl", stdin=path.read_bytes())),
    ):
        assert [(row["exchange"], row["n"], row["data"]) for row in found] == expected
    only = rows(events(path, "--exchange", 2, "--as", "httpx-sse", "--format", "jsonl"))
    assert [row["data"] for row in only] == ["2a"]


def test_interim_heads_are_passed_over(events: Events, tmp_path: Path) -> None:
    path = tmp_path / "interim.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.response(Response(status=103))
        exchange.response(Response(status=200, headers=SSE))
        exchange.chunk(b"data: 1\n\n", 0.1)
        exchange.end(EndingKind.COMPLETE, 0.2)
    for options in ([], ["--as", "openai"]):
        (row,) = rows(events(path, *options, "--format", "jsonl"))
        assert row["data"] == "1"


@pytest.mark.parametrize("name", names())
def test_the_command_and_the_function_agree(events: Events, name: str) -> None:
    exchange = playhead.load(sample(name))[1]
    whole = exchange.ending.kind in (EndingKind.COMPLETE, EndingKind.UNKNOWN)
    for client in (Client.ANTHROPIC, Client.HTTPX2):
        outcomes = list(read_as(client, [chunk.data for chunk in exchange.chunks], whole=whole))
        found = rows(events(sample(name), "--as", client.value, "--format", "jsonl"))
        kinds = {Seen: "seen", Raised: "raised", Unseen: "unseen"}
        assert [
            (row["kind"], row["offset"], row["length"]) for row in found if row["kind"] in kinds.values()
        ] == [(kinds[type(outcome)], outcome.start, outcome.end - outcome.start) for outcome in outcomes]


def test_help_names_the_clients(events: Events) -> None:
    shown = " ".join(events("--help").split())
    assert ", ".join(Client) in shown
