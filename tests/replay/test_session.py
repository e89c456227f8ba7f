"""Which exchange answers, and what a miss says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

import playhead
import playhead.httpx2
from playhead import Cassette, ReplayMiss, Request, UsageError
from playhead.matching import Rules
from playhead.redaction import redact_request_headers, redact_url
from playhead.replay.altered import altered
from playhead.replay.session import Repeats, Session, session_of

Make = Callable[..., Cassette]
TARGET = "/v1/messages?beta=true"


def asking(method: str, target: str) -> Request:
    """The request that the cassettes of `make` answer, unless method or target are others."""
    return Request(method=method, url=target, body=b"{}")


def test_exchanges_answer_in_order_whatever_the_host(make: Make) -> None:
    session = session_of(make(copies=3))
    assert session.take(asking("POST", TARGET)).number == 1
    assert session.take(asking("POST", f"https://api.example:8443{TARGET}")).number == 2
    assert session.take(asking("POST", f"http://[::1]:80{TARGET}#part")).number == 3


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", TARGET), ("POST", "/v1/messages"), ("POST", "/v1/messages?beta=1"), ("POST", "/")],
)
def test_method_path_and_query_must_be_equal(make: Make, method: str, target: str) -> None:
    cassette = make(copies=2)
    with pytest.raises(ReplayMiss) as caught:
        session_of(cassette).take(asking(method, target))
    message = str(caught.value)
    assert f"No exchange of {cassette.name} answers {method} {target}" in message
    assert f"1 to 2. POST {TARGET} (not played yet)" in message
    assert "2 of 2 are left to play" in message
    assert "Nearest is exchange 1" in message


def test_one_request_too_many_is_said_to_be_one(make: Make) -> None:
    session = session_of(make())
    session.take(asking("POST", TARGET))
    with pytest.raises(ReplayMiss, match="more often than recorded") as caught:
        session.take(asking("POST", TARGET))
    assert session.misses == [caught.value]
    assert f"1. POST {TARGET} (played)" in str(caught.value)
    assert "0 of 1 are left to play" in str(caught.value)


def test_an_import_answers_any_request(make: Make) -> None:
    session = session_of(make(request=None))
    assert session.take(asking("DELETE", "/what/ever?x=1")).number == 1
    with pytest.raises(ReplayMiss, match=r"1\. any request \(played\)"):
        session.take(asking("GET", "/"))


def test_the_root_may_be_written_without_a_slash(make: Make) -> None:
    session = session_of(make(request=Request(method="GET", url="http://host"), copies=2))
    assert session.take(asking("GET", "/")).number == 1
    with pytest.raises(ReplayMiss):
        session.take(asking("GET", "/?q"))


def test_a_loop_starts_over_for_each_request(make: Make) -> None:
    session = session_of(make(copies=2), repeats=Repeats.LOOP)
    assert [session.take(asking("POST", TARGET)).number for _ in range(5)] == [1, 2, 1, 2, 1]
    with pytest.raises(ReplayMiss):
        session.take(asking("GET", TARGET))


def test_a_path_and_an_exchange_will_do(make: Make) -> None:
    cassette = make(copies=2)
    assert session_of(cassette.name).take(asking("POST", TARGET)).number == 1
    assert session_of(cassette[2]).take(asking("POST", TARGET)).number == 2


def test_concurrent_requests_never_share_an_exchange(make: Make) -> None:
    session = session_of(make(copies=64))
    gate = threading.Barrier(8)

    def take_some(_: int) -> list[int]:
        gate.wait()
        return [session.take(asking("POST", TARGET)).number for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        taken = [number for some in pool.map(take_some, range(8)) for number in some]
    assert sorted(taken) == list(range(1, 65))


def test_the_last_answer_may_repeat(make: Make) -> None:
    session = session_of(make(copies=2), repeats=Repeats.REPEAT)
    assert [session.take(asking("POST", TARGET)).number for _ in range(4)] == [1, 2, 2, 2]


def test_no_other_repeats_are_known() -> None:
    assert Repeats.of("loop") is Repeats.LOOP
    with pytest.raises(playhead.UsageError, match="no such repeats: 'again'"):
        Repeats.of("again")


def test_what_is_left_to_play_is_known(make: Make) -> None:
    session = session_of(make(copies=3))
    session.take(asking("POST", TARGET))
    assert [each.number for each in session.unplayed] == [2, 3]


def test_a_session_goes_where_a_cassette_goes(make: Make) -> None:
    session = session_of(make())
    assert session_of(session) is session


def test_exchanges_that_are_alike_are_listed_in_one_line(make: Make) -> None:
    session = session_of(make(copies=25))
    session.take(asking("POST", TARGET))
    with pytest.raises(ReplayMiss) as caught:
        session.take(asking("GET", "/"))
    lines = str(caught.value).splitlines()
    assert lines[-2:] == [f"  1. POST {TARGET} (played)", f"  2 to 25. POST {TARGET} (not played yet)"]


def test_a_long_cassette_is_listed_in_part(tmp_path: Path) -> None:
    path = tmp_path / "long.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        for number in range(25):
            out = writer.exchange()
            out.request(Request(method="GET", url=f"http://host/{number}"))
            out.end(playhead.EndingKind.COMPLETE)
    with pytest.raises(ReplayMiss, match="and 5 more"):
        session_of(path).take(asking("GET", "/x"))


Recorded = Callable[..., Session]


@pytest.fixture
def redacted(tmp_path: Path) -> Recorded:
    """`redacted(url, …)` is a session over requests whose URLs were redacted as the recorder does it."""

    def session(*urls: str) -> Session:
        path = tmp_path / "redacted.cassette.jsonl"
        with playhead.open_writer(path) as writer:
            for url in urls:
                out = writer.exchange()
                safe, replaced = redact_url(url, b"a random key")
                out.request(Request(method="GET", url=safe))
                for each in replaced:
                    out.redaction(each.name, each.rule, each.byte_offset, each.size)
                out.end(playhead.EndingKind.COMPLETE)
        return session_of(path)

    return session


BASE = "https://host.test/v1beta/models/m:stream"


@pytest.mark.parametrize(
    ("recorded", "asked"),
    [
        ("key=the-real-secret", "key=another"),
        ("key=the-real-secret", "key="),
        ("key=the-real-secret&alt=sse", "key=the-real-secret&alt=sse"),
        ("alt=sse&key=the-real-secret", "alt=sse&key=a%26b/c?d=e;f"),
        ("alt=sse&key=the-real-secret", "key=x&alt=sse"),
        ("key=one-secret&token=two-secret&x=1", "key=a&token=b&x=1"),
    ],
)
def test_a_redacted_parameter_may_be_anything(redacted: Recorded, recorded: str, asked: str) -> None:
    session = redacted(f"{BASE}?{recorded}")
    assert session.take(asking("GET", f"/v1beta/models/m:stream?{asked}")).number == 1


@pytest.mark.parametrize(
    "target",
    [
        "?key=x",
        "?alt=json&key=x",
        "?alt=sse&key=x&more=1",
        "?alt=sse&kez=x",
        "?alt=sse&alt=sse",
        "?alt=sse",
        "",
        "/other?alt=sse&key=x",
    ],
)
def test_all_but_the_redacted_value_must_be_equal(redacted: Recorded, target: str) -> None:
    session = redacted(f"{BASE}?alt=sse&key=the-real-secret")
    with pytest.raises(ReplayMiss):
        session.take(asking("GET", f"/v1beta/models/m:stream{target}"))


def test_what_stands_before_the_target_does_not_matter(redacted: Recorded) -> None:
    session = redacted("https://user:password@host.test/x?a=1", "https://user:password@host.test?key=secret")
    assert session.take(asking("GET", "/x?a=1")).number == 1
    assert session.take(asking("GET", "/?key=other")).number == 2
    with pytest.raises(ReplayMiss):
        session.take(asking("GET", "/y?a=1"))


def test_a_key_in_the_path_may_be_another(redacted: Recorded) -> None:
    session = redacted("https://host.test/bot/sk-ant-0123456789abcdefghij?x=1")
    assert session.take(asking("GET", "/bot/sk-ant-another?x=1")).number == 1
    with pytest.raises(ReplayMiss):
        session.take(asking("GET", "/bot/sk-ant-another?x=2"))


def test_redacted_requests_are_played_in_order(redacted: Recorded) -> None:
    session = redacted(f"{BASE}?key=first-secret", f"{BASE}?key=second-secret")
    taken = [session.take(asking("GET", f"{BASE}?key=second-secret")).number for _ in range(2)]
    assert taken == [1, 2]
    with pytest.raises(ReplayMiss, match="more often than recorded"):
        session.take(asking("GET", f"{BASE}?key=second-secret"))


@pytest.mark.parametrize(
    ("offset", "size"), [(None, None), (None, 3), (0, None), (-5, 9), (10**18, 5), (3, 10**18), (0, 0)]
)
def test_a_span_that_is_none_does_no_harm(tmp_path: Path, offset: int | None, size: int | None) -> None:
    path = tmp_path / "odd.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        out = writer.exchange()
        out.request(Request(method="GET", url="http://host/x\u00e9?a=1&b=2"))
        out.redaction("url", "by hand", offset, size)
    assert session_of(path).take(asking("GET", "/x\u00e9?a=1&b=2")).number == 1


def test_a_span_in_a_url_of_wide_characters_counts_bytes(tmp_path: Path) -> None:
    path = tmp_path / "wide.cassette.jsonl"
    url = "http://host/\u65e5\u672c?a=REDACTED&b=2"
    with playhead.open_writer(path) as writer:
        out = writer.exchange()
        out.request(Request(method="GET", url=url))
        out.redaction("url", "by hand", url.encode().index(b"REDACTED"), len("REDACTED"))
    assert session_of(path).take(asking("GET", "/\u65e5\u672c?a=x&b=2")).number == 1


def test_a_miss_keeps_the_keys_of_the_client(redacted: Recorded) -> None:
    session = redacted(f"{BASE}?key=the-recorded-secret")
    with pytest.raises(ReplayMiss) as caught:
        session.take(asking("GET", f"{BASE}/other?key=the-real-secret&x=sk-ant-0123456789abcdefghij"))
    message = str(caught.value)
    assert "the-real" not in message
    assert "the-recorded" not in message
    assert "0123456789" not in message
    assert "/other?key=REDACTED-" in message
    assert f"?key={redact_url('/?key=the-recorded-secret', b'a random key')[0][6:]} (not played" in message


def test_a_miss_that_cannot_be_told_is_noted(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> str:
        raise RuntimeError("no words\x1b[2J")

    session = session_of(make())
    monkeypatch.setattr("playhead.matching.misses.told", fails)
    with pytest.raises(ReplayMiss) as caught:
        session.take(asking("GET", "/nothing"))
    assert session.misses == [caught.value]
    assert str(caught.value) == (
        f"No exchange of {session.name} answers GET /nothing\n"
        "More cannot be told: RuntimeError: no words\u241b[2J"
    )


def test_a_miss_that_cannot_be_made_is_noted(make: Make) -> None:
    def fails(_: str) -> ReplayMiss:
        raise RuntimeError("no words")

    session = Session(make().exchanges, "it", miss=fails)
    with pytest.raises(ReplayMiss, match=r"answers GET /nothing(.|\n)*RuntimeError: no words") as caught:
        session.take(asking("GET", "/nothing"))
    assert session.misses == [caught.value]


def test_a_miss_cannot_drive_the_terminal(make: Make) -> None:
    session = session_of(make(request=Request(method="G\x1b[2J", url="http://h/\x1b]0;x\x07\u202e")))
    with pytest.raises(ReplayMiss) as caught:
        session.take(asking("GET", "/\x1b[31m\n\u202e"))
    lines = str(caught.value).split("\n")
    assert "\x1b" not in str(caught.value)
    assert lines[0].endswith("answers GET /\u241b[31m\u240a\u27e8U+202E\u27e9")
    assert lines[-1] == "  1. G\u241b[2J /\u241b]0;x\u2407\u27e8U+202E\u27e9 (not played yet)"


def _of_tenants(path: Path, *tenants: str, header: str = "x-tenant") -> Cassette:
    with playhead.open_writer(path) as writer:
        for tenant in tenants:
            headers, redactions = redact_request_headers(((header, tenant),), b"key")
            out = writer.exchange()
            out.request(Request(method="POST", url="http://h/a", headers=headers, body=b"{}", t=0.0))
            for each in redactions:
                out.redaction(each.name, each.rule, byte_offset=each.byte_offset, size=each.size)
            out.response(playhead.Response(status=200, t=0.1))
            out.chunk(tenant.encode(), 0.2)
            out.end(playhead.EndingKind.COMPLETE, 0.3)
    return playhead.load(path)


def test_a_header_that_was_redacted_cannot_be_matched_on(tmp_path: Path) -> None:
    """Any tenant would be given the first one's answer."""
    cassette = _of_tenants(tmp_path / "a.cassette.jsonl", "alpha", "beta")
    for source in (cassette, cassette[2]):
        with pytest.raises(UsageError) as caught:
            session_of(source, rules=Rules.of(["path", "headers.X-Tenant"]))
        assert "headers.X-Tenant: exchange " in str(caught.value)
        assert "has only a placeholder of it" in str(caught.value)
        assert "--allow-header x-tenant, or [headers] allow" in str(caught.value)
    with pytest.raises(UsageError):
        playhead.httpx2.ReplayTransport(cassette, match_on=["headers.x-tenant"])
    session_of(cassette, rules=Rules.of(["path", "headers.x-other"]))
    session_of(cassette, rules=Rules.of(["path", lambda *both: bool(both)]))


