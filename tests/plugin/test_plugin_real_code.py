"""Real code, through the plugin: the official SDKs, an agent of several turns, consumers of events."""

from __future__ import annotations

import httpx2
import pytest

from playhead import EndingKind
from playhead.httpx2 import RecordingTransport

from .inner import Suite
from .providers import ANTHROPIC, OPENAI, Answer, anthropic_turn, cassette, openai_turn

HEAD = """
import asyncio, anthropic, httpx, httpx2, openai, pytest

ASK = {"model": "m", "messages": [{"role": "user", "content": "?"}]}
TEXT = "It is sunny."

def for_anthropic(playhead): return anthropic.Anthropic(api_key="x", http_client=playhead.httpx2_client())
def for_openai(playhead): return openai.OpenAI(api_key="x", http_client=playhead.httpx2_client())
"""
PIECES = ("It ", "is ", "sunny.")


def test_the_anthropic_sdk(suite: Suite) -> None:
    cassette(suite.folder / "cassettes/it.cassette.jsonl", Answer(ANTHROPIC, anthropic_turn(*PIECES)))
    suite.write(
        "test_it.py",
        HEAD
        + """
@pytest.mark.playhead("it")
def test_events(playhead):
    events = list(for_anthropic(playhead).messages.create(**ASK, max_tokens=9, stream=True))
    assert [event.type for event in events][::len(events) - 1] == ["message_start", "message_stop"]
    assert len(events) == len(playhead[1].frames)

@pytest.mark.playhead("it")
def test_helper(playhead):
    with for_anthropic(playhead).messages.stream(**ASK, max_tokens=9) as stream:
        assert list(stream.text_stream) == ["It ", "is ", "sunny."]
        message = stream.get_final_message()
    assert message.stop_reason == "end_turn"
    assert message.to_dict()["content"] == playhead[1].final().message["content"]

@pytest.mark.playhead("it", patch=True)
def test_async_helper_of_its_own_client():
    async def main():
        async with anthropic.AsyncAnthropic(api_key="x") as client:
            async with client.messages.stream(**ASK, max_tokens=9) as stream:
                return [text async for text in stream.text_stream], await stream.get_final_text()
    assert asyncio.run(main()) == (["It ", "is ", "sunny."], TEXT)

@pytest.mark.playhead("it")
def test_it_leaves_early(playhead):
    with for_anthropic(playhead).messages.stream(**ASK, max_tokens=9) as stream:
        assert next(iter(stream.text_stream)) == "It "

@pytest.mark.playhead("it")
def test_over_a_server(playhead_server):
    client = anthropic.Anthropic(api_key="x", base_url=playhead_server)
    with client.messages.stream(**ASK, max_tokens=9) as stream:
        assert stream.get_final_text() == TEXT
""",
    )
    ran = suite.run()
    ran.passed()
    assert len(ran.outcomes) == 5


def test_the_openai_sdk(suite: Suite) -> None:
    cassette(suite.folder / "cassettes/it.cassette.jsonl", Answer(OPENAI, openai_turn(*PIECES)))
    suite.write(
        "test_it.py",
        HEAD
        + """
@pytest.mark.playhead("it")
def test_chunks(playhead):
    stream = for_openai(playhead).chat.completions.create(**ASK, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == TEXT

@pytest.mark.playhead("it")
def test_helper(playhead):
    with for_openai(playhead).chat.completions.stream(**ASK) as stream:
        deltas = [event.delta for event in stream if event.type == "content.delta"]
        choice = stream.get_final_completion().choices[0]
    assert deltas == ["", "It ", "is ", "sunny."]
    assert (choice.message.content, choice.finish_reason) == (TEXT, "stop")

@pytest.mark.playhead("it", patch=True)
def test_async_helper_of_its_own_client():
    async def main():
        async with openai.AsyncOpenAI(api_key="x") as client:
            async with client.chat.completions.stream(**ASK) as stream:
                return (await stream.get_final_completion()).choices[0].message.content
    assert asyncio.run(main()) == TEXT
""",
    )
    ran = suite.run()
    ran.passed()
    assert len(ran.outcomes) == 3


