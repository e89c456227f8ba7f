"""Places in which secrets once stayed: names of fields and headers, lines that were copied as they stood."""

from __future__ import annotations

import base64
import json

import pytest

from playhead.errors import DamagedCassette
from playhead.redaction import (
    DEFAULT,
    read_policy,
    redact_request_headers,
    redact_response_headers,
    redact_url,
)
from playhead.redaction.body import find_in_body
from playhead.redaction.patches import patches_for
from playhead.store.redact import redact_file, secrets_left

from . import planted

KEY = b"0123456789abcdef"
SECRET = planted.SECRETS["anthropic-key"]
HEART = planted.heart(SECRET)
CODED = base64.b64encode(SECRET.encode()).decode()
URL_CODED = base64.urlsafe_b64encode(b"x" + SECRET.encode()).decode().rstrip("=")
ESCAPED = "".join(f"\\u{ord(sign):04x}" for sign in SECRET)
PEM = planted.PEM.replace("\n", " ")
MULTIPART = (("content-type", "multipart/form-data; boundary=B"),)
REQUEST = {"type": "request", "exchange": 1, "t": 0.1, "method": "POST", "url": "http://h.test/"}
RESPONSE = {"type": "response", "exchange": 1, "t": 0.2, "status": 200}
LINES = [
    {"type": "header", "format": "playhead-cassette", "version": 1},
    REQUEST | {"headers": [["content-type", "application/json"]], "text": "{}"},
    {"type": "request_chunk", "exchange": 1, "text": "{}"},
    RESPONSE | {"headers": [["content-type", "text/event-stream"]]},
    {"type": "chunk", "exchange": 1, "t": 0.3, "text": "data: {}\n\n"},
    {"type": "redaction", "exchange": 1, "name": "response.headers.a", "detail": "api-key"},
    {"type": "end", "exchange": 1, "t": 0.4, "ending": "complete", "chunks": 1, "bytes": 10},
]


def safe(body, headers=()):
    return patches_for(find_in_body(body, headers, DEFAULT).secrets, KEY).apply(body, 0)


def part(disposition, value=b"hunter2hunter", more=""):
    return f"--B\r\nContent-Disposition: {disposition}\r\n{more}\r\n".encode() + value + b"\r\n--B--\r\n"


@pytest.mark.parametrize(
    ("disposition", "more"),
    [
        ('form-data; name="client_secret"', "Content-Type: text/plain\r\n"),
        ('form-data; name="client_secret"', "Content-Type: application/octet-stream\r\n"),
        ('form-data; name="client_secret"; filename=""', "Content-Type: text/plain\r\n"),
        ("form-data; name=client_secret", ""),
        ("form-data;name = client_secret ; x=1", ""),
        ("form-data; name*=utf-8''api_key", ""),
        ("form-data; name*=UTF-8'en'api%5Fkey", "Content-Type: text/plain\r\n"),
        ("form-data; name=\"a\"; name*=utf-8''client_secret", ""),
        ('form-data; name*0="client_"; name*1="secret"', ""),
        ('form-data; name="client\\_secret"', ""),
        ('form-data; name="client_secret', ""),
        ('form-data;\r\n name="client_secret"', ""),
        ('FORM-DATA; NAME="client_secret"', ""),
        ('attachment; name="client_secret"', ""),
    ],
)
@pytest.mark.parametrize("headers", [MULTIPART, (("content-type", "multipart/form-data"),), ()])
def test_a_field_by_its_name_however_it_is_written(disposition, more, headers):
    body = part(disposition, more=more)
    new = safe(body, headers)
    assert b"hunter2" not in new
    assert len(new) == len(body)
    assert safe(new, headers) == new


@pytest.mark.parametrize(
    ("disposition", "more"),
    [
        ("form-data; name=purpose", ""),
        ("form-data; name*=utf-8''prompt", ""),
        ('form-data; name="api_key_docs"; filename="keys.txt"', "Content-Type: text/plain\r\n"),
        ('form-data; filename="client_secret"', ""),
    ],
)
def test_a_field_that_is_no_secret_stays(disposition, more):
    body = part(disposition, more=more)
    assert safe(body, MULTIPART) == body


