"""The cells: after any frame each holds what had been written by then, however much came later."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from playhead.protocols.blocks import Block, BlockKind
from playhead.protocols.ledger import Fields, Rope, Series, Slot, value_at
from playhead.protocols.record import Record
from playhead.protocols.state import State

STEPS = st.lists(st.tuples(st.integers(0, 2), st.text("aé😀", max_size=4)), max_size=60)
"""How many frames further, and what is written."""


def stamped(steps: list[tuple[int, str]]) -> list[tuple[int, str]]:
    frame, found = 1, []
    for further, part in steps:
        frame += further
        found.append((frame, part))
    return found


def last_of(entries: list[tuple[int, str]]) -> int:
    return entries[-1][0] if entries else 0


@given(STEPS, st.booleans())
def test_a_rope_is_its_parts_up_to_the_frame(steps: list[tuple[int, str]], read_in_between: bool) -> None:
    rope, entries = Rope(), stamped(steps)
    for frame, part in entries:
        rope.append(frame, part)
        if read_in_between:
            rope.at(frame)
    for frame in range(last_of(entries) + 2):
        text = "".join(part for when, part in entries if when <= frame)
        assert (rope.at(frame), rope.size_at(frame)) == (text, len(text))
        start, end = rope.span(frame)
        assert rope.cut(start, end) == "".join(part for when, part in entries if when == frame)
    whole = rope.at(last_of(entries))
    for start in range(0, len(whole) + 1, 3):
        assert rope.cut(start, start + 5) == whole[start : start + 5]


@given(STEPS)
def test_a_character_has_the_frame_that_brought_it(steps: list[tuple[int, str]]) -> None:
    rope, entries = Rope(), stamped(steps)
    frames: list[int] = []
    for frame, part in entries:
        rope.append(frame, part)
        frames += [frame] * len(part)
    assert [rope.frame_of(at) for at in range(len(frames))] == frames
    assert rope.frame_of(len(frames)) is None


def test_a_rope_of_many_pages() -> None:
    rope = Rope()
    for frame in range(1, 5001):
        rope.append(frame, f"{frame},")
    for frame in (1, 1023, 1024, 1025, 3000, 5000):
        assert rope.at(frame) == "".join(f"{n}," for n in range(1, frame + 1))
    assert rope.cut(rope.size_at(1000), rope.size_at(2100)) == "".join(f"{n}," for n in range(1001, 2101))


@given(STEPS)
def test_a_slot_has_a_history(steps: list[tuple[int, str]]) -> None:
    slot, entries = Slot(), stamped(steps)
    for frame, value in entries:
        slot.set(frame, value)
    for frame in range(last_of(entries) + 2):
        written = [value for when, value in entries if when <= frame]
        assert slot.at(frame) == (written[-1] if written else None)


def test_a_slot_keeps_no_value_twice_and_takes_none_for_another() -> None:
    slot = Slot()
    values: list[Any] = [1, 1, 1.0, True, None, None, {"a": 1}, {"a": 1}, {"a": True}, [1], [1], [1.0]]
    for frame, value in enumerate(values, 1):
        slot.set(frame, value)
    assert [frame for frame, _ in slot] == [1, 3, 4, 5, 7, 9, 10, 12]
    assert [slot.changed(frame) for frame in range(1, 6)] == [True, False, True, True, True]


@given(STEPS)
def test_a_series_is_its_items_up_to_the_frame(steps: list[tuple[int, str]]) -> None:
    series, entries = Series(), stamped(steps)
    for frame, item in entries:
        series.append(frame, [item])
    for frame in range(last_of(entries) + 2):
        assert series.at(frame) == [[item] for when, item in entries if when <= frame]


def test_cells_within_cells_are_a_document_after_each_frame() -> None:
    text, items = Rope(), Series()
    fields = Fields(1, {"text": text, "constant": {"deep": [1, {"x": None}]}})
    text.append(2, "ab")
    items.append(3, Fields(3, {"n": 1}))
    fields.set(3, "items", items)
    fields.set(4, "constant", None)
    text.append(5, "c")
    assert [fields.at(frame) for frame in range(6)] == [
        {},
        {"text": "", "constant": {"deep": [1, {"x": None}]}},
        {"text": "ab", "constant": {"deep": [1, {"x": None}]}},
        {"text": "ab", "constant": {"deep": [1, {"x": None}]}, "items": [{"n": 1}]},
        {"text": "ab", "constant": None, "items": [{"n": 1}]},
        {"text": "abc", "constant": None, "items": [{"n": 1}]},
    ]


def test_what_is_handed_out_may_be_changed() -> None:
    fields = Fields(1, {"constant": {"list": [1]}})
    taken: Any = fields.at(1)
    taken["constant"]["list"].append(2)
    assert fields.at(1) == {"constant": {"list": [1]}}
    assert value_at([[1]], 1) == [[1]]


def test_a_state_is_cut_out_of_the_record() -> None:
    record = Record()
    record.message = Fields(2, {"role": "assistant"})
    record.began = 2
    first = record.open_block(2, BlockKind.TEXT, "text")
    record.grow(3, first, "Hello")
    record.grow(4, first, " there")
    first.closed = 5
    second = record.open_block(5, BlockKind.TOOL_CALL, "tool_use")
    second.name.set(5, "look")
    record.grow(6, second, '{"a": [1, {"b"')
    record.completed = 7
    states = [State(record, "made", frame) for frame in range(8)]
    assert [len(state.blocks) for state in states] == [0, 0, 1, 1, 1, 2, 2, 2]
    assert [state.text for state in states[:5]] == ["", "", "", "Hello", "Hello there"]
    assert [state.message is None for state in states[:3]] == [True, True, False]
    assert [state.blocks[0].is_open for state in states[2:]] == [True, True, True, False, False, False]
    assert [state.is_complete for state in states[6:]] == [False, True]
    assert [(block.number, block.added) for block in states[4].added] == [(1, (5, 11))]
    assert states[5].added == ()
    call: Block = states[6].blocks[1]
    assert (call.name, call.input, call.closed) == ("look", {"a": [1, {}]}, None)


def test_what_closed_a_block_is_known_whichever_it_is() -> None:
    record = Record()
    blocks = [record.open_block(1, BlockKind.TEXT, "text") for _ in range(30)]
    for place, block in enumerate(blocks):
        block.closed = 2 + place // 2
        block.closed = block.closed or 99
    blocks[0].reopen(20)
    blocks[0].closed = 21
    blocks[1].reopen(21)
    blocks[2].closed = 22
    closed = {frame: record.blocks_closed_by(frame) for frame in (1, 2, 3, 16, 20, 21, 22, 99)}
    assert closed == {1: [], 2: [1, 2], 3: [4], 16: [29, 30], 20: [], 21: [1], 22: [3], 99: []}
    assert [block.number for block in State(record, "made", 2).closed] == [1, 2]


def test_the_message_stands_still_where_the_client_raised() -> None:
    record = Record()
    message = Fields(1, {"n": 1})
    record.message = message
    record.raised(2, "IndexError", "the client indexes past its list")
    record.raised(3, "KeyError", "which it does not live to see")
    message.set(2, "n", 2)
    assert State(record, "made", 5).message == {"n": 1}
    assert [remark.raises for remark in record.remarks] == ["IndexError"]


def test_a_copy_of_a_rope_has_the_same_text_after_every_frame_and_goes_its_own_way() -> None:
    rope = Rope()
    for frame, part in ((2, "a"), (2, "b"), (5, ""), (7, "cde")):
        rope.append(frame, part)
    copied = rope.copy()
    rope.append(8, "f")
    copied.append(9, "g")
    assert [copied.at(frame) for frame in range(10)] == [
        "",
        "",
        "ab",
        "ab",
        "ab",
        "ab",
        "ab",
        "abcde",
        "abcde",
        "abcdeg",
    ]
    assert rope.at(9) == "abcdef"
