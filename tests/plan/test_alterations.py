"""Alterations: what comes of a plan, at every point, and what they say of themselves."""

from __future__ import annotations

import gzip
import itertools
import re
import sys
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead import EndingKind, Exchange, MissingExtra, Response, UsageError
from playhead.encodings import ContentDecoder
from playhead.model import Framing
from playhead.plan import Finish, Plan, Send, acts, checked
from playhead.plan.alterations import (
    AS_RECORDED,
    Alteration,
    corrupt,
    cut,
    encode,
    inject,
    parse_alteration,
    rechunk,
    slow,
    smallest,
    stall,
    status,
)
from playhead.sse import Decoder, FrameKind

Make = Callable[..., Exchange]
# The request was complete at 1.0, the head came at 1.5.
EVENTS = [
    (b"event: a\ndata: 1\n\n", 2.0),
    (b": keep\n\n", 2.5),
    ("data: 5 €".encode(), 3.0),
    (b"\n\ndata: x\r\n", 3.5),
    (b"\r\n", 4.0),
]
BODY = b"".join(data for data, _ in EVENTS)


def needs(alteration: object) -> None:
    """Brotli comes with the recorder, which Python 3.11 does not have."""
    if re.search(r"\bbr\b", str(alteration)):
        pytest.importorskip("brotli")


@pytest.fixture(scope="session")
def plan(make: Make) -> Plan:
    return Plan.of(acts(make(EVENTS, facts={"framing": "chunked"})))


def chunks(plan: Plan) -> list[bytes]:
    return [send.data for send in plan.sends]


def timed(plan: Plan) -> list[tuple[bytes, float | None]]:
    return [(send.data, send.at) for send in plan.sends]


ALL: list[Alteration] = [
    AS_RECORDED,
    *(rechunk(how) for how in ("recorded", "event", "whole", 1, 5, "utf-8", "crlf", "field", "random")),
    rechunk(at=[3, 9]),
    *(cut(by, event=2) for by in ("clean", "fin", "reset", "rst-stream", "goaway")),
    cut(event=0), cut(frame=2), cut(chunk=3), cut(byte=21), cut(head=True), cut("reset", head=True),
    stall(event=1), stall(2.5, chunk=2), stall(head=True), stall(1, head=True), slow(2.0),
    slow(gap=0.25),
    inject("event", event=1, name="x", data="a\nb"), inject("comment", chunk=0), inject("error", event=3),
    inject("garbage", byte=5, seed=9), inject(b"\x00", frame=1),
    status(429, retry_after=1.5), status(529),
    encode("gzip"), encode("deflate"), encode("br"), encode("zstd"), encode("gzip", "br"), encode(),
    corrupt("truncated", event=1), corrupt("garbled", event=1), corrupt("head"),
    corrupt("chunk-size", event=1), corrupt("chunk-footer", event=1),
]  # fmt: skip


@pytest.mark.parametrize("alteration", ALL, ids=str)
@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
def test_an_altered_plan_is_legal_and_always_the_same(
    make: Make, alteration: Alteration, framing: str
) -> None:
    needs(alteration)
    recorded = Plan.of(acts(make(EVENTS, facts={"framing": framing})))
    result = alteration(recorded)
    assert list(checked(result)) == list(alteration(recorded))
    total = sum(map(len, chunks(result)))
    assert result.end.sent == total
    times = [act.at for act in result if act.at is not None]
    assert times == sorted(times)
    head = result.head
    if head is not None and head.framing is Framing.LENGTH:
        assert head.length is not None
        assert (head.length == total) == (result.end.finish is Finish.CLEAN)


@pytest.mark.parametrize("alteration", ALL, ids=str)
def test_a_plan_without_a_body_or_head_is_left_so(make: Make, alteration: Alteration) -> None:
    needs(alteration)
    for exchange in (
        make(responses=(Response(status=204),)),
        make(responses=(), ending=EndingKind.SERVER_CLOSED, facts={"how": "fin"}),
    ):
        try:
            list(checked(alteration(Plan.of(acts(exchange)))))
        except UsageError as error:
            assert "no " in str(error)  # noqa: PT017 - either is right, depending on the point


