"""Secrets of every kind, planted in any place of an exchange, in any writing and any split: none is left.

Not in the bytes of the file, plain or compressed, not in what its text adds up to, not in what any command
says of it; while lengths, chunks and frames are what they were.
"""

from __future__ import annotations

import json
from functools import partial
from typing import NamedTuple
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import playhead
from playhead.redaction.escapes import View, percent_view
from playhead.store.redact import redact_file, secrets_left

from . import planted

COMMANDS = (
    *(["ls"], ["ls", "--format", "jsonl"], ["show"], ["events"], ["events", "--format", "jsonl"]),
    *(["describe"], ["lint"], ["stats"]),
)
SPLIT = sorted(set(planted.STREAMS) - {"plain-text"})
BEFORE = st.sampled_from(["", "The key: ", "größer „", '{"k": "', "言語 ", "a\n", "x=", "<b>"])
AFTER = st.sampled_from(["", " that is it", '"}', " 言語", ".", "\n", "&y", "</b>"])


@st.composite
def written(draw, text):
    """`text` as a string of JSON, some of its characters as escapes; none, all, or any."""
    which = draw(st.sampled_from(["none", "all", "some"]))
    marks = draw(st.lists(st.integers(0, 200), max_size=9)) if which == "some" else []
    signs = [json.dumps(sign, ensure_ascii=draw(st.booleans()))[1:-1] for sign in text]
    for at, sign in enumerate(text):
        if sign.isascii() and (which == "all" or at in marks):
            signs[at] = f"\\u{ord(sign):04x}" if at % 2 else f"\\u{ord(sign):04X}"
    return '"' + "".join(signs) + '"'


@st.composite
def documents(draw, string):
    """JSON text that holds `string`, which is JSON, at some depth."""
    text = string
    for _ in range(draw(st.integers(0, 6))):
        text = draw(
            st.sampled_from(
                [f'{{"a": {text}}}', f'["x", {text}, 5]', f'{{"b": null, "content": {text}, "z": [{{}}]}}']
            )
        )
    return '{"model": "m", "messages": [' + text + "]}"


@st.composite
def streams(draw, text):
    """A stream in whose deltas `text` comes in parts, and the chunks that it came in."""
    name = draw(st.sampled_from(SPLIT))
    cuts = draw(st.lists(st.integers(1, len(text)), max_size=10) | st.just(list(range(1, len(text)))))
    events = planted.STREAMS[name](planted.split(text, cuts))
    body = planted.sse(events, end=draw(st.sampled_from(["\n", "\r\n"])))
    if draw(st.booleans()):
        body = body.replace(b"\n\n", b"\n\n: keep-alive\n\n").replace(b"\r\n\r\n", b"\r\n\r\n:\r\n\r\n")
    return planted.chunked(body, draw(st.lists(st.integers(1, 70), min_size=1, max_size=4)))


@st.composite
def lines(draw, text):
    """The same as lines of JSON."""
    parts = planted.split(text, draw(st.lists(st.integers(1, len(text)), max_size=10)))
    body = "".join(
        json.dumps({"message": {"role": "assistant", "content": part}, "done": False}, ensure_ascii=False)
        + "\n"
        for part in parts
    )
    return planted.chunked(body.encode(), draw(st.lists(st.integers(1, 70), min_size=1, max_size=4)))


class Plant(NamedTuple):
    text: str
    """What stands around it, too."""
    coded: str
    secret: str


@st.composite
def exchanges(draw):
    """What to make a cassette of, and what must not be found in it."""
    secret = draw(st.sampled_from(sorted(planted.SECRETS.values())))
    coded = planted.FORMS[draw(st.sampled_from(sorted(planted.FORMS)))](secret)
    text = draw(BEFORE) + coded + draw(AFTER)
    parts = {
        "url": "https://llm.test/v1/x",
        "request_headers": [("content-type", "application/json"), ("accept", "*/*")],
        "request_body": b'{"model": "m"}',
        "headers": planted.SSE,
        "chunks": planted.chunked(planted.sse(planted.STREAMS["anthropic-text"](["hello ", "there"])), [40]),
        "trailers": (),
    }
    for place in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3, unique_by=lambda p: p[0])):
        parts |= draw(place[1](Plant(text, coded, secret)))
    needles = [planted.heart(coded.rstrip("=")), planted.heart(secret)]
    return parts, needles


