"""Sweeps over clients of every kind: what comes of each point, how it is told, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import pytest
import trio

import playhead
import playhead.httpx2
from playhead import UsageError, cut, sweep
from playhead.plan import Plan, acts
from playhead.replay.session import Repeats, session_of
from playhead.sweeps import Outcome, Report
from playhead.sweeps.judging import NOTHING

from .swept import (
    Code,
    anthropic_helper,
    anthropic_raw,
    go,
    numbers,
    openai_helper,
    openai_raw,
    run,
    session,
)

CLIENTS = [
    ("anthropic-tools", anthropic_helper, [0]),
    ("anthropic-tools", anthropic_raw, []),
    ("openai-tools", openai_helper, [0]),
    ("openai-tools", openai_raw, []),
]


@pytest.mark.parametrize(("name", "code", "loud"), CLIENTS, ids=lambda each: getattr(each, "__name__", None))
def test_clean_cuts_of_the_official_clients(name: str, code: Code, loud: list[int], http: Any) -> None:
    """As sockets had shown it: they take a stream that stops for one that is whole."""
    played = session(name)
    report = run(sweep("cut", played), lambda: code(http(played)))
    total = len(report.findings)
    assert numbers(report, Outcome.LOUD) == loud
    silent = numbers(report, Outcome.SILENT)
    assert silent == list(range(len(loud), len(loud) + len(silent)))
    assert len(silent) > 0.9 * total
    assert numbers(report, Outcome.UNAFFECTED) == list(range(len(loud) + len(silent), total))
    assert report.failures == report.of(Outcome.SILENT)


@pytest.mark.parametrize("by", ["fin", "reset"])
def test_other_cuts_are_loud(http: Any, by: str) -> None:
    played = session()
    report = run(sweep("cut", played, by=by, every=10), lambda: anthropic_helper(http(played)))
    assert {finding.verdict.outcome for finding in report.findings} == {Outcome.LOUD}
    assert not report.failures


def test_code_that_looks_and_tries_again_recovers(http: Any) -> None:
    played = session()

    def careful() -> Any:
        for _ in range(2):
            message = None
            try:
                message = anthropic_helper(http(played))
            except (anthropic.APIError, AssertionError):
                continue
            if message.stop_reason is not None:
                return message
        raise RuntimeError("twice")

    report = run(sweep("cut", played), careful)
    assert not report.failures
    assert len(report.of(Outcome.RECOVERED)) > 10
    assert report.of(Outcome.RECOVERED)[0].verdict.why == "2 requests instead of 1"
    assert str(report).startswith(
        f"sweep cut over anthropic-tools: holds at all {len(report.findings)} points\n"
    )


def test_stalls_pass_in_virtual_time() -> None:
    played = session()
    points = sweep("stall", played, every=7)
    transport = playhead.httpx2.ReplayTransport(played)

    def code() -> bytes:
        with httpx2.Client(transport=transport, timeout=600.0) as client:
            return client.post("http://h/v1/messages").content

    report = run(points, code)
    assert {finding.verdict.why for finding in report.findings} == {"ReadTimeout: timed out"}


def test_a_stall_meets_the_codes_own_deadline() -> None:
    played = session()

    async def main() -> bytes:
        transport = playhead.httpx2.ReplayTransport(played)
        async with asyncio.timeout(300), httpx2.AsyncClient(transport=transport, timeout=None) as client:
            return (await client.post("http://h/v1/messages")).content

    report = run(sweep("stall", played, every=20), lambda: asyncio.run(main()))
    assert {finding.verdict.why for finding in report.findings} == {"TimeoutError"}


@pytest.mark.parametrize(
    "run_loop", [asyncio.run, lambda main: trio.run(lambda: main)], ids=["asyncio", "trio"]
)
def test_points_may_be_awaited(run_loop: Callable[[Any], Any]) -> None:
    """The loop runs already when virtual time begins, at each point anew."""
    played = session()

    async def main() -> Report:
        points = sweep("stall", played, every=20)
        transport = playhead.httpx2.ReplayTransport(played)
        async with httpx2.AsyncClient(transport=transport, timeout=600.0) as client:
            for point in points:
                with point:
                    point.result = (await client.post("http://h/v1/messages")).content
        assert points.report is not None
        return points.report

    report = run_loop(main())
    assert len(report.findings) == 7
    assert {finding.verdict.why for finding in report.findings} == {"ReadTimeout"}


def test_a_stall_that_nothing_ends_is_told() -> None:
    played = session()
    transport = playhead.httpx2.ReplayTransport(played)

    def code() -> bytes:
        with httpx2.Client(transport=transport, timeout=None) as client:
            return client.post("http://h/v1/messages").content

    report = run(sweep("stall", played, every=50), code)
    assert {finding.verdict.outcome for finding in report.findings} == {Outcome.SILENT}
    first, second = (str(each.verdict.why) for each in report.findings[:2])
    assert "stalls for ever here (stall after event 0, for ever), and the client" in first
    assert "(stall after event 50, for ever)" in second


def test_rechunking_finds_who_decodes_each_chunk_by_itself(http: Any) -> None:
    played = session("split-utf8")
    path = played.exchanges[0].request.url if played.exchanges[0].request else "http://h/"
    method = played.exchanges[0].request.method if played.exchanges[0].request else "GET"

    def careless() -> str:
        with http(played).stream(method, path) as response:
            return "".join(chunk.decode(errors="replace") for chunk in response.iter_bytes())

    def careful() -> str:
        return str(http(played).request(method, path).text)

    good = run(sweep("rechunk", played), careful)
    assert not good.failures
    assert len(good.findings) == len(playhead.matrix("split"))
    bad = run(sweep("rechunk", played), careless)
    assert any("1 bytes" in str(finding.spot) for finding in bad.failures)


def test_the_table_and_the_properties(http: Any) -> None:
    played = session()
    points = sweep("cut", played)
    report = run(points, lambda: anthropic_helper(http(played)))
    lines = str(report).splitlines()
    count = len(report.of(Outcome.SILENT))
    assert lines[0] == f"sweep cut over anthropic-tools: fails at {count} of {len(report.findings)} points"
    assert lines[1].startswith("  loud        exchange 1, cut after event 0 (clean): ")
    points_told = f"cut after event 1 (clean) … event {count} ({count} points)"
    assert lines[2] == f"! silent      exchange 1, {points_told}: another result"
    properties = dict(report.properties())
    assert properties["playhead.sweep.cut.points"] == str(len(report.findings))
    assert properties["playhead.sweep.cut.silent.at"] == f"1:1-{count}"
    assert properties["playhead.sweep.cut.recovered"] == "0"
    assert len(points) == len(report.findings) + 1


def test_every_counts_ways_too() -> None:
    played = session()
    assert sweep("rechunk", played, every=3).spots == sweep("rechunk", played).spots[::3]


@pytest.mark.parametrize(
    "allow", ["silent", Outcome.SILENT, ["silent"], {Outcome.SILENT}], ids=["name", "outcome", "list", "set"]
)
def test_what_is_known_can_be_allowed(http: Any, allow: Any) -> None:
    played = session()
    points = sweep("cut", played, every=40, allow=allow)
    for point in points:
        with point:
            point.result = anthropic_helper(http(played))
    assert points.report is not None
    assert points.report.of(Outcome.SILENT)
    assert not points.report.failures


def test_a_session_is_as_before_when_a_sweep_is_over(http: Any) -> None:
    played = session()
    run(sweep("cut", played, every=60), lambda: anthropic_helper(http(played)))
    assert played.unplayed == ()
    assert played.misses == []
    assert played.left_open == ()
    assert played.repeats is Repeats.FAIL
    with pytest.raises(playhead.ReplayMiss):
        anthropic_helper(http(played))


def test_misuse_is_told() -> None:
    with pytest.raises(UsageError, match="was not run"):
        for _ in sweep("cut", session()):
            pass
    with pytest.raises(UsageError, match="no result was assigned"):
        go(sweep("cut", session()), lambda: NOTHING)
    with pytest.raises(UsageError, match="no such sweep"):
        sweep("cat", session())
    for allow in ("loudly", ["loudly"]):
        with pytest.raises(UsageError, match=r"no such outcome: 'loudly'\nOutcomes are loud, recovered, "):
            sweep("cut", session(), allow=allow)
    with pytest.raises(UsageError, match="a sweep of stall ends nothing by 'clean'"):
        sweep("stall", session(), by="clean")
    with pytest.raises(UsageError, match="a sweep of rechunk ends nothing by 'fin'"):
        sweep("rechunk", session(), by="fin")
    with pytest.raises(UsageError, match="a sweep of rechunk counts no 'byte'"):
        sweep("rechunk", session(), unit="byte")
    for options in ({"unit": "word"}, {"by": "axe"}, {"every": 0}, {"every": "2"}, {"exchange": 9}):
        with pytest.raises(UsageError):
            sweep("cut", session(), **options)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no such matrix"):
        playhead.matrix("all")


def test_a_sweep_tells_what_it_is() -> None:
    points = sweep("rechunk", session(), every=7)
    assert repr(points) == "<Sweep: rechunk over anthropic-tools, 4 points>"


def test_a_path_will_do_and_sessions_are_shared() -> None:
    points = sweep("rechunk", playhead.sample("openai-tools"))
    assert points.session is session_of(points.session)
    assert [str(case) for case in playhead.matrix("split")][:2] == ["event", "whole"]


def test_a_sweep_makes_its_own_session() -> None:
    points = sweep("cut", playhead.sample("openai-tools"), every=10, allow=["silent"])
    request = points.session.exchanges[0].request
    assert request is not None
    transport = playhead.httpx2.ReplayTransport(points.session)
    with httpx2.Client(transport=transport) as client:
        for point in points:
            with point:
                point.result = client.request(request.method, request.url, content=request.body).content
    assert points.report is not None
    assert {finding.verdict.outcome for finding in points.report.findings} == {Outcome.SILENT}


@pytest.mark.parametrize(("unit", "every"), [("event", 9), ("frame", 9), ("chunk", 9), ("byte", 997)])
def test_points_stand_where_their_places_are(unit: str, every: int) -> None:
    played = session()
    plan = Plan.of(acts(played.exchanges[0]))
    points = sweep("cut", played, unit=unit, every=every).spots
    assert len(points) > 5
    for spot in points:
        named: Any = {unit: spot.number}
        assert spot.alteration == cut(**named)
        assert spot.alteration(plan) == cut(**named)(plan)
