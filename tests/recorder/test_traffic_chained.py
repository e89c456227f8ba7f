"""Another proxy on the way to the servers: used, told its credentials, and left out where NO_PROXY says so.

The other proxy is a real mitmdump without an addon. The servers' names exist nowhere: only it knows, by a
rule that rewrites them, where they are.
"""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import traceback

import pytest

import playhead
from playhead_recorder.upstream.chain import Chain, UpstreamProxy, exceptions, inherited, parse

SECRET = "hunter2-of-the-proxy"
LISTENING = r"listening on http://127\.0\.0\.1:(\d+)\b"


class Corporate:
    """A mitmdump that knows the way."""

    def __init__(self, proxy):
        self._proxy = proxy
        self.address = f"http://127.0.0.1:{proxy.port}"

    def saw(self, pattern):
        return re.search(pattern, "".join(self._proxy.lines))

    def wait_for(self, pattern):
        return self._proxy.wait_for(pattern)


@pytest.fixture
def conftest(origin):
    return sys.modules[type(origin).__module__]


@pytest.fixture
def corporate(proxy_env, origin, conftest, tmp_path):
    """`corporate(*options)` is a proxy that finds every host `*.corp.test` at the origin."""
    pytest.importorskip("mitmproxy")
    started = []

    def start(*options):
        command = [str(conftest.Path(sys.executable).with_name("mitmdump")), "--listen-host", "127.0.0.1"]
        command += ["--listen-port", "0", "--set", "connection_strategy=lazy", "--set", "flow_detail=2"]
        command += ["--map-remote", rf"|^https?://[a-z]+\.corp\.test(:\d+)?/|{origin.url}/", *options]
        folder = tmp_path / "unused"
        started.append(conftest.Proxy(command, folder, r"listening at 127\.0\.0\.1:(\d+)", proxy_env))
        return Corporate(started[-1])

    yield start
    for proxy in started:
        proxy.stop()


def answer(origin):
    served = origin.accept()
    served.send_head(b"content-type: text/event-stream\r\ncontent-length: 9\r\n")
    served.send(b"data: 1\n\n")
    return served


SCRIPT = """
import os, sys, urllib.request
for url in sys.argv[1:]:
    print(urllib.request.urlopen(url).read())
"""


def wrapped(proxy_env, tmp_path, *options, **variables):
    command = [sys.executable, "-m", "playhead", "record", "-o", str(tmp_path / "out"), *options]
    return subprocess.Popen(
        command,
        env={**proxy_env, **variables},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def exchanges(folder):
    (path,) = folder.glob("*.cassette.jsonl")
    return playhead.load(path).exchanges, path.read_text()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_program_goes_on_using_its_proxy(corporate, proxy_env, origin, tmp_path, scheme):
    other = corporate("--set", f"proxyauth=user:{SECRET}")
    named = other.address.replace("//", f"//user:{SECRET}@")
    # Of a tunnel the other proxy makes the certificate: its CA is the one that the program trusts.
    ca = f"{proxy_env['HOME']}/.mitmproxy/mitmproxy-ca-cert.pem"
    url = f"{scheme}://api.corp.test/chained"
    process = wrapped(
        proxy_env, tmp_path, "--upstream-ca", ca, "--", sys.executable, "-c", SCRIPT, url,
        HTTP_PROXY=named, HTTPS_PROXY=named, http_proxy="", https_proxy="", NO_PROXY="elsewhere.test",
    )  # fmt: skip
    request = answer(origin).request
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "b'data: 1\\n\\n'\n"), err
    (exchange,), text = exchanges(tmp_path / "out")
    assert exchange.request.url == url
    assert exchange.body == b"data: 1\n\n"
    encoded = base64.b64encode(f"user:{SECRET}".encode()).decode()
    for said in (text, err, request.decode()):
        assert SECRET not in said
        assert encoded not in said
    assert "proxy-authorization" not in text.lower()


