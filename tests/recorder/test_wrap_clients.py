"""`playhead record -- CMD`: the clients that people use, over HTTPS with a private CA and over plain HTTP.

Each runs as a program of its own and knows nothing of a recorder. What it printed was sent by the origin, so
it got through; what the cassettes hold passed the proxy, unencrypted.
"""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec

import pytest

import playhead

pytest.importorskip("mitmproxy")

ANTHROPIC = b"""event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],\
"model":"m","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"streamed"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},\
"usage":{"output_tokens":2}}

event: message_stop
data: {"type":"message_stop"}

"""
OPENAI = b"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,\
"delta":{"role":"assistant","content":"streamed"},"finish_reason":null}]}

data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},\
"finish_reason":"stop"}]}

data: [DONE]

"""
BODIES = {"/v1/messages": ANTHROPIC, "/v1/chat/completions": OPENAI}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for block in BODIES.get(self.path, b"data: streamed\n\ndata: twice\n\n").split(b"\n\n"):
            if block:
                self.wfile.write(b"%x\r\n%b\n\n\r\n" % (len(block) + 2, block))
        self.wfile.write(b"0\r\n\r\n")

    do_POST = do_GET  # noqa: N815 - the name is that of http.server

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a client that leaves is part of what is tried


@pytest.fixture(scope="module")
def private_ca(tmp_path_factory):
    """A CA that nobody knows, and a certificate for loopback: (CA's file, a context that serves it)."""
    folder = tmp_path_factory.mktemp("ca")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ipaddress

        from cryptography import x509
        from mitmproxy.certs import CertStore

        store = CertStore.from_store(folder, "private", 2048)
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        entry = store.get_cert("localhost", names)
        (folder / "leaf.pem").write_bytes(entry.cert.to_pem() + (folder / "private-ca.pem").read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    return folder / "private-ca-cert.pem", context


@pytest.fixture(scope="module")
def origins(private_ca):
    """The URLs of a plain and of a TLS server."""
    servers = [Server(("127.0.0.1", 0), Handler) for _ in range(2)]
    servers[1].socket = private_ca[1].wrap_socket(servers[1].socket, server_side=True)
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield tuple(
        f"{scheme}://localhost:{server.server_port}"
        for scheme, server in zip(("http", "https"), servers, strict=True)
    )
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def wrap(tmp_path, private_ca):
    """`wrap(*options, "--", *command)` runs to the end; its environment tries to keep clients away."""

    def run(*arguments, **variables):
        env = {name: value for name, value in os.environ.items() if not name.endswith("_BASE_URL")}
        env |= {"NO_PROXY": "localhost,127.0.0.1", "no_proxy": "*", "HOME": str(tmp_path / "home")}
        env |= {"REQUESTS_CA_BUNDLE": "/nowhere.pem", "SSL_CERT_FILE": "", **variables}
        command = [sys.executable, "-m", "playhead", "record", "-o", "out", "--upstream-ca", private_ca[0]]
        return subprocess.run(
            [*command, *arguments],
            env=env,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def recorded(folder):
    """The exchanges, by URL."""
    found = {}
    for path in (folder / "out").glob("*.cassette.jsonl"):
        for exchange in playhead.load(path).exchanges:
            assert exchange.request.url not in found
            found[exchange.request.url] = exchange
    return found


PYTHON = {
    "httpx": """
        import httpx
        for url in urls:
            with httpx.stream("GET", url, timeout=60) as response:
                print("".join(response.iter_text()))
    """,
    "httpx2": """
        import httpx2
        for url in urls:
            with httpx2.stream("GET", url, timeout=60) as response:
                print("".join(response.iter_text()))
    """,
    "requests": """
        import requests
        for url in urls:
            print(requests.get(url, stream=True).text)
    """,
    "urllib": """
        import urllib.request
        for url in urls:
            with urllib.request.urlopen(url) as response:
                print(response.read().decode())
    """,
    "aiohttp": """
        import aiohttp, asyncio
        async def main():
            async with aiohttp.ClientSession(trust_env=True) as session:
                for url in urls:
                    async with session.get(url) as response:
                        print(await response.text())
        asyncio.run(main())
    """,
}
NODE = {
    "fetch": "for (const url of urls) console.log(await (await fetch(url)).text());",
    "https": """
        for (const url of urls) await new Promise((done, fail) => {
            const http = require(url.startsWith("https:") ? "node:https" : "node:http");
            http.get(url, (response) => {
                response.on("data", (data) => process.stdout.write(data));
                response.on("end", done);
            }).on("error", fail);
        });
    """,
}


def python(script):
    lines = script.strip("\n").split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip())
    text = "\n".join(line[indent:] for line in lines)
    return [sys.executable, "-c", f"import sys\nurls = sys.argv[1:]\n{text}"]


def assert_both_came_through(done, folder, urls):
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("data: streamed") == 2
    found = recorded(folder)
    assert set(found) == set(urls)
    for exchange in found.values():
        assert exchange.body == b"data: streamed\n\ndata: twice\n\n"
        assert exchange.ending.kind is playhead.EndingKind.COMPLETE
    assert "playhead: Recorded 2 streams: 4 events" in done.stderr
    assert "Not recorded" not in done.stderr


@pytest.mark.parametrize("name", PYTHON)
def test_a_python_client_is_recorded(wrap, origins, tmp_path, name):
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    urls = [f"{origin}/{name}" for origin in origins]
    assert_both_came_through(wrap("--", *python(PYTHON[name]), *urls), tmp_path, urls)


def test_curl_is_recorded(wrap, origins, tmp_path, program):
    urls = [f"{origin}/curl" for origin in origins]
    assert_both_came_through(wrap("--", program("curl"), "-sSN", *urls), tmp_path, urls)


@pytest.mark.parametrize("name", NODE)
def test_node_is_recorded(wrap, origins, tmp_path, program, name):
    urls = [f"{origin}/{name}" for origin in origins]
    script = f"(async () => {{ const urls = process.argv.slice(1); {NODE[name]} }})()"
    done = wrap("--", program("node"), "-e", script, *urls, NODE_OPTIONS="--no-deprecation")
    assert_both_came_through(done, tmp_path, urls)


SDKS = """
    import anthropic, openai
    client = anthropic.Anthropic(api_key="k", max_retries=0)
    with client.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": "?"}]) as s:
        print(s.get_final_text())
    chat = openai.OpenAI(api_key="k", max_retries=0).chat.completions
    for chunk in chat.create(model="m", stream=True, messages=[{"role": "user", "content": "?"}]):
        print(chunk.choices[0].delta.content or "")
"""
REQUESTS = """
    import os, requests
    for name in ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"):
        print(os.environ[name])
        print(requests.get(os.environ[name] + "/plain").text)
"""


@pytest.mark.parametrize("scheme", [0, 1], ids=["http", "https"])
def test_the_sdks_are_led_to_a_listener_by_their_base_urls(wrap, origins, tmp_path, scheme):
    origin = origins[scheme]
    named = (
        "--base-url-env",
        f"ANTHROPIC_BASE_URL={origin}",
        "--base-url-env",
        f"OPENAI_BASE_URL={origin}/v1",
    )
    done = wrap(*named, "--", *python(SDKS))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["streamed", "streamed"]
    found = recorded(tmp_path)
    assert set(found) == {f"{origin}/v1/messages", f"{origin}/v1/chat/completions"}
    assert found[f"{origin}/v1/messages"].body == ANTHROPIC


def test_a_client_that_reads_no_port_in_no_proxy_is_recorded_once(wrap, origins, tmp_path):
    """requests goes to the listener by way of the proxy."""
    pytest.importorskip("requests")
    named = [
        f"--base-url-env={name}_BASE_URL={origin}"
        for name, origin in zip(("ANTHROPIC", "OPENAI"), origins, strict=True)
    ]
    done = wrap(*named, "--", *python(REQUESTS))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("data: streamed") == 2
    assert done.stdout.count("http://127.0.0.1:") == 2
    assert set(recorded(tmp_path)) == {f"{origin}/plain" for origin in origins}


@pytest.mark.parametrize("scheme", [0, 1], ids=["http", "https"])
def test_a_base_url_of_another_server_is_left_alone_and_recorded_by_the_proxy(
    wrap, origins, tmp_path, scheme
):
    other = origins[scheme]
    done = wrap("--", *python(SDKS), ANTHROPIC_BASE_URL=other, OPENAI_BASE_URL=f"{other}/v1")
    assert done.returncode == 0, done.stderr
    assert set(recorded(tmp_path)) == {f"{other}/v1/messages", f"{other}/v1/chat/completions"}


def test_a_client_that_heeds_no_proxy_gets_a_hint(wrap, origins, tmp_path):
    script = """
        import httpx
        print(httpx.Client(trust_env=False, timeout=60).get(urls[0]).text)
    """
    done = wrap("--", *python(script), f"{origins[0]}/aside")
    assert done.returncode == 0
    assert "data: streamed" in done.stdout
    assert "Nothing came through the proxy" in done.stderr
    assert "--base-url-env" in done.stderr
    assert recorded(tmp_path) == {}


def test_a_client_that_refuses_our_certificate_is_said(wrap, origins):
    url = f"{origins[1]}/refused"
    script = """
        import ssl, urllib.request
        urllib.request.urlopen(urls[0], context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    """
    done = wrap("--", *python(script), url)
    assert done.returncode == 1
    assert "CERTIFICATE_VERIFY_FAILED" in done.stderr
    assert "playhead: localhost: the program refused the recorder's certificate (1 connection)" in done.stderr
    assert "Nothing came through" not in done.stderr


def test_a_server_whose_ca_nobody_knows_is_said(wrap, origins, program):
    import certifi

    others = certifi.where()
    done = wrap(
        "--upstream-ca",
        others,
        "--",
        program("curl"),
        "-sS",
        "-o",
        os.devnull,
        "-w",
        "%{http_code}",
        origins[1],
    )
    # An empty reply, or a stream that is reset: nobody made an answer up.
    assert (done.returncode in (52, 92), done.stdout) == (True, "000")
    assert "localhost: the recorder could not connect" in done.stderr
    assert "--upstream-ca FILE" in done.stderr
