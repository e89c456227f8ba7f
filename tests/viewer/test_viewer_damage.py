"""Damage is told whole, marked where it is, and never passed off as complete."""

from __future__ import annotations

import json

import pytest

from playhead import EndingKind
from playhead_viewer.panes.waterfall import bars_of
from playhead_viewer.plain import print_file
from playhead_viewer.source.loader import open_path
from playhead_viewer.source.scanning import scan
from playhead_viewer.source.stream import Break, Stream

GARBAGE = b'{"type": garbage\n'
UNDECODABLE = json.dumps({"type": "chunk", "exchange": 1, "t": 1.6, "base64": "?"}).encode() + b"\n"
SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)], ids=lambda size: f"{size[0]}")


@pytest.fixture
def damaged(make, path):
    """`damaged(line, by)` puts other bytes in the place of a line, counted from 1; none take it out."""
    with make() as made:
        made.texts([f"w{number}" for number in range(1, 21)])
        made.texts(["other"])

    def damage(line: int, by: bytes) -> None:
        lines = path.read_bytes().splitlines(keepends=True)
        lines[line - 1] = by
        path.write_bytes(b"".join(lines))

    return damage


def words(seen) -> str:
    return " ".join(seen.text.split())


@SIZES
def test_a_damaged_line_is_told_whole_and_marked_where_it_was(damaged, view, size):
    damaged(9, GARBAGE)  # the fifth chunk

    async def scenario(seen):
        await seen.until(lambda: "✖ damaged" in seen.lines[0] and "complete" not in seen.lines[0])
        await seen.until(lambda: "✖ Damaged: line 9 (byte " in seen.text)
        await seen.until(
            lambda: "The rest is shown; playhead recover made.cassette.jsonl saves it." in words(seen)
        )
        await seen.until(
            lambda: (
                "✖ Of the 20 chunks that were recorded 1 cannot be read; the list shows where." in words(seen)
            )
        )
        await seen.press("x")
        await seen.until(lambda: seen.cursor == 5 and "✖ damaged above" in seen.line("▸"))
        assert seen.text.count("damaged above") == 1
        await seen.press("right_curly_bracket")
        await seen.until(lambda: "2/2" in seen.lines[0] and "✓ complete" in seen.lines[0])
        assert "cannot be read" not in seen.text

    view(scenario, size=size)


@SIZES
def test_a_chunk_that_cannot_be_decoded_ends_the_list_and_is_marked_there(damaged, view, size):
    damaged(9, UNDECODABLE)

    async def scenario(seen):
        await seen.until(lambda: "✖ damaged" in seen.lines[0] and "complete" not in seen.lines[0])
        await seen.until(lambda: "saves it." in words(seen))
        await seen.press("G")
        await seen.until(lambda: seen.cursor == 4 and "✖ damaged below" in seen.line("▸"))
        if size[0] > 100:
            seen.app.arranging.show_tab("lint")
            await seen.until(lambda: "Not checked: it is damaged." in seen.text)

    view(scenario, size=size)


def test_the_reading_as_text_marks_the_place_too(damaged, path):
    damaged(9, GARBAGE)
    written: list[str] = []
    loader = open_path(str(path))
    print_file(loader, 1, written.append)
    loader.close()
    text = "".join(written)
    assert '✖ damaged above │ "w6"' in text
    assert "✖ damaged" in text.splitlines()[0]


def test_chunks_that_were_taken_out_are_missed(damaged, view):
    damaged(9, b"")

    async def scenario(seen):
        await seen.until(lambda: "✖ 1 chunk missing" in seen.lines[0])
        await seen.until(lambda: "✖ Of the 20 chunks that were recorded 1 cannot be read." in words(seen))
        assert "complete" not in seen.lines[0]
        await seen.press("w")
        (row,) = (line for line in seen.lines if "200 ✖" in line)
        assert " 1 " in row

    view(scenario)


@pytest.mark.parametrize("line", [5, 9, 24])
def test_a_chunk_that_cannot_be_decoded_is_damage_in_the_lists_too(damaged, path, view, line):
    damaged(line, UNDECODABLE)
    rows = list(scan(str(path), lambda: True))
    assert [row.ending for row in rows] == ["✖ damaged", "✓ complete"]
    assert rows[0].events == line - 5

    async def scenario(seen):
        await seen.press("w")
        await seen.until(lambda: "200 ✖" in seen.text and "200 ✓" in seen.text)

    view(scenario)
    text = "".join(printed(path))
    assert "200 ✖" in text.partition("\n\n")[0]


def printed(path) -> list[str]:
    written: list[str] = []
    loader = open_path(str(path))
    print_file(loader, None, written.append)
    loader.close()
    return written


def test_of_what_is_long_only_damage_that_was_met_is_marked(damaged, path):
    damaged(9, UNDECODABLE)
    loader = open_path(str(path))
    while loader.advance():
        pass
    exchanges = loader.cassette.exchanges
    assert [bar.sign for bar in bars_of(exchanges, {}, read=19)] == ["✓", "✓"]
    assert [bar.sign for bar in bars_of(exchanges, {}, read=20)] == ["✖", "✓"]
    loader.prepare(0)
    assert len(exchanges[0].frames) == 4
    assert [bar.sign for bar in bars_of(exchanges, {}, read=0)] == ["✖", "✓"]
    loader.close()


def test_what_was_not_recorded_is_not_complete(make, path, view):
    with make() as made:
        exchange = made.begin()
        exchange.chunk(b"data: one\n\n", 1.5)
        exchange.loss("disk full", 1.6, 1.5, 2, None)
        exchange.end(EndingKind.COMPLETE, 2.0)

    async def scenario(seen):
        await seen.until(lambda: "⚠ recorded in part" in seen.lines[0])
        assert "complete" not in seen.lines[0]
        await seen.press("w")
        await seen.until(lambda: "200 ⚠" in seen.text)

    view(scenario)
    assert [row.ending for row in scan(str(path), lambda: True)] == ["⚠ recorded in part"]


@pytest.mark.parametrize(
    ("line", "by", "breaks"),
    [
        (9, GARBAGE, (Break(9, 5),)),
        (23, GARBAGE, (Break(23, 19),)),
        (24, GARBAGE, (Break(24, 19, is_behind=True),)),
        (9, UNDECODABLE, (Break(9, 4, is_behind=True),)),
        (9, b"", ()),
        (26, GARBAGE, ()),
    ],
)
def test_breaks_stand_beside_the_events_that_are_there(damaged, path, line, by, breaks):
    damaged(line, by)
    loader = open_path(str(path))
    while loader.advance():
        pass
    stream = Stream(loader, 0)
    assert stream.breaks() == breaks
    loader.close()
