"""Record modes: what goes to the network, what is written, and that a test means the same when it replays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

import playhead
from playhead import EndingKind

from ..loop import certificates
from .inner import Ran, Suite
from .provider import KEY, SECRET, Provider

HEAD = """
import os
import httpx, httpx2, pytest

URL = os.environ["PROVIDER"]
"""


def inner(
    suite: Suite,
    provider: Provider,
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    plugins: Iterable[str] = (),
) -> Ran:
    """Run the tests, which find the provider at `URL`."""
    return suite.run(*arguments, plugins=plugins, environ={"PROVIDER": provider.url, **(environ or {})})


SIX_LINES = (
    HEAD
    + """
import anthropic

@pytest.mark.playhead("agent/weather", record_mode="once")
def test_agent(playhead):
    client = anthropic.Anthropic(api_key="x", base_url=URL, http_client=playhead.httpx2_client())
    answer = client.messages.create(
        model="m", max_tokens=9, messages=[{"role": "user", "content": "Rain?"}], stream=True
    )
    assert [event.type for event in answer][-1] == "message_stop"
    assert playhead[1].final().stop_reason == "end_turn"
    assert list(playhead) == [1] and len(playhead) == 1
    assert playhead[1].ending.kind == "complete"
"""
)


def test_the_six_lines_record_and_then_replay(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", SIX_LINES)
    inner(suite, provider, "-W", "error").passed("test_agent")
    path = suite.folder / "cassettes/agent/weather.cassette.jsonl"
    written = path.read_bytes()
    assert provider.asked == ["POST /v1/messages"]
    inner(suite, provider, "-W", "error", "--playhead-record=none").passed("test_agent")
    assert len(provider.asked) == 1
    assert path.read_bytes() == written
    exchange = playhead.load(path)[1]
    assert exchange.body == b"".join(provider.message(1))
    assert exchange.ending.kind is EndingKind.COMPLETE
    assert [each.name for each in path.parent.iterdir()] == ["weather.cassette.jsonl"]


THREE_WAYS = (
    HEAD
    + """
import asyncio, json, threading, urllib.request
import trio

BODY = {"q": 1}
RUNS = pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
pytestmark = pytest.mark.playhead(match_on=["method", "path", "body"])

def started(run, main):
    run(main if run is trio.run else main())

def check(playhead, count=1):
    assert list(playhead) == list(range(1, count + 1))
    assert all(each.final().stop_reason == "end_turn" for each in playhead.values())

@LIBRARIES
def test_fixture(playhead, library):
    name = library.__name__ + "_client"
    with getattr(playhead, name)(base_url=URL, headers={"x-a": "b"}, verify=False) as client:
        with client.stream("POST", "/v1/messages", json=BODY) as response:
            assert len(list(response.iter_lines())) > 9
        assert client.get("/words").text == "Rain  in  Bergen ."
    assert playhead[1].request.method == "POST" and playhead[1].request.body == b'{"q":1}'
    assert playhead[2].body == b"Rain  in  Bergen ."
    client = library.Client(transport=getattr(playhead, library.__name__ + "_transport"))
    client.get(URL + "/words")

@RUNS
@LIBRARIES
def test_async_fixture(playhead, library, run):
    async def main():
        client = getattr(playhead, library.__name__ + "_async_client")()
        for _ in range(2):
            async with client.stream("POST", URL + "/v1/messages", json=BODY) as response:
                assert b"".join([part async for part in response.aiter_raw()])
    started(run, main)
    check(playhead, 2)

class Own(httpx2.HTTPTransport):
    def handle_request(self, request):
        return super().handle_request(request)

@pytest.mark.playhead(patch=True)
@LIBRARIES
def test_patched(playhead, library):
    with library.Client() as client:
        client.post(URL + "/v1/messages", json=BODY)
    check(playhead)

@pytest.mark.playhead(patch=True)
def test_patched_odds(playhead):
    with httpx2.Client(transport=Own()) as client:
        client.post(URL + "/v1/messages", json=BODY)
    with playhead.httpx_client() as client:
        client.post(URL + "/v1/messages", json=BODY)
    thread = threading.Thread(target=lambda: httpx.post(URL + "/v1/messages", json=BODY))
    thread.start()
    thread.join()
    check(playhead, 3)