@st.composite
def in_url(draw, plant):
    return {
        "url": draw(
            st.sampled_from(
                [
                    f"https://llm.test/v1/x?key={quote(plant.coded, safe='')}&alt=sse",
                    f"https://llm.test/v1/x?prompt={quote(plant.secret, safe='')}",
                    f"https://me:{quote(plant.secret, safe='')}@llm.test/v1/x",
                    f"https://llm.test/bot/{plant.secret}/x#access_token={plant.secret}",
                ]
            )
        )
    }


@st.composite
def in_request_head(draw, plant):
    name, value = draw(
        st.sampled_from(
            [
                *(
                    ("Authorization", f"Bearer {plant.secret}"),
                    ("x-api-key", plant.secret),
                    ("X-Any-Thing", plant.coded),
                ),
                *(
                    ("user-agent", f"agent/1 ({plant.secret})"),
                    ("referer", f"https://h/?token={plant.secret}"),
                ),
                ("COOKIE", f"a=b; session={plant.coded}"),
            ]
        )
    )
    return {"request_headers": [("content-type", "application/json"), (name, value)]}


@st.composite
def in_json_request(draw, plant):
    return {"request_body": draw(documents(draw(written(plant.text)))).encode()}


@st.composite
def in_json_in_json(draw, plant):
    inner = draw(documents(draw(written(plant.secret))))
    return {"request_body": draw(documents(json.dumps(inner))).encode()}


@st.composite
def in_form(draw, plant):
    whole = draw(st.booleans())
    value = (
        "".join(f"%{ord(sign):02x}" for sign in plant.coded)
        if whole
        else quote(plant.text, safe=" ").replace(" ", "+")
    )
    name = draw(st.sampled_from(["note", "client_secret", "refresh_token"]))
    return {
        "request_headers": [("content-type", "application/x-www-form-urlencoded")],
        "request_body": f"grant_type=x&{name}={value}&z=1".encode(),
    }


@st.composite
def in_multipart(draw, plant):
    head = draw(st.sampled_from(['name="note"', 'name="f"; filename="a.txt"', 'name="api_key"']))
    body = f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{plant.text}\r\n--b--\r\n"
    return {
        "request_headers": [("content-type", "multipart/form-data; boundary=b")],
        "request_body": body.encode(),
    }


@st.composite
def in_stream(draw, plant):
    return {"headers": planted.SSE, "chunks": draw(streams(plant.text))}


@st.composite
def in_lines(draw, plant):
    return {"headers": planted.NDJSON, "chunks": draw(lines(plant.text))}


@st.composite
def in_answer(draw, plant):
    document = draw(documents(draw(written(plant.text))))
    kind, body = draw(
        st.sampled_from(
            [
                *(("application/json", document), ("application/problem+json", document)),
                *(("text/html; charset=utf-8", f"<html><p>{plant.text}</p>"), ("text/plain", plant.text)),
                *(("application/octet-stream", f"\0\1\2{plant.text}\0"), (None, document)),
                ("text/event-stream", f": {plant.secret}\n\nid: {plant.secret}\ndata: x\n\n{document}\n\n"),
            ]
        )
    )
    headers = () if kind is None else (("content-type", kind),)
    return {
        "headers": headers,
        "chunks": planted.chunked(body.encode(), draw(st.lists(st.integers(1, 60), min_size=1, max_size=3))),
    }


@st.composite
def in_response_head(draw, plant):
    name = draw(st.sampled_from(["set-cookie", "x-secret", "etag", "x-whatever"]))
    return {"headers": (*planted.SSE, (name, f"a={plant.secret}")), "trailers": (("x-trailer", plant.coded),)}


PLACES = [
    *(("url", in_url), ("head", in_request_head), ("body", in_json_request), ("body", in_json_in_json)),
    *(("body", in_form), ("body", in_multipart), ("answer", in_stream), ("answer", in_stream)),
    *(("answer", in_lines), ("answer", in_answer), ("answer", in_response_head)),
]


