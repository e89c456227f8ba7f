"""Filter expressions: what they let through, and where a mistake stands. No Textual."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead_viewer.core.filter import FilterError, parse
from playhead_viewer.core.filter.fields import FIELDS, KINDS
from playhead_viewer.source.facts import Kind


@dataclass
class Fake:
    """An event as it is told."""

    told_kind: str = "text"
    told_type: str = "content_block_delta"
    told_block: int | None = 1
    told_text: str = "Hello World"
    told_gap: float | None = 0.03
    told_size: int = 128
    told_t: float | None = 3.1
    told_n: int = 84

    def __getattr__(self, name):
        return lambda: getattr(self, f"told_{name}")


@pytest.mark.parametrize("text", ['a ")"', '(a ")")', '")" a', 'not ")"', 'text~")"'])
def test_a_quoted_bracket_is_a_text(text):
    fits = Fake(told_text="a )")
    assert parse(text).matches(fits) is not text.startswith("not")
    assert parse(text).matches(Fake(told_text="a b")) is text.startswith("not")


@pytest.mark.parametrize("text", ['(a ")"', '(")"', '(a or ")"'])
def test_a_quoted_bracket_closes_none(text):
    with pytest.raises(FilterError, match="this bracket is not closed"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "kind=text",
        "KIND = Text",
        "kind!=json",
        "type~delta",
        "type!~start",
        "type==content_block_delta",
        "world",
        '"hello world"',
        "hello world",
        'text~"lo w"',
        "gap<500ms",
        "gap<0.5s",
        "gap<500",
        "gap>=30ms",
        "size>=128",
        "size<1kB",
        "size<1KiB",
        "t>3s t<3.5s",
        "t>3.0 t<3.5 t<1:30",
        "t>0:03 t>-1s",
        "n=84",
        "block=1",
        "not kind=json",
        "!kind=json",
        "not not hello",
        "kind=json or n>80",
        "(kind=json or kind=text) and not (gap>1s)",
        "kind=json and n=1 or hello",
    ],
)
def test_what_lets_it_through(text):
    assert parse(text).matches(Fake())


@pytest.mark.parametrize(
    "text",
    [
        "kind=json",
        "planet",
        "hello planet",
        "gap>500ms",
        "block=2",
        "block!=1",
        "kind=json or n<80",
        "kind=text and (n=1 or n=2)",
        "size>1kB",
        "not hello",
    ],
)
def test_what_keeps_it_back(text):
    assert not parse(text).matches(Fake())


@pytest.mark.parametrize("text", ["gap>0", "gap<=0", "gap!=3ms", "gap=3ms"])
def test_what_is_unknown_passes_no_test(text):
    assert not parse(text).matches(Fake(told_gap=None))


@pytest.mark.parametrize(
    ("text", "fault", "said"),
    [
        ("sise>3", "sise", "did you mean size?"),
        ("xyzzy=3", "xyzzy", "kind, type"),
        ("kind=foo", "foo", "one of text thinking"),
        ("kind=txet", "txet", "did you mean text?"),
        ("kind<3", "<", "takes = !="),
        ("gap>1x", "1x", "ms, s, m"),
        ("gap>", "", "missing"),
        ("t>3", "3", "which unit?"),
        ("t>3h", "3h", "which unit?"),
        ("t>1:99", "1:99", "no time: try t<3.5s, t<1:30"),
        ("n=abc", "abc", "no number"),
        ("n=3 )", ")", "nothing is open"),
        ("(n=3", "(", "not closed"),
        ("n=3 and", "", "missing"),
        ("and n=3", "and", "before and"),
        ("= 3", "=", "before ="),
        ("gap > < 3", "<", "a value"),
        ('text~"x', '"x', "quote is not closed"),
        ("not", "", "missing"),
    ],
)
def test_a_mistake_is_told_at_its_place(text, fault, said):
    with pytest.raises(FilterError) as raised:
        parse(text)
    error = raised.value
    assert text[error.start : error.end] == fault
    assert said in error.message


def test_deep_and_long_expressions_are_refused():
    for text in ("(" * 5000 + "a", "not " * 400 + "a", "a" * 5000, "(" * 900 + ")" * 900):
        with pytest.raises(FilterError):
            parse(text)


def test_the_kinds_are_those_of_the_list():
    assert set(KINDS) == set(Kind)


_WORD = st.sampled_from(
    [
        *FIELDS,
        "and",
        "or",
        "not",
        "(",
        ")",
        "=",
        "<",
        ">=",
        "!~",
        "~",
        "!",
        '"',
        "500ms",
        "text",
        "\\",
        " ",
        "ü",
    ]
)


@given(st.lists(_WORD, max_size=12).map(" ".join) | st.text(max_size=30))
def test_any_text_is_a_filter_or_a_mistake_with_a_place(text):
    try:
        found = parse(text)
    except FilterError as error:
        wrong = error
    else:
        assert found.matches(Fake()) in (True, False)
        return
    assert wrong.message
    assert 0 <= wrong.start < wrong.end <= len(text) + 1
