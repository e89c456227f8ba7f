"""Time as it is seen: lanes of blocks, the ruler, the histogram, the waterfall."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import pytest
from textual.geometry import Region

from playhead import EndingKind, Request, Response
from playhead_viewer.panes import timing
from playhead_viewer.panes.waterfall import Bar, headline, scale_of
from playhead_viewer.source import scanning
from playhead_viewer.source.analysing import analyse, drawn
from playhead_viewer.source.lanes import lanes
from playhead_viewer.source.moment import Moment
from playhead_viewer.text.ruler import ruler
from playhead_viewer.text.safe import Safe
from playhead_viewer.widgets.scrubber import Scrubber

TOOLS = ["read_file", "grep", "ls", "run", "write", "diff", "fetch", "look", "test", "end"]


def event(**data) -> bytes:
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()


def start(index, kind, name="") -> bytes:
    block = {"type": kind, "id": f"t{index}", "name": name, "input": {}} if name else {"type": kind}
    return event(type="content_block_start", index=index, content_block=block)


def part(index, text) -> bytes:
    delta = {"type": "input_json_delta", "partial_json": text}
    return event(type="content_block_delta", index=index, delta=delta)


def stop(index) -> bytes:
    return event(type="content_block_stop", index=index)


@pytest.fixture
def many(make):
    """An agent's turn: one tool call after the other, a second each."""
    with make() as made:
        exchange = made.begin()
        for index, name in enumerate(TOOLS):
            for at, data in enumerate((start(index, "tool_use", name), part(index, "{}"), stop(index))):
                exchange.chunk(data, 1.5 + index + at * 0.4)
        exchange.end(EndingKind.COMPLETE, 12.0)


def drawn_lines(seen) -> list[str]:
    scrubber = seen.app.query_one(Scrubber)
    strips = scrubber.render_lines(Region(0, 0, *scrubber.size))
    return ["".join(segment.text for segment in strip) for strip in strips]


@pytest.mark.usefixtures("many")
def test_ten_tool_calls_are_told_apart_by_their_names(view):
    async def scenario(seen):
        await seen.press("j", "j", "j", "j")
        lane, _, times = drawn_lines(seen)
        assert Counter(lane)["╞"] == len(TOOLS)
        assert "╞══3:ls═" in lane
        assert "▲2:grep" in times
        assert times.index("▲") == lane.index("▼")
        assert "╵0s" in times
        assert "╵4s" in times
        await seen.press("r")
        after = drawn_lines(seen)[2]
        assert "╵10s" in times
        assert "╵10s" not in after
        assert after.index("╵4s") > times.index("╵4s")

    view(scenario, size=(120, 40))


@pytest.mark.parametrize(("size", "rows", "counted"), [((120, 40), 5, "4"), ((80, 24), 2, "6")])
def test_more_blocks_at_once_than_lanes_are_counted(make, view, size, rows, counted):
    with make() as made:
        exchange = made.begin()
        for index in range(6):
            exchange.chunk(start(index, "tool_use", f"tool{index}"), 2.0 + index)
        for index in range(6):
            exchange.chunk(stop(index), 12.0 + index)
        exchange.end(EndingKind.COMPLETE, 18.0)

    async def scenario(seen):
        await seen.press("G")
        lines = drawn_lines(seen)
        assert len(lines) == rows
        last = lines[-3 if rows > 2 else 0]
        assert counted in last
        assert not any(str(more) in last for more in range(int(counted) + 1, 10))

    view(scenario, size=size)


def test_every_block_is_in_a_run_however_many_there_are(make, path, read):
    with make() as made:
        exchange = made.begin()
        for index in range(500):
            exchange.chunk(start(index, "tool_use", "tool") + stop(index), 2.0 + index * 0.01)
        exchange.end(EndingKind.COMPLETE, 8.0)
    (lane,) = lanes(read(path), 0.0, 7.0, 80)
    assert sum(run.until - run.block + 1 for run in lane) == 500
    assert all(before.last < after.first for before, after in itertools.pairwise(lane))
    assert "1-" in lane[0].labels[0]


