"""A miss fails the test whatever the code around it does, at once, and says the same wherever it was made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .inner import Ran, Suite

SHAPES = """
import asyncio, concurrent.futures, contextlib, threading, unittest
import anyio, httpx, httpx2, pytest, trio
from hypothesis import given, strategies as st

URL = "https://anywhere.test/v1"
pytestmark = pytest.mark.playhead("one", patch=True)

def miss(library=httpx):
    with library.Client() as client:
        client.post(URL, content=b"another")

async def amiss(library=httpx):
    async with library.AsyncClient() as client:
        await client.post(URL, content=b"another")

def played():
    httpx.post(URL, content=b"{}")

def test_plain(): miss()
def test_httpx2(): miss(httpx2)
def test_asyncio(): asyncio.run(amiss())
def test_trio(): trio.run(amiss, httpx2)

def test_except_exception():
    try: miss()
    except Exception: pass

def test_bare_except():
    try: miss()
    except: pass

def test_except_base_exception():
    try: miss()
    except BaseException: pass

def test_suppress():
    with contextlib.suppress(BaseException): miss()

def test_finally_return():
    def ask():
        try: miss()
        finally: return None
    ask()

def test_turned_into_another():
    try: miss()
    except BaseException as error: raise RuntimeError("cannot connect") from error

def test_raises_exception():
    with pytest.raises(Exception): miss()

def test_raises_base_exception():
    with pytest.raises(BaseException): miss()

def test_assertion_after_it():
    with contextlib.suppress(BaseException): miss()
    assert False, "no answer"

def test_swallowed_and_then_played():
    with contextlib.suppress(BaseException): miss()
    played()

def test_retries():
    for _ in range(3):
        with contextlib.suppress(BaseException): miss()

def test_gather():
    async def main():
        return await asyncio.gather(amiss(), amiss(), return_exceptions=True)
    asyncio.run(main())

def test_task_group():
    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(amiss())
    asyncio.run(main())

def test_two_levels_of_groups():
    async def inner():
        async with asyncio.TaskGroup() as group:
            group.create_task(amiss())
    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(inner())
    asyncio.run(main())

def test_nursery():
    async def main():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(amiss)
    trio.run(main)

def test_anyio_group():
    async def main():
        async with anyio.create_task_group() as group:
            group.start_soon(amiss)
    anyio.run(main)

def test_except_star():
    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(amiss())
    try: asyncio.run(main())
    except* BaseException: pass

@pytest.mark.filterwarnings("ignore")
def test_orphan_task():
    async def main():
        task = asyncio.ensure_future(amiss())
        with contextlib.suppress(BaseException):
            await asyncio.wait([task])
    with contextlib.suppress(BaseException): asyncio.run(main())

def test_executor_map():
    with concurrent.futures.ThreadPoolExecutor(2) as pool: list(pool.map(lambda _: miss(), range(3)))

def test_ignored_future():
    with concurrent.futures.ThreadPoolExecutor(1) as pool: pool.submit(miss)

@pytest.mark.filterwarnings("ignore")
def test_raw_thread():
    thread = threading.Thread(target=miss)
    thread.start()
    thread.join()

def test_to_thread():
    async def main(): await asyncio.to_thread(miss)
    asyncio.run(main())

@given(st.integers())
def test_hypothesis(number): miss()

class TestUnit(unittest.TestCase):
    def test_unittest(self):
        with self.assertRaises(BaseException): miss()

def test_generator():
    def stream():
        try: miss()
        except BaseException: yield "fallback"
    assert list(stream()) == ["fallback"]

@pytest.fixture
def asked():
    with contextlib.suppress(BaseException): miss()

def test_in_a_fixture(playhead, asked): played()

def test_in_subtests(subtests):
    with subtests.test(msg="part"): miss()
    played()
