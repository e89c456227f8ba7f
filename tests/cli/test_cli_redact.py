"""`playhead redact` as a user calls it: what it writes, says, and never says."""

from __future__ import annotations

import json

import pytest

import playhead

SECRET = "sk-ant-api03-q7Wz2Lk9Xv4Tn8Rb5Mc1q7Wz2Lk9Xv4Tn8Rb5Mc1-AA"


@pytest.fixture
def dirty(tmp_path):
    """A cassette with a key in its head, in its request, and in the deltas of its stream."""
    path = tmp_path / "dirty.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(
            playhead.Request(
                method="POST",
                url="https://h/v1/chat/completions",
                headers=(("authorization", f"Bearer {SECRET}"),),
                body=json.dumps({"user": "joe@acme.test", "messages": SECRET}).encode(),
            )
        )
        exchange.response(playhead.Response(status=200, headers=(("content-type", "text/event-stream"),)))
        for part in ("Key: ", SECRET[:15], SECRET[15:30], SECRET[30:]):
            chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": part}}]}
            exchange.chunk(f"data: {json.dumps(chunk)}\n\n".encode())
        exchange.end(playhead.EndingKind.COMPLETE)
    return path


def says_nothing(done):
    """No part of the secret on either stream; returns what was said."""
    said = done.stdout + done.stderr
    assert all(SECRET[at : at + 8].encode() not in said for at in range(len("sk-ant-"), len(SECRET) - 8))
    assert b"joe" not in said
    assert b"Traceback" not in said
    return done


def test_check_redact_check(run, dirty, tmp_path):
    before = dirty.read_bytes()
    found = says_nothing(run("redact", "--check", dirty))
    assert found.returncode == 1
    lines = found.stdout.decode().splitlines()
    assert len(lines) == 4
    assert lines[0].endswith("exchange 1, request.headers.authorization: anthropic-key, 49 bytes at 14")
    assert ", response.body, frame 2: anthropic-key, 49 bytes at " in lines[3]
    assert lines[3].endswith("in 3 pieces")

    done = says_nothing(run("redact", dirty, "-o", "clean.cassette.jsonl"))
    assert done.returncode == 0
    assert done.stdout == b""
    assert b"replaced 6 spans (anthropic-key 5, body-field 1), written to clean" in done.stderr
    assert dirty.read_bytes() == before
    clean = tmp_path / "clean.cassette.jsonl"
    assert SECRET[15:].encode() not in clean.read_bytes()
    assert run("redact", "--check", clean).returncode == 0
    assert run("check", clean).returncode == 0
    assert run("lint", clean, "--select", "secrets").returncode == 0
    assert run("redact", dirty, "-o", clean).returncode == 2
    assert run("redact", dirty, "-o", clean, "--force").returncode == 0


def test_json(run, dirty):
    found = says_nothing(run("redact", "--check", dirty, "--format", "json"))
    report = json.loads(found.stdout)
    assert found.returncode == 1
    assert report["ok"] is False
    assert report["findings"][3]["place"] == "response.body"
    assert (report["findings"][3]["frame"], report["findings"][3]["pieces"]) == (2, 3)
    done = says_nothing(run("redact", dirty, "--format", "json"))
    [row] = json.loads(done.stdout)["cassettes"]
    assert row["replaced"] == {"anthropic-key": 5, "body-field": 1}
    assert json.loads(run("redact", "--check", dirty, "--format", "json").stdout) == {
        "ok": True,
        "findings": [],
    }


def test_folders_and_standard_input(run, dirty, tmp_path):
    assert run("redact", "--check", "-", stdin=dirty.read_bytes()).returncode == 1
    assert run("redact", "-", stdin=dirty.read_bytes()).returncode == 2
    (tmp_path / "second.cassette.jsonl").write_bytes(dirty.read_bytes())
    assert run("redact", tmp_path, "-o", "x.cassette.jsonl").returncode == 2
    assert says_nothing(run("redact", tmp_path)).returncode == 0
    assert run("redact", "--check", tmp_path).returncode == 0


def test_a_policy_file(run, dirty, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text('[rules]\noff = ["anthropic-key", "authorization", "auth-scheme", "body-field"]\n')
    assert run("redact", "--check", dirty, "--policy", policy).returncode == 0
    policy.write_text('[shapes]\nkey-word = "Key: {0,3}"\n')
    found = says_nothing(run("redact", "--check", dirty, "--policy", policy))
    assert b"key-word" in found.stdout
    policy.write_text('[rules]\noff = ["nothing"]\n')
    refused = run("redact", "--check", dirty, "--policy", policy)
    assert refused.returncode == 2
    assert b"policy.toml, line 2: rules.off: no rule is named 'nothing'" in refused.stderr
    assert run("redact", dirty, "--policy", "none.toml").returncode == 3


def test_unscanned_fails(run, tmp_path):
    path = tmp_path / "u.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="GET", url="https://h/"))
        exchange.response(playhead.Response(status=200))
        exchange.chunk(b"\x1f\x8b", undecoded=True)
        exchange.end(playhead.EndingKind.COMPLETE)
    found = run("redact", "--check", path)
    assert found.returncode == 1
    assert b"response.body: unscanned, not readable for secrets from byte 0 on" in found.stdout
    done = run("redact", path)
    assert done.returncode == 0
    assert b"exchange 1: response.body could not be read for secrets" in done.stderr


@pytest.mark.parametrize("arguments", [("none.cassette.jsonl",), ("--check", "none.cassette.jsonl")])
def test_a_file_that_is_not_there(run, arguments):
    assert run("redact", *arguments).returncode == 3


def test_the_samples_are_clean_but_for_made_up_accounts(run):
    for name in ("anthropic-tools", "gateway-openai", "split-utf8"):
        found = run("redact", "--check", playhead.sample(name))
        assert all(b": account," in line for line in found.stdout.splitlines())
