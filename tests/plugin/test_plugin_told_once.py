"""What cannot be played or recorded is told in one text, and a cut recording names itself."""

from __future__ import annotations

from .inner import Suite

CUT = """
import httpx, pytest

@pytest.mark.playhead("cut")
def test_again(playhead):
    client = playhead.httpx_client()
    for _ in range(2):
        try:
            client.post("https://api.test/v1").text
        except Exception:
            pass
"""
BAD = """
import pytest

@pytest.mark.playhead("damaged")
def test_damaged(playhead): pass

@pytest.mark.playhead("f/x", record_mode="once")
def test_below_a_file(playhead): pass
"""


def test_a_text_stands_once(suite: Suite) -> None:
    (suite.folder / "cassettes").mkdir()
    (suite.folder / "cassettes/damaged.cassette.jsonl").write_bytes(b"no cassette\n")
    (suite.folder / "cassettes/f").write_text("a file")
    suite.write("test_it.py", BAD)
    ran = suite.run()
    assert "damaged.cassette.jsonl" in ran.errored("test_damaged")
    assert "cassettes/f/x.cassette.jsonl: Not a directory" in ran.errored("test_below_a_file")
    assert "During handling" not in ran.out
    assert "Traceback" not in ran.out


def test_a_miss_names_the_recording_that_was_cut(suite: Suite) -> None:
    path = suite.cassette("cassettes/cut.cassette.jsonl")
    text = path.read_text("utf-8")
    assert '"complete"' in text
    path.write_text(text.replace('"complete"', '"recorder_stopped"'), "utf-8")
    suite.write("test_it.py", CUT)
    why = suite.run().failed("test_again")
    assert "it is made more often than recorded" in why
    assert "The recording of exchange 1 stops before the stream did" in why
