"""Writing whose vowel signs take cells of their own: measured as terminals draw it, and held in its pane."""

from __future__ import annotations

import unicodedata

import pytest
from rich.cells import cell_len, get_character_cell_size

from playhead_viewer.text.widths import count_spacing_marks, spacing_marks, without
from playhead_viewer.text.wrapping import fit, wrap

WORDS = {
    "नमस्ते": 4,
    "हिन्दी": 5,
    "தமிழ்": 4,
    "বাংলা": 5,
    "မြန်မာ": 5,
    "กำ": 2,
    "日本": 4,
    "각": 2,
    "e\u0301": 1,
    "word": 4,
}
"""With the cells that tmux 3.3a moves its cursor by."""


def drawn(text: str) -> int:
    """The cells that a terminal takes by the C library's rule."""
    return sum(
        0 if unicodedata.category(each) in ("Mn", "Me") else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )


@pytest.mark.parametrize(("word", "width"), WORDS.items())
def test_a_word_is_as_wide_as_terminals_draw_it(word, width):
    count_spacing_marks()
    count_spacing_marks()
    assert cell_len(word) == drawn(word) == width
    assert cell_len(fit(word * 9, 20)) == 20
    for start, end in wrap(word * 9, 20):
        assert cell_len((word * 9)[start:end]) <= 20


def test_only_spacing_marks_count_otherwise():
    count_spacing_marks()
    for first, last in spacing_marks():
        for code in range(first, last + 1):
            assert unicodedata.category(chr(code)) in ("Mc", "Cn"), hex(code)  # unassigned in an older Python
            assert get_character_cell_size(chr(code)) == 1
    assert get_character_cell_size("\u0301") == 0
    assert get_character_cell_size("日") == 2


def test_code_points_are_taken_out_of_a_table():
    table = [(1, 9, 0), (20, 21, 2), (30, 30, 0)]
    assert without(table, []) == table
    assert without(table, [(1, 9)]) == table[1:]
    assert without(table, [(5, 20), (30, 31)]) == [(1, 4, 0), (21, 21, 2)]


def test_panes_hold_such_writing(make, view):
    with make() as made:
        made.texts([f"{word * 12} " for word in WORDS])

    async def scenario(seen):
        for _ in WORDS:
            assert {drawn(line) for line in seen.lines} == {120}
            await seen.press("j")

    view(scenario)
