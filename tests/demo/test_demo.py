"""The demo: the whole loop, as a new user runs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import playhead
from playhead.demo.compare import Comparison, Delivery, compare, delivery
from playhead.samples import sample


@pytest.mark.parametrize("name", ["anthropic-tools", "cut", "split-utf8"])
def test_the_loop_is_true(name):
    pytest.importorskip("mitmproxy")
    done = subprocess.run(
        [sys.executable, "-m", "playhead", "demo", "--no-view", "--sample", name],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.count("equal") == 9
    assert "DIFFERENT" not in done.stdout
    path = done.stdout.split("Cassette: ")[1].strip()
    original, recorded = playhead.load(sample(name))[1], playhead.load(path)[1]
    assert [chunk.data for chunk in recorded.chunks] == [
        chunk.data for chunk in original.chunks if chunk.data
    ]
    assert recorded.ending.kind is original.ending.kind


def test_the_demo_says_what_it_needs():
    code = "import sys; sys.modules['h11'] = None; sys.argv = ['playhead', 'demo']\n"
    code += "from playhead.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


BASE = Delivery(sizes=(3, 4), times=(0.5, 0.7), sha256="aa", ending="complete")


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        (Delivery(sizes=(3, 4), times=(9.5, 9.7), sha256="aa", ending="complete"), set()),
        (Delivery(sizes=(3, 4), times=(0.5, 0.7), sha256="ab", ending="complete"), {"bytes_equal"}),
        (Delivery(sizes=(7,), times=(0.5,), sha256="aa", ending="complete"), {"chunks_equal"}),
        (Delivery(sizes=(3, 4), times=(0.5, 0.7), sha256="aa", ending="incomplete"), {"ending_equal"}),
    ],
)
def test_a_difference_is_seen(other, differs):
    found = compare(BASE, other)
    assert {
        name for name in ("bytes_equal", "chunks_equal", "ending_equal") if not getattr(found, name)
    } == differs
    assert found.equal is (not differs)


def test_gap_errors_are_those_of_gaps_not_of_times():
    late = Delivery(sizes=(3, 4, 5), times=(2.0, 2.25, 3.0), sha256="aa", ending="complete")
    early = Delivery(sizes=(3, 4, 5), times=(0.0, 0.25, 0.5), sha256="aa", ending="complete")
    found = compare(early, late)
    assert (found.gap_error_p50, found.gap_error_p99) == (0.5, 0.5)
    assert compare(BASE, Delivery(sizes=(), times=(), sha256="", ending="")).gap_error_p50 is None
    assert isinstance(found, Comparison)


def test_a_recorded_ending_is_named_as_a_client_meets_it():
    assert delivery(playhead.load(sample("cut"))[1]).ending == "incomplete"
    assert delivery(playhead.load(sample("anthropic-tools"))[1]).ending == "complete"