@pytest.mark.parametrize(
    ("url", "turn", "call"),
    [
        (ANTHROPIC, anthropic_turn(*PIECES), "for_anthropic(playhead).messages.create(max_tokens=9,"),
        (OPENAI, openai_turn(*PIECES), "for_openai(playhead).chat.completions.create("),
    ],
    ids=["anthropic", "openai"],
)
def test_the_sdks_try_again_and_time_out(suite: Suite, url: str, turn: list[bytes], call: str) -> None:
    folder = suite.folder / "cassettes"
    silence = {"ending": EndingKind.TIMEOUT, "how": "silence"}
    refused = Answer(url, status=0, ending=EndingKind.SERVER_CLOSED, how="refused")
    cassette(folder / "busy.cassette.jsonl", *[Answer(url, status=529)] * 2, Answer(url, turn))
    cassette(folder / "busier.cassette.jsonl", *[Answer(url, status=529)] * 3)
    cassette(folder / "down.cassette.jsonl", refused, Answer(url, turn))
    cassette(folder / "stalled.cassette.jsonl", Answer(url, turn[:2], **silence))
    cassette(
        folder / "reset.cassette.jsonl", Answer(url, turn[:2], ending=EndingKind.SERVER_CLOSED, how="reset")
    )
    suite.write(
        "test_it.py",
        HEAD
        + f"""
SDK = {"anthropic" if url == ANTHROPIC else "openai"}

def read(playhead):
    return list({call} **ASK, stream=True))

@pytest.mark.playhead("busy")
def test_it_tries_again_until_it_is_answered(playhead):
    assert read(playhead)
    assert not playhead.unplayed

@pytest.mark.playhead("busier")
def test_it_gives_up(playhead):
    with pytest.raises(SDK.InternalServerError):
        read(playhead)

@pytest.mark.playhead("down")
def test_it_tries_again_what_was_refused(playhead):
    assert read(playhead)

@pytest.mark.playhead("stalled")
def test_a_timeout_in_the_body_is_not_tried_again(playhead):
    with pytest.raises((httpx2.ReadTimeout, SDK.APITimeoutError)) as met:
        read(playhead)
    assert isinstance(met.value.__cause__ if SDK is openai else met.value, httpx2.ReadTimeout)

@pytest.mark.playhead("reset")
def test_a_reset_in_the_body_is_not_tried_again(playhead):
    with pytest.raises((httpx2.ReadError, SDK.APIConnectionError)) as met:
        read(playhead)
    assert isinstance(met.value.__cause__ if SDK is openai else met.value, httpx2.ReadError)
""",
    )
    ran = suite.run()
    ran.passed()
    assert len(ran.outcomes) == 5


AGENT = """
import json, anthropic

TOOLS = [{"name": name, "input_schema": {"type": "object"}} for name in ("find_city", "weather")]
DEGREES = {"Lisbon": 21}

def run_tool(name, given):
    return {"city": "Lisbon"} if name == "find_city" else {"degrees": DEGREES[given["city"]]}

def run_agent(question, client=None):
    client = client or anthropic.Anthropic(api_key="x")
    messages = [{"role": "user", "content": question}]
    while True:
        with client.messages.stream(model="m", max_tokens=99, tools=TOOLS, messages=messages) as stream:
            message = stream.get_final_message()
        messages.append({"role": "assistant", "content": [block.to_dict() for block in message.content]})
        calls = [block for block in message.content if block.type == "tool_use"]
        if not calls:
            return message.content[0].text
        results = [
            {
                "type": "tool_result",
                "tool_use_id": call.id,
                "content": json.dumps(run_tool(call.name, call.input)),
            }
            for call in calls
        ]
        messages.append({"role": "user", "content": results})
"""
TURNS = [
    anthropic_turn("Which city?", tool=("toolu_1", "find_city", '{"near": "Tagus"}')),
    anthropic_turn("And there?", tool=("toolu_2", "weather", '{"city": "Lisbon"}')),
    anthropic_turn("21 ", "degrees."),
]


def test_an_agent_of_three_turns(suite: Suite) -> None:
    """Recorded by a RecordingTransport from one that plays provider, replayed by what each turn sent."""
    suite.write("agent.py", AGENT)
    turns = iter(TURNS)

    class Provider(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            headers = {"content-type": "text/event-stream"}
            return httpx2.Response(200, headers=headers, stream=_Events(next(turns)))

    space: dict[str, object] = {}
    exec(AGENT, space)
    path = suite.folder / "cassettes" / "agent" / "weather.cassette.jsonl"
    path.parent.mkdir(parents=True)
    import anthropic

    with httpx2.Client(transport=RecordingTransport(path, Provider())) as http_client:
        client = anthropic.Anthropic(api_key="x", http_client=http_client)
        run_agent = space["run_agent"]
        assert callable(run_agent)
        assert run_agent("How warm is it?", client) == "21 degrees."
    suite.write(
        "test_it.py",
        """
        import agent, anthropic, pytest

        @pytest.mark.playhead("agent/weather")
        def test_agent(playhead):
            client = anthropic.Anthropic(api_key="x", http_client=playhead.httpx2_client())
            assert agent.run_agent("How warm is it?", client) == "21 degrees."
            assert playhead[1].final().stop_reason == "tool_use"
            reasons = [playhead[number].final().stop_reason for number in playhead]
            assert reasons == ["tool_use", "tool_use", "end_turn"]

        @pytest.mark.playhead("agent/weather", patch=True)
        def test_agent_with_its_own_client():
            assert agent.run_agent("How warm is it?") == "21 degrees."

        @pytest.mark.playhead("agent/weather", patch=True)
        def test_a_tool_that_says_something_else(monkeypatch):
            monkeypatch.setitem(agent.DEGREES, "Lisbon", 12)
            agent.run_agent("How warm is it?")

        @pytest.mark.playhead("agent/weather", patch=True)
        def test_an_agent_that_stops_early(monkeypatch):
            monkeypatch.setattr(agent, "run_tool", lambda name, given: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                agent.run_agent("How warm is it?")
        """,
    )
    ran = suite.run()
    ran.passed("test_agent", "test_agent_with_its_own_client")
    missed = ran.failed("test_a_tool_that_says_something_else")
    assert "Nearest is exchange 3" in missed
    assert "degrees" in missed
    assert "were not played" in ran.failed("test_an_agent_that_stops_early")


class _Events(httpx2.SyncByteStream):
    def __init__(self, events: list[bytes]) -> None:
        self._events = events

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._events)


