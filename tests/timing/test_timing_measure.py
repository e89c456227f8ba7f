"""Every figure equals a second computation from the formulas; what is unknown stays so."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import playhead
from playhead.protocols import plain
from playhead.protocols.record import Record
from playhead.sse import Frame, FrameKind
from playhead.timing import Anchor, measurement, percentile
from playhead.timing.columns import columns_of

from . import naive, toy
from .naive import Row, Rows

THRESHOLD = 0.5
ANCHORS = {
    Anchor.REQUEST_START: "request_start",
    Anchor.REQUEST_COMPLETE: "request_complete",
    Anchor.RESPONSE_HEAD: "response_head",
    Anchor.FIRST_CHUNK: "first_chunk",
}


def near(ours: float | None, theirs: Any) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return math.isclose(ours, theirs, rel_tol=1e-6, abs_tol=1e-6)


STEPS = [0.000001, 0.0005, 0.02, 0.021, 0.3, 0.5, 0.6, 3.0]


@st.composite
def frames(draw: st.DrawFn) -> list[tuple[Row, bytes]]:
    """Frames as rows and as they are written."""
    made: list[tuple[Row, bytes]] = []
    opened: list[int] = []
    for kind in draw(
        st.lists(st.sampled_from(["comment", "role", "open", "add", "both", "close"]), max_size=25)
    ):
        if kind == "comment":
            made.append((Row(0, "comment"), b": still here\n\n"))
            continue
        row = Row(0)
        acts: list[list[object]] = [["nothing"]]
        if kind == "role":
            row.role = True
            acts.append(["role"])
        if kind == "open":
            opened.append(len(opened) + 1)
            row.opens.append(opened[-1])
            acts.append(["open", "text"])
        blocks = draw(st.lists(st.sampled_from(opened), min_size=1, max_size=2)) if opened else []
        if blocks and kind in ("add", "both"):
            row.adds = [(block, draw(st.sampled_from(["", "a", "bc"]))) for block in blocks]
            acts += [["add", block, text] for block, text in row.adds]
        if blocks and kind in ("close", "both"):
            row.closes = [blocks[-1]]
            acts.append(["close", blocks[-1]])
        row.done = draw(st.integers(0, 15)) == 0
        made.append((row, toy.event(*acts, *([["done"]] if row.done else []))))
    tokens = draw(st.sampled_from([None, 0, 1, 2, 17]))
    if tokens is not None:
        place = draw(st.one_of(st.integers(0, len(made)), st.just(len(made))))
        made.insert(place, (Row(0, tokens=tokens), toy.event(["tokens", tokens])))
    return made


@st.composite
def streams(draw: st.DrawFn) -> tuple[Rows, bytes]:
    """A stream of the toy protocol as rows, and as a cassette of it: cut anywhere, some times unknown."""
    made = draw(frames())
    body = b"".join(data for _, data in made)
    cuts = sorted(draw(st.sets(st.integers(1, len(body) - 1), max_size=12))) if len(body) > 1 else []
    edges = [0, *cuts, len(body)] if body else [0]
    pieces = [body[a:b] for a, b in pairwise(edges)]
    steps = draw(st.lists(st.sampled_from(STEPS), min_size=4 + len(pieces), max_size=4 + len(pieces)))
    forgotten = draw(st.sets(st.integers(0, len(steps) - 1), max_size=3))
    clock = [round(t, 6) for t in accumulate(steps)]
    marks = [None if place in forgotten else t for place, t in enumerate(clock)]
    ends = accumulate(len(data) for _, data in made)
    for (row, _), end in zip(made, ends, strict=True):
        row.chunk = sum(edge < end for edge in edges)
    rows = Rows(marks[0], marks[1], marks[2], marks[-1], marks[3:-1], [row for row, _ in made])
    records = toy.cassette(
        list(zip(rows.chunks, pieces, strict=True)),
        request={"t": rows.request, "t_start": rows.request_start},
        head=rows.head,
        ending=rows.ending,
    )
    return rows, toy.written(records)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(streams())
def test_every_figure_equals_a_second_computation(stream: tuple[Rows, bytes]) -> None:
    rows, data = stream
    timing = playhead.measure(toy.open_data(data, "made")[1], stall=THRESHOLD)
    expected = naive.moments(rows)
    assert {name: getattr(timing.moments, name) for name in expected} == expected
    check_latencies(timing, expected, rows.tokens)
    check_rates(timing, expected, rows)
    check_gaps(timing.chunk_gaps, naive.gaps(rows.chunks))
    check_gaps(timing.content_gaps, naive.gaps([rows.time(row) for row in naive.content(rows)]))
    check_blocks(timing, rows)
    assert [(stall.start, stall.end) for stall in timing.stalls] == naive.waits(rows, THRESHOLD)


def check_latencies(timing: playhead.Timing, expected: dict[str, Any], tokens: int | None) -> None:
    for anchor, name in ANCHORS.items():
        since = timing.since(anchor)
        assert since.anchor is anchor
        renamed = {"first_byte": "first_chunk", "end_to_end": "last_chunk"}
        for figure in (
            "response_head", "first_byte", "first_frame", "first_event", "answer_begun", "first_content",
            "last_content", "end_to_end", "ending",
        ):  # fmt: skip
            theirs = naive.minus(expected[renamed.get(figure, figure)], expected[name])
            assert near(getattr(since, figure), theirs), (anchor, figure)
        took = naive.minus(expected["last_chunk"], expected[name])
        throughput = tokens / took if tokens is not None and took is not None and took > 0 else None
        assert near(since.output_throughput, throughput)


def check_rates(timing: playhead.Timing, expected: dict[str, Any], rows: Rows) -> None:
    flowing = naive.minus(expected["last_content"], expected["first_content"])
    tpot = naive.per_token(flowing, rows.tokens)
    assert near(timing.tpot, tpot)
    assert near(timing.tokens_per_second, 1 / tpot if tpot else None)
    vllm = naive.per_token(naive.minus(expected["last_chunk"], expected["answer_begun"]), rows.tokens)
    assert near(timing.tpot_vllm, vllm)
    assert near(timing.to_second, naive.minus(expected["second_content"], expected["first_content"]))
    grown = naive.content(rows)
    sizes = [sum(len(text) for _, text in row.adds) for row in grown]
    assert timing.characters == sum(sizes)
    assert near(timing.characters_per_second, sum(sizes[1:]) / flowing if flowing else None)


def check_gaps(ours: playhead.Gaps, theirs: dict[str, Any]) -> None:
    assert (ours.count, ours.unknown) == (theirs["count"], theirs["unknown"])
    for name in ("p50", "p90", "p99", "max", "total"):
        assert near(getattr(ours, name), theirs[name]), name
    assert list(ours.histogram.counts) == theirs["counts"]
    assert all(near(a, b) for a, b in zip(ours.histogram.bounds, naive.EDGES, strict=True))
    assert sum(gap is None for gap in ours) == ours.unknown


def check_blocks(timing: playhead.Timing, rows: Rows) -> None:
    numbers = [number for row in rows.frames for number in row.opens]
    assert [block.number for block in timing.blocks] == numbers
    for block in timing.blocks:
        number = block.number
        grown = [row for row in rows.frames if any(part == number and text for part, text in row.adds)]
        times = [rows.time(row) for row in grown]
        closing = [row for row in rows.frames if number in row.closes]
        assert block.opened == next(rows.time(row) for row in rows.frames if number in row.opens)
        assert block.first_content == (times[0] if times else None)
        assert block.last_content == (times[-1] if times else None)
        assert block.closed == (rows.time(closing[-1]) if closing else None)
        assert block.is_open == (not closing)
        assert block.frames == len(grown)
        assert block.characters == sum(
            len(text) for row in grown for part, text in row.adds if part == number
        )
        check_gaps(block.gaps, naive.gaps(times))


def test_what_hangs_on_an_unknown_time_is_unknown_and_nothing_else() -> None:
    body = toy.event(["open", "text"]) + toy.text("a")
    times = [0.3, None, 0.5, 0.6]
    exchange = toy.exchange([(0.3, body), *((t, toy.text("b")) for t in times[1:])], ending=None)
    timing = playhead.measure(exchange)
    assert timing.to_second is None
    assert list(timing.chunk_gaps) == [None, None, 0.1]
    assert (timing.chunk_gaps.count, timing.chunk_gaps.unknown, timing.chunk_gaps.max) == (1, 2, 0.1)
    since = timing.since(Anchor.REQUEST_COMPLETE)
    assert (since.first_content, since.end_to_end, since.ending) == (0.2, 0.5, None)


def test_without_the_anchor_nothing_is_known_of_it() -> None:
    exchange = toy.exchange(
        [(0.3, toy.event(["open", "text"], ["add", 1, "a"]))], request={"t": None, "t_start": 0.05}
    )
    timing = playhead.measure(exchange)
    assert timing.since().first_content is None
    assert timing.since(Anchor.REQUEST_START).first_content == 0.25
    assert timing.since(Anchor.RESPONSE_HEAD).first_content == 0.1


def test_without_any_time_every_figure_is_unknown() -> None:
    exchange = toy.exchange(
        [(None, toy.event(["open", "text"])), (None, toy.text("a", "b") + toy.event(["tokens", 5]))],
        request={"t": None, "t_start": None},
        head=None,
    )
    timing = playhead.measure(exchange)
    figures = [timing.to_second, timing.tpot, timing.tpot_vllm, timing.tokens_per_second]
    figures += [timing.characters_per_second, timing.chunk_gaps.p50, timing.content_gaps.max]
    for anchor in Anchor:
        since = timing.since(anchor)
        figures += [getattr(since, name) for name in type(since).__slots__ if name != "anchor"]
    assert set(figures) == {None}
    assert timing.stalls == ()
    assert (timing.chunk_gaps.unknown, timing.content_gaps.unknown) == (1, 1)
    assert (timing.output_tokens, timing.characters) == (5, 2)


def test_the_role_begins_the_answer_and_is_no_content() -> None:
    chunks = [
        (0.3, b": waiting\n\n"),
        (0.4, toy.event(["nothing"])),
        (0.5, toy.event(["role"], ["open", "text"], ["add", 1, ""])),
        (0.6, toy.text("a")),
    ]
    since = playhead.measure(toy.exchange(chunks)).since()
    found = (since.first_byte, since.first_frame, since.first_event, since.answer_begun, since.first_content)
    assert found == (0.2, 0.2, 0.3, 0.4, 0.5)


def test_a_tail_is_no_frame_that_came() -> None:
    moments = playhead.measure(toy.exchange([(0.3, b"data: []")])).moments
    assert (moments.first_chunk, moments.first_frame, moments.first_event) == (0.3, None, None)


@pytest.mark.parametrize(("times", "first"), [([0.3], 0.3), ([0.3, 0.9], None)])
def test_of_a_body_in_pieces_nobody_knows_when_its_content_began(
    times: list[float], first: float | None
) -> None:
    exchange = toy.exchange([(t, b"[1]") for t in times], content_type="application/json", ending=5.0)
    timing = playhead.measure(exchange)
    assert timing.moments.first_content == first
    assert timing.moments.last_chunk == times[-1]
    assert timing.blocks[0].characters == 3 * len(times)


def test_an_empty_exchange_has_no_figures() -> None:
    timing = playhead.measure(toy.exchange([], request={"t": 0.1}, head=None))
    assert timing.chunk_gaps.count == timing.content_gaps.count == len(timing.blocks) == 0
    assert timing.since().end_to_end is None


@pytest.mark.parametrize("threshold", [-1.0, math.nan])
def test_a_threshold_that_is_none_is_refused(threshold: float) -> None:
    with pytest.raises(playhead.UsageError, match="stall"):
        playhead.measure(toy.exchange([]), stall=threshold)


def test_percentiles_are_linear_between_ranks() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3.0], 0.99) == 3.0
    assert percentile([1.0, 2.0, 4.0], 0.5) == 2.0
    assert percentile([0.0, 10.0], 0.9) == 9.0


def test_a_gap_on_a_bound_lies_above_it() -> None:
    times = [1.0, 1.0001, 1.0003, 1.0008, 1.0018]
    timing = playhead.measure(toy.exchange([(t, b": x\n\n") for t in times]))
    assert timing.chunk_gaps.histogram.counts[:6] == (0, 1, 1, 1, 1, 0)


def test_an_exchange_that_grows_keeps_the_timing_it_had(tmp_path: Any) -> None:
    path = tmp_path / "live.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        record = writer.exchange()
        record.request(playhead.Request(method="GET", url="http://h/", t=0.1))
        record.response(
            playhead.Response(status=200, headers=(("content-type", "text/event-stream"),), t=0.2)
        )
        record.chunk(toy.event(["open", "text"], ["add", 1, "a"]), 0.3)
        with playhead.follow(path) as follower:
            follower.poll()
            exchange = follower.cassette[1]
            before = playhead.measure(exchange)
            record.chunk(toy.text("b") + toy.event(["close", 1]), 2.3)
            follower.poll()
            after = playhead.measure(exchange)
            assert (before.blocks[0].characters, before.blocks[0].is_open) == (1, True)
        assert (after.blocks[0].characters, after.blocks[0].closed) == (2, 2.3)
        assert [stall.seconds for stall in after.stalls] == [2.0]
        record.end(playhead.EndingKind.COMPLETE, 2.4)


def test_the_characters_of_a_stream_are_those_of_its_blocks() -> None:
    """The figure and the blocks' own, which are counted in two ways where each event is a block."""
    parts = ["a", "", "bc", "[1]", "12", " x", "[DONE]"]
    record = Record()
    reader = plain.PlainReader(record)
    for number, part in enumerate(parts, 1):
        reader.feed(number, Frame(FrameKind.EVENT, 0, 1, 1, "message", part))
    assert record.has_block_per_event
    for frame in range(len(parts) + 1):
        counted = sum(block.text.size_at(frame) for block in record.blocks if block.opened <= frame)
        assert record.characters(frame) == counted
    assert record.characters(len(parts)) == 7


def test_measuring_a_plain_stream_parses_nothing_and_makes_no_block_of_each(monkeypatch) -> None:
    data = toy.written(toy.cassette([(1.0 + n, b'data: {"n": 1}\n\n') for n in range(300)]))
    exchange = toy.open_data(data, "made")[1]
    record = Record()
    reader = plain.PlainReader(record)
    for number, frame in enumerate(exchange.frames, 1):
        reader.feed(number, frame)
    made: list[int] = []
    kept = plain._Blocks._made
    monkeypatch.setattr(plain._Blocks, "_made", lambda self, at: made.append(at) or kept(self, at))
    monkeypatch.setattr(plain, "parse", lambda _: pytest.fail("parsed"))
    columns = columns_of(exchange, record)
    assert len(columns.content) == 300
    assert measurement._characters(record, columns) == (0, 0)
    assert measurement._moments(exchange, record, columns).answer_begun == 1.0
    assert set(made) <= {0}
