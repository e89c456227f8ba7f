"""A recording transport with a redaction policy of the user's own."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

import playhead
from playhead.errors import InputError, ReplayMiss, UsageError
from playhead.redaction.policy_file import read_policy

POLICY = """
name = "team"
[headers]
allow = ["x-tenant"]
[body]
secret = ["card"]
"""


@pytest.fixture(params=["httpx", "httpx2"])
def library(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param)


@pytest.mark.parametrize("is_folder", [False, True])
@pytest.mark.parametrize("is_read", [False, True])
def test_what_the_policy_keeps_and_takes(
    library: Any, tmp_path: Path, *, is_folder: bool, is_read: bool
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY)
    policy = read_policy(POLICY, "it") if is_read else file
    target = tmp_path / "made" if is_folder else tmp_path / "one.cassette.jsonl"
    adapter: Any = importlib.import_module(f"playhead.{library.__name__}")
    answering = library.MockTransport(lambda request: library.Response(200, content=request.read()))
    recording = adapter.RecordingTransport(target, answering, policy=policy)
    with library.Client(transport=recording) as client:
        client.post("https://h/v1", headers={"x-tenant": "acme", "x-other": "1"}, json={"card": "4711-0815"})
    assert recording.failures == ()
    (path,) = tmp_path.rglob("*.cassette.jsonl")
    text = path.read_text()
    assert "4711-0815" not in text
    (exchange,) = playhead.load(path).values()
    assert exchange.request is not None
    headers = dict(exchange.request.headers)
    assert headers["x-tenant"] == "acme"
    assert headers["x-other"] != "1"
    assert '["redaction","team/' in text
    replaying = adapter.ReplayTransport(path, match_on=["path", "headers.x-tenant"])
    with library.Client(transport=replaying) as client:
        with pytest.raises(ReplayMiss):
            client.post("https://h/v1", headers={"x-tenant": "another"})
        assert client.post("https://h/v1", headers={"x-tenant": "acme"}).status_code == 200


def test_a_policy_that_is_none(library: Any, tmp_path: Path) -> None:
    adapter: Any = importlib.import_module(f"playhead.{library.__name__}")
    with pytest.raises(InputError, match=r"nowhere\.toml: No such file"):
        adapter.RecordingTransport(tmp_path / "a.cassette.jsonl", policy=tmp_path / "nowhere.toml")
    (tmp_path / "odd.toml").write_text("[head]\n")
    with pytest.raises(UsageError, match="head"):
        adapter.RecordingTransport(tmp_path / "a.cassette.jsonl", policy=tmp_path / "odd.toml")
    assert not list(tmp_path.glob("*.jsonl*"))
