"""What comes of a point is called by its name: verdicts, results that are held, what goes through."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import pytest

import playhead
import playhead.httpx2
from playhead import SweepFailed, UsageError, cut, sweep
from playhead.sweeps import Finding, Kind, Outcome, Report, Spot, Verdict
from playhead.sweeps.judging import NOTHING, Met, judge, kept

from .swept import (
    ASK,
    ASKED_NOTHING,
    ASKED_OTHERS,
    anthropic_helper,
    go,
    run,
    session,
)


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


ERROR = ValueError("x\ny")


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
    for result, expected in ((odd, True), (plain, False), (sys.stdout, False)):
        held, is_comparable = kept(result)
        assert held is result
        assert is_comparable is expected
    held, is_comparable = kept(inner := [plain])
    inner.append(plain)
    assert held == [plain]
    assert not is_comparable
    deep, is_comparable = kept(nested := {"a": [1]})
    nested["a"].append(2)
    assert deep == {"a": [1]}
    assert is_comparable


class Answer:
    """What most classes are: equal to itself alone."""


class Client:
    """What cannot be copied and has to be closed."""

    def __deepcopy__(self, memo: object) -> Any:
        pytest.fail("copied")


@pytest.mark.parametrize("make", [Answer, ValueError, lambda: [Answer()], lambda: (Answer(), 1), Client])
def test_results_that_equal_nothing_are_told(make: Callable[[], Any], http: Any) -> None:
    played = session()
    client = http(played)

    def code() -> Any:
        client.post("http://h/v1/messages")
        return make()

    report = run(sweep("rechunk", played, every=7), code)
    [why] = {finding.verdict.why for finding in report.findings}
    name = type(make()).__name__
    assert why.startswith(f"the results cannot be compared: not even a copy of the {name} equals it")


def test_results_that_are_the_same_object_are_the_same(http: Any) -> None:
    played, same = session(), Answer()
    client = http(played)

    def code() -> Any:
        client.post("http://h/v1/messages")
        return same

    assert not run(sweep("rechunk", played, every=7), code).failures


@pytest.mark.parametrize("name", ["generator", "Stream"])
def test_a_result_that_nobody_has_read_is_none(name: str, http: Any) -> None:
    played = session()

    def code() -> Any:
        client = anthropic.Anthropic(api_key="x", http_client=http(played))
        stream = client.messages.create(**ASK, stream=True)
        return stream if name == "Stream" else (event for event in stream)

    with pytest.raises(UsageError, match=f"is a {name} that nobody has read"):
        go(sweep("rechunk", played), code)


def test_what_the_code_says_cannot_drive_the_terminal() -> None:
    spot = Spot(session().exchanges[0], "event", 1, cut(event=1))
    finding = Finding(spot, Verdict(Outcome.LOUD, "\x1b[2J"))
    assert "\x1b" not in str(Report(Kind.CUT, "x\x1b", (finding,), frozenset()))