def test_what_no_proxy_names_is_reached_without(corporate, proxy_env, origin, tmp_path):
    other = corporate()
    process = wrapped(
        proxy_env, tmp_path, "--", sys.executable, "-c", SCRIPT, f"{origin.url}/direct", "http://api.corp.test/way",
        HTTP_PROXY=other.address, NO_PROXY="127.0.0.1", no_proxy="",
    )  # fmt: skip
    assert answer(origin).request.startswith(b"GET /direct HTTP/1.1\r\n")
    answer(origin)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out.count("data: 1")) == (0, 2), err
    other.wait_for("/way")
    assert not other.saw("/direct")
    assert [each.ending.kind.value for each in exchanges(tmp_path / "out")[0]] == ["complete", "complete"]


def test_a_listener_before_a_server_uses_the_proxy_too(corporate, proxy_env, origin, tmp_path):
    other = corporate()
    script = SCRIPT.replace("sys.argv[1:]", "[os.environ['OPENAI_BASE_URL'] + '/models']")
    process = wrapped(
        proxy_env, tmp_path, "--base-url-env", "OPENAI_BASE_URL=http://openai.corp.test/v1",
        "--", sys.executable, "-c", script, ALL_PROXY=other.address, NO_PROXY="", no_proxy="",
    )  # fmt: skip
    answer(origin)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    (exchange,), _ = exchanges(tmp_path / "out")
    assert exchange.request.url == "http://openai.corp.test/v1/models"
    other.wait_for("openai.corp.test|/v1/models")


@pytest.mark.parametrize("before", ["http://api.corp.test", None], ids=["reverse", "forward"])
def test_the_flag_for_those_who_start_the_recorder(corporate, conftest, proxy_env, origin, tmp_path, before):
    other = corporate()
    command = [sys.executable, "-m", "playhead", "record", "-o", str(tmp_path), "--listen", "127.0.0.1:0"]
    command += ["--upstream-proxy", other.address, *(("--upstream", before) if before else ())]
    proxy = conftest.Proxy(command, tmp_path, LISTENING, {**proxy_env, "NO_PROXY": "", "no_proxy": ""})
    try:
        client = proxy.connect()
        target = "/flag" if before else "http://api.corp.test/flag"
        client.send(f"GET {target} HTTP/1.1\r\nhost: api.corp.test\r\n\r\n".encode())
        answer(origin)
        client.read_until(b"data: 1\n\n")
        assert proxy.cassette("/flag")[1].request.url == "http://api.corp.test/flag"
        other.wait_for("/flag")
    finally:
        assert proxy.stop() == 0


def test_a_proxy_that_refuses_leaves_the_request(corporate, proxy_env, tmp_path):
    other = corporate("--set", "proxyauth=user:else")
    script = SCRIPT.replace("sys.argv[1:]", "[os.environ['OPENAI_BASE_URL']]")
    process = wrapped(
        proxy_env, tmp_path, "--base-url-env", "OPENAI_BASE_URL=http://openai.corp.test/v1",
        "--", sys.executable, "-c", script, ALL_PROXY=other.address.replace("//", f"//user:{SECRET}@"),
        NO_PROXY="", no_proxy="",
    )  # fmt: skip
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    way = f"openai.corp.test:80 through the proxy {other.address.removeprefix('http://')}"
    assert f"{way} could not be reached: Upstream proxy" in err
    assert SECRET not in err
    (exchange,), _ = exchanges(tmp_path / "out")
    assert exchange.ending.detail == "the server could not be reached"
    assert "407" in exchange.ending.facts["error"]


def test_a_proxy_of_another_kind_is_said(proxy_env, tmp_path):
    process = wrapped(
        proxy_env, tmp_path, "--", "true", ALL_PROXY=f"socks5://user:{SECRET}@127.0.0.1:1", all_proxy=""
    )
    _, err = process.communicate(timeout=60)
    assert "ALL_PROXY is not used: a proxy of the kind socks5:// cannot be used" in err
    assert SECRET not in err


@pytest.mark.parametrize(
    "url", ["socks5://u:hunter2@h:1", "http://u:hunter2@h:port", "http://h/path", "http://"]
)
def test_a_flag_that_names_no_proxy(url):
    from click.testing import CliRunner

    from playhead_recorder.commands import record

    done = CliRunner().invoke(record, ["--upstream-proxy", url])
    assert done.exit_code == 2
    assert "--upstream-proxy" in done.output
    assert "hunter2" not in done.output


