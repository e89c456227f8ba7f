"""Sweeps in tests: the fixture's, over its clients and patched ones, and what a test makes of the verdict."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ElementTree

import pytest

import playhead

from .inner import Suite

HEAD = """
import anthropic, asyncio, httpx, httpx2, openai, pytest

URL = "https://anywhere.test/v1"
ASK = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "?"}]}
looser = pytest.mark.playhead(match_on=["method", "path"])

def read(client):
    return client.post(URL).content
"""


@pytest.fixture
def swept(suite: Suite) -> Suite:
    """With a cassette of three events, one of two requests, and two samples."""
    events = [b"data: one\n\n", b"data: two\n\n", b"data: [DONE]\n\n"]
    suite.cassette("cassettes/three.cassette.jsonl", chunks=events)
    suite.cassette("cassettes/turns.cassette.jsonl", b'{"turn":1}', b'{"turn":2}', chunks=events)
    for name in ("anthropic-tools", "openai-tools"):
        shutil.copy(playhead.sample(name), suite.folder / "cassettes" / f"{name}.cassette.jsonl")
    return suite


VERDICTS = (
    HEAD
    + """
@pytest.mark.playhead("three")
def test_silent(playhead):
    with playhead.httpx_client() as client:
        for point in playhead.sweep("cut"):
            with point:
                point.result = read(client)[:11]

@pytest.mark.playhead("three", patch=True)
def test_loud(playhead):
    for point in playhead.sweep("cut"):
        with point, httpx2.Client() as client:
            point.result = read(client)
            if not point.result.endswith(b"[DONE]\\n\\n"):
                raise EOFError("no [DONE]")

@pytest.mark.playhead("three", patch=True)
def test_recovered(playhead):
    for point in playhead.sweep("cut", by="reset"):
        with point, httpx.Client() as client:
            try:
                point.result = read(client)
            except httpx.ReadError:
                point.result = read(client)

@pytest.mark.playhead("three")
def test_allowed(playhead):
    for point in playhead.sweep("cut", every=2, allow=["silent"]):
        with point:
            point.result = read(playhead.httpx_client())

@pytest.mark.playhead("three")
def test_expected(playhead):
    from playhead import SweepFailed
    with pytest.raises(SweepFailed, match="fails at 3 of 3 points"):
        for point in playhead.sweep("cut"):
            with point:
                point.result = read(playhead.httpx_client())

@pytest.mark.playhead("turns")
def test_turns_that_are_not_taken_after_a_cut(playhead):
    client = playhead.httpx_client()
    for point in playhead.sweep("cut", exchange=1):
        with point:
            answers = []
            for turn in (1, 2):
                answers.append(client.post(URL, json={"turn": turn}).content)
                if b"[DONE]" not in answers[-1]:
                    raise EOFError("no [DONE]")
            point.result = answers
"""
)


def test_the_verdict_is_the_outcome_of_the_test(swept: Suite) -> None:
    swept.write("test_it.py", VERDICTS)
    ran = swept.run("-o", "junit_family=xunit1")
    text = ran.failed("test_silent")
    assert "sweep cut over cassettes/three.cassette.jsonl: fails at 1 of 3 points" in text
    assert "! silent      exchange 1, cut after event 0 (clean): another result" in text
    assert "unaffected  exchange 1, cut after event 1 (clean) … event 2 (2 points): the same result" in text
    assert 'for point in playhead.sweep("cut"):' in text
    assert "runner.py" not in text, "our own frames are not shown"
    ran.passed("test_recovered", "test_allowed", "test_expected", "test_turns_that_are_not_taken_after_a_cut")
    ran.passed("test_loud")
    properties = {
        case.attrib["name"]: {each.attrib["name"]: each.attrib["value"] for each in case.iter("property")}
        for case in ElementTree.parse(swept.folder / "report.xml").iter("testcase")
    }
    cut = "playhead.sweep.cut"
    assert properties["test_silent"][f"{cut}.silent.at"] == "1:0"
    assert properties["test_loud"] == {
        f"{cut}.points": "3",
        f"{cut}.loud": "3",
        f"{cut}.loud.at": "1:0-2",
        f"{cut}.recovered": "0",
        f"{cut}.unaffected": "0",
        f"{cut}.silent": "0",
        f"{cut}.unplayed": "0",
    }
    assert properties["test_recovered"][f"{cut}.recovered"] == "3"
    assert properties["test_turns_that_are_not_taken_after_a_cut"][f"{cut}.loud.at"] == "1:0-2"


SDKS = (
    HEAD
    + """
def final_of(client):
    with client.messages.stream(**ASK) as stream:
        message = stream.get_final_message()
    if message.stop_reason is None:
        raise EOFError("the message has no end")
    return message

@looser
@pytest.mark.playhead("anthropic-tools")
@pytest.mark.parametrize("kind", ["cut", "stall", "rechunk"])
def test_anthropic(playhead, kind):
    client = anthropic.Anthropic(api_key="x", http_client=playhead.httpx2_client())
    for point in playhead.sweep(kind, every=10 if kind != "rechunk" else 1):
        with point:
            point.result = final_of(client)