def test_rechunk_by_event_and_whole(plan: Plan) -> None:
    assert timed(rechunk("event")(plan)) == [
        (b"event: a\ndata: 1\n\n", 1.0),
        (b": keep\n\n", 1.5),
        ("data: 5 €\n\n".encode(), 2.5),
        (b"data: x\r\n\r\n", 3.0),
    ]
    assert timed(rechunk("whole")(plan)) == [(BODY, 3.0)]


def test_rechunk_inside_what_decoders_must_hold_together(plan: Plan) -> None:
    assert chunks(rechunk("utf-8")(plan))[2:6] == [b"data: 5 \xe2", b"\x82", b"\xac", b"\n\ndata: x\r\n"]
    assert chunks(rechunk("crlf")(plan)) == [
        b"event: a\ndata: 1\n", b"\n", b": keep\n", b"\n", "data: 5 €".encode(), b"\n", b"\ndata: x\r", b"\n",
        b"\r", b"\n",
    ]  # fmt: skip
    assert chunks(rechunk("field")(plan))[:4] == [b"ev", b"ent: a\nda", b"ta: 1\n\n", b": keep\n\n"]
    assert chunks(rechunk(at=[4, 2, 4, 10**6])(plan)) == [BODY[:2], BODY[2:4], BODY[4:]]


def test_rechunk_at_random_goes_by_its_seed(plan: Plan) -> None:
    drawn = {tuple(chunks(rechunk("random", seed=seed)(plan))) for seed in range(20)}
    assert len(drawn) > 10
    assert {b"".join(each) for each in drawn} == {BODY}


@given(data=st.binary(min_size=1, max_size=200), cuts=st.lists(st.integers(0, 200)), size=st.integers(1, 9))
def test_every_rechunking_keeps_the_bytes(plan: Plan, data: bytes, cuts: list[int], size: int) -> None:
    recorded = plan.sending([Send(1, data, 1.0)])
    for each in (rechunk(at=cuts), rechunk(size), rechunk("utf-8"), rechunk("crlf"), rechunk("event")):
        pieces = chunks(each(recorded))
        assert b"".join(pieces) == data
        assert all(pieces)


def test_random_splits_shrink_to_the_one_that_matters(plan: Plan) -> None:
    """A decoder that decodes each chunk by itself fails where a character is divided, and nowhere else."""
    at = BODY.index("€".encode())
    tries = 0

    def fails(alteration: Alteration) -> bool:
        nonlocal tries
        tries += 1
        try:
            for chunk in chunks(alteration(plan)):
                chunk.decode()
        except UnicodeDecodeError:
            return True
        return False

    found = smallest(range(1, len(BODY)), fails)
    assert found.offsets in ((at + 1,), (at + 2,))
    assert str(found) == f"rechunk at bytes {found.offsets[0]}"
    assert tries < 60
    with pytest.raises(UsageError, match="nothing fails"):
        smallest([1, 2], fails)
    assert smallest([1, 2], lambda _: True).offsets == ()


@pytest.mark.parametrize("number", range(4))
def test_a_cut_keeps_what_is_before_it(plan: Plan, number: int) -> None:
    result = cut(event=number)(plan)
    decoder = Decoder()
    frames = [frame for data in chunks(result) for frame in decoder.feed(data)] + decoder.close()
    assert sum(frame.kind is FrameKind.EVENT for frame in frames) == number
    assert BODY.startswith(result.body)
    assert result.end.finish is Finish.CLEAN
    assert str(cut(event=number)) == f"cut after event {number} (clean)"


def test_places(plan: Plan) -> None:
    assert cut(event=3)(plan).body == BODY  # the LF of a CRLF belongs to its event
    assert cut(frame=2)(plan).body == b"event: a\ndata: 1\n\n: keep\n\n"
    assert cut(chunk=2)(plan).body == cut(byte=26)(plan).body == BODY[:26]
    assert timed(cut(byte=20)(plan)) == [(EVENTS[0][0], 1.0), (b": ", 1.5)]
    headless = cut("reset", head=True)(plan)
    assert (headless.head, headless.sends, headless.end.finish) == (None, (), Finish.RESET)
    with pytest.raises(UsageError, match="no event 4: the body has 3"):
        cut(event=4)(plan)
    for wrong in ({}, {"event": 1, "byte": 2}, {"event": -1}):
        with pytest.raises(UsageError):
            cut(**wrong)


