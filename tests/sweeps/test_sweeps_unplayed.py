"""Points that the code does not ask for say nothing, and are told."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from playhead import UsageError, sweep
from playhead.sweeps import Kind, Outcome, Verdict

from .swept import (
    ASKED_NOTHING,
    ASKED_OTHERS,
    go,
    run,
    session,
    turns,
)


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
