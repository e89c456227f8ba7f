"""Requests of which something was redacted are found without asking each, and are those that fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead import Request
from playhead.matching import Book, Entry, Rules
from playhead.matching import redacted as finding
from playhead.matching.rules import DEFAULT, Shown
from playhead.model import Redaction

URL = "https://api.example/v1/messages"
SECRET = b"sesame"
MANY = 1000


def entry(body: bytes, url: str = URL) -> Entry:
    """A request whose secrets were redacted."""
    spans = [at for at in range(len(body)) if body.startswith(SECRET, at)]
    redactions = [Redaction("request.body", "r", at, len(SECRET)) for at in spans]
    if (at := url.find(SECRET.decode())) >= 0:
        redactions.append(Redaction("url", "r", at, len(SECRET)))
    return Entry(Request(method="POST", url=url, body=body), tuple(redactions))


def spoken(*texts: str) -> bytes:
    messages = [{"role": "user", "content": text} for text in texts]
    return json.dumps({"model": "m", "metadata": {"user": "sesame"}, "messages": messages}).encode()


SHAPES: dict[str, Callable[[int], tuple[bytes, str]]] = {
    "a question each": lambda n: (spoken(f"sesame, question {n}", f"question {n}"), URL),
    "turns of a conversation": lambda n: (spoken(*["sesame"] * (n % 40), f"turn {n}"), URL),
    "blocks": lambda n: (json.dumps({"k": "sesame", "input": [[{"text": f"{n}"}]]}).encode(), URL),
    "lines": lambda n: (b'{"key":"sesame"}\n' + json.dumps({"n": n}).encode(), URL),
    "a key in the query": lambda n: (json.dumps({"n": n}).encode(), f"{URL}?key=sesame"),
    "paths": lambda n: (b'{"key":"sesame"}', f"{URL}/{n}"),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_few_of_many_are_asked(monkeypatch: pytest.MonkeyPatch, shape: Callable[[int], tuple[bytes, str]]):
    recorded = [shape(number) for number in range(MANY)]
    book = Book([entry(*each) for each in recorded])
    asked = 0
    real = Shown.fits

    def counted(shown: Shown, made: Any) -> bool:
        nonlocal asked
        asked += 1
        return real(shown, made)

    monkeypatch.setattr(Shown, "fits", counted)
    for number, (body, url) in enumerate(recorded):
        made = Request(
            method="POST", url=url.replace("sesame", "open"), body=body.replace(SECRET, b"a new one")
        )
        assert book.fitting(made) == [number]
    assert asked <= 2 * MANY


WORDS = st.sampled_from(["a", "sesame", "sesame b", "", "c"])
VALUES = st.recursive(
    WORDS | st.sampled_from([None, True, 1, 1.0, 2.5]),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.sampled_from(["x", "y", "sesame"]), inner, max_size=3)
    ),
    max_leaves=6,
)
REQUESTS = st.tuples(VALUES, st.sampled_from([URL, f"{URL}?k=sesame&n=1", f"{URL}?n=1&k=sesame", f"{URL}/b"]))


@given(st.lists(REQUESTS, max_size=12), REQUESTS, st.sampled_from([0, 3]), st.sampled_from([0, 2, 100]))
def test_those_are_found_that_fit_when_each_is_asked(recorded, asked, few, most):
    entries = [entry(json.dumps(value).encode(), url) for value, url in [*recorded, asked]]
    body, url = json.dumps(asked[0]).replace("sesame", "new"), asked[1].replace("sesame", "new")
    made = DEFAULT.asked(Request(method="POST", url=url, body=body.encode()))
    shown = [DEFAULT.recorded(each.request, each.redactions) for each in entries if each.request is not None]
    expected = [place for place, each in enumerate(shown) if each.fits(made)]
    assert expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "_FEW", few)
        patch.setattr(finding, "_MOST", most)
        found = finding.Redacted(enumerate(shown))
        assert sorted(found.fitting(made)) == expected


BODIES = [
    (b'{"a":1}', "application/json"),
    (b"a=1&b=2", "application/x-www-form-urlencoded"),
    (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    (b"1\n2\n", "application/x-ndjson"),
    (b"\x00\x01", "application/octet-stream"),
]
OTHERS = [
    ("content-encoding", "gzip"),
    ("content-language", "de"),
    ("transfer-encoding", "chunked"),
    ("content-disposition", "form-data; name=b"),
    ("accept", "text/event-stream"),
]


@pytest.mark.parametrize(("body", "kind"), BODIES)
@pytest.mark.parametrize("other", OTHERS)
def test_a_body_is_read_by_its_content_type_alone(body: bytes, kind: str, other: tuple[str, str]):
    """So what is remembered of a request holds for one with the same bytes, whatever else it says."""
    plain = Request(method="POST", url=URL, body=body, headers=(("Content-Type", kind),))
    more = Request(method="POST", url=URL, body=body, headers=(other, ("content-type", kind), other))
    assert DEFAULT.asked(plain) == DEFAULT.asked(more)
    for first, second in ((plain, more), (more, plain)):
        book = Book([Entry(plain), Entry(more)])
        assert book.fitting(first) == book.fitting(second) == [0, 1]


@pytest.mark.parametrize(("first", "second"), [(BODIES[1], "text/plain"), (BODIES[3], "text/plain")])
def test_the_same_bytes_of_another_type_are_not_taken_for_what_is_remembered(first, second):
    body, kind = first
    requests = [
        Request(method="POST", url=URL, body=body, headers=(("content-type", each),))
        for each in (kind, second)
    ]
    for order in (requests, requests[::-1]):
        book = Book([Entry(each) for each in order], Rules())
        assert [book.fitting(each) for each in [*order, *order]] == [[0], [1]] * 2
