"""Retries, a long session of an agent, many streams at once: real SDKs, recorded and then played offline."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import playhead

pytest.importorskip("mitmproxy")

SECONDS = 120
LIMITED = b'{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}'


def message_stream(text):
    start = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "m"}
    start |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
    yield {"type": "message_start", "message": start}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for word in text.split(" "):
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": f"{word} "}}
    yield {"type": "content_block_stop", "index": 0}
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 2}}
    yield {"type": "message_stop"}


def chat_stream(text):
    for word in text.split(" "):
        delta = {"role": "assistant", "content": f"{word} "}
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        yield {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


class Provider(BaseHTTPRequestHandler):
    """Both providers. What it says depends on what it is asked: an answer in the wrong place shows."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # a refusal leaves whole: SDKs close one without reading it, maybe before a body sent later
    server: Server

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.server.refuse():
            self._whole(429, LIMITED)
        elif self.path.endswith("/count_tokens"):
            self._whole(200, json.dumps({"input_tokens": len(json.dumps(asked["messages"]))}).encode())
        elif self.path == "/v1/messages":
            text = f"answer {len(asked['messages'])} to {asked['messages'][-1]['content']}"
            self._stream(f"event: {each['type']}\ndata: {json.dumps(each)}" for each in message_stream(text))
        else:
            self._stream([*(f"data: {json.dumps(each)}" for each in chat_stream("said so")), "data: [DONE]"])

    def _whole(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if status == 429:
            self.send_header("retry-after-ms", "1")
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, events):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events:
            data = f"{event}\n\n".encode()
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    refusals = 0

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Provider)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self._lock = threading.Lock()

    def refuse(self):
        with self._lock:
            self.refusals -= 1
            return self.refusals >= 0

    def handle_error(self, *_):
        pass


