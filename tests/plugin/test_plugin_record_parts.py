"""The parts of recording by themselves: exchanges behind others, and what `verify` takes for a difference."""

from __future__ import annotations

import os
import re
import secrets
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

import playhead
from playhead import EndingKind, Request, Response
from playhead.errors import CannotRun
from playhead.format import codec
from playhead.matching import Rules
from playhead.redaction.policy import DEFAULT
from playhead.store.cassette import open_data
from playhead.store.redact import redact_file
from playhead.testing.recording import take
from playhead.testing.recording.forwarding import _Server
from playhead.testing.recording.splicing import spliced
from playhead.testing.recording.take import Plan, Take
from playhead.testing.recording.verifying import IGNORED, told
from playhead.testing.recording.written import Written
from playhead.testing.settings import RecordMode

SSE = "text/event-stream"


def cassette(
    path: Path,
    bodies: Iterable[bytes],
    *,
    created: str | None = None,
    chunks: Iterable[bytes] = (b"data: one\n\n",),
    kind: str = SSE,
    ending: EndingKind = EndingKind.COMPLETE,
) -> bytes:
    pieces = list(chunks)
    with playhead.open_writer(path, created=created, overwrite=True) as writer:
        for body in bodies:
            out = writer.exchange()
            out.request(Request(method="POST", url="https://api.test/v1", body=body, t=0.5, t_start=0.25))
            out.response(Response(status=200, headers=(("content-type", kind), ("date", path.name)), t=1.0))
            for data in pieces:
                out.chunk(data, 1.5)
            out.end(ending, 2.0)
    return path.read_bytes()


EARLY, LATE = "2026-01-01T00:00:00.000000Z", "2026-01-01T00:01:40.000000Z"


@pytest.mark.parametrize(
    ("old", "new", "begins"),
    [
        (EARLY, LATE, 100.0),
        (LATE, EARLY, None),
        (None, LATE, None),
        (EARLY, None, None),
        (EARLY, EARLY, None),
        ("yesterday", LATE, None),
        (EARLY, "0001-01-01T00:00:00", None),
    ],
)
def test_new_exchanges_get_the_next_numbers_and_later_times(
    tmp_path: Path, old: str | None, new: str | None, begins: float | None
) -> None:
    first = cassette(tmp_path / "old.cassette.jsonl", [b"1", b"2"], created=old)
    second = cassette(tmp_path / "new.cassette.jsonl", [b"3"], created=new)
    text = spliced(first, second)
    assert text.startswith(first)
    made = open_data(text, "made")
    assert [each.request.body for each in made.exchanges if each.request] == [b"1", b"2", b"3"]
    last = made[2].ending.t
    assert last is not None
    added = made[3]
    assert added.request is not None
    assert added.request.t == pytest.approx(0.5 + (last + 1.0 if begins is None else begins))
    assert added.request.t_start == pytest.approx(added.request.t - 0.25)
    assert added.body == b"data: one\n\n"
    times = [t for line in list(made.lines())[1:] if (t := codec.envelope(line).t) is not None]
    assert times == sorted(set(times))


def test_what_cannot_be_added_to_is_said(tmp_path: Path) -> None:
    path = tmp_path / "old.cassette.jsonl"
    path.write_bytes(cassette(path, [b"1"])[:-5])
    plan = Plan(RecordMode.NEW_EPISODES, path, "old", "test", DEFAULT, Rules.of(None, ()))
    with pytest.raises(CannotRun, match="playhead recover"):
        Take(plan, Written())


def differences(tmp_path: Path, *, ignored: Iterable[str] = IGNORED, **now: object) -> str:
    """What `verify` says of an answer that was as it is by default, and came otherwise."""
    recorded = cassette(tmp_path / "then.cassette.jsonl", [b"1"])
    came = cassette(tmp_path / "now.cassette.jsonl", [b"1"], **now)  # type: ignore[arg-type]
    return told(recorded, came, "then", Rules.of(None, ()), ignored)


