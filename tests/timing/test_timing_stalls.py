"""Each cause of a stall has a stream that shows it, and one like it that must not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import playhead
from playhead import StallCause, StallPhase

from . import toy

Chunks = Sequence[tuple[float | None, bytes]]
OPEN = toy.event(["role"], ["open", "text"])
PING = toy.event(["ping"])
COMMENT = b": keep-alive\n\n"
SAYS = toy.event(["role"])


def stalls(chunks: Chunks, *, threshold: float = 0.5, **how: Any) -> tuple[playhead.Stall, ...]:
    how.setdefault("head", 0.25)
    how.setdefault("ending", chunks[-1][0] if chunks else 0.3)
    return playhead.measure(toy.exchange(chunks, **how), stall=threshold).stalls


def between(*middle: tuple[float | None, bytes], until: float = 3.0, **how: Any) -> playhead.Stall:
    """The one stall of a stream with content at 1.0 and at `until`, and that between."""
    (found,) = stalls(
        [
            (0.3, OPEN + toy.text("a")),
            (0.6, toy.text("b")),
            (1.0, toy.text("c")),
            *middle,
            (until, toy.text("d")),
        ],
        **how,
    )
    assert (found.start, found.end, found.phase) == (1.0, until, StallPhase.BETWEEN_CONTENT)
    return found


@pytest.mark.parametrize(
    ("middle", "cause"),
    [
        ([], StallCause.TRANSPORT_SILENT),
        ([(2.0, COMMENT)], StallCause.KEEP_ALIVES_ONLY),
        ([(2.0, PING)], StallCause.KEEP_ALIVES_ONLY),
        (
            [(1.5, PING), (2.0, COMMENT), (2.5, b"id: 7\n\n"), (2.6, b"event: x\n\n")],
            StallCause.KEEP_ALIVES_ONLY,
        ),
        ([(2.0, SAYS)], StallCause.EVENTS_WITHOUT_CONTENT),
        ([(1.5, COMMENT), (2.0, SAYS), (2.5, PING)], StallCause.EVENTS_WITHOUT_CONTENT),
        ([(2.0, toy.text(""))], StallCause.EVENTS_WITHOUT_CONTENT),
        ([(None, COMMENT)], StallCause.UNKNOWN),
        ([(2.0, COMMENT), (None, COMMENT)], StallCause.UNKNOWN),
    ],
)
def test_the_cause_is_what_came_meanwhile(middle: list[Any], cause: StallCause) -> None:
    assert between(*middle).cause is cause


@pytest.mark.parametrize("middle", [[(1.05, COMMENT)], [(2.95, SAYS)], [(1.01, PING), (2.99, SAYS)]])
def test_what_comes_with_the_content_at_either_end_breaks_no_silence(middle: list[Any]) -> None:
    found = between(*middle)
    assert found.cause is StallCause.TRANSPORT_SILENT
    assert found.chunks == found.frames == len(middle)


def test_chunks_that_complete_nothing_are_an_event_under_way() -> None:
    slow = toy.text("d")
    chunks = [(1.0, OPEN + toy.text("a")), (1.8, slow[:5]), (2.2, slow[5:9]), (3.0, slow[9:])]
    last = stalls(chunks)[-1]
    assert (last.cause, last.chunks, last.frames) == (StallCause.UNFINISHED_EVENT, 2, 0)
    assert between((2.0, COMMENT)).cause is not StallCause.UNFINISHED_EVENT


def held(after: float, count: int, **how: Any) -> playhead.Stall:
    """A stream of one content every 20 ms, then nothing for 2 s, then `count` of them, `after` apart."""
    steady = [(1.0 + 0.02 * n, toy.text("a")) for n in range(1, 50)]
    burst = [(4.0 + after * n, toy.text("b")) for n in range(count)]
    chunks = [(1.0, OPEN + toy.text("a")), *steady, *burst]
    return next(stall for stall in stalls(chunks, **how) if stall.end == 4.0)


def test_a_backlog_behind_silence_is_a_delivery_held_back() -> None:
    assert held(0.001, 80).cause is StallCause.HELD_BACK
    assert held(0.02, 80).cause is StallCause.TRANSPORT_SILENT
    assert held(0.001, 10).cause is StallCause.TRANSPORT_SILENT


def test_a_client_that_was_paused_is_slow_where_the_cassette_says_so() -> None:
    assert held(0.001, 80, facts={"client_paused": "0.5-0.6 2.0-4.0"}).cause is StallCause.SLOW_CLIENT
    assert between(facts={"client_paused": "1.5-2.9"}).cause is StallCause.SLOW_CLIENT
    assert between(facts={"client_paused": "1.5-1.9"}).cause is StallCause.TRANSPORT_SILENT
    assert between(facts={"client_paused": "3.0-9"}).cause is StallCause.TRANSPORT_SILENT
    assert between(facts={"client_paused": "for ever"}).cause is StallCause.TRANSPORT_SILENT


@pytest.mark.parametrize(
    ("loss", "cause"),
    [
        ({"t_start": 1.2, "t": 1.3}, StallCause.UNKNOWN),
        ({"t": 1.3}, StallCause.UNKNOWN),
        ({}, StallCause.UNKNOWN),
        ({"t_start": 0.4, "t": 0.5}, StallCause.TRANSPORT_SILENT),
        ({"t_start": 3.5, "t": 3.6}, StallCause.TRANSPORT_SILENT),
    ],
)
def test_what_was_lost_meanwhile_may_have_been_anything(loss: dict[str, float], cause: StallCause) -> None:
    assert between(losses=[{"chunks": 3, **loss}]).cause is cause


def test_a_wait_of_just_the_threshold_is_no_stall() -> None:
    chunks = [(1.1, OPEN + toy.text("a")), (1.6, toy.text("b")), (2.100001, toy.text("c"))]
    (found,) = stalls(chunks, head=0.6)
    assert (found.start, found.end) == (1.6, 2.100001)
    assert stalls(chunks, head=0.6, threshold=0.6) == ()
    # 1.6 - 1.1 and 1.1 - 0.6 are no more than a half, though in floats the latter is.
    assert [stall.start for stall in stalls(chunks, head=0.6, threshold=0.499)] == [0.6, 1.1, 1.6]


def test_beside_an_unknown_time_no_wait_is_known() -> None:
    chunks = [(0.3, OPEN + toy.text("a")), (None, toy.text("b")), (9.0, toy.text("c"))]
    assert stalls(chunks) == ()


def test_before_the_first_content_it_counts_from_the_head() -> None:
    (found,) = stalls([(0.5, COMMENT), (1.5, COMMENT), (4.25, OPEN + toy.text("a"))])
    assert (found.start, found.end, found.cause) == (0.25, 4.25, StallCause.KEEP_ALIVES_ONLY)
    assert (found.phase, found.after_chunk, found.after_frame) == (StallPhase.BEFORE_CONTENT, 0, 0)
    assert (found.until_chunk, found.until_frame, found.keep_alives) == (3, 4, 2)


def test_where_the_head_has_no_time_it_counts_from_the_first_chunk() -> None:
    (found,) = stalls([(0.5, COMMENT), (1.5, SAYS), (4.25, OPEN + toy.text("a"))], head=None)
    assert (found.start, found.after_chunk, found.cause) == (0.5, 1, StallCause.EVENTS_WITHOUT_CONTENT)


def test_a_stream_that_never_says_anything_stalls_to_its_end() -> None:
    (found,) = stalls([(0.5, COMMENT), (9.0, COMMENT)], ending=12.25)
    assert (found.start, found.end, found.phase) == (0.25, 12.25, StallPhase.BEFORE_CONTENT)
    assert (found.until_chunk, found.until_frame, found.cause) == (None, None, StallCause.KEEP_ALIVES_ONLY)
    (silent,) = stalls([], ending=12.25)
    assert (silent.cause, silent.chunks) == (StallCause.TRANSPORT_SILENT, 0)


def test_behind_the_content_it_counts_to_the_ending() -> None:
    (found,) = stalls([(0.5, OPEN + toy.text("a"))], ending=30.5)
    assert (found.start, found.end, found.phase) == (0.5, 30.5, StallPhase.AFTER_CONTENT)
    assert (found.after_chunk, found.until_chunk, found.cause) == (1, None, StallCause.TRANSPORT_SILENT)
    assert stalls([(0.5, OPEN + toy.text("a"))], ending=None) == ()


def test_what_follows_a_complete_message_is_no_wait_for_content() -> None:
    whole = OPEN + toy.text("a") + toy.event(["done"])
    assert stalls([(0.5, whole)], ending=30.5) == ()
    assert stalls([(0.5, OPEN + toy.event(["add", 1, "a"], ["done"]))], ending=30.5) == ()
    (found,) = stalls([(0.5, OPEN + toy.text("a")), (2.5, toy.event(["done"]))], ending=30.5)
    assert (found.end, found.until_frame, found.until_chunk) == (2.5, 3, 2)


def test_nobody_waits_for_content_behind_an_error() -> None:
    (found,) = stalls([(0.5, OPEN + toy.text("a")), (2.5, toy.event(["error"]))], ending=30.5)
    assert (found.end, found.until_frame, found.cause) == (2.5, 3, StallCause.TRANSPORT_SILENT)
    (before,) = stalls([(2.5, toy.event(["error"]))], ending=30.5)
    assert (before.start, before.end, before.phase) == (0.25, 2.5, StallPhase.BEFORE_CONTENT)


def test_a_tail_is_nothing_that_came() -> None:
    (found,) = stalls([(0.5, OPEN + toy.text("a")), (2.0, b"data: x")], ending=4.5)
    assert found.cause is StallCause.UNFINISHED_EVENT


@pytest.mark.parametrize(
    ("middle", "block"),
    [
        ([], 1),
        ([(1.01, toy.event(["close", 1]))], None),
        ([(2.99, toy.event(["close", 1]))], 1),
        ([(1.01, toy.event(["close", 1], ["open", "tool"]))], 2),
        ([(1.01, toy.event(["open", "tool"], ["close", 2]))], 1),
    ],
)
def test_it_happens_in_the_block_that_is_open(middle: list[Any], block: int | None) -> None:
    assert between(*middle).block == block


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from([0.01, 0.2, 0.6, 2.0]), min_size=1, max_size=20),
    st.lists(
        st.sampled_from([COMMENT, PING, SAYS, toy.text("x"), b"data: [", b"]\n\n"]), min_size=20, max_size=20
    ),
)
def test_no_stall_contains_content_and_each_is_longer_than_the_threshold(
    steps: list[float], pieces: list[bytes]
) -> None:
    t, chunks = 0.3, [(0.3, OPEN)]
    for step, piece in zip(steps, pieces, strict=False):
        t = round(t + step, 6)
        chunks.append((t, piece))
    exchange = toy.exchange(chunks, head=0.25, ending=t + 1)
    found = playhead.measure(exchange).stalls
    times = list(exchange.frame_times())
    grown = {times[frame - 1] for frame in exchange.reading.record.grown_frames}
    for stall in found:
        assert stall.seconds > 0.5
        assert not any(stall.start < t < stall.end for t in grown if t is not None)
        assert stall.keep_alives <= stall.frames
    ends = [stall.end for stall in found]
    assert ends == sorted(ends)
