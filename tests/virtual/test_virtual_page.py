"""What docs/virtual-time.md shows first is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import playhead
from playhead import EndingKind, Request, Response
from playhead.virtual import Clock, virtual_time

PAGE = Path(__file__).parents[2] / "docs" / "virtual-time.md"


def recorded(path: Path) -> None:
    """Eight events, one in 0.47 s, and no end of them before 40 s."""
    path.parent.mkdir()
    with playhead.open_writer(path) as writer:
        out = writer.exchange()
        out.request(Request(method="POST", url="https://api.example.com/v1/messages", t=0.0))
        out.response(
            Response(status=200, reason="OK", headers=(("content-type", "text/event-stream"),), t=0.05)
        )
        for number in range(8):
            out.chunk(b'data: {"n":%d}\n\n' % number, 0.470444 * (number + 1))
        out.end(EndingKind.COMPLETE, 40.0)


def test_the_first_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded(tmp_path / "agent" / "weather.cassette.jsonl")
    monkeypatch.chdir(tmp_path)
    code = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code[0], str(PAGE), "exec"), names)
    clocks: list[Clock] = []

    @contextmanager
    def watched() -> Iterator[Clock]:
        with virtual_time() as clock:
            yield clock
        clocks.append(clock)

    monkeypatch.setattr(playhead, "virtual_time", watched)
    names["test_a_stalled_stream_times_out"]()
    assert [clock.elapsed for clock in clocks] == [12.35222]