"""
NAMES = sorted(
    line.split("def ")[1].split("(")[0]
    for line in SHAPES.splitlines()
    if line.strip().startswith("def test_")
)


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """All shapes in one run."""
    suite = Suite(tmp_path_factory.mktemp("shapes"))
    suite.cassette("cassettes/one.cassette.jsonl", b"{}")
    suite.write("test_shapes.py", SHAPES)
    return suite.run("--durations=3", "--durations-min=0", "-p", "no:cacheprovider", plugins=["anyio"])


@pytest.mark.parametrize("name", NAMES)
def test_no_shape_of_code_hides_a_miss(shapes: Ran, name: str) -> None:
    if name == "test_in_subtests" and pytest.version_tuple < (9, 0):
        pytest.skip("pytest has subtests from version 9 on")
    text = shapes.failed(name)
    assert "No exchange of cassettes/one.cassette.jsonl answers POST /v1" in text
    assert "It was made at test_shapes.py:" in text


def test_the_test_after_a_miss_is_as_ever(suite: Suite) -> None:
    suite.cassette("cassettes/one.cassette.jsonl", b"{}")
    suite.write(
        "test_it.py",
        """
        import contextlib, httpx, pytest

        @pytest.mark.playhead("one", scope="module", patch=True)
        class TestTogether:
            def test_first(self):
                with contextlib.suppress(BaseException): httpx.post("https://x.test/v1", content=b"x")
            def test_second(self): httpx.post("https://x.test/v1", content=b"{}")

        def test_nobody_replays():
            with pytest.raises(httpx.ConnectError): httpx.post("http://127.0.0.1:1/v1")
        """,
    )
    ran = suite.run()
    ran.failed("test_first")
    ran.passed("test_second", "test_nobody_replays")


SDKS = """
import anthropic, asyncio, concurrent.futures, contextlib, openai, pytest

pytestmark = pytest.mark.playhead("one", patch=True)
ASK = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}

def test_anthropic():
    with contextlib.suppress(BaseException):
        anthropic.Anthropic(api_key="x").messages.create(**ASK, max_tokens=9)

def test_anthropic_stream():
    with anthropic.Anthropic(api_key="x").messages.stream(**ASK, max_tokens=9) as stream:
        stream.get_final_message()

def test_openai():
    with contextlib.suppress(BaseException):
        openai.OpenAI(api_key="x").chat.completions.create(**ASK, stream=True)

def test_async():
    async def main():
        async with anthropic.AsyncAnthropic(api_key="x") as one, openai.AsyncOpenAI(api_key="x") as two:
            with contextlib.suppress(BaseException):
                await one.messages.create(**ASK, max_tokens=9)
            await two.chat.completions.create(**ASK)
    asyncio.run(main())

def test_helper_of_chat():
    with contextlib.suppress(Exception):
        with openai.OpenAI(api_key="x").chat.completions.stream(**ASK) as stream:
            stream.get_final_completion()

def test_helper_of_responses():
    with contextlib.suppress(Exception):
        with openai.OpenAI(api_key="x").responses.stream(model="m", input="hi") as stream:
            stream.get_final_response()

def test_async_helpers():
    async def main():
        async with anthropic.AsyncAnthropic(api_key="x") as one:
            async with one.messages.stream(**ASK, max_tokens=9) as stream:
                async for _ in stream.text_stream:
                    pass
    with contextlib.suppress(BaseException): asyncio.run(main())

def test_async_stream_of_openai():
    async def main():
        async with openai.AsyncOpenAI(api_key="x") as two:
            async with two.chat.completions.stream(**ASK) as stream:
                return await stream.get_final_completion()
    with contextlib.suppress(Exception): asyncio.run(main())

def test_raw_response():
    with contextlib.suppress(Exception):
        openai.OpenAI(api_key="x").chat.completions.with_raw_response.create(**ASK)

def test_with_streaming_response():
    with contextlib.suppress(Exception):
        messages = anthropic.Anthropic(api_key="x").messages
        with messages.with_streaming_response.create(**ASK, max_tokens=9) as got: got.read()

def test_many_retries():
    with contextlib.suppress(Exception):
        openai.OpenAI(api_key="x", max_retries=9, timeout=0.1).chat.completions.create(**ASK)

def test_thread_pool():
    client = anthropic.Anthropic(api_key="x")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for _ in range(3): pool.submit(lambda: client.messages.create(**ASK, max_tokens=9))

def test_task_group():
    async def main():
        async with openai.AsyncOpenAI(api_key="x") as two, asyncio.TaskGroup() as group:
            for _ in range(3): group.create_task(two.chat.completions.create(**ASK))
    with contextlib.suppress(BaseException): asyncio.run(main())

