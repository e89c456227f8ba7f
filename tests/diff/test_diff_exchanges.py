"""Two exchanges side by side: every kind of difference is told once, at its place, and nothing else is."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import playhead
from playhead.diff import ABSENT, Section, Settings, Way, compare, compare_pair, pairs, texts
from playhead.diff.texts import hunks, runs
from playhead.diff.values import differences
from playhead.store.cassette import open_data

NAMES = ["anthropic-tools", "openai-tools", "stalled-keepalives", "cut", "gateway-openai", "midstream-error"]


def records(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in playhead.sample(name).read_bytes().splitlines()]


def exchange_of(lines: list[dict[str, Any]]) -> playhead.Exchange:
    return open_data("".join(json.dumps(line) + "\n" for line in lines).encode(), "made").exchanges[0]


def changed(name: str, type_: str, number: int = 0, /, **values: Any) -> playhead.Exchange:
    """The sample with some members of one record changed."""
    lines = records(name)
    line = [line for line in lines if line["type"] == type_][number]
    line |= values
    return exchange_of(lines)


def sample(name: str) -> playhead.Exchange:
    return playhead.load(playhead.sample(name)).exchanges[0]


def told(a: playhead.Exchange, b: playhead.Exchange, **settings: Any) -> list[tuple[str, str]]:
    return [(change.section.value, change.path) for change in compare(a, b, Settings.of(**settings))]


@pytest.mark.parametrize("name", NAMES)
def test_an_exchange_does_not_differ_from_itself(name: str) -> None:
    assert list(compare(sample(name), sample(name))) == []


@pytest.mark.parametrize(
    ("type_", "values", "expected"),
    [
        ("request", {"method": "PUT"}, [("request", "method")]),
        ("request", {"url": "https://gateway.example/v2"}, [("request", "url")]),
        ("request", {"headers": []}, "headers"),
        ("request", {"text": '{"model":"gpt-4.2","stream":true}'}, "body"),
        ("request", {"text": "no json"}, [("request", "body")]),
        ("response", {"status": 203}, [("head", "status")]),
        ("response", {"detail": "Fine"}, [("head", "reason")]),
        ("response", {"t": 0.1}, [("timing", "response head")]),
        ("end", {"ending": "server_closed"}, [("ending", "kind")]),
        ("end", {"facts": [["how", "reset"], ["framing", "chunked"]]}, [("ending", "how")]),
        ("end", {"t": 7.0}, [("timing", "ending")]),
    ],
)
def test_one_change_is_told_once(type_: str, values: dict[str, Any], expected: Any) -> None:
    a, b = sample("gateway-openai"), changed("gateway-openai", type_, **values)
    found = told(a, b)
    if isinstance(expected, str):
        assert found
        assert all(path.startswith(expected) for _, path in found)
    else:
        assert found == expected


def test_a_changed_event_is_told_by_member_and_by_block() -> None:
    lines = records("gateway-openai")
    chunk = [line for line in lines if line["type"] == "chunk"][1]
    before = json.loads(chunk["text"].removeprefix("data: "))
    after = json.loads(json.dumps(before))
    after["choices"][0]["delta"]["content"] = "Entirely other words"
    chunk["text"] = f"data: {json.dumps(after)}\n\n"
    found = list(compare(sample("gateway-openai"), exchange_of(lines)))
    events = [change for change in found if change.section is Section.EVENTS]
    assert [change.path for change in events] == ["event 2.data.choices[0].delta.content"]
    assert events[0].b == "Entirely other words"
    assert events[0].way is Way.CHANGED
    assert any(change.section is Section.MESSAGE for change in found)


def test_an_event_more_is_added_and_shifts_nothing() -> None:
    lines = records("gateway-openai")
    place = next(at for at, line in enumerate(lines) if line["type"] == "chunk") + 1
    extra = {"type": "chunk", "exchange": 1, "t": lines[place]["t"], "text": ": keep-alive\n\n"}
    b = exchange_of([*lines[:place], extra, *lines[place:]])
    (change,) = compare(sample("gateway-openai"), b, Settings.of([Section.EVENTS]))
    assert (change.path, change.way, change.a) == ("event 2", Way.ADDED, ABSENT)
    assert change.b == {"kind": "comment", "comment": "keep-alive"}
    assert told(sample("gateway-openai"), b, sections=[Section.TIMING])[0] == ("timing", "chunks")


def test_what_is_ignored_does_not_count() -> None:
    b = changed(
        "gateway-openai", "response", headers=[["Date", "then"], ["content-type", "text/event-stream"]]
    )
    assert told(sample("gateway-openai"), b, sections=[Section.HEAD])
    names = ["date", "transfer-encoding", "cache-control"]
    left = {path for _, path in told(sample("gateway-openai"), b, ignore=names)}
    assert not left & {f"headers.{name}" for name in names}


def test_header_names_are_equal_in_any_case() -> None:
    lines = records("gateway-openai")
    head = next(line for line in lines if line["type"] == "response")
    head["headers"] = [[name.upper(), value] for name, value in head["headers"]]
    assert told(sample("gateway-openai"), exchange_of(lines)) == []


def test_times_within_the_tolerance_do_not_differ() -> None:
    b = changed("gateway-openai", "chunk", 1, t=records("gateway-openai")[6]["t"] + 0.01)
    assert told(sample("gateway-openai"), b) == []
    assert told(sample("gateway-openai"), b, tolerance=0.001)


def test_an_unknown_time_differs_from_a_known_one_only() -> None:
    lines = records("gateway-openai")
    for line in lines:
        if line["type"] == "chunk":
            line["t"] = None
    without = exchange_of(lines)
    assert told(without, without) == []
    (first, *_) = compare(sample("gateway-openai"), without)
    assert (first.section, first.path, first.b) == (Section.TIMING, "first chunk", None)


def test_where_a_body_is_cut_is_part_of_the_timing() -> None:
    lines = records("gateway-openai")
    first, second = [line for line in lines if line["type"] == "chunk"][:2]
    first["text"], second["text"] = first["text"] + second["text"][:3], second["text"][3:]
    found = told(sample("gateway-openai"), exchange_of(lines))
    assert ("timing", "size of chunk 1") in found
    assert all(section == "timing" for section, _ in found)


def test_an_exchange_that_one_side_lacks_is_one_change() -> None:
    one = sample("gateway-openai")
    assert list(pairs({1: one, 2: one}, {2: one})) == [(one, None), (one, one)]
    (gone,) = compare_pair(one, None)
    (new,) = compare_pair(None, one)
    assert (gone.way, new.way) == (Way.REMOVED, Way.ADDED)


@given(st.lists(st.integers(0, 3), max_size=30), st.lists(st.integers(0, 3), max_size=30))
def test_runs_turn_one_sequence_into_the_other(a: list[int], b: list[int]) -> None:
    made, at = [], 0
    for run in runs(a, b):
        assert a[run.a_from : run.a_to] != b[run.b_from : run.b_to]
        made += a[at : run.a_from] + b[run.b_from : run.b_to]
        at = run.a_to
    assert made + a[at:] == b


@given(st.text("ab \n.", max_size=40), st.text("ab \n.", max_size=40))
def test_hunks_turn_one_text_into_the_other(a: str, b: str) -> None:
    made, at = "", 0
    for offset, old, new in hunks(a, b):
        assert a[offset : offset + len(old)] == old
        made += a[at:offset] + new
        at = offset + len(old)
    assert made + a[at:] == b


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xy", max_size=2), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, JSON)
def test_values_differ_where_their_json_does(a: Any, b: Any) -> None:
    found = list(differences("", a, b, Settings()))
    assert bool(found) == (json.dumps(a, sort_keys=True) != json.dumps(b, sort_keys=True))


def test_long_sequences_are_compared_in_passing() -> None:
    """A hundred thousand items that all differ must not be aligned with each other one by one."""
    (run,) = runs(range(100_000), range(100_000, 200_000))
    assert run == (0, 100_000, 0, 100_000)


def test_aligning_takes_work_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that all differ, with blanks between them that are all alike; words of a small vocabulary."""
    compared = 0

    class Counted(texts.SequenceMatcher):  # type: ignore[type-arg, name-defined]
        def __init__(self, junk: None, a: Any, b: Any, *, autojunk: bool) -> None:
            nonlocal compared
            compared += len(a) * len(b)
            super().__init__(junk, a, b, autojunk)

    monkeypatch.setattr(texts, "SequenceMatcher", Counted)
    other = [" ".join(f"{side}{at}" for at in range(1900)) for side in "ab"]
    alike = [" ".join(f"w{at * step % 50}" for at in range(1900)) for step in (3, 7)]
    mixed = [
        " ".join(f"w{at}" if at % 30 else f"{side}{at}" for at in range(1900)) for side in ("left", "right")
    ]
    for a, b in (other, alike, mixed):
        assert list(hunks(a, b))
    assert compared <= 100 * 3 * 3800


def test_a_long_text_is_told_by_its_differences() -> None:
    words = [f"w{at}" for at in range(20_000)]
    changed_ = [*words[:5000], "other", *words[5001:15_000], "more", *words[15_000:]]
    found = list(hunks(" ".join(words), " ".join(changed_)))
    assert [(hunk.a, hunk.b.strip()) for hunk in found] == [("w5000", "other"), ("", "more")]


@given(
    st.lists(st.integers(0, 400), min_size=60, max_size=250),
    st.data(),
)
def test_long_runs_turn_one_sequence_into_the_other(a: list[int], data: st.DataObject) -> None:
    """Past the size that is aligned item by item: parts are moved, dropped and doubled."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(a)), min_size=2, max_size=6)))
    pieces = [a[start:end] for start, end in itertools.pairwise([0, *cuts, len(a)])]
    b = [item for piece in data.draw(st.permutations(pieces)) for item in piece]
    b += data.draw(st.sampled_from(pieces))
    made, at = [], 0
    for run in runs(a, b):
        assert a[run.a_from : run.a_to] != b[run.b_from : run.b_to]
        made += a[at : run.a_from] + b[run.b_from : run.b_to]
        at = run.a_to
    assert made + a[at:] == b
