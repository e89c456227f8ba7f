"""Secrets planted in streams: however they are split, none is left, and nothing else has changed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import playhead
from playhead.store.redact import secrets_left

from . import planted


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("redaction")


def check_redacted(path, secrets):
    """What is true of every redacted cassette; returns it."""
    before = playhead.load(path)[1]
    cassette = planted.redacted(path)
    after = cassette[1]
    text = (path.parent / f"safe-{path.name}").read_bytes()
    for secret in secrets:
        assert secret.encode() not in text
        assert secret.encode() not in after.body
        assert all(secret not in block.text for block in after.final().blocks)
        assert secret not in json.dumps(after.final().message)
    assert [len(chunk.data) for chunk in after.chunks] == [len(chunk.data) for chunk in before.chunks]
    assert [chunk.t for chunk in after.chunks] == [chunk.t for chunk in before.chunks]
    assert [(f.kind, f.start, f.end, f.chunk) for f in after.frames] == [
        (f.kind, f.start, f.end, f.chunk) for f in before.frames
    ]
    spans = [(r.byte_offset, r.byte_offset + r.size) for r in after.redactions if r.name == "response.body"]
    covered = {place for start, end in spans for place in range(start, end)}
    old, new = before.body, after.body
    assert all(place in covered for place in range(len(old)) if old[place] != new[place])
    assert len(covered) == sum(end - start for start, end in spans)
    assert secrets_left(cassette) == []
    for frame, its in zip(after.frames, before.frames, strict=True):
        if (its.data or "").startswith("{") and its.kind is playhead.FrameKind.EVENT:
            assert json.loads(frame.data).keys() == json.loads(its.data).keys()
    return cassette


def escaped(secret):
    """Every character of `secret`, wherever JSON has it, as an escape; other text as it is."""
    return lambda text: "".join(
        f"\\u{ord(sign):04x}" if sign in secret and sign.isalnum() and sign not in "truefalsn" else sign
        for sign in text
    )


@settings(deadline=None, max_examples=80)
@given(
    st.sampled_from(sorted(planted.STREAMS)),
    st.sampled_from(sorted(planted.SECRETS)),
    st.sampled_from(sorted(planted.FORMS)),
    st.lists(st.integers(0, 140), max_size=12),
    st.lists(st.integers(1, 90), min_size=1, max_size=4),
    st.sampled_from(["", "The key: ", "größer “", "a\n", '{"k": "', "言語 "]),
    st.sampled_from(["", " that is it", '"}', "\n", " 言語", "."]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_no_split_saves_a_secret(folder, stream, name, form, cuts, sizes, before, after, end):
    secret = planted.FORMS[form](planted.SECRETS[name])
    if stream == "plain-text":
        before, after = before.replace("\n", " "), after.replace("\n", " ")
        before = "" if before.startswith("{") else before
    parts = planted.split(before + secret + after, [len(before) + cut for cut in cuts])
    body = planted.sse(planted.STREAMS[stream](parts), end=end)
    path = planted.cassette(folder / "s.cassette.jsonl", planted.chunked(body, sizes))
    check_redacted(path, [planted.heart(secret.rstrip("=")), secret])


@pytest.mark.parametrize("stream", sorted(planted.STREAMS))
@pytest.mark.parametrize("form", sorted(planted.FORMS))
def test_every_split_point(folder, stream, form):
    secret = planted.FORMS[form](planted.SECRETS["anthropic-key"])
    for cut in range(1, len(secret), 1 if stream == "anthropic-text" else 7):
        body = planted.sse(planted.STREAMS[stream](planted.split(f"See {secret} there", [4 + cut])))
        path = planted.cassette(folder / "e.cassette.jsonl", planted.chunked(body, [cut]))
        check_redacted(path, [planted.heart(secret), secret])


@pytest.mark.parametrize("stream", sorted(set(planted.STREAMS) - {"plain-text"}))
@pytest.mark.parametrize("size", [1, 4, 9])
def test_escaped_in_small_deltas(folder, stream, size):
    secret = planted.SECRETS["openai-project"]
    text = f"See {secret} there"
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    body = planted.sse(planted.STREAMS[stream](parts))
    # Escapes for what stands in strings that hold the parts; names and structure are left alone.
    events = []
    for block in body.decode().split("\n\n"):
        for part in sorted(parts, key=len, reverse=True):
            quoted = json.dumps(part)
            coded = '"' + "".join(f"\\u{ord(sign):04x}" for sign in part) + '"'
            block = block.replace(": " + quoted, ": " + coded).replace("[" + quoted, "[" + coded)
        events.append(block)
    body = "\n\n".join(events).encode()
    assert b"\\u0073" in body
    path = planted.cassette(folder / "u.cassette.jsonl", planted.chunked(body, [50]))
    check_redacted(path, [planted.heart(secret), secret])


def test_equal_secrets_have_equal_placeholders_and_the_text_says_so(folder):
    secret = planted.SECRETS["anthropic-key"]
    text = f"First {secret}, again {secret}. And {planted.SECRETS['github']}."
    parts = [text[at : at + 9] for at in range(0, len(text), 9)]
    body = planted.sse(planted.STREAMS["anthropic-text"](parts))
    path = planted.cassette(folder / "q.cassette.jsonl", [body])
    said = check_redacted(path, [secret])[1].final().text
    first, second, third = (word.strip(",.") for word in said.split() if "REDACTED" in word)
    assert first == second != third
    assert first.startswith("sk-ant-REDACTED-")
    assert third.startswith("ghp_REDACTED-")
    assert len(said) == len(text)


def test_two_cassettes_have_different_placeholders(folder):
    path = planted.cassette(folder / "k.cassette.jsonl", [f"data: {planted.SECRETS['groq']}\n\n".encode()])
    assert planted.redacted(path)[1].body != planted.redacted(path)[1].body


def test_a_private_key_in_parts(folder):
    for stream in ("anthropic-text", "chat-text", "plain-json"):
        parts = [planted.PEM[at : at + 11] for at in range(0, len(planted.PEM), 11)]
        body = planted.sse(planted.STREAMS[stream](parts))
        path = planted.cassette(folder / "p.cassette.jsonl", planted.chunked(body, [64]))
        check_redacted(path, [planted.heart(planted.PEM.split("\n")[1])])


def test_a_private_key_in_lines_of_data(folder):
    body = "".join(f"data: {line}\n" for line in planted.PEM.split("\n")).encode() + b"\n"
    path = planted.cassette(folder / "l.cassette.jsonl", planted.chunked(body, [10]))
    after = check_redacted(path, [planted.heart(planted.PEM.split("\n")[1])])[1]
    assert after.frames[0].data.startswith("-----BEGIN RSA PRIVATE KEY-----\nREDACTED-")


def test_a_secret_across_the_first_text_and_a_delta(folder):
    """A block may begin with text: another member of another event than the delta's."""
    secret = planted.SECRETS["gitlab"]
    events = planted.STREAMS["anthropic-text"]([secret[8:]])
    events[1][1]["content_block"]["text"] = secret[:8]
    path = planted.cassette(folder / "f.cassette.jsonl", [planted.sse(events)])
    check_redacted(path, [planted.heart(secret)])