PROXY = UpstreamProxy("http", "proxy.example", 3128, "u:p")
OTHER = UpstreamProxy("https", "other.example", 443)


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://u:p@proxy.example:3128", PROXY),
        ("u:p@proxy.example:3128", PROXY),
        ("https://other.example/", OTHER),
        ("http://[::1]:8080", UpstreamProxy("http", "::1", 8080)),
        ("http://u%40x:a%3Ab@h", UpstreamProxy("http", "h", 80, "u@x:a:b")),
    ],
)
def test_proxies_by_their_urls(text, proxy):
    assert parse(text) == proxy
    assert proxy.credentials is None or proxy.credentials not in repr(proxy)


@pytest.mark.parametrize(
    ("environ", "http", "https"),
    [
        ({"HTTPS_PROXY": "https://other.example", "http_proxy": "u:p@proxy.example:3128"}, PROXY, OTHER),
        ({"https_proxy": "https://other.example", "HTTPS_PROXY": "http://not.this"}, None, OTHER),
        ({"ALL_PROXY": "https://other.example", "http_proxy": ""}, OTHER, OTHER),
        ({"ALL_PROXY": "https://other.example", "HTTP_PROXY": "u:p@proxy.example:3128"}, PROXY, OTHER),
    ],
)
def test_the_variables_in_their_order(environ, http, https):
    chain, wrong = inherited(environ)
    assert (chain.http, chain.https, wrong) == (http, https, ())


@pytest.mark.parametrize(
    "url",
    [
        "http://bob:hunter2",
        "http://bob:hunter2@h:x",
        "http://bob:hunter2\u2100@h:1",
        "http://bob:12/hunter2@h:1",
        "ftp://bob:hunter2@h",
        "http://bob:hunter2@[h",
        "http://:hunter2@",
    ],
)
def test_a_password_in_a_variable_that_cannot_be_used_is_not_told(url):
    chain, wrong = inherited({"HTTPS_PROXY": url})
    assert chain is None
    [said] = wrong
    assert said.startswith("HTTPS_PROXY is not used: ")
    assert "hunter2" not in said
    with pytest.raises(ValueError, match=r"^(it|a proxy)") as error:
        parse(url)
    assert "hunter2" not in "".join(traceback.format_exception(error.value))


def test_no_variable_no_proxy():
    assert inherited({"NO_PROXY": "*"}) == (None, ())


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "is_direct"),
    [
        ("", "a.example", 80, False),
        ("*", "a.example", 80, True),
        ("example", "a.example", 80, True),
        (".example", "a.example", 80, True),
        ("*.example", "a.example", 80, True),
        ("x, A.example ", "a.Example.", 80, True),
        ("b.example", "ab.example", 80, False),
        ("a.example:8080", "a.example", 80, False),
        ("a.example:8080", "a.example", 8080, True),
        ("127.0.0.0/8", "127.9.9.9", 80, True),
        ("127.0.0.1", "127.0.0.2", 80, False),
        ("::1", "::1", 80, True),
        ("[::1]:80", "::1", 80, True),
        ("[::1]:81", "::1", 80, False),
        ("10.0.0.0/8", "ten.example", 80, False),
        ("h:\u00b2", "h", 80, False),
        (f"h:{'9' * 5000}", "h", 80, False),
        ("h:080", "h", 80, True),
    ],
)
def test_what_is_reached_without(no_proxy, host, port, is_direct):
    chain = Chain(http=PROXY, https=OTHER, direct=exceptions({"NO_PROXY": no_proxy}))
    assert chain.proxy_for("http", host, port) is (None if is_direct else PROXY)
    assert chain.proxy_for("https", host, port) is (None if is_direct else OTHER)


class Broken:
    """A chain that cannot tell."""

    http = https = None

    def proxy_for(self, scheme, host, port):
        raise ValueError(f"no idea of {host}")


def test_an_error_of_ours_stops_no_request_on_its_way(caplog):
    pytest.importorskip("mitmproxy")
    from mitmproxy.test import tflow

    from playhead_recorder.upstream.chained import Chained

    flow, addon = tflow.tflow(), Chained(Broken())
    server = flow.server_conn
    addon.requestheaders(flow)
    addon.requestheaders(flow)
    assert flow.server_conn is server
    [record] = caplog.records
    assert "another way" in record.getMessage()
    assert flow.request.host not in record.getMessage()