def test_gather():
    async def main():
        async with openai.AsyncOpenAI(api_key="x") as two, anthropic.AsyncAnthropic(api_key="x") as one:
            chat = two.chat.completions.create(**ASK, stream=True)
            message = one.messages.create(**ASK, max_tokens=9)
            return await asyncio.gather(chat, message, return_exceptions=True)
    with contextlib.suppress(BaseException): asyncio.run(main())

def test_aiohttp():
    pytest.importorskip("aiohttp")
    async def main():
        async with openai.AsyncOpenAI(api_key="x", http_client=openai.DefaultAioHttpClient()) as two:
            await two.chat.completions.create(**ASK)
    with contextlib.suppress(Exception): asyncio.run(main())
"""


def test_no_sdk_tries_again(tmp_path: Path) -> None:
    suite = Suite(tmp_path)
    suite.cassette("cassettes/one.cassette.jsonl", b"{}")
    # An SDK that tries again sleeps between.
    suite.write("conftest.py", "import time\ndef no(_): raise AssertionError('slept')\ntime.sleep = no\n")
    suite.write("test_sdks.py", SDKS)
    ran = suite.run()
    assert len(ran.outcomes) == SDKS.count("def test_")
    for test, (outcome, _) in ran.outcomes.items():
        if outcome == "skipped":
            continue
        assert "No exchange of" in ran.failed(test)
        assert "It was made at test_sdks.py:" in ran.failed(test)
        assert "slept" not in ran.failed(test)


HIDDEN = """
import os, urllib.error, urllib.request
import httpx, pytest

def test_patched():
    httpx.post("https://api.test/v1?customer=ACME-SECRET&page=2", content=b'{"ticket": "TICKET-4711"}')
test_patched = pytest.mark.playhead("one", patch=True)(test_patched)

@pytest.mark.playhead("one", unplayed="ignore")
def test_served(playhead_server):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(playhead_server + "/v1?customer=ACME-SECRET&page=2", b"{}", timeout=30)
    caught.value.close()

@pytest.mark.playhead("none", record_mode="once")
def test_told_no_provider(playhead_server):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(playhead_server + "/v1?customer=ACME-SECRET&page=2", b"{}", timeout=30)
    caught.value.close()
"""


def test_a_miss_hides_what_the_policy_hides(suite: Suite) -> None:
    suite.write("pytest.ini", "[pytest]\nplayhead_policy = policy.toml\n")
    suite.write(
        "policy.toml",
        'name = "team"\n[query]\nsecret = ["customer"]\n[shapes]\nticket = "TICKET-[0-9]{4}"\n',
    )
    suite.cassette("cassettes/one.cassette.jsonl", b'{"ticket": "none"}')
    suite.write("test_it.py", HIDDEN)
    ran = suite.run("--tb=line")
    for test in ("test_patched", "test_served", "test_told_no_provider"):
        text = ran.failed(test)
        assert "page=2" in text
        assert "ACME-SECRET" not in text
        assert "TICKET-4711" not in text


def test_a_policy_that_cannot_be_read_fails_who_replays(suite: Suite) -> None:
    suite.write("pytest.ini", "[pytest]\nplayhead_policy = policy.toml\n")
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write("test_it.py", "import pytest\n@pytest.mark.playhead('one')\ndef test_it(playhead): pass\n")
    text = suite.run().errored("test_it")
    assert "playhead_policy: " in text
    assert "policy.toml: No such file or directory" in text


def test_the_script_that_starts_pytest_is_no_place_of_a_miss(suite: Suite) -> None:
    """A task has no frame of the test: of all others, only the script's is nobody's library."""
    suite.cassette("cassettes/one.cassette.jsonl")
    suite.write("run_it.py", "import pytest\npytest.main(['-p', 'playhead.testing.plugin', '-p', 'anyio'])\n")
    suite.write(
        "test_it.py",
        """
        import asyncio, httpx, pytest

        @pytest.fixture
        def anyio_backend(): return "asyncio"

        @pytest.mark.anyio
        @pytest.mark.playhead("one", patch=True)
        async def test_it():
            async with httpx.AsyncClient() as client:
                await asyncio.gather(client.get("https://x.test/other"))
        """,
    )
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    script = [sys.executable, str(suite.folder / "run_it.py")]
    ran = subprocess.run(
        script, cwd=suite.folder, env=environ, capture_output=True, text=True, timeout=240, check=False
    )
    assert "No exchange of" in ran.stdout
    assert "run_it.py" not in ran.stdout
