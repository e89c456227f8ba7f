"""Recorded endings as finishes: every kind with every evidence, before a head and after."""

from __future__ import annotations

import itertools

import pytest

from playhead import Ending, EndingKind, Framing, How
from playhead.plan import Finish
from playhead.plan.endings import BY_EVIDENCE, BY_KIND, finish_of, performed_framing

SERVER = EndingKind.SERVER_CLOSED


@pytest.mark.parametrize(
    ("kind", "how", "after", "before"),
    [
        (EndingKind.COMPLETE, How.CLEAN, Finish.CLEAN, Finish.INCOMPLETE),
        (EndingKind.COMPLETE, How.UNKNOWN, Finish.CLEAN, Finish.INCOMPLETE),
        (EndingKind.UNKNOWN, How.UNKNOWN, Finish.CLEAN, Finish.INCOMPLETE),
        (EndingKind.TIMEOUT, How.TIMEOUT, Finish.STALL, Finish.STALL),
        (EndingKind.CLIENT_CLOSED, How.RESET, Finish.RECORDING_ENDED, Finish.RECORDING_ENDED),
        (EndingKind.RECORDER_STOPPED, How.UNKNOWN, Finish.RECORDING_ENDED, Finish.RECORDING_ENDED),
        (EndingKind.TRUNCATED, How.UNKNOWN, Finish.RECORDING_ENDED, Finish.RECORDING_ENDED),
        (SERVER, How.FIN, Finish.INCOMPLETE, Finish.INCOMPLETE),
        (SERVER, How.UNKNOWN, Finish.INCOMPLETE, Finish.INCOMPLETE),
        (SERVER, How.RESET, Finish.RESET, Finish.RESET),
        (SERVER, How.TIMEOUT, Finish.STALL, Finish.STALL),
        (SERVER, How.CLEAN, Finish.CLEAN, Finish.INCOMPLETE),
        (SERVER, How.REFUSED, Finish.RESET, Finish.REFUSED),
        (SERVER, How.TLS, Finish.RESET, Finish.REFUSED),
        (SERVER, How.DNS, Finish.RESET, Finish.REFUSED),
    ],
)
def test_what_a_performer_must_do(kind: EndingKind, how: How, after: Finish, before: Finish) -> None:
    ending = Ending(kind=kind, how=how)
    assert finish_of(ending, head=True) is after
    assert finish_of(ending, head=False) is before


@pytest.mark.parametrize(
    ("how", "finish"),
    [
        (How.RESET, Finish.RESET),
        (How.FIN, Finish.INCOMPLETE),
        (How.TIMEOUT, Finish.STALL),
        (How.UNKNOWN, Finish.INCOMPLETE),
        (How.CLEAN, Finish.INCOMPLETE),
    ],
)
def test_a_cut_that_was_seen_is_no_clean_end_whoever_made_it(how: How, finish: Finish) -> None:
    ending = Ending(kind=EndingKind.UNKNOWN, how=how, facts={"how": how, "framing_complete": "false"})
    assert finish_of(ending, head=True) is finish


@pytest.mark.parametrize(
    ("facts", "finish"),
    [
        ({"how": "reset"}, Finish.RESET),
        ({"how": "fin"}, Finish.INCOMPLETE),
        ({"how": "unknown"}, Finish.INCOMPLETE),
        ({"how": "of a later version"}, Finish.INCOMPLETE),
        ({"framing_complete": "false"}, Finish.INCOMPLETE),
        ({"server_open": "false"}, Finish.INCOMPLETE),
        ({"error": "stream reset"}, Finish.INCOMPLETE),
        ({"framing": "chunked"}, Finish.CLEAN),
        ({"how": "clean"}, Finish.CLEAN),
        ({}, Finish.CLEAN),
    ],
)
def test_an_unknown_ending_is_clean_only_without_evidence_of_a_cut(
    facts: dict[str, str], finish: Finish
) -> None:
    known = {how.value: how for how in How}
    how = known.get(facts.get("how", ""), How.UNKNOWN)
    ending = Ending(kind=EndingKind.UNKNOWN, how=how, facts=facts)
    assert finish_of(ending, head=True) is finish


def test_no_ending_is_forgotten() -> None:
    assert {*BY_KIND, SERVER} == set(EndingKind)
    assert set(BY_EVIDENCE) == set(How)


@pytest.mark.parametrize(("recorded", "how"), list(itertools.product(Framing, How)))
def test_a_performer_frames_in_one_of_three_ways(recorded: Framing, how: How) -> None:
    ending = Ending(kind=SERVER, how=how)
    for has_length in (False, True):
        performed = performed_framing(recorded, ending, finish_of(ending, head=True), has_length=has_length)
        assert performed in (Framing.LENGTH, Framing.CHUNKED, Framing.CLOSE)


def test_a_close_hides_a_fin_but_not_a_cut_of_unknown_kind() -> None:
    fin = Ending(kind=SERVER, how=How.FIN)
    assert performed_framing(Framing.CLOSE, fin, Finish.INCOMPLETE, has_length=False) is Framing.CLOSE
    unknown = Ending(kind=SERVER)
    assert performed_framing(Framing.CLOSE, unknown, Finish.INCOMPLETE, has_length=False) is Framing.CHUNKED
