"""Secrets of tests that record: what reaches no file, and what is refused because it would not."""

from __future__ import annotations

import json

import playhead

from .inner import Suite
from .provider import KEY, SECRET, Provider
from .recorded import HEAD, inner

SECRETS = (
    HEAD
    + """
KEY = os.environ["KEY"]

@pytest.mark.playhead("secrets", patch=True)
def test_secrets(playhead, playhead_server):
    headers = {"authorization": "Bearer " + KEY, "x-api-key": KEY, "x-tenant-9": "Tenant-Nine"}
    body = {"messages": [{"role": "user", "content": "my key is " + KEY}], "ticket": "TICKET-4711"}
    with httpx.Client(headers=headers) as client:
        heard = client.post(URL + "/secret?key=" + KEY, json=body).text
        assert "sk-an" in heard
        client.post(os.environ["ANTHROPIC_BASE_URL"] + "/echo", json=body)
    assert KEY not in repr(playhead[1].request) and KEY.encode() not in playhead[2].body
"""
)


def test_secrets_reach_no_file(suite: Suite, provider: Provider) -> None:
    suite.write("pytest.ini", "[pytest]\nplayhead_record = once\nplayhead_policy = policy.toml\n")
    suite.write("policy.toml", 'name = "team"\n[shapes]\nticket = "TICKET-[0-9]{4}"\n')
    suite.write("test_it.py", SECRETS)
    environ = {"KEY": KEY, "ANTHROPIC_BASE_URL": provider.url}
    inner(suite, provider, environ=environ).passed()
    assert [each["authorization"] for each in provider.headers] == [f"Bearer {KEY}"] * 2
    files = [path for path in suite.folder.rglob("*") if path.is_file() and path.suffix != ".xml"]
    for path in files:
        data = path.read_bytes()
        for secret in (KEY, SECRET, SECRET[5:40], "Tenant-Nine", "TICKET-4711"):
            assert secret.encode() not in data or path.suffix == ".py", (path, secret)
    cassette = playhead.load(suite.folder / "cassettes/secrets.cassette.jsonl")
    assert dict(cassette.header.facts)["redaction"].startswith("team")
    said = b"".join(json.loads(frame.data)["text"].encode() for frame in cassette[1].frames)
    assert b"sk-ant-" in said
    assert SECRET[10:30].encode() not in said
    # A recording is a recording whichever keys there are when it is replayed.
    inner(suite, provider, environ={**environ, "KEY": KEY.replace("q7Xw", "4tUb")}).passed()


TENANTS = (
    HEAD
    + """
@pytest.mark.playhead("tenants", match_on=["path", "headers.X-Tenant"])
def test_tenants(playhead):
    with playhead.httpx2_client() as client:
        assert client.post(URL + "/echo", content=b"a", headers={"x-tenant": os.environ["TENANT"]}).content
"""
)


def test_a_header_that_redaction_takes_is_refused_before_anything_is_sent(
    suite: Suite, provider: Provider
) -> None:
    """Recorded, it would be a placeholder, which any tenant fits."""
    suite.write("test_it.py", TENANTS)
    for mode in ("once", "new_episodes", "all"):
        text = inner(suite, provider, f"--playhead-record={mode}", environ={"TENANT": "alpha"}).errored(
            "test_tenants"
        )
        assert "headers.X-Tenant: redaction takes it" in text
    assert provider.headers == []
    suite.write("pytest.ini", "[pytest]\nplayhead_policy = policy.toml\n")
    suite.write("policy.toml", '[headers]\nallow = ["x-tenant"]\n')
    inner(suite, provider, "--playhead-record=once", environ={"TENANT": "alpha"}).passed()
    inner(suite, provider, environ={"TENANT": "alpha"}).passed()
    text = inner(suite, provider, environ={"TENANT": "gamma"}).failed("test_tenants")
    assert "headers.X-Tenant" in text
    (suite.folder / "pytest.ini").unlink()
    text = inner(suite, provider, "--playhead-record=verify", environ={"TENANT": "alpha"}).errored(
        "test_tenants"
    )
    assert "headers.X-Tenant: redaction takes it" in text


def test_a_policy_that_is_none(suite: Suite, provider: Provider) -> None:
    suite.write("pytest.ini", "[pytest]\nplayhead_record = once\nplayhead_policy = policy.toml\n")
    suite.write("test_it.py", "def test_it(playhead): pass\n")
    assert "policy.toml" in inner(suite, provider).errored("test_it")
    suite.write("policy.toml", "[headers]\nallowed = []\n")
    text = inner(suite, provider).errored("test_it")
    assert "policy.toml" in text
    assert "allowed" in text