def test_events_of_lines_of_json_and_of_nothing(make: Make) -> None:
    lines = Response(status=200, headers=(("content-type", "application/x-ndjson"),), t=1.5)
    recorded = Plan.of(acts(make([(b'{"a":1}\n{"b"', 2.0), (b":2}\n", 3.0)], responses=(lines,))))
    assert chunks(rechunk("event")(recorded)) == [b'{"a":1}\n', b'{"b":2}\n']
    assert cut(event=1)(recorded).body == b'{"a":1}\n'
    assert inject("error", event=1)(recorded).body.count(b"\n") == 3
    whole = Response(status=200, headers=(("content-type", "application/json"),))
    recorded = Plan.of(acts(make([(b"{}", 2.0)], responses=(whole,))))
    with pytest.raises(UsageError, match="is no stream: it has no events"):
        cut(event=1)(recorded)
    with pytest.raises(UsageError, match="content-encoded"):
        (encode("gzip") | cut(event=1))(Plan.of(acts(make(EVENTS))))


def test_time(plan: Plan) -> None:
    def times(alteration: Alteration) -> list[float | None]:
        return [act.at for act in alteration(plan)]

    assert times(AS_RECORDED) == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 8.0]
    assert times(slow(2)) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 16.0]
    assert times(slow(gap=0.25)) == [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 1.75]
    assert times(stall(10, chunk=2)) == [0.5, 1.0, 1.5, 12.0, 12.5, 13.0, 18.0]
    assert times(stall(10, head=True)) == [10.5, 11.0, 11.5, 12.0, 12.5, 13.0, 18.0]
    assert times(stall(chunk=2)) == [0.5, 1.0, 1.5, None]
    assert stall(chunk=2)(plan).end.finish is Finish.STALL
    for wrong in (
        lambda: slow(0),
        lambda: slow(gap=-1),
        lambda: stall(0, event=1),
        lambda: stall(float("nan"), event=1),
    ):
        with pytest.raises(UsageError):
            wrong()


def test_what_is_injected(plan: Plan) -> None:
    assert (
        chunks(inject("event", event=1, name="x", data="a\nb")(plan))[1] == b"event: x\ndata: a\ndata: b\n\n"
    )
    assert chunks(inject("comment", chunk=0)(plan))[0] == b": injected\n\n"
    assert chunks(inject("error", event=1)(plan))[1].startswith(
        b'event: error\ndata: {"type": "error", "error"'
    )
    garbage = chunks(inject("garbage", event=1, seed=4)(plan))[1]
    assert garbage != chunks(inject("garbage", event=1, seed=5)(plan))[1]
    with pytest.raises(UnicodeDecodeError):
        garbage.decode()
    assert str(inject(b"abc", byte=3)) == "inject 3 bytes after byte 3"
    for wrong in ("nothing", b""):
        with pytest.raises(UsageError):
            inject(wrong, event=1)


@pytest.mark.parametrize(
    ("seconds", "sent"),
    [
        (0, "0"),
        (2.0, "2"),
        (1234567, "1234567"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1234567.25, "1234567.25"),
    ],
)
def test_a_wait_is_told_without_an_exponent(plan: Plan, seconds: float, sent: str) -> None:
    refusal = status(429, retry_after=seconds)
    head = refusal(plan).head
    assert head is not None
    assert (b"retry-after", sent.encode()) in head.headers
    assert str(refusal) == f"status 429, retry-after {sent}"


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan")])
def test_a_wait_that_is_none(seconds: float) -> None:
    with pytest.raises(UsageError):
        status(429, retry_after=seconds)


def test_a_status_takes_the_place_of_the_response(plan: Plan) -> None:
    result = status(429, retry_after=1.5)(plan)
    assert result.head is not None
    assert (result.head.status, result.head.reason) == (429, b"Too Many Requests")
    assert (b"retry-after", b"1.5") in result.head.headers
    assert b"rate_limit_error" in result.body
    assert result.head.length == len(result.body)
    other = status(529)(plan)
    assert other.head is not None
    assert other.head.reason == b"Overloaded"
    with pytest.raises(UsageError, match="no final status: 100"):
        status(100)