def test_json_in_a_tools_input(folder):
    """Escapes of the input within those of the event: the secret stands behind two of them."""
    secret = planted.SECRETS["slack"]
    coded = json.dumps({"k": "a\n" + secret}).replace("x", "\\u0078")
    for size in (1, 5, 200):
        parts = [coded[at : at + size] for at in range(0, len(coded), size)]
        body = planted.sse(planted.STREAMS["anthropic-tool"](parts))
        path = planted.cassette(folder / "t.cassette.jsonl", [body])
        check_redacted(path, [planted.heart(secret), planted.heart(secret).replace("x", "\\u0078")])


@pytest.mark.parametrize("size", [3, 9, 100])
def test_lines_of_json(folder, size):
    secret = planted.SECRETS["openai-old"]
    text = f"See {secret} there"
    lines = [
        {"model": "m", "message": {"role": "assistant", "content": text[at : at + size]}, "done": False}
        for at in range(0, len(text), size)
    ]
    body = "".join(json.dumps(line) + "\n" for line in [*lines, {"model": "m", "done": True}]).encode()
    path = planted.cassette(
        folder / "n.cassette.jsonl",
        planted.chunked(body, [17]),
        url="http://h/api/chat",
        headers=planted.NDJSON,
    )
    check_redacted(path, [planted.heart(secret)])


def test_secrets_in_comments_ids_names_and_a_cut_tail(folder):
    secret = planted.SECRETS["openrouter"]
    body = (
        f': {secret}\n\nid: {secret}\ndata: x\n\nevent: {secret}\ndata: y\n\ndata: {{"a": "{secret}'.encode()
    )
    path = planted.cassette(folder / "c.cassette.jsonl", planted.chunked(body, [13]))
    check_redacted(path, [planted.heart(secret)])


def test_known_members_of_events(folder):
    echoed = {
        "user": "joe@acme.test",
        "safety_identifier": "joe",
        "tools": [{"headers": {"X-Acme": "hunter2"}}],
    }
    body = planted.sse([("response.created", {"type": "response.created", "response": echoed})])
    path = planted.cassette(folder / "m.cassette.jsonl", [body])
    after = check_redacted(path, ["joe@acme", "hunter2"])[1]
    said = json.loads(after.frames[0].data)["response"]
    assert said["tools"][0]["headers"] == {"X-Acme": "REDACTE"}
    assert said["safety_identifier"] == "RED"


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=300), st.integers(1, 60))
def test_any_bytes_at_all(folder, junk, size):
    secret = planted.SECRETS["anthropic-key"].encode()
    body = b"data: " + junk + b"\n\ndata: " + secret + b"\n\n" + junk
    path = planted.cassette(folder / "j.cassette.jsonl", planted.chunked(body, [size]))
    before, after = playhead.load(path)[1], planted.redacted(path)[1]
    assert secret not in after.body
    assert [len(chunk.data) for chunk in after.chunks] == [len(chunk.data) for chunk in before.chunks]
    assert [(f.start, f.end) for f in after.frames] == [(f.start, f.end) for f in before.frames]


@pytest.mark.parametrize("name", ["anthropic-tools", "openai-tools", "gateway-openai", "split-utf8", "cut"])
def test_the_samples_bodies_hold_nothing(name):
    left = secrets_left(playhead.load(playhead.sample(name)))
    assert {each.rule for each in left} <= {"account"}  # what their made-up origin calls its customer


def test_a_first_part_that_looks_like_a_shorter_prefix(folder):
    secret = planted.SECRETS["openai-service"]
    for cut in range(12, len(secret)):
        body = planted.sse(planted.STREAMS["chat-text"]([secret[:cut], secret[cut:]]))
        path = planted.cassette(folder / "v.cassette.jsonl", [body])
        text = check_redacted(path, [secret])[1].final().text
        assert text.startswith("sk-svcacct-REDACTED-")
