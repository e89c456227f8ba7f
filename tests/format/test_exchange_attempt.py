"""What a request says of the attempt that it is."""

from __future__ import annotations

from pathlib import Path

import pytest

import playhead
from playhead.model import Request


@pytest.mark.parametrize(
    ("headers", "attempt"),
    [
        ([], None),
        ([("x-stainless-retry-count", "0")], 0),
        ([("X-Stainless-Retry-Count", "12")], 12),
        *[
            ([("x-stainless-retry-count", value)], None)
            for value in ("", "-1", "one", "1.0", "٣", "9" * 30, " 1")
        ],
    ],
)
def test_the_attempt(tmp_path: Path, headers: list[tuple[str, str]], attempt: int | None) -> None:
    path = tmp_path / "x.cassette.jsonl"
    with playhead.open_writer(path, created="2026-01-01T00:00:00Z") as writer:
        writer.exchange().request(Request(method="GET", url="http://h/", headers=tuple(headers)))
    assert playhead.load(path)[1].attempt == attempt


def test_an_exchange_without_a_request(tmp_path: Path) -> None:
    path = tmp_path / "x.cassette.jsonl"
    with playhead.open_writer(path, created="2026-01-01T00:00:00Z") as writer:
        writer.exchange().chunk(b"data: a\n\n")
    assert playhead.load(path)[1].attempt is None