@pytest.mark.parametrize("codings", [("gzip",), ("deflate",), ("br",), ("zstd",), ("gzip", "br")])
def test_an_encoded_chunk_can_be_decoded_at_once(plan: Plan, codings: tuple[str, ...]) -> None:
    needs(codings)
    result = encode(*codings)(plan)
    assert result.head is not None
    assert dict(result.head.headers)[b"content-encoding"] == ", ".join(codings).encode()
    decoder = ContentDecoder(", ".join(codings))
    decoded = [decoder.feed(data).data for data in chunks(result)]
    assert decoded[: len(EVENTS)] == [data for data, _ in EVENTS]
    assert b"".join(decoded) == BODY
    with pytest.raises(UsageError, match="encoded already"):
        encode("gzip")(result)


def test_a_cut_body_has_no_end_of_its_encoding(plan: Plan) -> None:
    for by in ("fin", "reset"):
        inflate = zlib.decompressobj(31)
        body = (cut(by, event=1) | encode("gzip"))(plan).body
        assert inflate.decompress(body) == EVENTS[0][0]
        assert not inflate.eof
    assert gzip.decompress((cut(event=1) | encode("gzip"))(plan).body) == EVENTS[0][0]


def test_encoding_as_it_was_recorded(make: Make) -> None:
    zipped = Response(status=200, headers=(("content-encoding", "gzip"),), t=1.5)
    recorded = Plan.of(acts(make(EVENTS, responses=(zipped,))))
    assert encode()(recorded).sends == encode("gzip")(recorded).sends
    assert gzip.decompress(encode()(recorded).body) == BODY
    plain = Plan.of(acts(make(EVENTS)))
    assert encode()(plain) == plain
    with pytest.raises(UsageError, match="no such content coding: 'lzma'"):
        encode("lzma")


def test_a_coding_that_is_not_installed(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "brotli", None)
    with pytest.raises(MissingExtra, match="brotli, which is not installed"):
        encode("br")(plan)


def test_gzip_that_stops_or_goes_wrong(plan: Plan) -> None:
    stopped = corrupt("truncated", event=1)(plan)
    inflate = zlib.decompressobj(31)
    assert inflate.decompress(stopped.body) == EVENTS[0][0]
    assert not inflate.eof
    assert stopped.end.finish is Finish.CLEAN
    wrong = corrupt("garbled", event=1)(plan)
    assert wrong.end.finish is Finish.CLEAN
    inflate = zlib.decompressobj(31)
    assert inflate.decompress(wrong.sends[0].data) == EVENTS[0][0]
    with pytest.raises(zlib.error):
        inflate.decompress(b"".join(chunks(wrong)[1:]))


def test_http_that_is_wrong(plan: Plan) -> None:
    headless = corrupt("head")(plan)
    assert (headless.head, headless.sends) == (None, ())
    assert headless.end.raw == b"not http\r\n\r\n"
    size = corrupt("chunk-size", event=1)(plan)
    assert (size.body, size.end.raw) == (EVENTS[0][0], b"zz\r\n")
    footer = corrupt("chunk-footer", event=1)(plan)
    assert (footer.body, footer.end.raw) == (b"", b"12\r\nevent: a\ndata: 1\n\nzz")
    for wrong in (lambda: corrupt("head", event=1), lambda: corrupt("all"), lambda: corrupt("chunk-size")):
        with pytest.raises(UsageError):
            wrong()
    with pytest.raises(UsageError, match="no chunk ends there"):
        corrupt("chunk-footer", event=0)(plan)


def test_alterations_follow_one_another(plan: Plan) -> None:
    both = cut(event=2) | rechunk("utf-8") | inject("comment", event=1)
    assert str(both).split(", then ") == [
        "cut after event 2 (clean)",
        "rechunk: inside each UTF-8 character",
        "inject a comment after event 1",
    ]
    assert both(plan) == inject("comment", event=1)(rechunk("utf-8")(cut(event=2)(plan)))
    assert (AS_RECORDED | both) == both
    assert str(AS_RECORDED) == "as recorded"


TEXTS: list[tuple[str, Alteration]] = [
    ("cut:event=5,by=reset", cut("reset", event=5)),
    ("cut:reset,byte=7", cut("reset", byte=7)),
    ("cut:head", cut(head=True)),
    ("stall:2.5,chunk=3", stall(2.5, chunk=3)),
    ("stall:frame=3", stall(frame=3)),
    ("slow:3", slow(3)),
    ("slow:gap=0.5", slow(gap=0.5)),
    ("rechunk:utf-8", rechunk("utf-8")),
    ("rechunk:7", rechunk(7)),
    ("rechunk:random,seed=3", rechunk("random", seed=3)),
    ("inject:garbage,event=1,seed=2", inject("garbage", event=1, seed=2)),
    ("status:429,retry-after=2", status(429, retry_after=2)),
    ("corrupt:truncated,event=3", corrupt("truncated", event=3)),
    ("encode", encode()),
    ("encode:gzip", encode("gzip")),
]


