"""Our reading of a client against the client itself: the same events, errors and chunks, at any cut."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead import UsageError
from playhead.clients import (
    Client,
    Fate,
    Outcome,
    Raised,
    Seen,
    Unseen,
    UnseenReason,
    other_charset,
    read_as,
    reads_events,
)

from .real_clients import At, Error, Event, Met, created, decoded, genai_parts, streamed

CLIENTS = [client for client in Client if client is not Client.STANDARD]
SDKS = [Client.ANTHROPIC, Client.OPENAI, Client.GOOGLE_GENAI]


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest) -> Client:
    if request.param is Client.GOOGLE_GENAI:
        genai_parts()
    return request.param


@pytest.fixture(params=SDKS)
def sdk(request: pytest.FixtureRequest) -> Client:
    if request.param is Client.GOOGLE_GENAI:
        genai_parts()
    return request.param


def cut(stream: bytes, cuts: Sequence[int]) -> list[bytes]:
    return [stream[a:b] for a, b in pairwise([0, *cuts, len(stream)])]


def ways_to_cut(stream: bytes, most: int) -> list[list[int]]:
    """Whole, byte by byte, in threes, in two at so many points: no two streams are cut at the same."""
    step = max(len(stream) // most, 1)
    points = range(1 + len(stream) % step, len(stream), step)
    return [[], list(range(1, len(stream))), list(range(3, len(stream), 3)), *([point] for point in points)]


def _error(raised: Raised | None) -> Error | None:
    return raised and Error(raised.error, raised.message, At(raised.chunk, raised.at_end))


def ours_decoded(client: Client, chunks: Sequence[bytes]) -> tuple[list[Event], Error | None, bool]:
    """Our events and the decoder's error; whether the stream object stopped before the decoder could."""
    outcomes = list(read_as(client, chunks))
    seen = [outcome for outcome in outcomes if isinstance(outcome, Seen)]
    raised = [outcome for outcome in outcomes if isinstance(outcome, Raised)]
    assert len(raised) <= 1
    events = [
        Event(event.event, event.data, event.id, event.retry, At(event.chunk, event.at_end)) for event in seen
    ]
    stopped = any(event.fate in (Fate.RAISES, Fate.ENDS) for event in seen)
    return events, _error(raised[0]) if raised else None, stopped


def check_decoded(client: Client, chunks: Sequence[bytes]) -> None:
    real = decoded(client, chunks)
    events, error, stopped = ours_decoded(client, chunks)
    assert events == real.items
    if not stopped:
        assert error == real.error


def ours_streamed(client: Client, chunks: Sequence[bytes]) -> Met:
    items: list[Any] = []
    for outcome in read_as(client, chunks):
        match outcome:
            case Seen(fate=Fate.YIELDED):
                items.append((json.loads(outcome.data), At(outcome.chunk, outcome.at_end)))
            case Seen(fate=Fate.RAISES, raised=raised):
                return Met(items, _error(raised))
            case Seen(fate=Fate.ENDS):
                return Met(items, None)
            case Raised():
                return Met(items, _error(outcome))
    return Met(items, None)


def check_streamed(client: Client, chunks: Sequence[bytes]) -> None:
    # As text, because NaN is not equal to itself.
    assert repr(ours_streamed(client, chunks)) == repr(streamed(client, chunks))


@pytest.mark.soak
def test_decoder_is_the_real_one(client: Client, stream: bytes, soak: bool) -> None:
    for cuts in ways_to_cut(stream, 40 if soak else 8):
        check_decoded(client, cut(stream, cuts))


@pytest.mark.soak
def test_stream_is_the_real_one(sdk: Client, stream: bytes, soak: bool) -> None:
    for cuts in ways_to_cut(stream, 9 if soak else 3):
        check_streamed(sdk, cut(stream, cuts))


@pytest.mark.parametrize("sdk", [Client.ANTHROPIC, Client.OPENAI])
def test_a_user_of_the_sdk_gets_as_many_and_the_same_error(sdk: Client, stream: bytes) -> None:
    chunks = cut(stream, range(5, len(stream), 5))
    real, ours = created(sdk, chunks), ours_streamed(sdk, chunks)
    assert [at for _, at in ours.items] == [at for _, at in real.items]
    assert ours.error == real.error


def test_a_user_of_google_genai_gets_as_many_and_the_same_error() -> None:
    genai_parts()
    answer = b'data: {"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}\r\n\r\n'
    overloaded = b'data: {"error":{"code":503,"status":"UNAVAILABLE"}}\r\n\r\n'
    for stream in (answer * 3, answer + overloaded + answer, answer + b": hi\n\n" + answer, answer[:-4]):
        chunks = cut(stream, range(5, len(stream), 5))
        real, ours = created(Client.GOOGLE_GENAI, chunks), ours_streamed(Client.GOOGLE_GENAI, chunks)
        assert [at for _, at in ours.items] == [at for _, at in real.items]
        assert ours.error == real.error


@pytest.mark.parametrize("status", [200, 201, 202, 206, 299, 300, 304, 400, 404, 429, 500, 503, 529])
def test_a_status_is_read_where_the_sdk_reads_it(sdk: Client, status: int) -> None:
    chunks = [b'event: message_stop\ndata: {"type":"message_stop"}\n\n']
    if sdk is Client.GOOGLE_GENAI:
        chunks = [b'data: {"candidates":[]}\n\n']
    met = created(sdk, chunks, status)
    assert bool(met.items) is reads_events(sdk, status)
    assert (met.error is None) is reads_events(sdk, status)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/event-stream",
        "text/event-stream; charset=UTF-8",
        "text/event-stream;charset=utf8",
        'text/event-stream; charset="ISO-8859-1"',
        "text/event-stream; Charset=cp1252; x=y",
        "text/event-stream; charset=us-ascii",
        "text/event-stream; charset=no-such-thing",
    ],
)
def test_a_charset_counts_where_we_say_so(client: Client, content_type: str) -> None:
    stream = 'data: "é"\n\n'.encode()
    met = decoded(client, [stream], content_type)
    assert met.error is None
    assert (met.items[0].data == '"é"') is (other_charset(client, content_type) is None)