def test_consumers_of_events(suite: Suite) -> None:
    """In chunks of a byte, with a comment and a character of three bytes; then cut."""
    body = ": still here\n\nid: 7\nevent: price\ndata: 5 €\n\ndata: two\ndata: lines\n\n".encode()
    bytes_ = [body[at : at + 1] for at in range(len(body))]
    suite.cassette("cassettes/whole.cassette.jsonl", chunks=bytes_)
    url = "https://api.test/v1"
    cut = Answer(url, [body[:30]], ending=EndingKind.SERVER_CLOSED, how="fin")
    cassette(suite.folder / "cassettes/cut.cassette.jsonl", cut)
    suite.write(
        "test_it.py",
        """
        import asyncio, httpx, httpx2, pytest
        from httpx_sse import aconnect_sse, connect_sse

        URL = "https://anywhere.test/v1"
        SEEN = [("price", "5 €", "7"), ("message", "two\\nlines", "7")]

        def seen(events): return [(event.event, event.data, event.id) for event in events]

        @pytest.mark.playhead("whole")
        def test_httpx_sse(playhead):
            with connect_sse(playhead.httpx_client(), "POST", URL) as source:
                assert seen(source.iter_sse()) == SEEN

        @pytest.mark.playhead("whole", patch=True)
        def test_httpx_sse_async():
            async def main():
                async with httpx.AsyncClient() as client, aconnect_sse(client, "POST", URL) as source:
                    return seen([event async for event in source.aiter_sse()])
            assert asyncio.run(main()) == SEEN

        @pytest.mark.playhead("whole")
        def test_httpx2(playhead):
            with playhead.httpx2_client().stream("POST", URL) as response:
                assert seen(httpx2.EventSource(response)) == SEEN

        @pytest.mark.playhead("whole", patch=True)
        def test_httpx2_async():
            async def main():
                async with httpx2.AsyncClient() as client, client.stream("POST", URL) as response:
                    return seen([event async for event in httpx2.EventSource(response)])
            assert asyncio.run(main()) == SEEN

        @pytest.mark.playhead("cut")
        def test_httpx_sse_cut(playhead):
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
                with connect_sse(playhead.httpx_client(), "POST", URL) as source:
                    list(source.iter_sse())

        @pytest.mark.playhead("cut")
        def test_httpx2_cut(playhead):
            with pytest.raises(httpx2.RemoteProtocolError, match="incomplete chunked read"):
                with playhead.httpx2_client().stream("POST", URL) as response:
                    list(httpx2.EventSource(response))
        """,
    )
    ran = suite.run()
    ran.passed()
    assert len(ran.outcomes) == 6


def test_the_six_lines(suite: Suite) -> None:
    """As they stand in the documentation, with nothing configured."""
    turn = anthropic_turn("Let me see.", tool=("toolu_1", "weather", '{"city": "Lisbon"}'))
    cassette(suite.folder / "cassettes/agent/weather.cassette.jsonl", Answer(ANTHROPIC, turn))
    (suite.folder / "pytest.ini").unlink()
    suite.write(
        "test_it.py",
        """
        import anthropic, pytest

        @pytest.mark.playhead("agent/weather")
        def test_agent(playhead):
            client = anthropic.Anthropic(api_key="x", http_client=playhead.httpx2_client())
            list(client.messages.create(model="m", max_tokens=9, messages=[], stream=True))
            assert playhead[1].final().stop_reason == "tool_use"
        """,
    )
    suite.run().passed("test_agent")
