"""Sweeps over clients of every kind: what comes of each point, how it is told, and what is refused."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import openai
import pytest
import trio

import playhead
import playhead.httpx2
from playhead import SweepFailed, UsageError, cut, sweep
from playhead.matching import Rules
from playhead.plan import Plan, acts
from playhead.replay.session import Repeats, Session, session_of
from playhead.sweeps import Finding, Kind, Outcome, Report, Spot, Sweep, Verdict
from playhead.sweeps.judging import NOTHING, Met, judge, kept

ASK: dict[str, Any] = {"messages": [{"role": "user", "content": "?"}], "model": "m", "max_tokens": 9}


def session(name: str = "anthropic-tools") -> Session:
    exchange = playhead.load(playhead.sample(name))[1]
    return Session((exchange,), name, rules=Rules.of(("method", "path"), ()))


@pytest.fixture
def http(request: pytest.FixtureRequest) -> Callable[[Session], httpx2.Client]:
    def client(played: Session) -> httpx2.Client:
        made = httpx2.Client(transport=playhead.httpx2.ReplayTransport(played))
        request.addfinalizer(made.close)
        return made

    return client


def run(points: Sweep, code: Callable[[], Any]) -> Report:
    """The sweep over `code`, whatever comes of it."""
    with contextlib.suppress(SweepFailed):
        go(points, code)
    assert points.report is not None
    return points.report


def go(points: Sweep, code: Callable[[], Any]) -> None:
    for point in points:
        with point:
            point.result = code()


def numbers(report: Report, outcome: Outcome) -> list[int]:
    return [finding.spot.number for finding in report.of(outcome)]


Code = Callable[[httpx2.Client], Any]


def anthropic_helper(http: httpx2.Client) -> Any:
    client = anthropic.Anthropic(api_key="x", http_client=http)
    with client.messages.stream(**ASK) as stream:
        return stream.get_final_message()


def anthropic_raw(http: httpx2.Client) -> Any:
    client = anthropic.Anthropic(api_key="x", http_client=http)
    return [event.to_dict() for event in client.messages.create(**ASK, stream=True)]


def openai_helper(http: httpx2.Client) -> Any:
    client = openai.OpenAI(api_key="x", http_client=http)
    with client.chat.completions.stream(model="m", messages=ASK["messages"]) as stream:
        return stream.get_final_completion().to_dict()


def openai_raw(http: httpx2.Client) -> Any:
    client = openai.OpenAI(api_key="x", http_client=http)
    chunks = client.chat.completions.create(model="m", messages=ASK["messages"], stream=True)
    return [chunk.to_dict() for chunk in chunks]


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


def test_an_assertion_of_the_test_is_no_noise_of_the_client(http: Any) -> None:
    played = session()

    def looking() -> None:
        for point in sweep("cut", played, every=50):
            with point:
                point.result = message = anthropic_helper(http(played))
                assert message.stop_reason == "tool_use"

    with pytest.raises(SweepFailed) as caught:
        looking()
    assert "! silent" in str(caught.value)
    assert "the test noticed: AssertionError" in str(caught.value)


def test_another_request_after_a_cut_is_silent() -> None:
    played = session()
    transport = playhead.httpx2.ReplayTransport(played)

    def code() -> Any:
        with httpx2.Client(transport=transport) as client:
            body = client.post("http://h/v1/messages").text
            if "message_stop" not in body:
                client.get("http://h/v1/other")
            return body

    report = run(sweep("cut", played, every=60), code)
    assert {finding.verdict.outcome for finding in report.findings} == {Outcome.SILENT}
    assert "No exchange of anthropic-tools answers GET" in report.findings[0].verdict.why


def test_what_the_intact_stream_raises_goes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        go(sweep("cut", session()), lambda: 1 / 0)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, pytest.skip.Exception])
def test_what_is_about_the_whole_run_goes_through(error: type[BaseException], http: Any) -> None:
    runs: list[int] = []

    def code() -> int:
        runs.append(1)
        if len(runs) == 3:
            raise error
        return 1

    played = session()
    client = http(played)

    def asking() -> int:
        client.post("http://h/v1/messages")
        return code()

    with pytest.raises(error):
        go(sweep("cut", played), asking)
    assert len(runs) == 3


def test_a_request_beside_a_point_counts_for_it(http: Any) -> None:
    """As of a thread that goes on: nobody forgets what it missed."""
    played = session()
    client = http(played)
    points = sweep("cut", played, every=70)

    def go_on(beside: int) -> None:
        for number, point in enumerate(points):
            with point:
                point.result = anthropic_helper(client)
            if number == beside:
                with contextlib.suppress(playhead.ReplayMiss):
                    client.get("http://h/other")

    with pytest.raises(SweepFailed, match="it went on: ReplayMiss: No exchange of anthropic-tools"):
        go_on(1)
    points = sweep("cut", played, every=70)
    with pytest.raises(playhead.ReplayMiss):
        go_on(0)


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
    for options in ({"unit": "word"}, {"by": "axe"}, {"every": 0}, {"exchange": 9}):
        with pytest.raises(UsageError):
            sweep("cut", session(), **options)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no such matrix"):
        playhead.matrix("all")


def test_a_path_will_do_and_sessions_are_shared() -> None:
    points = sweep("rechunk", playhead.sample("openai-tools"))
    assert points.session is session_of(points.session)
    assert [str(case) for case in playhead.matrix("split")][:2] == ["event", "whole"]


ERROR = ValueError("x\ny")
ASKED_NOTHING = "the code asked for nothing: is its result cached, or its client closed?"
ASKED_OTHERS = "the code did not ask for this exchange, but for others"
VERDICTS: list[tuple[Met, Outcome, str]] = [
    (Met(result=1, requests=1), Outcome.UNAFFECTED, "the same result"),
    (Met(result=1, requests=0), Outcome.SILENT, "it left out requests: 0 instead of 1"),
    (Met(result=1, was_played=False), Outcome.UNPLAYED, ASKED_NOTHING),
    (Met(error=ERROR, was_played=False), Outcome.UNPLAYED, f"{ASKED_NOTHING} (ValueError: x)"),
    (Met(result=1, requests=1, was_played=False), Outcome.UNPLAYED, ASKED_OTHERS),
    (Met(result=1, requests=3), Outcome.RECOVERED, "3 requests instead of 1"),
    (Met(result=2, requests=1), Outcome.SILENT, "another result"),
    (Met(result=2, requests=3), Outcome.SILENT, "another result"),
    (Met(result=NOTHING, requests=1), Outcome.LOUD, "it gave no result"),
    (Met(result=1, error=ERROR), Outcome.LOUD, "ValueError: x"),
    (Met(result=1, error=AssertionError(), noticed=True), Outcome.SILENT, "the test noticed: AssertionError"),
    (Met(error=ERROR, missed=playhead.ReplayMiss("no")), Outcome.SILENT, "it went on: ReplayMiss: no"),
]


@pytest.mark.parametrize(("met", "outcome", "why"), VERDICTS)
def test_verdicts(met: Met, outcome: Outcome, why: str) -> None:
    assert judge(Met(result=1, requests=1), met) == Verdict(outcome, why)


class Odd(Exception):
    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    def __eq__(self, other: object) -> bool:
        raise self.error

    def __str__(self) -> str:
        raise self.error

    __hash__ = None  # type: ignore[assignment]


ODD = pytest.mark.parametrize("error", [TypeError, ValueError, RuntimeError, AttributeError])


@ODD
def test_an_error_that_cannot_be_told_is_named(error: type[Exception]) -> None:
    assert judge(Met(result=1), Met(error=Odd(error))) == Verdict(Outcome.LOUD, "Odd")


@ODD
def test_what_cannot_be_compared_is_told(error: type[Exception]) -> None:
    why = f"the results cannot be compared: {error.__name__}"
    assert judge(Met(result=Odd(error)), Met(result=Odd(error))) == Verdict(Outcome.SILENT, why)


def turns() -> Session:
    """Two exchanges, told apart by their paths."""
    first, second = (playhead.load(playhead.sample(name))[1] for name in ("anthropic-tools", "openai-tools"))
    second.number = 2
    return Session((first, second), "turns", rules=Rules.of(("method", "path"), ()))


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_asked_for_is_no_sweep(kind: Kind) -> None:
    """As by a mock in the client's place: at every point there would be the same result."""
    with pytest.raises(UsageError, match="nothing was requested through anthropic-tools") as caught:
        go(sweep(kind, session()), lambda: 1)
    assert "cached result, a mock, another transport" in str(caught.value)