def test_pace_and_deliveries_and_dates_do_not_count(tmp_path: Path) -> None:
    assert differences(tmp_path, chunks=[b"data: o", b"ne\n", b"\n"]) == ""


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ({"chunks": [b"data: two\n\n"]}, '~ event 1.data: "one" → "two"'),
        ({"chunks": [b"data: one\n\n", b": quiet\n\n"]}, "+ event 2"),
        ({"kind": "text/plain"}, '~ headers.content-type: "text/event-stream" → "text/plain"'),
        ({"ending": EndingKind.SERVER_CLOSED}, '~ kind: "complete" → "server_closed"'),
    ],
)
def test_what_does_count(tmp_path: Path, now: dict[str, object], says: str) -> None:
    text = differences(tmp_path, **now)
    assert text.startswith("What came is not what then holds (record_mode=verify, recorded → now):\n")
    assert "exchange 1: POST https://api.test/v1" in text
    assert says in text


def test_members_that_are_new_each_time_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "then.cassette.jsonl"
    recorded = cassette(path, [b"1"], chunks=[b'data: {"id": "a", "turn": 1}\n\n'])
    came = cassette(path, [b"1"], chunks=[b'data: {"id": "b", "turn": 2}\n\n'])
    rules = Rules.of(None, ())
    assert "data.turn: 1 → 2" in told(recorded, came, "then", rules, IGNORED)
    assert told(recorded, came, "then", rules, ["id", "turn"]) == ""
    assert 'data.id: "a" → "b"' in told(recorded, came, "then", rules, ["turn"])


def test_two_recordings_of_one_secret_are_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "sk-ant-api03-" + "Zq8" * 30 + "AA"
    pieces = [b'data: {"text": "%b"}\n\n' % secret[at : at + 6].encode() for at in range(0, len(secret), 6)]
    path = tmp_path / "raw.cassette.jsonl"
    cassette(path, [b"1"], chunks=[*pieces, b'data: {"access_token": 12345678}\n\n'])

    def redacted(number: int) -> bytes:
        monkeypatch.setattr(secrets, "token_bytes", lambda size: number.to_bytes(size, "big"))
        clean = tmp_path / f"{number}.cassette.jsonl"
        redact_file(path, clean)
        return clean.read_bytes()

    texts = [redacted(number) for number in range(1, 400)]
    assert len(set(texts)) == len(texts)
    assert not any(secret[20:40].encode() in text for text in texts)
    digits = next(text for text in texts if re.search(rb"\{.\"text.\": .\"[0-9]{3}.\"\}", text))
    letters = next(text for text in texts if re.search(rb"\{.\"text.\": .\"[a-z]{3}.\"\}", text))
    assert told(digits, letters, "then", Rules.of(None, ()), IGNORED) == ""


def test_nothing_is_written_beside_another_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(take, "_WAIT_SECONDS", 0.01)
    path = tmp_path / "new.cassette.jsonl"
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        with pytest.raises(CannotRun, match="has kept its folder locked"), take._alone(tmp_path):
            path.touch()
    finally:
        os.close(folder)
    assert not path.exists()
    with take._alone(tmp_path):  # theirs is free again
        path.touch()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"content-length: abc\r\n\r\n", "is no number: 'abc'"),
        (b"content-length: -1\r\n\r\n", "is no number: '-1'"),
        (b"content-length: 5\r\n\r\nabc", "ends behind 3 of 5 bytes"),
        (b"transfer-encoding: chunked\r\n\r\n+5\r\nabcde\r\n0\r\n\r\n", "is no number: '+5'"),
        (b"transfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n", "is no number: ''"),
    ],
)
def test_a_body_that_is_none_is_the_clients_fault(sent: bytes, says: str) -> None:
    nobody: Any = None
    with (
        _Server(nobody, httpx, nobody, "http://provider.test").running() as server,
        socket.create_connection(("127.0.0.1", server.server_port), 30) as client,
    ):
        client.sendall(b"POST /v1 HTTP/1.1\r\nhost: here\r\n" + sent)
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as answer:
            text = answer.read().decode()
    assert text.startswith("HTTP/1.1 400 ")
    assert says in text
