"""Secrets in bodies that are no streams, and in the rest of a cassette: all go, nothing else changes."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import playhead
from playhead.model import Request
from playhead.redaction.body import find_in_body
from playhead.redaction.examine import find_in_request
from playhead.redaction.patches import patches_for
from playhead.redaction.policy import DEFAULT
from playhead.redaction.policy_file import read_policy
from playhead.store.redact import secrets_left

from . import planted

JSON = (("content-type", "application/json"),)
FORM = (("content-type", "application/x-www-form-urlencoded"),)
TEXT = (("content-type", "text/plain"),)


def safe(body, headers=JSON, policy=DEFAULT):
    """The body without its secrets."""
    found = find_in_body(body, headers, policy)
    assert found.unscanned is None
    new = patches_for(found.secrets, b"key").apply(body, 0)
    assert len(new) == len(body)
    assert find_in_body(new, headers, policy).secrets == []
    return new


@pytest.mark.parametrize("name", sorted(planted.SECRETS))
@pytest.mark.parametrize("form", sorted(planted.FORMS))
def test_a_shape_anywhere(name, form):
    secret = planted.FORMS[form](planted.SECRETS[name])
    for text in (f"{secret}", f"My key is {secret}.", f"a={secret}&b=c", f"\n{secret}\n", f"<{secret}>"):
        document = {"messages": [{"content": [{"type": "text", "text": text}]}], text: 1}
        for body in (text, json.dumps(document), json.dumps({"x": json.dumps(document)})):
            new = safe(body.encode(), TEXT if body is text else JSON)
            assert planted.heart(secret.rstrip("=")).encode() not in new
            if body is not text:
                assert json.loads(new).keys() is not None


@pytest.mark.parametrize("before", [b"", b"a ", b"ab", b"x: y\n"])
@pytest.mark.parametrize("form", ["base64", "base64url"])
def test_a_key_within_what_was_encoded(before, form):
    secret = planted.SECRETS["anthropic-key"]
    coded = planted.FORMS[form](f"{before.decode()} {secret} and so on")
    new = safe(json.dumps({"data": coded}).encode())
    assert secret.encode() not in base64.b64decode(
        json.loads(new)["data"].translate(str.maketrans("-_", "+/")) + "=="
    )


def test_escaped_characters():
    secret = planted.SECRETS["github"]
    for coded in (
        "".join(f"\\u{ord(sign):04x}" for sign in secret),
        secret.replace("p", "\\u0070"),
        "\\n" + secret,
    ):
        new = safe(f'{{"a": "x {coded} y", "b": 1}}'.encode())
        said = json.loads(new)
        assert said["b"] == 1
        assert planted.heart(secret) not in said["a"]
        assert "REDACTED" in said["a"]


def test_a_private_key():
    for text in (planted.PEM, planted.PEM.replace("RSA ", ""), planted.PEM[:90]):
        said = json.loads(safe(json.dumps({"key": f"see {text}"}).encode()))["key"]
        assert planted.heart(text.split("\n")[1]) not in said
        assert said.startswith("see -----BEGIN ")
        assert safe(text.encode(), TEXT).startswith(b"-----BEGIN ")


@pytest.mark.parametrize(
    "document",
    [
        {"metadata": {"user_id": "acct-77"}, "model": "m"},
        {"mcp_servers": [{"name": "a", "authorization_token": "acct-77"}]},
        {"user": "acct-77"},
        {"safety_identifier": "acct-77"},
        {"prompt_cache_key": "acct-77"},
        {"tools": [{"type": "mcp", "headers": {"X-Any": "acct-77", "y": ["acct-77"]}}]},
        {"tools": [{"type": "mcp"}, {"type": "mcp", "authorization": "acct-77"}]},
        {"tools": [{"server_url": "https://acct-77.test/mcp"}]},
        {"type": "response.created", "response": {"user": "acct-77"}},
        {"access_token": "acct-77", "refresh_token": "acct-77", "token_type": "Bearer"},
    ],
)
def test_known_members(document):
    new = safe(json.dumps(document).encode())
    assert b"acct-77" not in new
    assert b"REDACTE" in new
    kept = json.loads(new)
    assert kept.keys() == document.keys()
    for name in ("model", "token_type", "type"):
        assert kept.get(name) == document.get(name)


def test_scalars_of_known_members():
    body = b'{"user": 12345, "metadata": {"user_id": null}, "max_tokens": 12345, "safety_identifier": true}'
    assert safe(body) == body.replace(b'"user": 12345', b'"user": 99999')
    body = b'{"user": "", "metadata": {"user_id": "\\u00e9\xc3\xa9"}}'
    assert json.loads(safe(body))["metadata"]["user_id"] == "REDACTED"


@pytest.mark.parametrize(
    "text",
    [
        "Basic arithmetic is a bearer of task-force and sk-learn, hf_hub_download_utils",
        "gsk_some_function_name",
        "class=sk-container-id-1 sk-estimator-doc-link ASIAPACIFICREGIONS AKIA eyJ. xai-grok-model-name",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        '{"a": {"authorization": "required", "api_key": "your-key-here"}, "token": "a", "total_tokens": 5}',
        "chatcmpl-9q7Wz2Lk9Xv4Tn8Rb5Mc1 msg_01XFDUDYJgAACzvnptvVoYEL toolu_01A09q90qw90lq917835lq9",
        "c2tpbGxzIGFuZCB0YXNrcyBhbmQgc28gb24gYW5kIG9u " * 3,
    ],
)
def test_harmless_texts_stay(text):
    for body in (text.encode(), json.dumps({"content": text}).encode()):
        assert safe(body) == body


def test_named_members_and_fields_of_forms():
    assert b"q1w2e3r4t5" not in safe(b'{"a": {"client_secret": "q1w2e3r4t5", "b": 1}}')
    body = b"grant_type=refresh_token&client_secret=hunter2&code=77-77-77&scope=a%20b"
    new = safe(body, FORM)
    assert new == b"grant_type=refresh_token&client_secret=REDACTE&code=REDACTED&scope=a%20b"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(b"x", mtime=0), JSON),
        (b"PK\x03\x04....", ()),
        ("{}".encode("utf-16"), JSON),
        (b"{}", (("content-type", "application/json; charset=UTF-16LE"),)),
        (b"\x00\x00\x00\x10", (("Content-Type", "application/vnd.amazon.eventstream"),)),
    ],
)
def test_what_nobody_can_read_is_unscanned(body, headers):
    assert find_in_body(body, headers, DEFAULT).unscanned == 0
    assert find_in_request(Request(method="POST", url="/", headers=headers, body=body)).unscanned == 0


def test_a_body_that_was_kept_encoded_is_unscanned():
    request = Request(method="POST", url="/", body=b"abc", facts={"body": "undecoded"})
    assert find_in_request(request).unscanned == 0


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from([JSON, FORM, TEXT, ()]))
def test_any_body(body, headers):
    found = find_in_body(body, headers, DEFAULT)
    assert len(patches_for(found.secrets, b"key").apply(body, 0)) == len(body)


def test_what_stands_for_a_secret_in_base64_is_no_secrets_name():
    """With its padding it looks like one, whatever key its letters were derived with."""
    body = base64.b64encode(planted.SECRETS["groq"].encode()).rstrip(b"=") + b"=."
    found = find_in_body(body, TEXT, DEFAULT)
    for number in range(1000):
        new = patches_for(found.secrets, b"%d" % number).apply(body, 0)
        assert new != body
        assert find_in_body(new, TEXT, DEFAULT).secrets == []


@pytest.mark.parametrize(
    ("shape", "text", "left"),
    [
        ("[a-z][0-9]{8}", "line\n12345678", "line"),
        ("[0-9a-f]{8}", "\u20ac1234 is the price", " is the price"),
        ("[0-9]{4}.", "no 1234\n", "no "),
    ],
    ids=["begins in one", "is a part of one", "behind one"],
)
@pytest.mark.parametrize("nested", [False, True], ids=["plain", "in a string of JSON"])
def test_a_shape_that_matches_a_part_of_an_escape_takes_it_whole(shape, text, left, nested):
    document = {"b": json.dumps({"c": text}) if nested else text}
    policy = read_policy(f'[shapes]\nany = "{shape}"', "p.toml")
    body = json.dumps(document).encode()
    new = json.loads(patches_for(find_in_body(body, JSON, policy).secrets, b"key").apply(body, 0))
    said = json.loads(new["b"])["c"] if nested else new["b"]
    assert left in said
    assert "1234" not in said


@pytest.mark.parametrize("shape", [r"id=\\S{1,50}", "id=[^;]{1,50}", "(?s:id=.{6})"])
@pytest.mark.parametrize("others", [[], ["id="], ["x", "id=UNEQUAL;", ""]], ids=["none", "one", "three"])
def test_a_shape_finds_in_a_string_what_it_finds_there_alone(shape, others):
    """Whatever stands in the next: a shape may match the quotes between them."""
    policy = read_policy(f'[shapes]\nany = "{shape}"', "p.toml")
    for at in range(len(others) + 1):
        document = dict(enumerate([*others[:at], "my id=SECRET", *others[at:]]))
        body = json.dumps(document).encode()
        new = patches_for(find_in_body(body, JSON, policy).secrets, b"key").apply(body, 0)
        assert b"SECRET" not in new
        assert json.loads(new)[str(at)].startswith("my REDACTED")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
POLICY = read_policy('[body]\nsecret = ["a", "b.c", "d[].e", "[].a"]\n[shapes]\nany = ".{4,9}"', "p.toml")


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from("abdx"), json_values, max_size=4) | st.lists(json_values, max_size=3),
    st.booleans(),
)
def test_json_stays_json_whatever_is_secret(document, ascii_only):
    body = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    found = find_in_body(body, JSON, POLICY)
    new = patches_for(found.secrets, b"key").apply(body, 0)
    assert len(new) == len(body)
    assert shape_of(json.loads(new.decode("utf-8", "surrogatepass"))) == shape_of(document)


def shape_of(value):
    """What kind of value stands where."""
    if isinstance(value, dict):
        return sorted(map(str, map(shape_of, value.values())))
    if isinstance(value, list):
        return [shape_of(part) for part in value]
    return (
        "number" if isinstance(value, float | int) and not isinstance(value, bool) else type(value).__name__
    )


@pytest.mark.parametrize("size", [1, 5, 30])
def test_streams_that_came_as_one_document(tmp_path, size):
    """Gemini without `alt=sse` sends a list; the AI SDK's data stream is lines of a code and a string."""
    secret = planted.SECRETS["anthropic-key"]
    parts = [secret[at : at + size] for at in range(0, len(secret), size)]
    listed = json.dumps([{"candidates": [{"content": {"parts": [{"text": part}]}}]} for part in parts])
    coded = "".join(f"0:{json.dumps(part)}\n" for part in parts)
    for text, headers in ((listed, JSON), (coded, TEXT)):
        path = planted.cassette(tmp_path / "d.cassette.jsonl", [text.encode()], headers=headers)
        cassette = planted.redacted(path)
        said = cassette[1].body.decode()
        strings = json_strings(said)
        assert planted.heart(secret) not in strings
        assert "sk-ant-REDACTED-" in strings
        assert len(said) == len(text)
        assert secrets_left(cassette) == []