WORDS = (
    *(
        b"data: ",
        b"data:",
        b"data",
        b"event: ",
        b"event",
        b"id: ",
        b"id:",
        b"id",
        b"retry: ",
        b": ",
        b":",
        b" ",
    ),
    *(b"\n", b"\n", b"\n\n", b"\r", b"\r\n", b"\r\n\r\n", b"\r\r", b"\0", b"a", b"12", b"-1", b"1_0", b"+"),
    *(
        b"data: {}\n\n",
        b"data: [DONE]\n\n",
        b"event: ping\n\n",
        b"event: error\n",
        b"event: thread.x\n",
        b"{",
        b"}",
    ),
    *(b'{"a":1}', b'{"error":', b'{"message":"m"}', b'{"code":429}', b"}", b"null", b'"', b"[DONE]", b"NaN"),
    *("\ufeff".encode(), b"\xef", b"\xbb", b"\xbf", b"\xff", "é".encode(), "😀".encode(), "😀".encode()[:2]),
    *("\u2028".encode(), "\x85".encode(), b"\x85", b"\xe2", b"\x0b", b"\x1c", "٣".encode(), b"x: y\n"),
)
STREAMS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9, unique=True).flatmap(
    lambda words: st.lists(st.sampled_from(words), max_size=30).map(b"".join)
)


@st.composite
def chunked_streams(draw: st.DrawFn) -> list[bytes]:
    stream = draw(STREAMS)
    how = draw(st.sampled_from(["whole", "every byte", "anywhere", "anywhere"]))
    if how == "whole":
        return [stream]
    if how == "every byte":
        return cut(stream, range(1, len(stream)))
    return cut(stream, sorted(draw(st.lists(st.integers(0, len(stream)), max_size=8))))


@pytest.mark.soak
@pytest.mark.parametrize("client", CLIENTS)
def test_random_streams_decode_as_the_real_one_does(client: Client, soak: bool) -> None:
    if client is Client.GOOGLE_GENAI:
        genai_parts()

    @settings(max_examples=10_000 if soak else 150, deadline=None)
    @given(chunked_streams())
    def check(chunks: list[bytes]) -> None:
        check_decoded(client, chunks)

    check()


@pytest.mark.soak
@pytest.mark.parametrize("sdk", SDKS)
def test_random_streams_come_out_as_of_the_real_sdk(sdk: Client, soak: bool) -> None:
    if sdk is Client.GOOGLE_GENAI:
        genai_parts()

    @settings(max_examples=2_000 if soak else 60, deadline=None)
    @given(chunked_streams())
    def check(chunks: list[bytes]) -> None:
        check_streamed(sdk, chunks)

    check()


def accounted(client: Client, stream: bytes, outcomes: list[Outcome]) -> None:
    """Every byte but line ends and a mark stands in an event or is said never to have been seen."""
    covered = bytearray(len(stream))
    for outcome in outcomes:
        assert 0 <= outcome.start <= outcome.end <= len(stream)
        if isinstance(outcome, Unseen | Seen):
            covered[outcome.start : outcome.end] = b"\1" * (outcome.end - outcome.start)
    ends = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029" if client is Client.GOOGLE_GENAI else "\n\r"
    left = bytes(byte for at, byte in enumerate(stream) if not covered[at]).decode("utf-8", "replace")
    assert not left.strip(ends + "\ufeff")


@pytest.mark.parametrize("body", [b"}\ndata: [DONE]\n\n}", b"data: event: error\nevent: error\ndata:"])
@pytest.mark.parametrize("whole", [False, True])
def test_what_was_begun_before_the_event_that_stops_the_client_is_accounted_for(
    body: bytes, whole: bool
) -> None:
    """Two texts of google-genai grow side by side; one of them raises."""
    accounted(Client.GOOGLE_GENAI, body, list(read_as(Client.GOOGLE_GENAI, [body], whole=whole)))


@pytest.mark.parametrize("client", list(Client))
@settings(max_examples=100, deadline=None)
@given(chunked_streams(), st.booleans())
def test_every_byte_is_accounted_for(client: Client, chunks: list[bytes], whole: bool) -> None:
    accounted(client, b"".join(chunks), list(read_as(client, chunks, whole=whole)))


@pytest.mark.parametrize("client", list(Client))
@settings(max_examples=100, deadline=None)
@given(chunked_streams())
def test_nothing_is_delivered_behind_a_broken_connection(client: Client, chunks: list[bytes]) -> None:
    broken, whole = list(read_as(client, chunks, whole=False)), list(read_as(client, chunks))
    delivered = [outcome for outcome in whole if not getattr(outcome, "at_end", False)]
    assert [seen for seen in broken if isinstance(seen, Seen)] == [
        seen for seen in delivered if isinstance(seen, Seen)
    ]
    reasons = {outcome.reason for outcome in broken[len(broken) - 1 :] if isinstance(outcome, Unseen)}
    if any(isinstance(outcome, Seen) and outcome.at_end for outcome in whole):
        assert reasons <= {UnseenReason.TAIL, UnseenReason.UNREAD}


def test_a_client_that_is_none_is_refused_at_once():
    with pytest.raises(UsageError, match="no client that is known"):
        read_as("lynx", [b""])  # type: ignore[arg-type]