def test_a_request_before_the_point_is_none_of_it(http: Any) -> None:
    played = session()
    client = http(played)

    def asking_outside() -> None:
        for point in sweep("cut", played):
            body = client.post("http://h/v1/messages").content
            with point:
                point.result = body

    with pytest.raises(UsageError, match="nothing was requested"):
        asking_outside()


@pytest.mark.parametrize("kind", list(Kind))
def test_a_result_that_is_cached_holds_nothing(http: Any, kind: Kind) -> None:
    played = session()
    client = http(played)

    @functools.cache
    def code() -> bytes:
        return bytes(client.post("http://h/v1/messages").content)

    report = run(sweep(kind, played), code)
    assert {finding.verdict for finding in report.findings} == {Verdict(Outcome.UNPLAYED, ASKED_NOTHING)}
    assert report.failures == report.findings
    assert "! unplayed    exchange 1, " in str(report)


def test_an_error_that_no_break_has_made_is_not_loud(http: Any) -> None:
    """The client is closed at the end of the first point."""
    played = session()
    client = http(played)

    def code() -> bytes:
        with client:
            return bytes(client.post("http://h/v1/messages").content)

    report = run(sweep("cut", played, by="reset", every=20), code)
    assert {finding.verdict.outcome for finding in report.findings} == {Outcome.UNPLAYED}
    assert "(RuntimeError: Cannot" in report.findings[0].verdict.why