def test_a_stream_without_blocks_has_no_lanes(make, path, read):
    with make() as made:
        exchange = made.begin(url="https://h/ticks")
        for number in range(9):
            exchange.chunk(b"data: %d\n\n" % number, 2.0 + number)
        exchange.end(EndingKind.COMPLETE, 12.0)
    stream = read(path)
    track = drawn(stream, analyse(stream), 60)
    assert track is not None
    assert track.lanes == ()


@pytest.mark.parametrize(
    ("start", "end", "columns", "shown"),
    [
        (0.0, 4.0, 48, "╵0s         ╵1s         ╵2s         ╵3s         "),
        (-1.0, 1.0, 24, "╵-1s        ╵0s         "),
        (0.0, 0.02, 24, "╵0s         ╵10ms       "),
        (0.0, 3600.0, 24, "╵0s         ╵30m        "),
        (0.0, 0.0, 4, "    "),
        (0.0, float("inf"), 4, "    "),
        (2.0, 1.0, 3, "   "),
        (0.0, 1.0, 0, ""),
    ],
)
def test_the_ruler(start, end, columns, shown):
    assert ruler(start, end, columns) == shown


def test_the_histogram_has_a_mark_under_the_gap_of_the_event(make, path, read):
    with make() as made:
        exchange = made.begin()
        for number, t in enumerate([2.0, 2.001, 2.004, 2.014, 2.034, 2.134, 2.434, 3.434, 5.434]):
            exchange.chunk(part(0, str(number)), t)
        exchange.end(EndingKind.COMPLETE, 6.0)
    stream = read(path)
    analysis = analyse(stream)
    marks = []
    for number in range(2, 10):
        lines = timing.document(Moment(stream, number, analysis), 60).lines
        (base,) = ("".join(text for text, _ in spans) for spans in lines if spans[0][0].startswith(" ─"))
        assert base.count("▲") == 1
        marks.append(base.index("▲"))
    assert marks == sorted(set(marks))


@pytest.mark.usefixtures("many")
def test_timing_fits_its_pane(path, read):
    stream = read(path)
    analysis = analyse(stream)
    for width in (9, 20, 40, 90):
        for number in range(1, stream.count + 1):
            lines = timing.document(Moment(stream, number, analysis), width).lines
            texts = ["".join(text for text, _ in spans) for spans in lines]
            assert max(map(len, texts)) <= max(width, 60)
    texts = ["".join(text for text, _ in spans) for spans in lines]
    assert any("first content 900 ms · last chunk 10.30 s · ending 11.00 s" in text for text in texts), texts
    assert any("from the response's head" in text for text in texts)
    assert any(text.startswith("3 ls ") and text.endswith(" 2") for text in texts)


def test_turns_at_once_are_counted_in_the_waterfall(make, view):
    with make() as made:
        exchanges = [made.begin(t=1.0 + index) for index in range(3)]
        for index, exchange in enumerate(exchanges):
            exchange.chunk(b"data: %d\n\n" % index, 5.0)
        for index, exchange in enumerate(exchanges):
            exchange.end(EndingKind.COMPLETE, 7.0 + index)
        last = made.begin(t=20.0)
        last.chunk(b"data: x\n\n", 21.0)
        last.end(EndingKind.COMPLETE, 22.0)

    async def scenario(seen):
        await seen.press("w")
        counts = seen.line("at once").split("at once")[1].strip(" │")
        assert "·2" in counts
        assert "23" in counts
        assert counts.endswith("·")
        assert "4" not in counts
        assert " ·" in counts
        assert "╵0s" in seen.text
        for size in [(80, 24), (40, 10), (120, 40)]:
            await seen.pilot.resize_terminal(*size)
            await seen.settle()
            assert len(seen.line("at once")) == size[0]
        await seen.press("down", "enter")
        await seen.settle()
        assert "2/4" in seen.lines[0]

    view(scenario)