@looser
@pytest.mark.playhead("anthropic-tools", patch=True)
def test_patched(playhead):
    for point in playhead.sweep("cut", every=20):
        with point:
            point.result = final_of(anthropic.Anthropic(api_key="x"))

@looser
@pytest.mark.playhead("openai-tools", patch=True)
@pytest.mark.parametrize("kind", ["cut", "stall"])
def test_openai(playhead, kind):
    client = openai.OpenAI(api_key="x")
    for point in playhead.sweep(kind, every=5):
        with point, client.chat.completions.stream(model="m", messages=ASK["messages"]) as stream:
            point.result = stream.get_final_completion()
"""
)


def test_the_official_clients(swept: Suite) -> None:
    swept.write("test_it.py", SDKS)
    ran = swept.run()
    ran.passed(*(f"test_anthropic[{kind}]" for kind in ("cut", "stall", "rechunk")), "test_patched")
    ran.passed("test_openai[stall]")
    assert "! silent" in ran.failed("test_openai[cut]")


AWAITED = (
    HEAD
    + """
@pytest.mark.anyio
@pytest.mark.playhead("three", patch=True)
@pytest.mark.parametrize("kind", ["cut", "stall", "rechunk"])
async def test_it(playhead, kind):
    async with httpx2.AsyncClient(timeout=20) as client:
        for point in playhead.sweep(kind):
            with point:
                body = (await client.post(URL)).content
                if b"[DONE]" not in body:
                    raise EOFError("no [DONE]")
                point.result = body
"""
)


def test_points_may_be_awaited(swept: Suite) -> None:
    swept.write("test_it.py", AWAITED)
    ran = swept.run(plugins=["anyio"])
    assert len(ran.outcomes) == 6
    ran.passed()


UNDONE = (
    HEAD
    + """
@pytest.mark.playhead("three")
def test_left_before_its_end(playhead):
    client = playhead.httpx_client()
    for number, point in enumerate(playhead.sweep("cut", allow=["silent"])):
        with point:
            point.result = read(client)
        if number == 1:
            break

@pytest.mark.playhead("three", unplayed="ignore")
def test_never_begun(playhead):
    playhead.sweep("cut")

@pytest.mark.playhead("three")
def test_not_run(playhead):
    for point in playhead.sweep("cut"):
        pass

@pytest.mark.playhead("three")
def test_a_miss_before(playhead):
    try:
        playhead.httpx_client().get(URL)
    except BaseException:
        pass
    for point in playhead.sweep("rechunk"):
        with point:
            point.result = read(playhead.httpx_client())

@pytest.mark.playhead("three")
def test_a_miss_before_the_loop(playhead):
    sweep = playhead.sweep("rechunk")
    try:
        playhead.httpx_client().get(URL)
    except BaseException:
        pass
    for point in sweep:
        with point:
            point.result = read(playhead.httpx_client())

@pytest.mark.playhead("three")
def test_a_miss_between(playhead):
    for point in playhead.sweep("rechunk"):
        with point:
            point.result = read(playhead.httpx_client())
        try:
            playhead.httpx_client().get(URL)
        except BaseException:
            pass

@pytest.mark.playhead("three")
def test_a_request_after(playhead):
    for point in playhead.sweep("rechunk"):
        with point:
            point.result = read(playhead.httpx_client())
    read(playhead.httpx_client())

@pytest.mark.playhead("three")
def test_the_code_is_broken(playhead):
    for point in playhead.sweep("cut"):
        with point:
            point.result = 1 / 0

@pytest.mark.playhead("three")
def test_no_such_sweep(playhead):
    playhead.sweep("cat")

@pytest.mark.playhead("three", scope="module", unplayed="ignore")
def test_shared(playhead):
    playhead.sweep("cut")
"""
)


def test_what_is_no_whole_sweep_fails(swept: Suite) -> None:
    swept.write("test_it.py", UNDONE)
    ran = swept.run()
    assert "was not played to its end: it has 4 points" in ran.failed("test_left_before_its_end")
    assert "was not played to its end" in ran.failed("test_never_begun")
    assert "the intact stream was not run" in ran.failed("test_not_run")
    assert "No exchange of" in ran.failed("test_a_miss_before")
    assert "No exchange of" in ran.failed("test_a_miss_before_the_loop")
    assert "No exchange of" in ran.failed("test_a_miss_between")
    assert "No exchange of" in ran.failed("test_a_request_after")
    assert "ZeroDivisionError" in ran.failed("test_the_code_is_broken")
    assert "Sweeps are cut, stall, rechunk" in ran.failed("test_no_such_sweep")
    assert 'scope="function"' in ran.failed("test_shared")
    for test in ("test_not_run", "test_no_such_sweep", "test_shared"):
        assert "playhead/" not in ran.failed(test).replace("\\", "/"), "frames of ours"
