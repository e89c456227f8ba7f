"""What comes while it is looked at: a recording that another writes."""

from __future__ import annotations

import pytest

import playhead
from playhead import EndingKind


@pytest.fixture
def path(tmp_path):
    """Where a recording stands while it is made."""
    return tmp_path / "made.cassette.jsonl.partial"


def test_events_that_come_while_another_screen_is_open_are_seen_behind_it(tmp_path, view):
    with playhead.open_writer(tmp_path / "made.cassette.jsonl", clock="monotonic") as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="https://h/v1/x", t=1.0))
        exchange.response(
            playhead.Response(status=200, headers=(("content-type", "text/event-stream"),), t=1.1)
        )

        async def scenario(seen):
            main = seen.app.screen
            await seen.until(lambda: "no event has come yet" in " ".join(seen.text.split()).lower())
            await seen.press("question_mark")
            await seen.until(lambda: seen.app.screen is not main)
            exchange.chunk(b"data: first\n\ndata: second\n\n", 2.0)
            await seen.until(lambda: not main.has_class("-empty"))
            assert not main.has_class("-bare")
            await seen.press("escape")
            await seen.until(lambda: "first" in seen.text and "Events" in seen.text)
            exchange.end(EndingKind.COMPLETE, 3.0)

        view(scenario)