@pytest.mark.parametrize("redact", [redact_request_headers, redact_response_headers])
@pytest.mark.parametrize("name", ["x-title", "User-Agent", "sec-websocket-protocol", "www-authenticate"])
@pytest.mark.parametrize(
    ("value", "gone"),
    [
        (f"base64url.bearer.authorization.k8s.io.{URL_CODED}", planted.heart(URL_CODED)),
        (f"a {CODED} b", planted.heart(CODED.rstrip("="))),
        (f"a {ESCAPED} b", ESCAPED[-12:]),
        (f"a {PEM} b", "q7Wz2Lk9"),
        (f"see https://h.test/a/{URL_CODED}/b", planted.heart(URL_CODED)),
    ],
)
def test_a_key_in_a_header_in_any_writing(redact, name, value, gone):
    [(_, new)], found = redact(((name, value),), KEY)
    assert gone not in new
    assert len(new) == len(value)
    assert found
    assert redact(((name, new),), KEY) == (((name, new),), ())
    if gone in CODED:
        assert base64.b64decode(new[2:-2])  # base64 it stays


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("realtime, openai-insecure-api-key.hunter2hunter2", "realtime, openai-insecure-api-key.REDACTED"),
        (
            "v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.aHVudGVyMmh1bnRlcjI",
            "v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.REDACTED",
        ),
        ("graphql-transport-ws, v5.channel.k8s.io", "graphql-transport-ws, v5.channel.k8s.io"),
    ],
)
def test_credentials_in_a_list_of_protocols(value, kept):
    [(_, new)], _ = redact_request_headers((("Sec-WebSocket-Protocol", value),), KEY)
    assert new.startswith(kept)
    assert "hunter2" not in new
    assert "aHVudGVy" not in new


@pytest.mark.parametrize("redact", [redact_request_headers, redact_response_headers])
@pytest.mark.parametrize("name", [SECRET, SECRET.lower(), f"x-{SECRET}", CODED.rstrip("=")])
def test_a_key_as_the_name_of_a_header(redact, name):
    [(new, _)], found = redact(((name, "x-y"),), KEY)
    assert len(new) == len(name)
    assert planted.heart(name) not in new
    assert found
    assert not any(planted.heart(name).lower() in each.name.lower() for each in found)


@pytest.mark.parametrize(
    "url",
    [
        f"https://h.test/v1/{CODED}",
        f"https://h.test/v1/{URL_CODED}/x",
        f"https://h.test/?q={CODED}&alt=sse",
        f"https://h.test/?q={URL_CODED}",
        f"https://h.test/?q=%7B%22a%22%3A%22{CODED}%22%7D",
        f"https://h.test/#{CODED}",
    ],
)
def test_a_key_in_a_url_in_base64(url):
    new, found = redact_url(url, KEY)
    assert found
    assert len(new) == len(url)
    assert planted.heart(URL_CODED) not in new
    assert planted.heart(CODED.rstrip("=")) not in new
    assert redact_url(new, KEY) == (new, ())


def at(number, **members):
    return lambda lines: lines[number].update(members)


def insert(number, **members):
    return lambda lines: lines.insert(number, members)