def write(path, parts):
    path.unlink(missing_ok=True)
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(
            playhead.Request(
                method="POST",
                url=parts["url"],
                headers=tuple(parts["request_headers"]),
                body=parts["request_body"],
                t=0.0,
            )
        )
        exchange.response(playhead.Response(status=200, headers=parts["headers"], t=0.1))
        for number, chunk in enumerate(parts["chunks"]):
            exchange.chunk(chunk, 0.2 + number / 1000)
        exchange.end(playhead.EndingKind.COMPLETE, 99.0, trailers=parts["trailers"])
    return path


def faces(text):
    """A text as it stands, and as those see it who undo its escapes."""
    view = View(text).text
    yield from (text, view, View(view).text, percent_view(text, form=True).text)


def check(folder, parts, needles):
    source = write(folder / "source.cassette.jsonl", parts)
    before = playhead.load(source)[1]
    plain, packed = folder / "plain.cassette.jsonl", folder / "packed.cassette.jsonl.zst"
    for target in (plain, packed):
        redact_file(source, target, overwrite=True)
        cassette = playhead.load(target)
        after = cassette[1]
        texts = [b"".join(cassette.lines()).decode("latin-1"), after.body.decode("latin-1")]
        texts += [(after.request.body or b"").decode("latin-1"), after.request.url]
        texts += [block.text for block in after.final().blocks] + [json.dumps(after.final().message)]
        for text in texts:
            for face in faces(text):
                assert not any(needle in face for needle in needles)
        assert [len(chunk.data) for chunk in after.chunks] == [len(chunk.data) for chunk in before.chunks]
        assert [(f.kind, f.start, f.end) for f in after.frames] == [
            (f.kind, f.start, f.end) for f in before.frames
        ]
        assert len(after.request.body) == len(before.request.body)
        assert len(after.request.url) == len(before.request.url)
        assert after.redactions
        assert secrets_left(cassette) == []
    once = plain.read_bytes()
    assert redact_file(plain, plain).replaced == {}
    assert plain.read_bytes() == once
    return plain


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("everywhere")


quiet = partial(settings, deadline=None, suppress_health_check=list(HealthCheck))


@quiet(max_examples=60)
@given(exchanges())
def test_no_secret_is_left_anywhere(folder, planted_in):
    check(folder, *planted_in)


@pytest.mark.soak
def test_no_secret_is_left_anywhere_at_length(folder, soak):
    @quiet(max_examples=20_000 if soak else 10)
    @given(exchanges())
    def trial(planted_in):
        check(folder, *planted_in)

    trial()


@quiet(max_examples=4)
@given(exchanges())
def test_no_command_says_one(folder, run_here, planted_in):
    path = check(folder, *planted_in)
    for command in COMMANDS:
        done = run_here(command[0], path, *command[1:], cwd=folder)
        said = (done.stdout + done.stderr).decode()
        assert done.returncode in (0, 1), said
        assert not any(needle in face for face in faces(said) for needle in planted_in[1])


def test_no_command_says_what_it_finds(folder, run_here):
    """Neither what is left in a file, nor what was replaced."""
    secret = planted.SECRETS["anthropic-key"]
    parts = {
        "url": f"https://h/?key={secret}",
        "request_headers": [("authorization", f"Bearer {secret}")],
        "request_body": json.dumps({"metadata": {"user_id": "joe-77"}, "x": secret}).encode(),
        "headers": planted.SSE,
        "chunks": [planted.sse(planted.STREAMS["chat-text"](planted.split(secret, range(0, 99, 5))))],
        "trailers": (("x-t", secret),),
    }
    path = write(folder / "left.cassette.jsonl", parts)
    for command in (
        ["redact", "--check"],
        ["redact", "--check", "--format", "json"],
        ["lint"],
        ["lint", "--format", "json"],
    ):
        done = run_here(command[0], path, *command[1:], cwd=folder)
        assert done.returncode == 1
        said = (done.stdout + done.stderr).decode()
        assert "anthropic-key" in said
        assert planted.heart(secret) not in said
        assert "joe-77" not in said
    done = run_here("redact", path, "--format", "json", cwd=folder)
    assert done.returncode == 0
    assert planted.heart(secret) not in (done.stdout + done.stderr).decode()
