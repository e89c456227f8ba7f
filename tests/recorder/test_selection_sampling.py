"""Sampling: by chance, which the caller gives, and by a header whose value decides over a whole session."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.model import Request
from playhead_recorder.options.selection import Selection

RATES = st.floats(0, 1)
CHANCES = st.floats(0, 1, exclude_max=True)
VALUES = st.text(st.characters(max_codepoint=255), min_size=1, max_size=40)


def request(session: str | None = None, name: str = "x-session") -> Request:
    return Request(method="GET", url="http://h/", headers=() if session is None else ((name, session),))


@given(RATES, CHANCES)
def test_by_chance(rate, chance):
    assert Selection(sample=rate).is_sampled(request(), chance) is (chance < rate)


@given(RATES, VALUES, st.lists(CHANCES, min_size=2, max_size=5))
def test_a_session_shares_one_fate(rate, session, chances):
    selection = Selection(sample=rate, sample_by="x-session")
    assert len({selection.is_sampled(request(session), chance) for chance in chances}) == 1
    assert selection.is_sampled(request(session, "X-Session"), 0) is selection.is_sampled(request(session), 0)


@given(RATES, RATES, VALUES)
def test_a_larger_sample_holds_a_smaller_one(one, other, session):
    small, large = (
        Selection(sample=rate, sample_by="x-session").is_sampled(request(session), 0)
        for rate in sorted((one, other))
    )
    assert large or not small


@given(VALUES)
def test_nothing_and_everything(session):
    assert not Selection(sample=0.0, sample_by="x-session").is_sampled(request(session), 0.0)
    assert Selection(sample=1.0, sample_by="x-session").is_sampled(request(session), 0.999)


@given(RATES, CHANCES)
def test_chance_decides_where_there_is_no_header(rate, chance):
    selection = Selection(sample=rate, sample_by="x-session")
    assert selection.is_sampled(request(), chance) is (chance < rate or rate == 1)
    assert selection.is_sampled(request(""), chance) is (chance < rate or rate == 1)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("by", [None, "x-session"])
def test_the_rate_is_met(rate, by):
    """4,000 exchanges from a fixed seed: within four standard deviations."""
    rng = random.Random(7)
    selection = Selection(sample=rate, sample_by=by)
    kept = sum(selection.is_sampled(request(f"session-{at}"), rng.random()) for at in range(4000))
    assert abs(kept - 4000 * rate) <= 4 * (4000 * rate * (1 - rate)) ** 0.5


def test_another_process_decides_alike():
    """After a restart a session goes on as it began."""
    code = (
        "from playhead.model import Request; from playhead_recorder.options.selection import Selection;"
        "s = Selection(sample=0.5, sample_by='x');"
        "print([s.is_sampled(Request(method='GET', url='http://h/', headers=(('x', str(at)),)), 0)"
        " for at in range(40)])"
    )
    said = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(said) == 1
    assert "True" in min(said)
    assert "False" in min(said)