def test_figures_of_gaps_say_that_they_are(make, view):
    with make() as made:
        made.texts(["a"] * 20)

    async def scenario(seen):
        assert "TTFT 500ms gaps p50 10ms p99 10ms" in seen.lines[0]
        await seen.until(lambda: "gaps: p50 10 ms, p99 10 ms, longest 10 ms" in " ".join(seen.text.split()))

    view(scenario)


@pytest.mark.parametrize(
    ("url", "body", "answer"),
    [
        ("https://h/v1/messages", b'{"model":"claude-sonnet-4-5"}', b"data: x\n\n"),
        ("https://h/v1beta/models/claude-sonnet-4-5:stream?alt=sse", b"{}", b"data: x\n\n"),
        ("https://h/v1/messages", b" " * 300_000, b'data: {"message":{"model": "claude-sonnet-4-5"}}\n\n'),
    ],
    ids=["request", "url", "answer"],
)
@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "narrow"])
def test_the_model_is_named_in_the_waterfall(make, view, url, body, answer, size):
    with make() as made:
        exchange = made.writer.exchange()
        exchange.request(Request(method="POST", url=url, t=1.0, body=body))
        exchange.response(Response(status=200, headers=(("content-type", "text/event-stream"),), t=1.2))
        exchange.chunk(answer, 1.5)
        exchange.end(EndingKind.COMPLETE, 2.0)

    async def scenario(seen):
        await seen.press("w")
        await seen.until(lambda: "1 claude-sonnet-4-5 POST" in seen.text)

    view(scenario, size=size)


def _started(model: str) -> bytes:
    message = {"id": "m", "type": "message", "role": "assistant", "model": model, "content": []}
    return b"data: %s\n\n" % json.dumps({"type": "message_start", "message": message}).encode()


@pytest.mark.parametrize(
    ("status", "kind", "answer", "model"),
    [
        (200, "text/event-stream", _started("claude-x-2026"), "claude-x-2026"),
        (200, "text/event-stream", b": nothing of models\n\n", "claude-x"),
        (429, "application/json", b'{"error": "slow down"}', "claude-x"),
        (200, "text/event-stream", b"", "claude-x"),
        (None, "", b"", "claude-x"),
    ],
    ids=["answer", "request", "refused", "head alone", "no response"],
)
def test_one_model_is_told_everywhere(make, view, path, status, kind, answer, model, monkeypatch):
    with make() as made:
        exchange = made.writer.exchange()
        exchange.request(Request(method="POST", url="https://h/v1", t=1.0, body=b'{"model": "claude-x"}'))
        if status is not None:
            exchange.response(Response(status=status, headers=(("content-type", kind),), t=1.2))
        if answer:
            exchange.chunk(answer, 1.5)
        exchange.end(EndingKind.COMPLETE, 2.0)
    for timed in (20_000, 0):  # of a long exchange the answer is not read for the list
        monkeypatch.setattr(scanning, "_TIMED", timed)
        assert [row.model for row in scanning.scan(str(path), lambda: True)] == [model]

    async def scenario(seen):
        await seen.until(lambda: f"▏{model} ▏" in seen.lines[0])
        await seen.press("w")
        await seen.until(lambda: f"1 {model} POST" in seen.text)

    view(scenario)


def test_how_long_all_took_is_unknown_where_an_end_is():
    def told(*times: tuple[float | None, float | None]) -> str:
        bars = [Bar(1, Safe("POST /"), 200, "✓", start, start, end) for start, end in times]
        return headline(bars, scale_of(bars)).split("   ")[0]

    assert told((1.0, None)) == told((None, None)) == "1 exchange in ?"
    assert told((1.0, 3.0)) == "1 exchange in 2.00 s"
    assert told((1.0, 1.0)) == "1 exchange in 0 ms"
    assert told((1.0, 3.0), (2.0, None)) == "2 exchanges in ≥ 2.00 s"
    assert told((1.0, None), (4.0, None)) == "2 exchanges in ≥ 3.00 s"