def test_a_credential_is_no_way_to_match(tmp_path: Path) -> None:
    cassette = _of_tenants(tmp_path / "a.cassette.jsonl", "Bearer " + "aB3" * 20, header="Authorization")
    with pytest.raises(UsageError, match="always holds a credential"):
        session_of(cassette, rules=Rules.of(["headers.authorization"]))


def test_a_header_that_is_kept_tells_tenants_apart(tmp_path: Path) -> None:
    cassette = _of_tenants(tmp_path / "a.cassette.jsonl", "alpha", "beta", header="x-title")
    session = session_of(cassette, rules=Rules.of(["headers.x-title"]))
    made = asking("POST", "/a")
    found = session.find(msgspec.structs.replace(made, headers=(("X-Title", "beta"),)))
    assert found is not None
    assert found.number == 2
    assert session.find(msgspec.structs.replace(made, headers=(("X-Title", "gamma"),))) is None


def test_what_is_nothing_to_replay_is_refused_when_it_is_written(make: Make) -> None:
    wrong: Any = 3
    with pytest.raises(UsageError, match="nothing to replay: 3"):
        playhead.httpx2.ReplayTransport(wrong)
    wrong = "cut"
    with pytest.raises(UsageError, match="no alteration: 'cut'"):
        altered(make([(b"data: 1\n\n", 2.0)]), wrong)