@pytest.mark.parametrize(("text", "meant"), TEXTS)
def test_alterations_as_text(text: str, meant: Alteration) -> None:
    assert parse_alteration(text) == meant


@pytest.mark.parametrize(
    "text",
    ["", "cat", "cut", "cut:event=x", "cut:no,event=1", "status", "status:1,2,3", "cut:head=no", "slow:x"],
)
def test_text_that_is_no_alteration(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_alteration(text)
    assert caught.value.hint


def test_equal_alterations_are_equal() -> None:
    made: list[Any] = [parse_alteration(text) for text, _ in TEXTS]
    for one, other in itertools.combinations(made, 2):
        assert one != other


@pytest.mark.parametrize(
    ("method", "code", "length"),
    [("HEAD", 429, 81), ("GET", 204, None), ("GET", 304, None), ("HEAD", 204, None)],
)
def test_a_status_without_a_body_is_a_head_alone(
    make: Make, method: str, code: int, length: int | None
) -> None:
    exchange = make(EVENTS, facts={"framing": "chunked"})
    result = status(code)(Plan.of(acts(exchange, method=method), method=method))
    assert result.sends == ()
    assert result.end.sent == 0
    assert result.head is not None
    assert result.head.length == length
    assert (inject("comment", byte=0)(result)) == result


def test_what_is_slow_is_slow_from_its_first_head_on(make: Make) -> None:
    early, final = Response(status=103, t=2.0), Response(status=200, t=3.0)
    plan = Plan.of(acts(make(EVENTS, responses=(early, final))))
    [head] = plan.interim
    assert head.at
    assert slow(2.0)(plan).interim[0].at == head.at * 2
    assert stall(5.0, head=True)(plan).interim == plan.interim


@pytest.mark.parametrize("at", [[1.5], ["3"], [None], 3])
def test_offsets_that_are_no_whole_numbers(at: Any) -> None:
    with pytest.raises(UsageError, match="whole numbers"):
        rechunk(at=at)


WRONG: list[tuple[Callable[[Any], object], Any, str]] = [
    (lambda a: inject("event", event=1, data=a), {"a": 1}, "the data of an event is text, not {'a': 1}"),
    (lambda a: cut(event=a), "a", "no event 'a': a place is a whole number"),
    (lambda a: cut(byte=a), 1.5, "no byte 1.5: a place is a whole number"),
    (lambda a: stall(chunk=a), True, "no chunk True: a place is a whole number"),
    (lambda a: stall(a, event=1), "5", "no stall lasts '5' seconds"),
    (status, "429", "no final status: '429'"),
    (lambda a: status(429, retry_after=a), "x", "retry_after is a number of seconds"),
    (slow, "2", "slow takes a factor above 0"),
    (lambda a: slow(gap=a), "x", "a gap is a number of seconds"),
    (lambda a: slow(a, gap=1), 2, "slow takes a factor or a gap, not both"),
    (slow, None, "slow takes a factor or a gap, not neither"),
    (lambda a: cut(event=1) | a, 3, "no alteration: 3"),
    (lambda a: cut(event=1) | status(429) | a, "cut", "no alteration: 'cut'"),
]


@pytest.mark.parametrize(("make_one", "argument", "said"), WRONG)
def test_what_is_no_alteration_is_refused_when_it_is_written(
    make_one: Callable[[Any], object], argument: Any, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        make_one(argument)
    assert said in str(caught.value)


def test_text_that_is_no_utf_8() -> None:
    with pytest.raises(UsageError, match=r"'\\udcff' is no character"):
        parse_alteration("inject:event,event=1,data=\udcff")


def test_numbers_beyond_all_floats() -> None:
    huge = 10**400
    assert stall(huge, event=1) == stall(event=1)
    tries: list[Callable[[], object]] = [
        lambda: slow(huge),
        lambda: slow(gap=huge),
        lambda: status(529, retry_after=huge),
    ]
    for each in tries:
        with pytest.raises(UsageError):
            each()
