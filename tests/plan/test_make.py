"""From an exchange to acts: heads, headers, times, lengths, and where a replay must stop early."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead import (
    CassetteError,
    EndingKind,
    Exchange,
    ExchangeWriter,
    Framing,
    How,
    Request,
    Response,
    follow,
    load,
    open_writer,
)
from playhead.format import records
from playhead.plan import Act, End, Finish, Head, Pace, Send, acts, checked, paced

Make = Callable[..., Exchange]
ABC = [(b"a", 2.0), (b"bc", 2.25)]


def head(exchange: Exchange, method: str = "GET") -> Head:
    return next(act for act in acts(exchange, method=method) if isinstance(act, Head) and not act.interim)


def end(exchange: Exchange) -> End:
    return [act for act in acts(exchange) if isinstance(act, End)][-1]


def with_headers(*headers: tuple[str, str], status: int = 200) -> tuple[Response, ...]:
    return (Response(status=status, headers=headers, t=1.5),)


def test_times_count_from_the_complete_request(make: Make) -> None:
    request = Request(method="POST", url="http://h/x", t=1.0, t_start=0.5)
    assert [act.at for act in acts(make(ABC, request=request, end_t=3.0))] == [0.5, 1.0, 1.25, 2.0]


def test_without_the_request_they_count_from_the_head(make: Make) -> None:
    assert [act.at for act in acts(make(ABC, request=None, end_t=3.0))] == [0.0, 0.5, 0.75, 1.5]


def test_without_any_time_there_is_nothing_to_wait_for(make: Make) -> None:
    head_without = (Response(status=200),)
    exchange = make([(b"a", None), (b"b", None)], request=None, responses=head_without, end_t=None)
    assert list(paced(acts(exchange), Pace(1.0))) == list(acts(exchange))


def test_empty_chunks_are_not_sent(make: Make) -> None:
    exchange = make([(b"", 2.0), (b"a", 2.1), (b"", 2.2)])
    assert [(act.number, act.data) for act in acts(exchange) if isinstance(act, Send)] == [(2, b"a")]


def test_framing_and_encoding_headers_are_not_kept(make: Make) -> None:
    exchange = make(
        ABC,
        responses=with_headers(
            ("X-One", "1"),
            ("Content-Encoding", "gzip"),
            ("x-one", "2"),
            ("Transfer-Encoding", "chunked"),
            ("Connection", "keep-alive, X-Hop"),
            ("Keep-Alive", "timeout=5"),
            ("x-hop", "here"),
            ("content-length", "77"),
            ("x-one", "1"),
        ),
    )
    assert head(exchange).headers == ((b"X-One", b"1"), (b"x-one", b"2"), (b"x-one", b"1"))


def test_bytes_still_encoded_keep_their_encoding(make: Make) -> None:
    def raw(out: ExchangeWriter) -> None:
        out.chunk(b"\x1f\x8b", 2.0, undecoded=True)

    exchange = make(more=raw, responses=with_headers(("content-encoding", "gzip")))
    assert head(exchange).headers == ((b"content-encoding", b"gzip"),)
    assert end(exchange).finish is Finish.CLEAN


BROKEN = b"\xff\xff"
"""Follows no gzip that was flushed."""


def failing(coding: str, raw: bytes, make: Make) -> Exchange:
    """`abc` in two chunks that were decoded, then bytes that could not be."""
    return make(
        ABC,
        more=lambda out: out.chunk(raw, 3.0, undecoded=True),
        responses=with_headers(("content-encoding", coding)),
        facts={"framing": "length"},
    )


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_decoding_fails_where_it_failed(make: Make, coding: str) -> None:
    exchange = failing(coding, BROKEN, make)
    assert head(exchange).headers == ((b"content-encoding", coding.encode()),)
    assert head(exchange).framing is Framing.CHUNKED
    assert end(exchange).finish is Finish.CLEAN
    inflate = zlib.decompressobj(47)
    *good, broken = [act.data for act in acts(exchange) if isinstance(act, Send)]
    assert [inflate.decompress(data) for data in good] == [data for data, _ in ABC if data]
    assert broken == BROKEN
    with pytest.raises(zlib.error):
        inflate.decompress(broken)


@pytest.mark.parametrize(("coding", "raw"), [("gzip", b"\0"), ("compress", BROKEN)])
def test_a_replay_stops_where_it_cannot_fail_as_decoding_did(make: Make, coding: str, raw: bytes) -> None:
    last = end(failing(coding, raw, make))
    assert (last.finish, last.sent > 2) == (Finish.RECORDING_ENDED, True)
    assert last.detail == "chunk 3 could not be decoded when it was recorded"


def test_a_replay_stops_where_bytes_were_lost(make: Make) -> None:
    def lose(out: ExchangeWriter) -> None:
        out.loss("queue_full", 5.0, 2.1, 3, 402)

    last = end(make(ABC, more=lose))
    assert (last.finish, last.sent) == (Finish.RECORDING_ENDED, 1)
    assert last.detail == "402 bytes passed by unrecorded (queue_full)"


def test_a_loss_at_an_unknown_time_ends_the_replay_at_its_end(make: Make) -> None:
    def lose(out: ExchangeWriter) -> None:
        out.loss("size_cap", None, None, 1, 0)

    last = end(make(ABC, more=lose))
    assert (last.finish, last.sent) == (Finish.RECORDING_ENDED, 3)


@pytest.mark.parametrize("t", [None, 2.0], ids=["timeless", "timed"])
def test_a_loss_without_times_stops_the_replay_where_it_stands(make: Make, t: float | None) -> None:
    def lose(out: ExchangeWriter) -> None:
        out.loss("disk_full", None, None, 1, 7)
        out.chunk(b"later", None if t is None else 3.0)
        out.loss("size_cap", None, None, 1, 8)

    last = end(make([(b"abc", t)], more=lose))
    assert (last.finish, last.sent) == (Finish.RECORDING_ENDED, 3)
    assert last.detail == "7 bytes passed by unrecorded (disk_full)"


def test_a_loss_that_began_before_its_place_stops_the_replay_at_its_beginning(make: Make) -> None:
    def lose(out: ExchangeWriter) -> None:
        out.loss("exception", None, None, None, None)
        out.loss("queue_full", 5.0, 2.1, 3, 402)

    last = end(make(ABC, more=lose))
    assert (last.sent, last.detail) == (1, "402 bytes passed by unrecorded (queue_full)")


def test_a_loss_of_no_exchange_concerns_those_that_are_open(tmp_path: Path) -> None:
    path = tmp_path / "lost.cassette.jsonl"
    with open_writer(path) as writer:
        over, open_, later = writer.exchange(), writer.exchange(), writer.exchange()
        for out in (over, open_):
            out.request(Request(method="GET", url="http://h/"))
            out.response(Response(status=200))
            out.chunk(b"one")
        over.end(EndingKind.COMPLETE)
        writer.write(records.Loss(detail="disk_full"))
        open_.chunk(b"two")
        open_.end(EndingKind.COMPLETE)
        later.request(Request(method="GET", url="http://h/"))
        later.response(Response(status=200))
        later.chunk(b"three")
        later.end(EndingKind.COMPLETE)
    played = [end(exchange) for exchange in load(path).exchanges]
    assert [(last.finish, last.sent, last.detail) for last in played] == [
        (Finish.CLEAN, 3, None),
        (Finish.RECORDING_ENDED, 3, "bytes passed by unrecorded (disk_full)"),
        (Finish.CLEAN, 5, None),
    ]


def test_a_growing_exchange_learns_of_a_loss_of_all(tmp_path: Path) -> None:
    path = tmp_path / "live.cassette.jsonl"
    with open_writer(path) as writer:
        out = writer.exchange()
        out.request(Request(method="GET", url="http://h/"))
        with follow(path) as follower:
            exchange = follower.cassette[1]
            assert exchange.losses == ()
            writer.write(records.Loss(detail="disk_full"))
            assert follower.poll()
            assert [loss.detail for loss in exchange.losses] == ["disk_full"]


def test_a_header_that_is_no_bytes_is_an_error(make: Make) -> None:
    with pytest.raises(CassetteError, match="no ISO-8859-1"):
        list(acts(make(ABC, responses=with_headers(("x-name", "日本")))))


def test_a_reason_that_is_no_bytes_is_an_error(make: Make) -> None:
    with pytest.raises(CassetteError, match="no ISO-8859-1"):
        list(acts(make(ABC, responses=(Response(status=200, reason="良"),))))


@pytest.mark.parametrize("wrong", ["a\r\nX: y", "a\nb", "a\rb", "a\0b"])
@pytest.mark.parametrize("place", ["reason", "name", "value", "trailer"])
def test_no_part_of_a_head_makes_other_headers(make: Make, wrong: str, place: str) -> None:
    trailers: tuple[tuple[str, str], ...] = ()
    response = Response(status=200)
    match place:
        case "reason":
            response = Response(status=200, reason=wrong)
        case "name":
            response = Response(status=200, headers=((wrong, "x"),))
        case "value":
            response = Response(status=200, headers=(("x", wrong),))
        case _:
            trailers = (("x", wrong),)
    with pytest.raises(CassetteError, match="no header and no reason can"):
        list(acts(make(ABC, responses=(response,), trailers=trailers)))


@pytest.mark.parametrize("fold", ["\r\n ", " \r\n\t", "\n  "])
def test_a_folded_line_is_unfolded(make: Make, fold: str) -> None:
    assert head(make(ABC, responses=with_headers(("x", f"a{fold}b")))).headers == ((b"x", b"a b"),)


def test_interim_heads_come_first(make: Make) -> None:
    early = Response(status=103, headers=(("link", "</a>"),), t=1.2)
    found = [act for act in acts(make(ABC, responses=(early, *with_headers()))) if isinstance(act, Head)]
    assert [(act.status, act.interim) for act in found] == [(103, True), (200, False)]


def test_a_body_without_a_head_gets_one(make: Make) -> None:
    assert head(make(ABC, responses=())).headers == ((b"content-type", b"text/event-stream"),)


def test_an_import_of_nothing_is_an_empty_answer(make: Make) -> None:
    exchange = make(ending=EndingKind.UNKNOWN, request=None, responses=())
    assert head(exchange).status == 200
    assert end(exchange).finish is Finish.CLEAN


@pytest.mark.parametrize(
    ("facts", "finish"),
    [({"how": "reset"}, Finish.RESET), ({"how": "refused"}, Finish.REFUSED), ({}, Finish.INCOMPLETE)],
)
def test_a_server_that_sent_nothing(make: Make, facts: dict[str, str], finish: Finish) -> None:
    exchange = make(ending=EndingKind.SERVER_CLOSED, responses=(), facts=facts)
    assert [type(act) for act in acts(exchange)] == [End]
    assert end(exchange).finish is finish


@pytest.mark.parametrize(
    ("facts", "finish"),
    [({"how": "reset"}, Finish.RESET), ({"framing_complete": "false"}, Finish.INCOMPLETE)],
)
def test_a_cut_of_unknown_making_before_the_head_makes_no_head(
    make: Make, facts: dict[str, str], finish: Finish
) -> None:
    exchange = make(ending=EndingKind.UNKNOWN, responses=(), facts=facts)
    assert [type(act) for act in acts(exchange)] == [End]
    assert end(exchange).finish is finish


def test_an_upgraded_connection_cannot_be_played(make: Make) -> None:
    exchange = make(ABC, responses=with_headers(status=101))
    (only,) = acts(exchange)
    assert isinstance(only, End)
    assert only.finish is Finish.RECORDING_ENDED


def test_a_stall_begins_with_the_last_bytes(make: Make) -> None:
    assert end(make(ABC, ending=EndingKind.TIMEOUT, end_t=60.0)).at is None


def test_the_evidence_goes_along(make: Make) -> None:
    exchange = make(
        ABC,
        ending=EndingKind.SERVER_CLOSED,
        facts={"how": "fin"},
        detail="incomplete chunked read",
        trailers=(("x-sum", "1"),),
    )
    last = end(exchange)
    assert (last.kind, last.how, last.detail) == (
        EndingKind.SERVER_CLOSED,
        How.FIN,
        "incomplete chunked read",
    )
    assert last.trailers == ((b"x-sum", b"1"),)


@pytest.mark.parametrize(
    ("headers", "facts", "framing", "length"),
    [
        ([], {"framing": "chunked"}, Framing.CHUNKED, None),
        ([], {"framing": "close"}, Framing.CLOSE, None),
        ([], {"framing": "h2"}, Framing.CHUNKED, None),
        ([], {}, Framing.CHUNKED, None),
        ([("content-length", "3")], {"framing": "h2"}, Framing.LENGTH, 3),
        ([("content-length", "3")], {}, Framing.LENGTH, 3),
        # As compressed: the stored bytes are three.
        ([("content-length", "23"), ("content-encoding", "gzip")], {"framing": "length"}, Framing.LENGTH, 3),
        ([("transfer-encoding", "chunked")], {}, Framing.CHUNKED, None),
        ([("content-length", "x")], {}, Framing.CHUNKED, None),
        ([("content-length", "9" * 5000)], {}, Framing.CHUNKED, None),
        ([("content-length", "\u00b2")], {}, Framing.CHUNKED, None),
    ],
)
def test_framing(
    make: Make, headers: list[tuple[str, str]], facts: dict[str, str], framing: Framing, length: int | None
) -> None:
    found = head(make(ABC, responses=with_headers(*headers), facts=facts))
    assert (found.framing, found.length) == (framing, length)


def test_the_response_may_tell_the_framing(make: Make) -> None:
    response = Response(status=200, facts={"framing": "close"})
    assert head(make(ABC, responses=(response,))).framing is Framing.CLOSE


@pytest.mark.parametrize(("declared", "promised"), [("103", 103), ("2", 4), ("3", 4)])
def test_a_cut_body_promises_what_was_declared_or_at_least_more(
    make: Make, declared: str, promised: int
) -> None:
    exchange = make(
        ABC,
        responses=with_headers(("content-length", declared)),
        ending=EndingKind.SERVER_CLOSED,
        facts={"how": "fin"},
    )
    assert head(exchange).length == promised


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_answers_that_have_no_body(make: Make, method: str, status: int) -> None:
    exchange = make(ABC, responses=with_headers(("content-length", "1234"), status=status))
    found = list(acts(exchange, method=method))
    assert [type(act) for act in found] == [Head, End]
    assert head(exchange, method).length == 1234


_ENDINGS = st.tuples(st.sampled_from(EndingKind), st.sampled_from(How), st.sampled_from(Framing))


@given(
    chunks=st.lists(st.tuples(st.binary(max_size=40), st.none() | st.floats(0, 100)), max_size=12),
    ending=_ENDINGS,
    has_head=st.booleans(),
    pace=st.sampled_from([Pace(1.0), Pace(2.0, max_gap=0.5), Pace()]),
)
def test_every_exchange_makes_legal_steps_with_its_bytes(
    make: Make,
    chunks: list[tuple[bytes, float | None]],
    ending: tuple[EndingKind, How, Framing],
    has_head: bool,
    pace: Pace,
) -> None:
    kind, how, framing = ending
    exchange = make(
        chunks,
        ending=kind,
        facts={"how": how.value, "framing": framing.value},
        responses=(Response(status=200, t=1.5),) if has_head else (),
    )
    steps = list(checked(paced(acts(exchange), pace)))
    sends = [(step.number, step.data) for step in steps if isinstance(step, Send)]
    assert sends == [(number, data) for number, (data, _) in enumerate(chunks, 1) if data]
    last = steps[-1]
    assert isinstance(last, End)
    assert last.sent == len(exchange.body)
    promised = [step.length for step in steps if isinstance(step, Head) and step.length is not None]
    assert all((length == last.sent) is (last.finish is Finish.CLEAN) for length in promised)


def test_chunks_are_decoded_when_their_turn_comes(make: Make) -> None:
    exchange = make(ABC, responses=with_headers(("transfer-encoding", "chunked")))
    lazy = acts(exchange)
    first: Act = next(lazy)
    assert isinstance(first, Head)
    assert isinstance(next(lazy), Send)
