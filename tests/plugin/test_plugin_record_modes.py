"""Which record mode counts, those that there are not, and what time and sweeps are while one records."""

from __future__ import annotations

import pytest

from .inner import Suite
from .provider import Provider
from .recorded import HEAD, inner


def test_which_mode_counts(suite: Suite, provider: Provider) -> None:
    test = '{}def test_it(playhead): playhead.httpx_client().post(URL + "/echo")\n'
    suite.write("test_it.py", HEAD + test.format('@pytest.mark.playhead(record_mode="once")\n'))
    assert "There is no cassette" in inner(suite, provider, "--playhead-record=none").errored("test_it")
    suite.write("pytest.ini", "[pytest]\nplayhead_record = none\n")
    inner(suite, provider).passed()
    suite.write("pytest.ini", "[pytest]\nplayhead_record = all\n")
    inner(suite, provider).passed()  # once: it is replayed
    assert len(provider.asked) == 1
    inner(suite, provider, "--playhead-record=all").passed()
    suite.write("test_it.py", HEAD + test.format(""))
    inner(suite, provider).passed()
    assert len(provider.asked) == 3


def test_modes_there_are_not(suite: Suite) -> None:
    suite.write("test_it.py", "def test_it(): pass\n")
    ran = suite.run("--playhead-record=rewrite")
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert "new_episodes" in ran.out
    suite.write("pytest.ini", "[pytest]\nplayhead_record = rewrite\n")
    ran = suite.run()
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    modes = "none, once, new_episodes, all, verify"
    assert f"playhead_record is one of {modes}, not 'rewrite'" in ran.out
    suite.write("pytest.ini", "[pytest]\n")
    for marker, says in (
        ('record_mode="rewrite"', f"record_mode is one of {modes}, not 'rewrite'"),
        ('upstream="https://x.test/v1"', "upstream is a scheme and a host"),
        ('upstream="x.test"', "upstream is a scheme and a host"),
    ):
        suite.write("test_it.py", f"import pytest\n@pytest.mark.playhead({marker})\ndef test_it(): pass\n")
        ran = suite.run()
        assert ran.code == pytest.ExitCode.USAGE_ERROR
        assert says in ran.out


TIMED = (
    HEAD
    + """
@pytest.mark.playhead("timed", virtual=True)
def test_virtual(playhead):
    playhead.httpx_client().post(URL + "/v1/messages")
    assert 0 < playhead.elapsed < 60

@pytest.mark.playhead("timed")
def test_sweep(playhead):
    for point in playhead.sweep("cut", allow=["silent", "loud"]):
        with point:
            point.result = playhead.httpx_client().post(URL + "/v1/messages").text
"""
)


def test_recording_has_the_time_of_the_wall(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", TIMED)
    inner(suite, provider, "--playhead-record=all", "-k", "virtual").passed("test_virtual")
    inner(suite, provider).passed()
    assert provider.asked == ["POST /v1/messages"]


@pytest.mark.parametrize("kind", ["cut", "stall", "rechunk"])
def test_a_sweep_records_the_intact_stream(suite: Suite, provider: Provider, kind: str) -> None:
    suite.write("test_it.py", TIMED.replace('"cut"', f'"{kind}"'))
    inner(suite, provider, "--playhead-record=once", "-k", "sweep").passed("test_sweep")
    assert provider.asked == ["POST /v1/messages"]
    inner(suite, provider, "-k", "sweep").passed("test_sweep")
    assert provider.asked == ["POST /v1/messages"]
    inner(suite, provider, "--playhead-record=verify", "-k", "sweep").passed("test_sweep")
    assert len(provider.asked) == 2
