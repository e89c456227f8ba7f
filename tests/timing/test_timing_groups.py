"""Many exchanges by model and host; an exchange's time in columns."""

from __future__ import annotations

import statistics

import pytest

import playhead
from playhead.timing import Sample, Timeline, group, measure, sample_of, timeline
from playhead.timing.moments import Anchor

from . import toy


def sample(model: str | None, host: str | None, first: float | None, *, failed: bool = False) -> Sample:
    return Sample(model, host, failed, first, None, 2.0, first)


def test_groups_are_by_model_and_host_the_nameless_last() -> None:
    names = [("b", "h"), (None, "h"), ("a", "z"), ("a", None), ("a", "h"), ("a", "h")]
    found = group(sample(model, host, 1.0) for model, host in names)
    assert [(each.model, each.host, each.exchanges) for each in found] == [
        ("a", "h", 2), ("a", "z", 1), ("a", None, 1), ("b", "h", 1), (None, "h", 1),
    ]  # fmt: skip


def test_percentiles_are_over_what_is_known_and_the_rest_is_counted() -> None:
    firsts = [0.5, None, 0.1, 0.9, 0.2, None]
    (found,) = group(sample("m", "h", first) for first in firsts)
    known = [first for first in firsts if first is not None]
    cuts = statistics.quantiles(known, n=100, method="inclusive")
    spread = found.first_content
    assert (spread.known, spread.unknown) == (4, 2)
    assert [spread.p50, spread.p90, spread.p99] == pytest.approx([cuts[49], cuts[89], cuts[98]])
    assert (found.tpot.known, found.tpot.unknown, found.tpot.p50) == (0, 6, None)
    assert found.tokens_per_second.p99 == 2.0


def test_what_failed_is_counted_and_left_out() -> None:
    (found,) = group([sample("m", "h", 0.001, failed=True), sample("m", "h", 1.0)])
    assert (found.exchanges, found.failed, found.first_content.known) == (2, 1, 1)
    assert found.first_content.p50 == 1.0


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Api.Example/v1", "api.example"),
        ("http://me:secret@h:8080/", "h:8080"),
        ("http://[::1]:9/", "[::1]:9"),
        ("/relative", None),
        ("http://[broken", None),
    ],
)
def test_a_host_has_no_password(url: str, host: str | None) -> None:
    exchange = toy.exchange([(0.3, toy.event(["open", "x"]))], request={"url": url})
    assert sample_of(exchange, measure(exchange)).host == host


@pytest.mark.parametrize(
    ("status", "acts", "failed"),
    [(200, [["nothing"]], False), (429, [["nothing"]], True), (200, [["error"]], True)],
)
def test_a_sample_knows_whether_the_exchange_failed(
    status: int, acts: list[list[object]], failed: bool
) -> None:
    exchange = toy.exchange([(0.3, toy.event(*acts))], status=status)
    assert sample_of(exchange, measure(exchange)).failed is failed


def drawn(chunks: list[tuple[float | None, bytes]], size: int, **how: object) -> Timeline | None:
    exchange = toy.exchange(chunks, request={"t": 0.0}, head=0.0, **how)
    return timeline(playhead.measure(exchange), Anchor.REQUEST_COMPLETE, size)


def test_a_timeline_counts_by_column() -> None:
    found = drawn(
        [
            (1.0, toy.event(["open", "text"], ["add", 1, "a"])),
            (1.5, toy.text("b", "c")),
            (4.5, b": x\n\n"),
            (8.0, toy.event(["close", 1], ["open", "tool"], ["add", 2, "d"])),
        ],
        10,
        ending=10.0,
    )
    assert found.content == (0, 3, 0, 0, 0, 0, 0, 0, 1, 0)
    assert found.chunks == (0, 2, 0, 0, 1, 0, 0, 0, 1, 0)
    # The wait for the first content fills no column of its own; that behind the last ends in the last one.
    assert found.stalled == (False, False, *[True] * 6, False, False)
    ((first, second),) = found.lanes
    assert (first.first, first.last, first.type) == (1, 8, "text")
    assert (second.first, second.last, second.block) == (9, 9, 2)


def test_blocks_that_overlap_lie_in_lanes() -> None:
    opened = toy.event(*(["open", f"b{n}"] for n in range(6)))
    found = drawn([(1.0, opened), (2.0, toy.text("a"))], 10, ending=10.0)
    assert [run.block for lane in found.lanes for run in lane] == [1, 2, 3, 4]
    crowd = toy.event(*(["open", f"b{n}"] for n in range(11)))
    assert drawn([(1.0, crowd)], 10, ending=10.0).lanes == ()


def test_without_times_there_is_no_timeline() -> None:
    assert drawn([(None, toy.event(["open", "text"]))], 10) is None
    assert drawn([(0.0, toy.event(["open", "text"]))], 10) is None
