"""What is kept of tests that do not pass."""

from __future__ import annotations

import playhead
from playhead import EndingKind

from .inner import Suite
from .provider import Provider
from .recorded import HEAD, inner

KEPT = (
    HEAD
    + """
import signal

@pytest.mark.playhead("failed")
def test_failed(playhead):
    playhead.httpx_client().post(URL + "/v1/messages")
    assert playhead[1].final().stop_reason == "nothing of the kind"

@pytest.mark.playhead("untouched")
def test_asks_nothing(playhead): pass

@pytest.mark.playhead("unreached")
def test_unreached(playhead):
    with pytest.raises(httpx.ConnectError):
        playhead.httpx_client().post("http://127.0.0.1:1/v1")
    assert not playhead

@pytest.fixture
def broken(playhead):
    playhead.httpx_client().post(URL + "/echo")
    raise RuntimeError("no set-up")

@pytest.mark.playhead("unready")
def test_unready(playhead, broken): pass

@pytest.mark.playhead("cut")
def test_cut(playhead):
    client = playhead.httpx2_client()
    with pytest.raises(httpx2.RemoteProtocolError, match="incomplete chunked read"):
        client.get(URL + "/cut")
    assert playhead[1].ending.kind == "server_closed"

@pytest.mark.playhead("open")
def test_left_open(playhead):
    global client, response
    client = playhead.httpx_client()
    response = client.send(client.build_request("GET", URL + "/held"), stream=True)
    parts = response.iter_raw()
    assert next(parts) == b"data: one\\n\\n"
    assert len(playhead[1].frames) == 1

def test_closing():
    response.close()
    client.close()

@pytest.mark.playhead("stopped")
def test_stopped(playhead):
    playhead.httpx_client().post(URL + "/echo")
    if "STOP" in os.environ:
        pytest.exit("enough")

@pytest.mark.playhead("killed")
def test_killed(playhead):
    playhead.httpx_client().post(URL + "/echo")
    os.kill(os.getpid(), signal.SIGKILL)
"""
)


def test_what_is_kept_of_tests_that_do_not_pass(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", KEPT)
    for name in ("untouched", "unreached", "unready", "stopped", "killed"):
        suite.cassette(f"cassettes/{name}.cassette.jsonl", b"as it was")
    before = {path.name: path.read_bytes() for path in (suite.folder / "cassettes").iterdir()}
    provider.gate.clear()
    ran = inner(suite, provider, "--playhead-record=all", "-k", "not stopped and not killed")
    assert "nothing of the kind" in ran.failed("test_failed")
    assert "no set-up" in ran.errored("test_unready")
    ran.passed("test_asks_nothing", "test_unreached", "test_cut", "test_left_open", "test_closing")
    assert "cassettes/open.cassette.jsonl: 1 response was still open at the end" in ran.out
    ran = inner(suite, provider, "--playhead-record=all", "-k", "stopped", environ={"STOP": "1"})
    assert "enough" in ran.out
    assert inner(suite, provider, "--playhead-record=all", "-k", "killed").code < 0
    folder = suite.folder / "cassettes"
    assert {name: (folder / name).read_bytes() for name in before} == before
    found = {path.name.partition(".")[0] for path in folder.iterdir()}
    assert found == {"untouched", "unreached", "unready", "stopped", "killed", "failed", "cut", "open"}
    assert playhead.load(folder / "failed.cassette.jsonl")[1].ending.kind is EndingKind.COMPLETE
    assert playhead.load(folder / "cut.cassette.jsonl")[1].ending.how == "fin"
    left = playhead.load(folder / "open.cassette.jsonl")[1]
    assert left.ending.kind is EndingKind.RECORDER_STOPPED
    assert left.body == b"data: one\n\n"
    # What was cut when it was recorded is cut when it is replayed.
    inner(suite, provider, "-k", "cut").passed("test_cut")
