"""The sanitiser: nothing that a terminal obeys gets through, and what was there can still be read."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from playhead.sanitise import sanitise, sanitise_lines

ORDERING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def obeyed(char: str) -> bool:
    """Whether a terminal or a reader's eye would be led by this character instead of shown it."""
    return (
        unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(char) in ORDERING
    )


def test_no_character_is_obeyed():
    assert [char for char in map(chr, range(0x110000)) if any(map(obeyed, sanitise(char)))] == []


@given(st.text())
def test_the_result_is_one_line_and_stable(text):
    once = sanitise(text)
    assert "\n" not in once
    assert sanitise(once) == once


@given(st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "S"))))
def test_plain_text_is_left_alone(text):
    visible = "".join(char for char in text if char not in "\u115f\u1160\u3164\uffa0")
    assert sanitise(visible) == visible


def test_controls_become_their_pictures():
    assert sanitise("\x00\x1b\n\r\t\x7f") == "␀␛␊␍␉␡"
    assert sanitise("a\u202eb\x9bc") == "a⟨U+202E⟩b⟨U+009B⟩c"
    assert sanitise("\ud800") == "⟨U+D800⟩"


def test_lines_stay_lines():
    assert sanitise_lines("a\tb\nc\r\x1b") == "a    b\nc␍␛"


def test_marks_are_left_to_the_letter_that_they_belong_to_and_piles_are_counted():
    for written in ("Vie\u0302\u0323t", "ก็", "קָמַץ", "क्षत्रिय", "བསྒྲུབས"):
        assert sanitise(written) == written
    for mark in "\u0301\u0489\u0e47\u064b\u20dd\ufe20":
        assert sanitise(f"a{mark * 9}b") == f"a⟨9 marks from U+{ord(mark):04X}⟩b"
        assert sanitise(f"a{mark * 5000}b") == f"a⟨5000 marks from U+{ord(mark):04X}⟩b"


def test_only_marks_are_counted():
    letters = [char for char in map(chr, range(0x20000)) if unicodedata.category(char)[0] in "LNPS"]
    assert not any("marks" in sanitise(char * 9) for char in letters)
