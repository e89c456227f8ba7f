"""Streams that nobody would send: lint never fails, and no cut of the chunks changes what it says."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import playhead

from .made import (
    CHAT,
    DONE,
    END,
    MESSAGES,
    RESPONSES,
    SPOKEN,
    START,
    STOP,
    TEXT,
    answer,
    call,
    closed,
    delta,
    event,
    exchange,
    opened,
    tool,
)

BLOCKS = {
    MESSAGES: [
        *(
            event(each, each["type"])
            for each in [START, *TEXT, opened(1), delta(1), closed(1), *tool("{", "x")[1:], END, STOP]
        ),
        event({"type": "ping"}, "ping"),
        event({"type": "error", "error": None}, "error"),
    ],
    CHAT: [*(event(each) for each in [*SPOKEN, call("a", "{", "b"), call(None, "}")]), event(DONE)],
    RESPONSES: [event(each, each["type"]) for each in answer()],
}
ODD = [
    b"\xef\xbb\xbf",
    b": x\n\n",
    b"id: 1\n\n",
    b"\r\n",
    b"\n",
    b"data: \xff\n\n",
    b"event: ping\n\n",
    b"data: {",
]


def streams(url):
    parts = st.lists(st.sampled_from([*BLOCKS[url], *ODD]), max_size=12)
    return st.tuples(st.just(url), parts.map(b"".join))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(list(BLOCKS)).flatmap(streams), st.integers(1, 40))
def test_any_stream_can_be_judged_however_it_was_cut(stream, size):
    url, body = stream
    whole = exchange(body, url=url)
    found = playhead.check(whole)
    for finding in found:
        assert finding.frame is None or 1 <= finding.frame <= len(whole.frames), finding
        assert finding.rule != "reader-failed", (finding, body)
    cut = exchange([body[at : at + size] for at in range(0, len(body), size)], url=url)
    assert playhead.check(cut) == found
