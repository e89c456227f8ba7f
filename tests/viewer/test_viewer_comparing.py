"""Comparing the exchange that is shown with another: of the same cassette, of another, of none."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from playhead import EndingKind
from playhead_viewer.source.comparing import Side, parse_side


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("", None),
        ("  ", None),
        ("#2", Side(None, 2)),
        ("12", Side(None, 12)),
        ("a/b.cassette.jsonl", Side("a/b.cassette.jsonl", None)),
        ("b.cassette.jsonl#3", Side("b.cassette.jsonl", 3)),
        ("#x", Side("#x", None)),
    ],
)
def test_what_is_typed_names_an_exchange(text, side):
    assert parse_side(text) == side


@pytest.fixture
def two(make) -> None:
    with make() as made:
        made.texts(["same", "here"])
        made.texts(["same", "there\x1b[31m"])
        made.texts(["same", "here"])


async def compare(seen, text: str) -> None:
    await seen.press("d")
    seen.app.query_one(Input).value = text
    await seen.press("enter")


@pytest.mark.usefixtures("two")
def test_an_exchange_of_the_same_cassette(view):
    async def scenario(seen):
        await compare(seen, "#2")
        await seen.until(lambda: "#1 and #2: " in seen.text)
        assert "message" in seen.text
        assert "→" in seen.text
        assert "\\u001b[31m" in seen.text
        await seen.press("escape")
        assert "State at the cursor" in seen.text

    view(scenario)


@pytest.mark.usefixtures("two")
def test_an_exchange_beside_itself(view):
    async def scenario(seen):
        await compare(seen, "1")
        await seen.until(lambda: "#1 and #1: no differences" in seen.text)
        assert "Comparing" not in seen.text
        assert "The two exchanges say the same, at the same times." in seen.text

    view(scenario)


@pytest.mark.usefixtures("two")
def test_what_there_is_not_is_said(view):
    async def scenario(seen):
        await compare(seen, "#9")
        await seen.until(lambda: "has no exchange 9" in seen.text)
        await compare(seen, "nowhere.cassette.jsonl")
        await seen.until(lambda: "nowhere.cassette.jsonl: No such file" in seen.text)
        assert seen.cursor == 1

    view(scenario)


def test_the_same_number_of_another_cassette_or_its_only_one(make, path, view, tmp_path):
    with make() as made:
        exchange = made.begin()
        exchange.chunk(b"data: 1\n\n", 1.5)
        exchange.end(EndingKind.COMPLETE, 1.6)
    other = tmp_path / "other.cassette.jsonl"
    path.rename(other)
    with make() as made:
        made.texts(["one"])
        made.texts(["two"])

    async def scenario(seen):
        await seen.press("}")
        await compare(seen, str(other))
        await seen.until(lambda: "#2 and " in seen.text)
        assert "differences" in seen.text
        assert "events " in seen.text

    view(scenario)
