"""`verify` compares what comes with the cassette, and writes nothing."""

from __future__ import annotations

from .inner import Suite
from .provider import KEY, SECRET, Provider
from .recorded import HEAD, inner

VERIFIED = (
    HEAD
    + """
@pytest.mark.playhead("talk")
def test_talk(playhead):
    client = playhead.httpx2_client(headers={"authorization": "Bearer " + os.environ["KEY"]})
    client.post(URL + "/v1/messages", json={"n": 1})
    if "LESS" not in os.environ:
        client.post(URL + "/secret")
    if "OTHER" in os.environ:
        client.post(URL + "/v1/messages", json={"n": 2})
    assert playhead[1].final().stop_reason == "end_turn"
"""
)


def test_verify_compares_and_writes_nothing(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", VERIFIED)
    key = {"KEY": KEY}
    assert "There is no cassette" in inner(suite, provider, "--playhead-record=verify", environ=key).errored(
        "test_talk"
    )
    inner(suite, provider, "--playhead-record=once", environ=key).passed()
    path = suite.folder / "cassettes/talk.cassette.jsonl"
    written, stamp = path.read_bytes(), path.stat()
    inner(suite, provider, "--playhead-record=verify", environ=key).passed()
    assert len(provider.asked) == 4
    provider.words[2] = "Oslo"
    ran = inner(suite, provider, "--playhead-record=verify", environ=key)
    text = ran.failed("test_talk")
    assert "What came is not what cassettes/talk.cassette.jsonl holds" in text
    assert "exchange 1: POST " in text
    assert 'text: "Rain in Bergen." → "Rain in Oslo."' in text
    assert "exchange 2" not in text
    provider.words[2] = "Bergen"
    ran = inner(suite, provider, "--playhead-record=verify", environ={**key, "LESS": "1", "OTHER": "1"})
    text = ran.failed("test_talk")
    assert "exchange 2 was not asked for: POST " in text
    assert "No exchange of cassettes/talk.cassette.jsonl answers POST /v1/messages" in text
    assert KEY not in ran.out
    assert SECRET not in ran.out
    assert path.read_bytes() == written
    assert path.stat().st_mtime_ns == stamp.st_mtime_ns
