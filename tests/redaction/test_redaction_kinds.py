"""Every kind of body that a recorder keeps: what is secret in it goes, the rest stays, the unread is told."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest

import playhead
from playhead.redaction.body import find_in_body
from playhead.redaction.patches import patches_for
from playhead.redaction.policy import DEFAULT
from playhead.redaction.policy_file import read_policy
from playhead.redaction.urls import redact_url
from playhead.store.redact import redact_file, secrets_left

from . import planted

SECRET = planted.SECRETS["anthropic-key"]
HEART = planted.heart(SECRET)
JSON = (("content-type", "application/json"),)
FORM = (("content-type", "application/x-www-form-urlencoded"),)
MULTIPART = (("content-type", 'multipart/form-data; boundary="a b"'),)


def safe(body, headers=(), policy=DEFAULT):
    """The body without its secrets, and from where on nobody could look."""
    found = find_in_body(body, headers, policy)
    new = patches_for(found.secrets, b"key").apply(body, 0)
    assert len(new) == len(body)
    return new, found.unscanned


def multipart(*parts):
    lines = [b"preamble\r\n"]
    for head, data in parts:
        lines += [b"--a b\r\n", head.encode(), b"\r\n\r\n", data, b"\r\n"]
    return b"".join(lines) + b"--a b--\r\n"


def test_a_multipart_upload():
    field = 'content-disposition: form-data; name="{}"'
    image = bytes(range(256)) * 8
    body = multipart(
        (field.format("purpose"), b"batch"),
        (field.format("client_secret"), b"hunter2-hunter2"),
        (field.format("note"), f"my key is {SECRET}".encode()),
        (field.format("image") + '; filename="a.png"\r\ncontent-type: image/png', image),
        (
            field.format("file") + '; filename="b.jsonl"',
            b'{"body":{"user":"joe","tools":[{"headers":{"X":"opaque"}}],"model":"m"}}\n' * 2,
        ),
        (field.format("meta") + "\r\ncontent-type: application/json", b'{"password": "pw-77", "a": 1}'),
        (field.format("max_tokens"), b"500"),
    )
    new, unscanned = safe(body, MULTIPART)
    assert unscanned is None
    for gone in (b"hunter2", HEART.encode(), b"joe", b"opaque", b"pw-77"):
        assert gone in body
        assert gone not in new
    for kept in (b"batch", image, b'"model":"m"', b'"a": 1', b"500", b"preamble", b"my key is sk-ant-"):
        assert kept in new
    assert find_in_body(new, MULTIPART, DEFAULT).secrets == []


def test_a_part_that_nobody_can_read():
    packed = gzip.compress(SECRET.encode() * 3, mtime=0)
    head = 'content-disposition: form-data; name="f"; filename="x.gz"'
    body = multipart((head, packed), (head, SECRET.encode()))
    new, unscanned = safe(body, MULTIPART)
    assert unscanned == body.index(packed)
    assert packed in new
    assert SECRET.encode() not in new
    _, unscanned = safe(body[: body.index(packed) + 9], MULTIPART)
    assert unscanned is not None


@pytest.mark.parametrize("kind", ["application/grpc+proto", "application/x-protobuf", "application/msgpack"])
def test_binary_is_searched_and_said_to_be_unread(kind):
    body = b"\x00\x00\x00\x00\x99\x0a\x6c" + SECRET.encode() + b"\x12\x02ok"
    new, unscanned = safe(body, (("content-type", kind),))
    assert unscanned == 0
    assert SECRET.encode() not in new
    assert new.startswith(body[:7])
    assert new.endswith(b"\x12\x02ok")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-16"])
def test_wide_characters_that_nothing_announces(encoding):
    body = json.dumps({"key": SECRET}).encode(encoding)
    assert safe(body, JSON) == (body, 0)
    path_like = (("content-type", "text/html"),)
    assert safe("<html><body>hello".encode(encoding), path_like)[1] == 0


def test_a_byte_order_mark():
    new, unscanned = safe(b"\xef\xbb\xbf" + json.dumps({"user": "joe", "x": SECRET}).encode(), JSON)
    assert unscanned is None
    assert json.loads(new.decode("utf-8-sig")) == {
        "user": "RED",
        "x": "sk-ant-" + json.loads(new[3:])["x"][7:],
    }
    assert HEART.encode() not in new


def test_a_key_behind_percent_encoding():
    pem = planted.PEM.split("\n")[1]
    form = urlencode(
        {"a": "b c", "note": f"see {planted.PEM}", "payload": json.dumps({"api_key": "q1w2e3r4t5"})}
    )
    every = "".join(f"%{ord(sign):02X}" for sign in SECRET)
    coded = quote_plus(base64.b64encode(b"\xfb\xef" + SECRET.encode()).decode())
    for text, gone in (
        (form, quote_plus(pem)),
        (form, "q1w2e3r4t5"),
        (f"x={every}&y=1", every[-36:]),
        (f"x={coded}&y=1", coded[-30:-3]),
    ):
        new, _ = safe(text.encode(), FORM)
        assert gone in text
        assert safe(text.encode()) == (new, None)
        assert gone.encode() not in new
        assert find_in_body(new, FORM, DEFAULT).secrets == []
        assert [pair.partition(b"=")[0] for pair in new.split(b"&")] == [
            pair.partition("=")[0].encode() for pair in text.split("&")
        ]
    url, found = redact_url(f"https://h/a?q={every}&r={quote('sk-learn and more')}", b"k")
    assert url.endswith(f"&r={quote('sk-learn and more')}")
    assert every[-36:] not in url
    assert redact_url(url, b"k") == (url, ())
    assert [each.rule for each in found] == ["anthropic-key"]


def test_tokens_that_are_asked_for_in_json():
    asked = {"grant_type": "authorization_code", "code": "c-77", "state": "s", "code_verifier": "v-77"}
    assert json.loads(safe(json.dumps(asked).encode(), JSON)[0]) == {
        **asked,
        "code": "REDA",
        "code_verifier": "REDA",
    }
    for document in ({"error": {"code": "c-77"}, "code": "c-77"}, {"a": {"grant_type": "x"}, "code": "c-77"}):
        body = json.dumps(document).encode()
        assert safe(body, JSON) == (body, None)
    answer = {"client_secret": {"value": "opaque", "expires_at": 5}}
    assert json.loads(safe(json.dumps(answer).encode(), JSON)[0])["client_secret"] == {
        "value": "REDACT",
        "expires_at": 5,
    }


@pytest.mark.parametrize("width", [64, 76])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n  "])
def test_base64_that_is_folded(width, end):
    for secret in (SECRET, planted.SECRETS["jwt"], planted.PEM):
        coded = base64.b64encode(f"key: {secret} and more".encode()).decode()
        folded = end.join(coded[at : at + width] for at in range(0, len(coded), width))
        for body, headers in ((folded, ()), (json.dumps({"data": folded, "b": 1}), JSON)):
            new, _ = safe(body.encode(), headers)
            text = json.loads(new)["data"] if headers else new.decode()
            assert planted.heart(secret.split("\n")[1] if "\n" in secret else secret).encode() not in (
                base64.b64decode("".join(text.split()))
            )
            assert find_in_body(new, headers, DEFAULT).secrets == []


STREAM = planted.STREAMS["chat-text"]


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "application/json"])
@pytest.mark.parametrize("form", ["sse", "lines"])
def test_a_stream_under_another_name(tmp_path, kind, form):
    parts = [SECRET[at : at + 3] for at in range(0, len(SECRET), 3)]
    if form == "sse":
        body = planted.sse(STREAM(parts))
    else:
        body = "".join(json.dumps({"message": {"content": part}}) + "\n" for part in parts).encode()
    path = planted.cassette(tmp_path / "s.cassette.jsonl", [body], headers=(("content-type", kind),))
    check_clean(path, [HEART])
    request = planted.cassette(
        tmp_path / "r.cassette.jsonl", [b"{}"], headers=JSON, request_body=body, request_headers=()
    )
    check_clean(request, [HEART])


def check_clean(path, hearts):
    cassette = planted.redacted(path)
    exchange = cassette[1]
    for body in (exchange.body, exchange.request.body or b""):
        said = "".join(strings_of(body))
        assert all(heart not in said for heart in hearts)
    assert secrets_left(cassette) == []
    redact_file(path.with_name(f"safe-{path.name}"), path, overwrite=True)
    assert path.read_bytes() == path.with_name(f"safe-{path.name}").read_bytes()


def strings_of(body):
    """What the strings called `content` say."""
    for line in body.decode().splitlines():
        text = line.removeprefix("data: ")
        if text.startswith("{"):
            event = json.loads(text)
            yield (event.get("message") or event.get("choices", [{}])[0].get("delta") or {}).get(
                "content", ""
            )


@pytest.mark.parametrize("headers", [(), planted.SSE])
def test_an_error_in_json_that_was_to_be_a_stream(tmp_path, headers):
    """No content type, or that of the stream that was asked for."""
    body = json.dumps({"error": {"message": "no"}, "access_token": "opaque-77"}, indent=1).encode()
    path = planted.cassette(tmp_path / "e.cassette.jsonl", [body[:9], body[9:]], headers=headers)
    assert json.loads(planted.redacted(path)[1].body)["access_token"] == "REDACTED-"[:9]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (gzip.compress(b"data: x\n\n", mtime=0), "text/event-stream"),
        ("data: xyz\n\n".encode("utf-16-le"), "text/event-stream"),
        (b"data: x\n\n", "text/event-stream; charset=utf-16"),
        (gzip.compress(b"{}\n", mtime=0), "application/x-ndjson"),
    ],
)
def test_a_stream_that_nobody_can_read(tmp_path, body, kind):
    path = planted.cassette(
        tmp_path / "p.cassette.jsonl", [body[:1], body[1:]], headers=(("content-type", kind),)
    )
    cassette = planted.redacted(path)
    assert [(left.rule, left.place) for left in secrets_left(cassette)] == [("unscanned", "response.body")]
    assert cassette[1].body == body


def test_own_shapes_in_comments_and_plain_lines(tmp_path):
    policy = read_policy('[shapes]\nteam = "team_[a-z0-9]{8}"', "p.toml")
    body = b": team_abcd1234\n\nteam_abcd1234: x\nid: 5\n\ndata: y\n\n"
    path = planted.cassette(tmp_path / "o.cassette.jsonl", [body])
    redact_file(path, path, policy)
    assert b"team_" not in playhead.load(path)[1].body
    assert secrets_left(playhead.load(path), policy) == []


BLOB = base64.urlsafe_b64encode(bytes(range(7, 250)) * 3).decode().replace("=", "")


def _turn():
    """A turn of an agent that reads source code and must send back what it was given."""
    return {
        "model": "claude-sonnet-4-5",
        "messages": [
            {
                "role": "assistant",
                "content": [
                    {
                        "type": "thinking",
                        "thinking": "hm",
                        "signature": f"EqQB{BLOB}_sk-Ab1Cd2Ef3Gh4{BLOB}==",
                    },
                    {"type": "redacted_thinking", "data": f"{BLOB}-hf_Ab1Cd2Ef3Gh4Ij5{BLOB}"},
                    {"type": "tool_use", "id": "toolu_01A09q90qw90lq917835lq9", "input": {"path": "a.py"}},
                    {"type": "tool_result", "tool_use_id": "call_Ab1Cd2Ef3Gh4Ij5Kl6Mn7", "content": SOURCE},
                    {"type": "image", "source": {"type": "base64", "data": base64.b64encode(PNG).decode()}},
                ],
            },
            {"type": "reasoning", "id": f"rs_{'68af' * 12}", "encrypted_content": f"gAAAAABo{BLOB}"},
            {"thoughtSignature": base64.b64encode(bytes(range(256)) * 9).decode()},
        ],
        "previous_response_id": f"resp_{'0f9a' * 12}",
        "container": "container_011CPR5CNjB747bTd36fQLFk",
    }


SOURCE = """
api_key=os.environ["ANTHROPIC_API_KEY"]
client = OpenAI(api_key=config.api_key, organization=None)  # "api_key": "..."
headers = {"Authorization": f"Bearer {token}", "x-api-key": "$ANTHROPIC_API_KEY"}
"authorization": "Bearer ${GITHUB_TOKEN}", "access_token": "<your access token>"
export OPENAI_API_KEY=sk-...  # looks like sk-ant-api03-..., or sk-xxxxxxxx
from hf_hub_utils import hf_hub_download; sk-learn; task-9f8e7d6c5b4a3210; risk-assessment-2026
uuid = "0b5e7a52-6c9e-4f0a-9a53-7d0d1b6b8f1e"
sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
integrity sha512-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08==
ASIA AKIA eyJ xoxb- ghp_ PRIVATE KEY BEGIN basic authentication, bearer of bad news
weekday week_of_year0123456789abcdef npm_config_registry=https://registry npm_lifecycle_event
"""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def test_what_an_agent_sends_back_stays():
    body = json.dumps(_turn()).encode()
    assert safe(body, JSON) == (body, None)
    assert safe(PNG, (("content-type", "image/png"),)) == (PNG, None)
    assert safe(SOURCE.encode(), (("content-type", "text/x-python"),)) == (SOURCE.encode(), None)
    page = f"<!doctype html><title>401</title><p>{SOURCE}".encode()
    assert safe(page, (("content-type", "text/html"),)) == (page, None)


STREAMS = sorted((Path(__file__).parents[1] / "protocols" / "streams").glob("*/*.*"))


def test_nothing_is_found_in_streams_that_hold_none(tmp_path):
    """Real shapes of every protocol that the tests know: what is found are members that name a user."""
    kinds = {".sse": planted.SSE, ".ndjson": planted.NDJSON, ".json": JSON}
    path = tmp_path / "all.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        for stream in STREAMS:
            exchange = writer.exchange()
            exchange.request(playhead.Request(method="POST", url="https://h/", body=b"{}"))
            exchange.response(playhead.Response(status=200, headers=kinds[stream.suffix]))
            exchange.chunk(stream.read_bytes())
            exchange.end(playhead.EndingKind.COMPLETE)
    left = [
        (STREAMS[each.exchange - 1].name, each.rule, each.bytes) for each in secrets_left(playhead.load(path))
    ]
    assert len(STREAMS) > 300
    assert left == []


@pytest.mark.parametrize(
    "text",
    [
        *(
            "[",
            '{"a":',
            '[1,{"a":"x","b":',
            '"',
            '["',
            '{"index":1},',
            "sk-",
            "sk-Ab1Cd2Ef3Gh4-",
            "eyJ-",
            "c2st",
        ),
        *(
            '"api_key":"',
            "Bearer ",
            "-----BEGIN PRIVATE KEY-----",
            "\\",
            "\\u0073",
            "%41%2B",
            "a=b&",
            "data:\n",
        ),
        *(
            "A" * 76 + "\n",
            "sk-" * 1000 + "." * 4000,
            "eyJ-" * 1000 + ".abcdefghijk",
            "--b\r\n",
            '0:"',
            "A" * 4000,
        ),
    ],
)
def test_what_might_take_for_ever_does_not(tmp_path, text):
    """Each would run for minutes, or out of stack, if the work grew faster than the text."""
    text = text * (40_000 // len(text))
    kinds = (
        *JSON,
        *FORM,
        ("content-type", "text/plain"),
        ("content-type", "multipart/form-data; boundary=b"),
    )
    for kind in kinds:
        new, _ = safe(text.encode(), (kind,))
        assert find_in_body(new, (kind,), DEFAULT).secrets == []
    quoted = json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]})
    chunks = [f"data: {quoted}\n\n".encode(), f"data: {quoted[:-9]}".encode()]
    path = planted.cassette(tmp_path / "h.cassette.jsonl", chunks)
    assert secrets_left(planted.redacted(path)) == []
