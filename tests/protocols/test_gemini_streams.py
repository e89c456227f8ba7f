"""Gemini streams of our own: the message is google-genai's, as written beside each, however it is cut."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playhead.protocols.reading import Reading
from playhead.protocols.remarks import RemarkKind

from .reads import canonical, read

STREAMS = sorted((Path(__file__).parent / "streams" / "gemini").glob("*.sse"))
EVERY_SPLIT_BELOW = 500


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_the_message_is_that_of_the_sdk(path: Path) -> None:
    body = path.read_bytes()
    answer = json.loads(path.with_suffix(".json").read_text())
    sizes = [None, 1, 7]
    if len(body) < EVERY_SPLIT_BELOW:
        sizes += range(2, len(body))
    for size in sizes:
        reading = read(body, "gemini", size=size)
        assert canonical(reading.final().message) == canonical(answer["final"] or answer["partial"] or {})
        assert exception(reading) == (answer["error"]["type"] if answer["error"] else None)
        assert not failures(reading)


def exception(reading: Reading) -> str | None:
    """The class that ours says the client raises, without its module."""
    found = [remark.raises for remark in reading.remarks if remark.raises]
    assert len(found) <= 1
    return found[0].rpartition(".")[2] if found else None


def failures(reading: Reading) -> list[str]:
    return [remark.text for remark in reading.remarks if remark.kind is RemarkKind.READER_FAILED]