@pytest.fixture
def provider():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def run(env, folder, script, *options, provider=None, recorded=True):
    """The script through `playhead record -- python`, with listeners before the provider; or by itself."""
    command = [sys.executable, "-c", textwrap.dedent(script)]
    if recorded:
        command = [sys.executable, "-m", "playhead", "record", *options, "--", *command]
        command[4:4] = [
            f"--base-url-env=ANTHROPIC_BASE_URL={provider.url}",
            f"--base-url-env=OPENAI_BASE_URL={provider.url}/v1",
        ]
    done = subprocess.run(
        command, env=env, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


RETRYING = """
    import anthropic
    asked = [{"role": "user", "content": "?"}]
    with anthropic.Anthropic(api_key="k").messages.stream(model="m", max_tokens=9, messages=asked) as stream:
        print(stream.get_final_text())
"""
RETRYING_CHAT = """
    import openai
    chat = openai.OpenAI(api_key="k").chat.completions
    for chunk in chat.create(model="m", stream=True, messages=[{"role": "user", "content": "?"}]):
        print(chunk.choices[0].delta.content)
"""


@pytest.mark.parametrize(("sdk", "script"), [("anthropic", RETRYING), ("openai", RETRYING_CHAT)])
@pytest.mark.parametrize("per", ["run", "exchange"])
def test_every_attempt_is_kept(provider, proxy_env, tmp_path, sdk, script, per):
    pytest.importorskip(sdk)
    provider.refusals = 2
    done = run(proxy_env, tmp_path, script, "-o", "out", f"--per={per}", provider=provider)
    paths = sorted(tmp_path.glob("out/*.cassette.jsonl"))
    assert len(paths) == {"run": 1, "exchange": 3}[per]
    assert ("-python" in paths[0].name) == (per == "run")
    found = [exchange for path in paths for exchange in playhead.load(path).exchanges]
    assert [(each.attempt, each.response.status) for each in found] == [(0, 429), (1, 429), (2, 200)]
    assert [each.body == LIMITED for each in found] == [True, True, False]
    assert dict(found[0].response.headers)["retry-after-ms"] == "1"
    cassettes = f"{len(paths)} cassette{'s' if len(paths) > 1 else ''}"
    assert f"Recorded 1 stream and 2 other exchanges: {len(found[2].frames)} events" in done.stderr
    assert cassettes in done.stderr


AGENT = """
    import os, sys
    import anthropic, httpx2

    options = {}
    if cassette := os.environ.get("CASSETTE"):
        from playhead.httpx2 import ReplayTransport
        options = {"http_client": httpx2.Client(transport=ReplayTransport(cassette))}
    client = anthropic.Anthropic(api_key="k", **options)
    history = []
    for turn in range(int(os.environ["TURNS"])):
        history.append({"role": "user", "content": f"question {turn}"})
        print(client.messages.count_tokens(model="m", messages=history).input_tokens)
        with client.messages.stream(model="m", max_tokens=99, messages=history) as stream:
            text = stream.get_final_text()
        print(text)
        history.append({"role": "assistant", "content": text})
"""


def test_a_long_session_is_one_cassette_and_runs_again_offline(provider, proxy_env, tmp_path):
    pytest.importorskip("anthropic")
    pytest.importorskip("httpx2")
    env = {**proxy_env, "TURNS": "50"}
    first = run(env, tmp_path, AGENT, "-o", "session.cassette.jsonl", provider=provider)
    cassette = playhead.load(tmp_path / "session.cassette.jsonl")
    found = cassette.exchanges
    assert len(found) == 100
    paths = ["/v1/messages/count_tokens", "/v1/messages"] * 50
    assert [each.request.url.removeprefix(provider.url) for each in found] == paths
    for turn, exchange in enumerate(found[1::2]):
        history = json.loads(exchange.request.body)["messages"]
        assert len(history) == 2 * turn + 1
        assert b'"answer "' in exchange.body
        assert exchange.ending.kind is playhead.EndingKind.COMPLETE
    starts = [each.request.t_start for each in found]
    assert starts == sorted(starts)
    assert [each.losses for each in found] == [()] * 100
    provider.shutdown()
    offline = {**env, "CASSETTE": "session.cassette.jsonl", "ANTHROPIC_BASE_URL": provider.url}
    again = run(offline, tmp_path, AGENT, recorded=False)
    assert again.stdout == first.stdout
    assert first.stdout.count("answer") == 50


async def _serve(count, events):
    """An origin whose streams all stay open until every one has begun."""
    begun, everybody = 0, asyncio.Event()

    async def serve(reader, writer):
        nonlocal begun
        head = await reader.readuntil(b"\r\n\r\n")
        name = head.split(b" ")[1].removeprefix(b"/")
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        begun += 1
        if begun == count:
            everybody.set()
        await everybody.wait()
        for number in range(events):
            data = b"data: %b %d\n\n" % (name, number)
            writer.write(b"%x\r\n%b\r\n" % (len(data), data))
            await writer.drain()
            await asyncio.sleep(0)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0, backlog=512)


def expected(name, events):
    return b"".join(b"data: %d %d\n\n" % (name, number) for number in range(events))


async def _stream(port, name):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /%d HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n" % name)
    await reader.readuntil(b"\r\n\r\n")
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    writer.close()
    return body


@pytest.mark.soak
@pytest.mark.parametrize("per", ["run", "exchange"])
def test_many_streams_at_once(start_proxy, tmp_path, soak, per):
    count, events = (200, 100) if soak else (20, 20)

    async def trial():
        server = await _serve(count, events)
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        proxy = await asyncio.to_thread(start_proxy, "record", origin, tmp_path, "--per", per)
        async with asyncio.timeout(SECONDS):
            bodies = await asyncio.gather(*(_stream(proxy.port, name) for name in range(count)))
        server.close()
        return proxy, bodies

    proxy, bodies = asyncio.run(trial())
    assert bodies == [expected(name, events) for name in range(count)]
    assert proxy.stop() == 0
    paths = list(tmp_path.glob("*.cassette.jsonl"))
    assert len(paths) == (1 if per == "run" else count)
    found = {
        int(exchange.request.url.rpartition("/")[2]): exchange
        for path in paths
        for exchange in playhead.load(path).exchanges
    }
    assert sorted(found) == list(range(count))
    for name, exchange in found.items():
        assert exchange.body == expected(name, events)
        assert exchange.ending.kind is playhead.EndingKind.COMPLETE
        assert exchange.losses == ()
