"""Forms, multipart and lines of JSON by meaning: as clients send them, whatever their boundary."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.matching import Book, Entry, Rules
from playhead.matching.bodies import Kind, body_of, open_body
from playhead.matching.misses import told, without_secrets
from playhead.model import Headers, Redaction, Request

FORM: Headers = (("content-type", "application/x-www-form-urlencoded"),)
LINES: Headers = (("content-type", "application/x-ndjson"),)
JSONL = b'{"a":1,"b":2}\n{"c":[1]}\n'


def _hide(request: Request) -> Request:
    return without_secrets(request, b"key")


def sent(**options: Any) -> Request:
    """A request as httpx makes it: every multipart body with a boundary of its own."""
    made = httpx.Request("POST", "https://api.test/v1/files", **options)
    headers = tuple((name.decode(), value.decode()) for name, value in made.headers.raw)
    return Request(method=made.method, url=str(made.url), headers=headers, body=made.read())


def same(one: Request, other: Request, rules: Rules | None = None) -> bool:
    return Book([Entry(one)], rules or Rules()).fitting(other) == [0]


FILE = {"file": ("a.jsonl", JSONL, "application/jsonl")}
UPLOAD: dict[str, Any] = {"files": FILE, "data": {"purpose": "batch", "tag": ["x", "y"]}}


def test_a_boundary_means_nothing() -> None:
    one, other = sent(**UPLOAD), sent(**UPLOAD)
    assert one.body != other.body
    assert same(one, other)


@pytest.mark.parametrize(
    "changed",
    [
        {"data": {"tag": ["x", "y"], "purpose": "batch"}},
        {"files": {"file": ("a.jsonl", b'{"b": 2, "a": 1.0}\r\n\r\n{"c": [1]}', "application/jsonl")}},
    ],
    ids=["another order", "JSON by meaning"],
)
def test_what_means_the_same(changed: dict[str, Any]) -> None:
    assert same(sent(**UPLOAD), sent(**{**UPLOAD, **changed}))


@pytest.mark.parametrize(
    "changed",
    [
        {"data": {"purpose": "other", "tag": ["x", "y"]}},
        {"data": {"purpose": "batch", "tag": ["y", "x"]}},
        {"data": {"purpose": "batch", "tag": "x"}},
        {"data": {"purpose": "batch", "tag": ["x", "y"], "more": "1"}},
        {"files": {"file": ("b.jsonl", JSONL, "application/jsonl")}},
        {"files": {"file": ("a.jsonl", JSONL, "text/plain")}},
        {"files": {"file": ("a.jsonl", b'{"a":1,"b":3}\n{"c":[1]}\n', "application/jsonl")}},
        {"files": {"other": FILE["file"]}},
    ],
)
def test_what_does_not(changed: dict[str, Any]) -> None:
    assert not same(sent(**UPLOAD), sent(**{**UPLOAD, **changed}))


def test_files_that_are_no_text() -> None:
    one = {"files": {"image": ("a.png", bytes(range(256)), "image/png")}}
    assert same(sent(**one), sent(**one))
    other = {"files": {"image": ("a.png", bytes(range(255, -1, -1)), "image/png")}}
    assert not same(sent(**one), sent(**other))


def test_numbers_in_fields_are_text() -> None:
    assert not same(sent(data={"n": "1"}, files=FILE), sent(data={"n": "1.0"}, files=FILE))


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (b"a=1&b=2", b"b=2&a=1", True),
        (b"a=x+y&b=%C3%A9", b"a=x%20y&b=%c3%a9", True),
        (b"a=1&a=2", b"a=2&a=1", False),
        (b"a=1", b"a=1.0", False),
        (b"a=1&&", b"a=1", True),
        (b"a=1", b"a=1&b=", False),
        (b"a=", b"a", True),
        (b"a=%FF", b"a=%ff", True),
        (b"a=%FF", b"a=%FE", False),
        (b"a=%FF", b"a=%EF%BF%BD", False),
    ],
)
def test_forms(one: bytes, other: bytes, is_same: bool) -> None:
    assert (body_of(one, (), FORM) == body_of(other, (), FORM)) is is_same


def test_lines_of_json() -> None:
    assert body_of(JSONL, (), LINES) == body_of(b'{"b":2,"a":1.0}\r\n\n{"c": [1]}', (), LINES)
    assert body_of(JSONL, (), LINES) != body_of(b'{"c":[1]}\n{"a":1,"b":2}\n', (), LINES)
    assert body_of(JSONL).kind is Kind.STRUCTURED  # a client need not say so
    assert body_of(b'{"a":1}\n{"b"', (), LINES).kind is Kind.BYTES


def test_kinds_are_told_apart() -> None:
    """Nobody takes a form for the object that has its fields."""
    assert body_of(b'{"a":"1"}') != body_of(b"a=1", (), FORM)
    one = Request(method="POST", url="/", headers=FORM, body=b"a=1")
    other = Request(
        method="POST", url="/", headers=(("content-type", "application/json"),), body=b'{"a":"1"}'
    )
    text = told(Book([Entry(one)]), other, [0], [1], "agent", _hide)
    assert "recorded  the same, sent as application/x-www-form-urlencoded" in text
    assert "made now  the same, sent as application/json" in text


def redacted(request: Request, *secrets: bytes) -> Entry:
    """The request as a recorder keeps it: each secret overwritten, its place noted."""
    body = request.body or b""
    spans = [(body.index(secret), len(secret)) for secret in secrets]
    for start, size in spans:
        body = body[:start] + b"R" * size + body[start + size :]
    kept = Request(method=request.method, url=request.url, headers=request.headers, body=body)
    return Entry(kept, [Redaction("request.body", "by hand", start, size) for start, size in spans])


@pytest.mark.parametrize(
    ("recorded", "secrets", "asked", "is_same"),
    [
        ({"data": {"key": "sesame", "a": "1"}}, [b"sesame"], {"data": {"a": "1", "key": "open it"}}, True),
        ({"data": {"key": "sesame", "a": "1"}}, [b"sesame"], {"data": {"a": "2", "key": "open it"}}, False),
        ({"data": {"key": "sk-sesame"}}, [b"sesame"], {"data": {"key": "sk-other"}}, True),
        ({"data": {"key": "sk-sesame"}}, [b"sesame"], {"data": {"key": "other"}}, False),
        ({"data": {"key": "sesame"}, "files": FILE}, [b"sesame"],
         {"data": {"key": "x"}, "files": FILE}, True),
        ({"data": {"key": "sesame"}, "files": FILE}, [b"sesame"],
         {"data": {"kez": "x"}, "files": FILE}, False),
        ({"files": {"f": ("sesame.txt", b"x")}}, [b"sesame"], {"files": {"f": ("y.txt", b"x")}}, True),
        ({"files": {"f": ("sesame.txt", b"x")}}, [b"sesame"], {"files": {"f": ("y.txt", b"y")}}, False),
        ({"files": {"f": ("a", b'{"k":"sesame","n":1}')}}, [b"sesame"],
         {"files": {"f": ("a", b'{"n":1,"k":"x"}')}}, True),
        ({"files": {"f": ("a", b'{"k":"sesame","n":1}')}}, [b"sesame"],
         {"files": {"f": ("a", b'{"n":2,"k":"x"}')}}, False),
        ({"files": {"f": ("a", b"\xffsesame")}}, [b"sesame"], {"files": {"f": ("a", b"\xfeother")}}, True),
    ],
)  # fmt: skip
def test_what_was_redacted_may_be_anything(
    recorded: dict[str, Any], secrets: list[bytes], asked: dict[str, Any], is_same: bool
) -> None:
    book = Book([redacted(sent(**recorded), *secrets)])
    assert book.fitting(sent(**asked)) == ([0] if is_same else [])


def test_lines_with_a_secret() -> None:
    body = b'{"k":"sesame"}\n{"n":1}\n'
    spans = [(6, 12)]
    kept = body.replace(b"sesame", b"RRRRRR")
    assert open_body(kept, spans, (), LINES).fits(body_of(b'{"k":"x"}\n{"n":1}', (), LINES))
    assert not open_body(kept, spans, (), LINES).fits(body_of(b'{"k":"x"}\n{"n":2}', (), LINES))


def test_a_field_may_be_ignored_and_a_miss_says_how() -> None:
    one, other = sent(**UPLOAD), sent(**{**UPLOAD, "data": {"purpose": "other", "tag": ["x", "y"]}})
    text = told(Book([Entry(one)]), other, [0], [1], "agent", _hide)
    assert 'body $.purpose\n    recorded  "batch"\n    made now  "other"' in text
    assert 'ignore=["$.purpose"]' in text
    assert same(one, other, Rules.of(ignore=["$.purpose"]))
    line = sent(
        **{**UPLOAD, "files": {"file": ("a.jsonl", b'{"a":1,"b":3}\n{"c":[1]}\n', "application/jsonl")}}
    )
    assert "body $.file.content[0].b" in told(Book([Entry(one)]), line, [0], [1], "agent", _hide)


@given(
    body=st.binary(max_size=80) | st.text(max_size=40).map(str.encode),
    kind=st.sampled_from(
        ["multipart/form-data; boundary=b", "multipart/mixed", "application/x-ndjson", FORM[0][1]]
    ),
    spans=st.lists(st.tuples(st.integers(0, 80), st.integers(1, 9)), max_size=2),
)
def test_no_bytes_do_harm(body: bytes, kind: str, spans: list[tuple[int, int]]) -> None:
    headers = (("content-type", kind),)
    asked = body_of(body, (), headers)
    assert asked == body_of(body, (), headers)
    places = sorted({start: (start, min(start + size, len(body))) for start, size in spans}.values())
    apart = [
        place
        for at, place in enumerate(places)
        if place[0] < place[1] and (not at or places[at - 1][1] < place[0])
    ]
    if apart:
        open_body(body, apart, (), headers).fits(asked)


def test_what_openai_uploads_is_what_it_uploaded(tmp_path: Any) -> None:
    """The SDK itself, through a transport."""
    openai = pytest.importorskip("openai")
    import playhead
    import playhead.httpx

    answer = {"id": "file-1", "object": "file", "bytes": 1, "created_at": 1, "filename": "a.jsonl",
              "purpose": "batch", "status": "processed"}  # fmt: skip

    def respond(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=answer)

    path = tmp_path / "upload.cassette.jsonl"

    def upload(transport: Any) -> str:
        with httpx.Client(transport=transport) as http_client:
            client = openai.OpenAI(api_key="x", base_url="https://api.test/v1", http_client=http_client)
            made = client.files.create(file=("a.jsonl", JSONL), purpose="batch")
            return str(made.id)

    upload(playhead.httpx.RecordingTransport(path, httpx.MockTransport(respond)))
    body = (playhead.load(path)[1].request or Request(method="", url="")).body or b""
    assert b"form-data" in body
    assert upload(playhead.httpx.ReplayTransport(path)) == "file-1"
