"""Hypothesis strategies: legal plans, the same bytes, and small counterexamples."""

from __future__ import annotations

import subprocess
import sys

import httpx2
from hypothesis import HealthCheck, find, given, settings

import playhead
import playhead.httpx2
from playhead.plan import Plan, acts, checked
from playhead.plan.alterations import Alteration
from playhead.strategies import alterations, cuts, rechunkings, stalls

EXCHANGE = playhead.load(playhead.sample("split-utf8"))[1]
RECORDED = Plan.of(acts(EXCHANGE))


SLOWLY = settings(deadline=None, suppress_health_check=list(HealthCheck))


@given(alteration=rechunkings(EXCHANGE))
@SLOWLY
def test_the_bytes_stay(alteration: Alteration) -> None:
    assert alteration(RECORDED).body == RECORDED.body


@given(alteration=alterations(EXCHANGE))
@SLOWLY
def test_every_plan_is_legal(alteration: Alteration) -> None:
    assert list(checked(alteration(RECORDED)))
    assert RECORDED.body.startswith(alteration(RECORDED).body)


def test_a_bug_shrinks_to_one_split_inside_one_character() -> None:
    """In a client that decodes every chunk by itself."""
    url = EXCHANGE.request.url if EXCHANGE.request else "http://h/"
    method = EXCHANGE.request.method if EXCHANGE.request else "GET"

    def is_garbled(alteration: Alteration) -> bool:
        transport = playhead.httpx2.ReplayTransport(
            playhead.altered(EXCHANGE, alteration), match_on=["method"]
        )
        with httpx2.Client(transport=transport) as client, client.stream(method, url) as response:
            return any("\ufffd" in chunk.decode(errors="replace") for chunk in response.iter_bytes())

    found = find(
        rechunkings(EXCHANGE), is_garbled, settings=settings(SLOWLY, max_examples=2000, database=None)
    )
    [place] = found.offsets  # type: ignore[attr-defined]
    assert 0x80 <= RECORDED.body[place] <= 0xBF


def test_cuts_and_stalls_shrink_to_the_first() -> None:
    assert find(cuts(EXCHANGE), lambda _: True, settings=SLOWLY) == playhead.cut(event=0)
    assert find(stalls(EXCHANGE), lambda _: True, settings=SLOWLY) == playhead.stall(event=0)


def test_without_hypothesis_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['hypothesis'] = None\ntry:\n    import playhead.strategies\n"
    code += "except ImportError as error:\n    print(error)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "pip install hypothesis" in done.stdout