def test_an_exchange_that_the_code_does_not_ask_for(http: Any) -> None:
    played = turns()
    client = http(played)

    def code() -> bytes:
        body = bytes(client.post("http://h/v1/messages").content)
        if b"message_stop" not in body:
            raise EOFError
        return body

    report = run(sweep("cut", played, every=10), code)
    found = {(each.spot.exchange.number, each.verdict.outcome) for each in report.findings}
    assert found == {(1, Outcome.LOUD), (2, Outcome.UNPLAYED)}
    assert {each.verdict.why for each in report.failures} == {ASKED_OTHERS}
    assert not run(sweep("cut", played, every=10, allow=["unplayed"]), code).failures
    assert not run(sweep("cut", played, every=10, exchange=1), code).failures
    with pytest.raises(UsageError, match="no exchange of turns that is swept was played"):
        go(sweep("cut", played, exchange=2), code)


def test_requests_that_a_cut_leaves_out_are_silent(http: Any) -> None:
    played = turns()
    client = http(played)

    def code() -> str:
        if b"message_stop" in client.post("http://h/v1/messages").content:
            client.post("http://h/v1/chat/completions")
        return "done"

    report = run(sweep("cut", played, every=50, exchange=1), code)
    why = "it left out requests: 1 instead of 2"
    assert {finding.verdict for finding in report.findings} == {Verdict(Outcome.SILENT, why)}


def test_a_result_that_the_code_goes_on_with_is_held_as_it_was(http: Any) -> None:
    played = session()
    client = http(played)
    history: list[dict[str, bytes]] = []

    def code() -> list[dict[str, bytes]]:
        history.append({"body": client.post("http://h/v1/messages").content})
        return history

    report = run(sweep("cut", played, every=20), code)
    assert {finding.verdict.why for finding in report.findings} == {"another result"}


def test_a_copy_is_held_where_one_tells() -> None:
    odd, plain = Odd(TypeError), object()
    assert kept(odd) is odd
    assert kept(plain) is plain
    assert kept(sys.stdout) is sys.stdout
    held = kept(inner := [plain])
    inner.append(plain)
    assert held == [plain]
    deep = kept(nested := {"a": [1]})
    nested["a"].append(2)
    assert deep == {"a": [1]}


def test_what_the_code_says_cannot_drive_the_terminal() -> None:
    spot = Spot(session().exchanges[0], "event", 1, cut(event=1))
    finding = Finding(spot, Verdict(Outcome.LOUD, "\x1b[2J"))
    assert "\x1b" not in str(Report(Kind.CUT, "x\x1b", (finding,), frozenset()))


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
