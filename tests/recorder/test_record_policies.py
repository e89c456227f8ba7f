"""What a killed recorder left is finished by another, under a policy that knows less: nothing is loosened."""

from __future__ import annotations

import json
import signal
import sys

import pytest

import playhead

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="recorders run on Linux and macOS")
KEY = "team_0123456789abcdef"
CARD = "4711-0815-4711-0815"
STRICT = ("--shape", "team-key=team_[0-9a-f]{16}", "--secret-field", "card", "--secret-header", "x-tenant")
BODY = json.dumps({"card": CARD, "prompt": "hi"}).encode()


@pytest.mark.parametrize("loose", [(), ("--rule-off", "body-field"), ("--policy", "off.toml")], ids=" ".join)
def test_the_policy_goes_with_the_file(start_proxy, origin, tmp_path, until, loose):
    (tmp_path / "off.toml").write_text("off = true")
    loose = tuple(str(tmp_path / each) if each == "off.toml" else each for each in loose)
    folder = tmp_path / "out"
    killed = start_proxy("record", origin.url, folder, *STRICT)
    client = killed.get("/mine", b"x-tenant: acme-and-others\r\n", BODY)
    served = origin.accept()
    served.send_chunked_head()
    event = f"data: {KEY}\n\n".encode()
    served.send_chunk(event)
    client.read_until(b"\r\n\r\n")
    assert client.read_chunk() == event
    until(lambda: len(killed.partial("/mine")[1].chunks) == 1)
    killed.stop(signal.SIGKILL)

    again = start_proxy("record", origin.url, folder, *loose)
    cassette = again.cassette("/mine")
    assert again.stop() == 0
    (path,) = folder.glob("*.cassette.jsonl")
    text = path.read_text()
    for secret in (KEY, CARD, "acme-and-others"):
        assert secret not in text
    assert "REDACTED" in text
    assert "redaction_policy" not in text
    assert cassette[1].ending.kind is playhead.EndingKind.TRUNCATED
    assert dict(cassette.header.facts)["redaction"].startswith("custom/1+")