@pytest.mark.playhead(patch=True)
@RUNS
@LIBRARIES
def test_patched_async(playhead, library, run):
    async def main():
        async with library.AsyncClient() as client:
            await client.post(URL + "/v1/messages", json=BODY)
    started(run, main)
    check(playhead)

def posted(url):
    request = urllib.request.Request(url, json.dumps(BODY).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read()

def test_server_by_variable(playhead, playhead_server):
    body = posted(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages")
    assert body == playhead[1].body
    check(playhead)

@pytest.mark.playhead(upstream=URL)
def test_server_by_upstream(playhead, playhead_server):
    posted(playhead_server + "/v1/messages")
    check(playhead)

@pytest.mark.playhead(patch=True)
def test_server_and_patch(playhead, playhead_server):
    with httpx.Client() as client:
        body = client.post(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", json=BODY).content
    assert body == playhead[1].body
    check(playhead)
"""
)


def test_the_three_ways_record_what_they_replay(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", THREE_WAYS)
    environ = {"ANTHROPIC_BASE_URL": provider.url}
    inner(suite, provider, "-W", "error", "--playhead-record=all", environ=environ).passed()
    recorded = len(provider.asked)
    assert recorded == 6 + 8 + 2 + 3 + 4 + 3
    cassettes = sorted((suite.folder / "cassettes/test_it").iterdir())
    assert len(cassettes) == 16
    for path in cassettes:
        for exchange in playhead.load(path).exchanges:
            assert exchange.request is not None
            assert exchange.request.url.startswith(provider.url)
            assert exchange.ending.kind is EndingKind.COMPLETE
            assert not exchange.losses
    inner(suite, provider, "-W", "error", environ=environ).passed()
    assert len(provider.asked) == recorded


EPISODES = (
    HEAD
    + """
@pytest.mark.playhead("talk", unplayed="warn")
def test_talk(playhead):
    client = playhead.httpx_client()
    assert client.post(URL + "/echo", content=b"first").json()["echo"] == "first"
    if os.environ.get("MORE"):
        assert client.post(URL + "/echo", content=b"second").json()["echo"] == "second"
        assert client.post(URL + "/echo", content=b"first").json()["echo"] == "first"
        assert [playhead[each].request.body for each in playhead] == [b"first", b"second", b"first"]
        assert playhead[2].request.t > playhead[1].ending.t
"""
)


@pytest.mark.parametrize("suffix", ["", ".zst"])
def test_new_episodes_leave_the_old_ones(suite: Suite, provider: Provider, suffix: str) -> None:
    name = f"talk.cassette.jsonl{suffix}"
    text = EPISODES.replace('"talk"', f'"cassettes/{name}"')
    suite.write("test_it.py", text)
    path = suite.folder / "cassettes" / name
    inner(suite, provider, "--playhead-record=new_episodes").passed()
    old = lines_of(path)
    inner(suite, provider, "--playhead-record=new_episodes").passed()
    assert lines_of(path) == old
    assert len(provider.asked) == 1
    environ = {"MORE": "1"}
    inner(suite, provider, "--playhead-record=new_episodes", environ=environ).passed()
    new = lines_of(path)
    assert new[: len(old)] == old
    assert len(provider.asked) == 3
    times = [record["t"] for record in map(json.loads, new[2:]) if "t" in record]
    assert times == sorted(set(times))
    assert any('"name":"appended"' in line for line in new)
    inner(suite, provider, environ=environ).passed()
    assert len(provider.asked) == 3


def lines_of(path: Path) -> list[str]:
    return [line.decode() for line in playhead.load(path).lines()]


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


TOGETHER = (
    HEAD
    + """
import pathlib, time

@pytest.mark.playhead("shared", unplayed="ignore")
@pytest.mark.parametrize("number", [1, 2])
def test_one(playhead, number):
    here = pathlib.Path(os.environ["MEET"])
    (here / str(number)).touch()
    deadline = time.monotonic() + 60
    while len(list(here.iterdir())) < 2:  # until both record
        assert time.monotonic() < deadline
        time.sleep(0.01)
    playhead.httpx_client().post(URL + "/echo", content=str(number))
    (here / f"asked-{number}").touch()
    while len(list(here.iterdir())) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.01)
"""
)


@pytest.mark.parametrize("mode", ["once", "all"])
def test_two_workers_and_one_cassette(suite: Suite, provider: Provider, mode: str) -> None:
    suite.write("test_it.py", TOGETHER)
    (suite.folder / "meet").mkdir()
    ran = inner(
        suite,
        provider,
        "-n2",
        f"--playhead-record={mode}",
        plugins=["xdist"],
        environ={"MEET": str(suite.folder / "meet")},
    )
    folder = suite.folder / "cassettes"
    assert [path.name for path in folder.iterdir()] == ["shared.cassette.jsonl"]
    cassette = playhead.load(folder / "shared.cassette.jsonl")
    assert len(cassette) == 1
    assert cassette[1].ending.kind is EndingKind.COMPLETE
    outcomes = sorted(outcome for outcome, _ in ran.outcomes.values())
    if mode == "all":
        assert outcomes == ["passed", "passed"]
    else:
        assert outcomes == ["error", "passed"]
        assert "was recorded by another test at the same time" in ran.out


SCOPED = (
    HEAD
    + """
pytestmark = pytest.mark.playhead("all_of_it", scope="module", record_mode="once")

@pytest.mark.parametrize("number", range(4))
def test_one(playhead, number):
    assert playhead.httpx_client().post(URL + "/echo", content=str(number)).json()["echo"] == str(number)
    assert playhead[number + 1].request.body == str(number).encode()
"""
)


def test_a_module_records_one_cassette(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", SCOPED)
    inner(suite, provider).passed()
    assert len(playhead.load(suite.folder / "cassettes/all_of_it.cassette.jsonl")) == 4
    inner(suite, provider, "-n2", "--dist=loadfile", plugins=["xdist"]).passed()
    assert len(provider.asked) == 4


def test_which_mode_counts(suite: Suite, provider: Provider) -> None:
    test = '{}def test_it(playhead): playhead.httpx_client().post(URL + "/echo")\n'
    suite.write("test_it.py", HEAD + test.format('@pytest.mark.playhead(record_mode="once")\n'))
    assert "There is no cassette" in inner(suite, provider, "--playhead-record=none").errored("test_it")
    suite.write("pytest.ini", "[pytest]\nplayhead_record = none\n")
    inner(suite, provider).passed()
    suite.write("pytest.ini", "[pytest]\nplayhead_record = all\n")
    inner(suite, provider).passed()  # once: it is replayed
    assert len(provider.asked) == 1
    inner(suite, provider, "--playhead-record=all").passed()
    suite.write("test_it.py", HEAD + test.format(""))
    inner(suite, provider).passed()
    assert len(provider.asked) == 3


def test_modes_there_are_not(suite: Suite) -> None:
    suite.write("test_it.py", "def test_it(): pass\n")
    ran = suite.run("--playhead-record=rewrite")
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert "new_episodes" in ran.out
    suite.write("pytest.ini", "[pytest]\nplayhead_record = rewrite\n")
    ran = suite.run()
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    modes = "none, once, new_episodes, all, verify"
    assert f"playhead_record is one of {modes}, not 'rewrite'" in ran.out
    suite.write("pytest.ini", "[pytest]\n")
    for marker, says in (
        ('record_mode="rewrite"', f"record_mode is one of {modes}, not 'rewrite'"),
        ('upstream="https://x.test/v1"', "upstream is a scheme and a host"),
        ('upstream="x.test"', "upstream is a scheme and a host"),
    ):
        suite.write("test_it.py", f"import pytest\n@pytest.mark.playhead({marker})\ndef test_it(): pass\n")
        ran = suite.run()
        assert ran.code == pytest.ExitCode.USAGE_ERROR
        assert says in ran.out


def test_a_server_that_is_told_no_provider(suite: Suite, provider: Provider) -> None:
    suite.write(
        "test_it.py",
        """
        import urllib.error, urllib.request
        import pytest

        @pytest.mark.playhead("x", record_mode="once")
        def test_it(playhead_server):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(playhead_server + "/v1/chat", b"{}", timeout=30)
            caught.value.close()
        """,
    )
    text = inner(suite, provider).failed("test_it")
    assert "nothing says for which provider" in text
    assert 'upstream="https://HOST"' in text
    assert not (suite.folder / "cassettes").exists()


TIMED = (
    HEAD
    + """
@pytest.mark.playhead("timed", virtual=True)
def test_virtual(playhead):
    playhead.httpx_client().post(URL + "/v1/messages")
    assert 0 < playhead.elapsed < 60

@pytest.mark.playhead("timed")
def test_sweep(playhead):
    for point in playhead.sweep("cut", allow=["silent", "loud"]):
        with point:
            point.result = playhead.httpx_client().post(URL + "/v1/messages").text
"""
)


def test_recording_has_the_time_of_the_wall(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", TIMED)
    inner(suite, provider, "--playhead-record=all", "-k", "virtual").passed("test_virtual")
    inner(suite, provider).passed()
    assert provider.asked == ["POST /v1/messages"]


@pytest.mark.parametrize("kind", ["cut", "stall", "rechunk"])
def test_a_sweep_records_the_intact_stream(suite: Suite, provider: Provider, kind: str) -> None:
    suite.write("test_it.py", TIMED.replace('"cut"', f'"{kind}"'))
    inner(suite, provider, "--playhead-record=once", "-k", "sweep").passed("test_sweep")
    assert provider.asked == ["POST /v1/messages"]
    inner(suite, provider, "-k", "sweep").passed("test_sweep")
    assert provider.asked == ["POST /v1/messages"]
    inner(suite, provider, "--playhead-record=verify", "-k", "sweep").passed("test_sweep")
    assert len(provider.asked) == 2


AIOHTTP = (
    HEAD
    + """
import asyncio

@pytest.mark.playhead(patch=True)
@pytest.mark.parametrize("sdk", ["anthropic", "openai"])
def test_sdk(playhead, sdk):
    library = pytest.importorskip(sdk)

    async def main():
        async with library.DefaultAioHttpClient() as client:
            async with client.stream("POST", URL + "/v1/messages", json={"a": 1}) as response:
                assert [line async for line in response.aiter_lines()]
            assert (await client.get(URL + "/echo")).json()["echo"] == ""

    asyncio.run(main())
    assert playhead[1].request.body == b'{"a":1}'
    assert playhead[1].final().stop_reason == "end_turn"
    assert playhead[2].request.method == "GET" and playhead[2].ending.kind == "complete"
"""
)


def test_aiohttp_clients_record(suite: Suite, provider: Provider) -> None:
    pytest.importorskip("aiohttp")
    suite.write("test_it.py", AIOHTTP)
    inner(suite, provider, "--playhead-record=once").passed()
    assert provider.asked == ["POST /v1/messages", "GET /echo"] * 2
    assert [each.get("content-length") for each in provider.headers] == ["7", None] * 2
    assert not any("transfer-encoding" in each for each in provider.headers)
    inner(suite, provider, "--playhead-record=none").passed()
    assert len(provider.asked) == 4


SERVED = (
    HEAD
    + """
import http.client, json, socket, urllib.request
from urllib.parse import unquote_to_bytes, urlsplit

BASE = "ANTHROPIC_BASE_URL"

@pytest.mark.playhead("served", unplayed="ignore")
def test_served(playhead, playhead_server):
    for path in ["/echo", "/words"] if "MORE" in os.environ else ["/echo"]:
        with urllib.request.urlopen(os.environ[BASE] + path, b"{}", timeout=30) as response:
            assert response.read()

@pytest.mark.playhead("served/cut")
def test_cut(playhead, playhead_server):
    with urllib.request.urlopen(os.environ[BASE] + "/cut", timeout=30) as response:
        assert response.readline() + response.readline() == b"data: one\\n\\n"
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            response.read()
    assert playhead[1].ending.kind == "server_closed"

@pytest.mark.playhead("served/chunks")
def test_chunks_of_a_request(playhead, playhead_server):
    connection = http.client.HTTPConnection(urlsplit(os.environ[BASE]).netloc, timeout=30)
    headers = {"x-odd": "caf\\u00e9"}
    connection.request("POST", "/echo", iter([b"one ", b"two"]), headers, encode_chunked=True)
    assert json.loads(connection.getresponse().read())["echo"] == "one two"
    connection.request("HEAD", "/words")
    assert connection.getresponse().read() == b""
    connection.close()

@pytest.mark.playhead("served/old")
def test_http_1_0(playhead, playhead_server):
    address = urlsplit(os.environ[BASE])
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(b"GET /v1/messages HTTP/1.0\\r\\n\\r\\n")
        got = b"".join(iter(lambda: connection.recv(65536), b""))
    assert got.partition(b"\\r\\n\\r\\n")[2] == playhead[1].body

@pytest.mark.playhead("served/reasons")
def test_reasons(playhead, playhead_server):
    address = urlsplit(os.environ[BASE])
    for number, reason in enumerate(["Caf%E9", "Caf%C3%A9", ""], start=1):
        with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
            connection.sendall(f"GET /reason?{reason} HTTP/1.0\\r\\n\\r\\n".encode())
            got = b"".join(iter(lambda: connection.recv(65536), b""))
        assert got.partition(b"\\r\\n")[0] == b"HTTP/1.1 200 " + unquote_to_bytes(reason)
        assert playhead[number].ending.kind == "complete"
"""
)


def test_the_server_passes_on_what_it_is_sent(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", SERVED)
    environ = {"ANTHROPIC_BASE_URL": provider.url}
    inner(suite, provider, "--playhead-record=new_episodes", environ=environ).passed()
    asked = ["POST /echo", "GET /cut", "POST /echo", "HEAD /words", "GET /v1/messages"]
    asked += ["GET /reason?Caf%E9", "GET /reason?Caf%C3%A9", "GET /reason?"]
    assert provider.asked == asked
    assert provider.headers[2]["x-odd"] == "caf\u00e9"
    miss = inner(suite, provider, "-k", "test_served", environ={**environ, "MORE": "1"}).failed("test_served")
    assert "To record it here: pytest --playhead-record=new_episodes\n" in miss
    again = ["-k", "test_served", "--playhead-record=new_episodes"]
    inner(suite, provider, *again, environ={**environ, "MORE": "1"}).passed()
    assert provider.asked[8:] == ["POST /words"]
    cassette = playhead.load(suite.folder / "cassettes/served.cassette.jsonl")
    assert [each.request.url for each in cassette.exchanges if each.request] == [
        f"{provider.url}/echo",
        f"{provider.url}/words",
    ]


TLS = (
    HEAD
    + """
import ssl, urllib.request

@pytest.mark.playhead(patch=True)
@pytest.mark.parametrize("library", [httpx, httpx2])
def test_patched(playhead, library):
    made = []
    for _ in range(2):
        with library.Client() as client:
            assert "Bergen" in client.get(URL + "/words").text
            made.append(client._transport._pool._ssl_context)
    assert (made[0] is made[1]) == (playhead.take is None)
    assert len(playhead) == 2

def test_fixture(playhead):
    context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    with playhead.httpx2_client(verify=context, trust_env=False) as client:
        assert "Bergen" in client.get(URL + "/words").text
    assert playhead[1].request.http_version == "HTTP/1.1"

def test_server(playhead, playhead_server):
    with urllib.request.urlopen(os.environ["ANTHROPIC_BASE_URL"] + "/words", timeout=30) as response:
        assert response.read() == playhead[1].body
    assert playhead[1].request.url.startswith("https://")
"""
)


def test_tls_is_recorded(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> None:
    pytest.importorskip("cryptography")
    certificate = certificates.make(tmp_path_factory.mktemp("tls") / "origin.pem")
    suite.write("test_it.py", TLS)
    with Provider(certificates.server_context(certificate)) as provider:
        environ = {"SSL_CERT_FILE": str(certificate), "ANTHROPIC_BASE_URL": provider.url}
        inner(suite, provider, "--playhead-record=once", environ=environ).passed()
        assert provider.asked == ["GET /words"] * 6
        inner(suite, provider, environ=environ).passed()
        assert len(provider.asked) == 6