def json_strings(text):
    """What the strings say, one behind the other."""
    if text.startswith("["):
        return "".join(item["candidates"][0]["content"]["parts"][0]["text"] for item in json.loads(text))
    return "".join(json.loads(line.partition(":")[2]) for line in text.splitlines())


def test_a_secret_does_not_show_itself():
    secret = planted.SECRETS["groq"]
    [found] = find_in_body(secret.encode(), TEXT, DEFAULT).secrets
    assert planted.heart(secret) not in f"{found!r} {found} {[found]}"


def test_everything_in_a_file(tmp_path):
    """Secrets in every field that a cassette has: in none of its bytes afterwards."""
    secret = planted.SECRETS["openai-project"]
    path = tmp_path / "all.cassette.jsonl"
    with playhead.open_writer(path, facts={"note": secret}) as writer:
        exchange = writer.exchange()
        exchange.request(
            playhead.Request(
                method="POST",
                url=f"https://me:{secret}@h/v1?key={secret}#token={secret}",
                headers=(("authorization", f"Bearer {secret}"), ("accept", secret), ("x-other", secret)),
                body=json.dumps({"messages": secret, "big": "x" * 5_000_000, "end": secret}).encode(),
                facts={"fact": secret},
            )
        )
        exchange.response(
            playhead.Response(
                status=200, reason=secret, headers=(*JSON, ("set-cookie", secret)), facts={"fact": secret}
            )
        )
        exchange.chunk(json.dumps({"error": f"Incorrect API key provided: {secret}"}).encode())
        exchange.end(
            playhead.EndingKind.COMPLETE,
            detail=secret,
            facts={"error": f"bad {secret}"},
            trailers=(("x-t", secret),),
        )
        writer.write(playhead.format.records.Note(exchange=1, text=f"note {secret}"))
        writer.write(playhead.format.records.Note(text=f"note {secret}"))
        writer.write(
            playhead.format.records.Unknown(type="new", line=f'{{"type":"new","x":"{secret}"}}'.encode())
        )
    cassette = planted.redacted(path)
    text = (tmp_path / "safe-all.cassette.jsonl").read_text()
    assert planted.heart(secret) not in text
    assert text.count("REDACTED") >= 16
    exchange = cassette[1]
    assert exchange.request.method == "POST"
    assert len(exchange.request.body) == len(playhead.load(path)[1].request.body)
    places = {each.name for each in exchange.redactions}
    assert places >= {
        *("url", "request", "request.body", "request.headers.authorization", "request.headers.accept"),
        *("request.headers.x-other", "response", "response.headers.set-cookie", "response.body"),
        *("response.trailers.x-t", "end", "note"),
    }