PLACES = {
    "name of a request's header": lambda lines: lines[1]["headers"].append([SECRET, "x"]),
    "name of a response's header": lambda lines: lines[3]["headers"].append([SECRET, "x"]),
    "name of a trailer": at(6, headers=[[SECRET, "x"]]),
    "method": at(1, method=SECRET),
    "version": at(1, http_version=SECRET),
    "reason": at(3, detail=SECRET),
    "member of a request": at(1, later={"a": ["key " + SECRET]}),
    "name of a member": at(1, later={SECRET: 1}),
    "member of a response": at(3, later="key " + SECRET),
    "member of a chunk": at(4, later="key " + SECRET),
    "member of a request's chunk": at(2, later="key " + SECRET),
    "member in base64": at(4, later=CODED),
    "fact": at(1, facts=[["note", SECRET]]),
    "name of a fact": at(1, facts=[[SECRET, "x"]]),
    "base64 beside text": at(4, base64=CODED),
    "text beside base64": at(4, head="", text=SECRET, base64="ZGF0YToge30KCg=="),
    "base64 beside a request's text": at(1, base64=CODED),
    "text beside a request's base64": at(1, tail="", text=SECRET, base64="e30="),
    "head without text": lambda lines: (lines[1].pop("text"), lines[1].update(head=SECRET)),
    "name of a redaction": at(5, name=SECRET),
    "rule of a redaction": at(5, detail=SECRET),
    "member of a redaction": at(5, later=SECRET),
    "note": insert(4, type="note", exchange=1, name=SECRET, text="x"),
    "note behind the end": lambda lines: lines.append({"type": "note", "exchange": 1, "text": SECRET}),
    "note of no exchange": insert(1, type="note", text=SECRET),
    "loss": insert(4, type="loss", exchange=1, detail=SECRET),
    "record that nobody knows": insert(4, type="later", exchange=1, a=SECRET),
    "type that nobody knows": insert(4, type=SECRET, exchange=1),
    "columns": insert(1, type="columns", url=SECRET),
    "header": at(0, writer=SECRET, later=SECRET),
}


@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize("place", PLACES)
def test_no_line_keeps_a_secret_in_any_member(tmp_path, run_here, place, compact):
    lines = json.loads(json.dumps(LINES))
    PLACES[place](lines)
    path = tmp_path / "a.cassette.jsonl"
    separators = (",", ":") if compact else (", ", ": ")
    path.write_text("".join(json.dumps(line, separators=separators) + "\n" for line in lines), "ascii")
    if place != "columns":  # the writer's own are written instead
        for format_ in ("text", "json"):
            checked = run_here("redact", "--check", "--format", format_, path, cwd=tmp_path)
            assert checked.returncode == 1
            assert HEART.lower().encode() not in (checked.stdout + checked.stderr).lower()
    target = tmp_path / "b.cassette.jsonl"
    redact_file(path, target)
    text = target.read_text("ascii")
    assert HEART not in text
    assert HEART.lower() not in text
    assert CODED not in text
    cassette = planted.playhead.load(target)
    assert cassette[1].body == b"data: {}\n\n"
    assert secrets_left(cassette) == []
    once = target.read_bytes()
    redact_file(target, target)
    assert target.read_bytes() == once


@pytest.mark.parametrize("member", ["text", "base64"])
def test_of_members_of_one_name_the_last_is_the_body(tmp_path, member):
    body = {"text": "data: {}\\n\\n", "base64": "ZGF0YToge30KCg=="}[member]
    chunk = f'{{"type":"chunk","exchange":1,"t":0.3,"{member}":"{SECRET}","{member}":"{body}"}}'
    path = tmp_path / "a.cassette.jsonl"
    lines = [json.dumps(line) for line in LINES]
    path.write_text("\n".join((*lines[:4], chunk, lines[6], "")), "ascii")
    redact_file(path, path)
    assert HEART not in path.read_text("ascii")
    assert planted.playhead.load(path)[1].body == b"data: {}\n\n"


def test_shapes_of_ones_own_in_members_that_nobody_knows(tmp_path):
    policy = read_policy('[shapes]\nteam-key = "team[_-][a-z0-9]{3,32}"', "p")
    lines = json.loads(json.dumps(LINES))
    lines[1]["later"] = {"a": ["my team_hunter2"]}
    lines[4]["later"] = "my team_hunter2"
    lines[5] |= {"later": "my team_hunter2", "detail": "team-key"}
    lines[6]["facts"] = [["team_hunter2", "x"]]
    path = tmp_path / "a.cassette.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "ascii")
    redact_file(path, path, policy)
    assert "hunter2" not in path.read_text("ascii")
    assert [each.rule for each in planted.playhead.load(path)[1].redactions].count("team-key") == 5
    assert secrets_left(planted.playhead.load(path), policy) == []


