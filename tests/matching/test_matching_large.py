"""What a miss tells of bodies that are too large to be compared part by part."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import playhead
from playhead import EndingKind, Request, Response
from playhead.errors import ReplayMiss
from playhead.matching import Book, Entry, nearest, rules
from playhead.matching.bodies import Body, body_of
from playhead.matching.json_values import canonical
from playhead.matching.large import LARGE
from playhead.replay.session import Session

FILM = "A" * (LARGE + 10)
JSON = (("content-type", "application/json"),)


def missed(tmp_path: Path, recorded: bytes, made: bytes, headers: tuple[tuple[str, str], ...] = JSON) -> str:
    """The message of the miss, without its first and last lines."""
    path = tmp_path / "large.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        out = writer.exchange()
        out.request(Request(method="POST", url="https://h/v1", headers=headers, body=recorded, t=0.0))
        out.response(Response(status=200, t=0.1))
        out.end(EndingKind.COMPLETE, 1.0)
    session = Session(playhead.load(path).exchanges, "it")
    with pytest.raises(ReplayMiss) as caught:
        session.take(Request(method="POST", url="https://h/v1", headers=headers, body=made))
    return "\n".join(str(caught.value).splitlines()[2:-2])


def body(*texts: str, **members: object) -> bytes:
    """A request with a film and texts."""
    return json.dumps({"film": FILM, "messages": [{"text": text} for text in texts], **members}).encode()


def test_what_differs_is_shown_and_how_to_ignore_it(tmp_path: Path) -> None:
    assert missed(tmp_path, body("one", "two"), body("one", "three")) == (
        "  body $.messages[1].text\n"
        '    recorded  "two"\n'
        '    made now  "three"\n'
        "To mend: make the recorded request, or record this one.\n"
        '  Where that does not matter: ignore=["$.messages[1].text"]'
    )


def test_a_long_text_is_told_by_its_size(tmp_path: Path) -> None:
    told = missed(tmp_path, body("one"), body("one", film="B" + FILM))
    assert 'recorded  "1048586 characters (blake2b ' in told
    assert 'made now  "1048587 characters (blake2b ' in told


def test_an_item_more_is_one_difference(tmp_path: Path) -> None:
    told = missed(tmp_path, body("one", "two"), body("one", "new", "two"))
    assert told.count("recorded") == 2  # of it, and in the words below
    assert 'made now  {"text": "new"}' in told
    assert "no more than this was compared" not in told


def test_the_first_places_of_many(tmp_path: Path) -> None:
    before, now = (body(*(f"{word} {each}" for each in range(100))) for word in ("was", "is"))
    told = missed(tmp_path, before, now)
    assert told.count("made now") == 8
    assert "body $.messages[7].text" in told
    assert "Of bodies above 1 MiB no more than this was compared." in told
    assert "ignore=" not in told


def test_members_beyond_the_first_places_are_not_told_as_equal(tmp_path: Path) -> None:
    before, now = (body(**{f"m{each}": f"{word}{each}" for each in range(20)}) for word in ("was", "is"))
    told = missed(tmp_path, before, now)
    assert told.count("made now") == 8
    assert "no more than this was compared" in told


def test_secrets_are_hidden(tmp_path: Path) -> None:
    key = "sk-ant-api03-" + "Ab1" * 30
    told = missed(tmp_path, body("one"), body(f"one {key}", api_key=key))
    assert "$.api_key" in told
    assert "Ab1Ab1" not in told


def test_bytes_that_are_no_json(tmp_path: Path) -> None:
    told = missed(tmp_path, b"\xff" * LARGE + b"one", b"\xff" * LARGE + b"two", ())
    assert "recorded  1048579 bytes that are no JSON (blake2b " in told
    assert "made now  1048579 bytes that are no JSON (blake2b " in told


def test_the_nearest_of_several(tmp_path: Path) -> None:
    path = tmp_path / "several.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        for words in (("a", "b", "c"), ("d", "e", "f")):
            out = writer.exchange()
            out.request(Request(method="POST", url="https://h/v1", headers=JSON, body=body(*words), t=0.0))
            out.end(EndingKind.COMPLETE, 1.0)
    session = Session(playhead.load(path).exchanges, "it")
    with pytest.raises(ReplayMiss, match="Nearest is exchange 2"):
        session.take(Request(method="POST", url="https://h/v1", headers=JSON, body=body("d", "e", "g")))


def test_a_large_body_is_read_for_the_comparison_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once as it was recorded, once as it is made: of one of 30 MB each time takes a second."""
    made = []

    def counted(data: bytes, *rest: Any) -> Body:
        made.append(len(data))
        return body_of(data, *rest)

    monkeypatch.setattr(rules, "body_of", counted)
    before, now = (json.dumps({"vector": [first, *range(200_000)]}).encode() for first in (1.5, 2.5))
    told = missed(tmp_path, before, now)
    assert 'ignore=["$.vector[0]"]' in told
    assert [size for size in made if size] == [len(before), len(now)]


def test_the_nearest_is_told_by_the_first_items(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def counted(value: Any) -> bytes:
        seen.append(value)
        return canonical(value)

    monkeypatch.setattr(nearest, "canonical", counted)
    bodies = [json.dumps({"vector": [first, *range(200_000)]}).encode() for first in (1.5, 2.5, 3.5)]
    book = Book([Entry(Request(method="POST", url="/", body=each)) for each in bodies[:2]])
    assert nearest.nearest(book, Request(method="POST", url="/", body=bodies[2]), [1, 0]) == 1
    assert len(seen) == 3000