DAMAGE = {
    "headers of an end": (6, b'"headers":5,"bytes"'),
    "pairs that are none": (6, b'"headers":[[1,2]],"bytes"'),
    "pairs of one": (6, b'"headers":[["a"]],"bytes"'),
    "bytes of an end": (6, b'"detail":"\xff","bytes"'),
    "status": (3, b'"status":"ok","exchange"'),
    "bytes of a response": (3, b'"detail":"\xc3(","exchange"'),
    "bytes of a member of a response": (3, b'"later":"\xff","exchange"'),
    "bytes of a request": (1, b'"http_version":"\xff","exchange"'),
    "facts of a request": (1, b'"facts":[5],"exchange"'),
    "name of a redaction": (5, b'"later":1,"name":5,"exchange"'),
    "detail of a redaction": (5, b'"detail":{},"exchange"'),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damaged_records_are_said_with_their_line(tmp_path, run_here, what):
    number, member = DAMAGE[what]
    lines = [json.dumps(line, separators=(",", ":")).encode() for line in LINES]
    name = member.rpartition(b",")[2]
    lines[number] = lines[number].replace(name, member, 1)
    path = tmp_path / "a.cassette.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    before = path.read_bytes()
    with pytest.raises(DamagedCassette) as error:
        redact_file(path, path)
    assert error.value.line == number + 1
    assert error.value.byte == sum(len(line) + 1 for line in lines[:number])
    assert path.read_bytes() == before
    with pytest.raises(DamagedCassette):
        secrets_left(planted.playhead.load(path))
    checked = run_here("redact", "--check", path, cwd=tmp_path)
    assert checked.returncode == 3
    assert f"line {number + 1}".encode() in checked.stderr


@pytest.mark.parametrize(
    "start", ["data:", "\ufeffdata:", ": a\rdata:", "\ufeff: a\n\ndata:", "event: a\r\ndata:"]
)
@pytest.mark.parametrize("end", ["\n\n", "\r\r", "\r\n\r\n"])
@pytest.mark.parametrize("kind", [(), (("content-type", "text/plain"),)])
def test_a_stream_that_nothing_announces(start, end, kind):
    parts = planted.split(SECRET, range(1, len(SECRET)))
    body = (
        start + (end + "data:").join(json.dumps({"t": part}, separators=(",", ":")) for part in parts) + end
    )
    body += 'data: {"password": "hunter2hunter"}' + end
    new = safe(body.encode(), kind)
    assert b"hunter2" not in new
    said = "".join(
        json.loads(line[5:])["t"] for line in new.decode("utf-8-sig").split() if line[5:8] == '{"t'
    )
    assert len(said) == len(SECRET)
    assert HEART not in said


@pytest.mark.parametrize("name", ["pass\\u0077ord", "\\u0061pi\\u005fkey", "client_secre\\u0074"])
def test_a_member_whose_name_is_escaped(tmp_path, name):
    body = f'{{"a": 1, "{name}": "hunter2hunter"}}'.encode()
    assert b"hunter2" not in safe(body, (("content-type", "application/json"),))
    assert b"hunter2" not in safe(b"data: " + body + b"\n\n")
    cassette = planted.redacted(planted.cassette(tmp_path / "a.cassette.jsonl", [b"data: " + body + b"\n\n"]))
    assert b"hunter2" not in cassette[1].body
    value = body.decode()
    [(_, new)], _ = redact_request_headers((("x-title", value),), KEY)
    assert "hunter2" not in new


@pytest.mark.parametrize(
    "members", ['"index":1,', '"item_id":"x","t":"y",', '"a_index":1,"index":2,"t":"y",']
)
def test_many_indexes_of_one_object(members):
    """Each would run for minutes if the work grew with the square of their number."""
    body = ("[{" + members * (400_000 // len(members)) + '"b":"' + SECRET + '"}]').encode()
    assert HEART.encode() not in safe(body, (("content-type", "application/json"),))


def test_what_a_scheme_keeps_of_a_key_stays_as_it_is(tmp_path):
    headers = (("authorization", f"Bearer {SECRET}"), ("x-title", f"Bearer {SECRET}"))
    path = planted.cassette(tmp_path / "a.cassette.jsonl", [b"data: 1\n\n"], request_headers=headers)
    redact_file(path, path)
    assert planted.playhead.load(path)[1].request.headers[0][1].startswith("Bearer sk-ant-REDACTED-")
    once = path.read_bytes()
    assert secrets_left(planted.playhead.load(path)) == []
    redact_file(path, path)
    assert path.read_bytes() == once
