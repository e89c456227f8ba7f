"""Real recorders before a scripted origin: secrets of every rule, in every place, in any split.

None is in a finished file, in its name, in what the recorder says or counts; while the server and the client
get every byte, and what is unfinished can be read by its owner alone.
"""

from __future__ import annotations

import gzip
import json
import re
import signal
import socket
import stat
from collections import defaultdict
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import playhead
from playhead.redaction.policy import RULES
from playhead.store.redact import secrets_left

from ..redaction import planted

KINDS = ["record", "mitmdump"]
QUIET = ("--set", "flow_detail=0")
"""mitmdump prints the URLs of flows itself."""
TAIL = "q7Wz2Lk9Xv4Tn8Rb5Mc1"
SECRETS = {
    **planted.SECRETS,
    "nvidia": f"nvapi-{TAIL}{TAIL}",
    "cerebras": f"csk-{TAIL}{TAIL}",
    "together": f"tgp_v1_{TAIL}{TAIL}",
    "npm": f"npm_{TAIL}{TAIL}",
    "stripe": f"sk_live_{TAIL}",
}
WORD = f"w{TAIL}"
"""Of no shape: what it is, its name says."""
PERSON = "joe-77-and-the-others"
SSE = b"content-type: text/event-stream\r\n"
JSON = b"content-type: application/json\r\n"
NDJSON = b"content-type: application/x-ndjson\r\n"
GZIP = b"content-encoding: gzip\r\n"
NEEDLES = sorted({planted.heart(secret) for secret in SECRETS.values()} | {WORD, PERSON})
NEEDLES += [planted.heart(form(secret)) for form in planted.FORMS.values() for secret in SECRETS.values()]


class Plan(NamedTuple):
    """An exchange: what the client sends, and what it is answered, chunk by chunk."""

    target: str = "/v1/x"
    fields: bytes = b""
    body: bytes = b"{}"
    answer: bytes = SSE
    chunks: tuple[bytes, ...] = (b"data: x\n\n",)
    status: bytes = b"200 OK"


def as_json(value):
    return json.dumps(value, ensure_ascii=False).encode()


def plans_for_every_rule():
    keys = " and ".join(SECRETS.values())
    stream = planted.sse(planted.STREAMS["anthropic-text"](planted.split(keys, range(0, 2000, 7))))
    form = f"password={WORD}&grant_type=authorization_code&code={WORD}&text={SECRETS['groq']}".encode()
    multipart = (
        f'--sep\r\ncontent-disposition: form-data; name="api_key"\r\n\r\n{WORD}\r\n'
        f'--sep\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n{keys}\r\n--sep--\r\n'
    ).encode()
    heads = (
        f"authorization: Basic {WORD}\r\ncookie: s={WORD}\r\nx-api-key: {WORD}\r\nx-any: {WORD}\r\n"
        f"openai-organization: {WORD}\r\nx-my-token: {WORD}\r\npriority: Bearer {WORD}\r\n"
        f"user-agent: me/1 {SECRETS['xai']}\r\nreferer: https://me:{WORD}@llm.test/?password={WORD}\r\n"
        f"x-request-id: token={WORD}\r\n"
    ).encode()
    back = (
        f"set-cookie: s={WORD}\r\nx-any: {WORD}\r\nlocation: https://me:{WORD}@llm.test/x?key={WORD}\r\n"
    ).encode()
    known = {"metadata": {"user_id": PERSON}, "password": WORD, "extra": {"deep": [{"api_key": WORD}]}}
    error = {"error": {"message": f"wrong key: {SECRETS['openai-old']}", "type": "x"}, "pem": planted.PEM}
    rpc = {"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": keys}]}}
    lines = b"".join(as_json({"message": {"content": part}}) + b"\n" for part in planted.split(keys, [3, 50]))
    return [
        Plan(target=f"/v1/x?key={WORD}&prompt={SECRETS['aws-key']}", fields=heads, answer=SSE + back),
        Plan(fields=JSON, body=as_json({**known, "messages": [keys]}), chunks=(stream,)),
        Plan(fields=b"content-type: application/x-www-form-urlencoded\r\n", body=form),
        Plan(fields=b"content-type: multipart/form-data; boundary=sep\r\n", body=multipart),
        Plan(fields=JSON + GZIP, body=gzip.compress(as_json(known)), answer=SSE + GZIP,
             chunks=tuple(planted.chunked(gzip.compress(stream), [11]))),
        Plan(answer=JSON, chunks=(as_json(error),), status=b"401 Unauthorized"),
        Plan(answer=JSON + GZIP, chunks=(gzip.compress(as_json(error)),), status=b"500 Sorry"),
        Plan(answer=NDJSON, chunks=tuple(planted.chunked(lines, [1]))),
        Plan(fields=JSON, body=as_json({**rpc, "method": "tools/call"}), answer=JSON, chunks=(as_json(rpc),)),
    ]  # fmt: skip


@st.composite
def plans(draw):
    """A secret, written in some way, in a stream's deltas, or in lines of JSON; in any split and chunks."""
    secret = SECRETS[draw(st.sampled_from(sorted(SECRETS)))]
    coded = planted.FORMS[draw(st.sampled_from(sorted(planted.FORMS)))](secret)
    text = f"The key: {coded} is it"
    every = st.just(range(1, len(text)))
    parts = planted.split(text, draw(st.lists(st.integers(1, len(text)), max_size=8) | every))
    stream = draw(st.sampled_from([*sorted(set(planted.STREAMS) - {"plain-text"}), "lines"]))
    if stream == "lines":
        body, answer = b"".join(as_json({"message": {"content": part}}) + b"\n" for part in parts), NDJSON
    else:
        body, answer = planted.sse(planted.STREAMS[stream](parts)), SSE
    if draw(st.booleans()):
        body, answer = gzip.compress(body), answer + GZIP
    sizes = draw(st.just([1]) | st.lists(st.integers(1, 70), min_size=1, max_size=3))
    return Plan(
        target=f"/v1/x?key={coded}" if draw(st.booleans()) else "/v1/x",
        fields=JSON
        + draw(st.sampled_from([b"authorization: Bearer ", b"x-any: "]))
        + coded.encode()
        + b"\r\n",
        body=as_json({"messages": [{"content": text}]}),
        answer=answer,
        chunks=tuple(planted.chunked(body, sizes)),
    )


class Recorder:
    """A running recorder before an origin. `count` exchanges went through it."""

    def __init__(self, proxy, origin, until):
        self.proxy, self.origin, self.until = proxy, origin, until
        self.count = 0

    def run(self, plan):
        """Let an exchange pass: both ends get every byte as it was sent."""
        client = self.proxy.get(plan.target, plan.fields, plan.body)
        served = self.origin.accept()
        head, _, body = served.request.partition(b"\r\n\r\n")
        assert plan.target.encode() in head
        assert all(line in head for line in plan.fields.split(b"\r\n"))
        assert body == plan.body
        served.send_head(plan.answer + b"transfer-encoding: chunked\r\n", plan.status)
        for chunk in plan.chunks:
            served.send_chunk(chunk)
        served.send_chunk(b"")
        head = client.read_until(b"\r\n\r\n")
        assert all(line in head for line in plan.answer.split(b"\r\n"))
        assert b"".join(iter(client.read_chunk, b"")) == b"".join(plan.chunks)
        for wire in (client, served):
            wire.close()
        self.count += 1

    @property
    def folder(self):
        return self.proxy.folder

    def finished(self):
        """The finished cassettes, when all are."""
        self.until(lambda: len(list(self.folder.glob("*.cassette.jsonl*"))) == self.count)
        self.until(lambda: not list(self.folder.glob("unfinished/*")))
        return [playhead.load(path) for path in sorted(self.folder.glob("*.cassette.jsonl*"))]


def held(cassette):
    """All that a cassette holds, as it stands and as it is read: of deltas, what they add up to, by path."""
    yield from (line.decode() for line in cassette.lines())
    for exchange in cassette.exchanges:
        request, response = exchange.request, exchange.response
        yield repr((request.url, request.headers, request.body, response.headers, exchange.body))
        told = defaultdict(str)
        for line in exchange.body.decode("utf-8", "replace").splitlines():
            try:
                collect(json.loads(line.removeprefix("data:")), "", told)
            except ValueError:
                continue
        yield from told.values()


def collect(value, path, told):
    if isinstance(value, str):
        told[path] += value
    elif isinstance(value, dict):
        for name, part in value.items():
            collect(part, f"{path}.{name}", told)
    elif isinstance(value, list):
        for part in value:
            collect(part, path, told)


def found_in(text):
    return [needle for needle in NEEDLES if needle in text]


def nothing_is_left(cassette):
    assert [needle for text in held(cassette) for needle in found_in(text)] == []
    assert secrets_left(cassette) == []
    assert found_in(cassette.name) == []


@pytest.fixture(scope="module", params=KINDS)
def recorder(request, proxy_env, start_in_module, shared_origin, until, tmp_path_factory):
    """One of each kind: plain with lines for people, compressed with lines of JSON. Asked at its end."""
    folder = tmp_path_factory.mktemp("secrets")
    if request.param == "record":
        options = ["--compress", "--log", "json", "--counters", str(folder / "counters.json")]
    else:
        options = [*QUIET, "--set", f"playhead_counters={folder / 'counters.json'}"]
    proxy = start_in_module(proxy_env, request.param, shared_origin.url, folder, *options)
    made = Recorder(proxy, shared_origin, until)
    yield made
    proxy.stop()
    assert made.count
    assert found_in("".join(proxy.lines)) == []
    counted = (folder / "counters.json").read_text()
    assert json.loads(counted)["cassettes"] == made.count
    assert found_in(counted) == []
    assert found_in(" ".join(map(str, folder.rglob("*")))) == []
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.jsonl*")} == {0o600}


def test_every_rule(recorder):
    for plan in plans_for_every_rule():
        recorder.run(plan)
    cassettes = recorder.finished()
    for cassette in cassettes:
        nothing_is_left(cassette)
    rules = {each.rule for cassette in cassettes for each in cassette[1].redactions}
    assert rules >= RULES


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(plan=plans())
def test_any_stream_in_any_split(recorder, plan):
    before = {path.name for path in recorder.folder.glob("*.cassette.jsonl*")}
    recorder.run(plan)
    [cassette] = [each for each in recorder.finished() if each.name.rpartition("/")[2] not in before]
    nothing_is_left(cassette)
    assert b"".join(plan.chunks) != b"".join(chunk.data for chunk in cassette[1].chunks)


@pytest.fixture
def refused():
    """A port on which nobody listens, nor can meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.mark.parametrize("style", ["text", "json"])
def test_what_is_warned_of_quotes_nothing(start_proxy, origin, refused, tmp_path, until, style):
    """Refused and failed connections, heads and encodings that nobody can read."""
    upstreams = [f"http://127.0.0.1:{refused}", f"https://127.0.0.1:{origin.port}", origin.url]
    more = [part for url in upstreams[1:] for part in ("--upstream", url)]
    counters = tmp_path / "counters.json"
    proxy = start_proxy(
        "record", upstreams[0], tmp_path / "out", *more, "--log", style, "--counters", str(counters)
    )
    until(lambda: len(ports(proxy)) == len(upstreams))
    target = f"/v1/x?key={WORD}"
    fields = f"authorization: Bearer {WORD}\r\nx-any: {WORD}\r\nconnection: close\r\n".encode()
    body = as_json({"password": WORD, "prompt": SECRETS["github"]})
    answers = [
        f"HTTP/1.1 200 OK\r\nx-any {WORD}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\ncontent-length: 1{WORD}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\ntransfer-encoding: {WORD}\r\n\r\n".encode(),
        f"{WORD} {SECRETS['github']}\r\n\r\n".encode(),
        b"HTTP/1.1 103 Early Hints\r\nx-any: " + WORD.encode() + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + SSE + GZIP + b"content-length: 9\r\n\r\nno gzip..",
        b"HTTP/1.1 200 OK\r\n" + SSE + b"transfer-encoding: chunked\r\n\r\n" + WORD.encode() + b"\r\n",
    ]
    for at, port in enumerate(ports(proxy)):
        proxy.port = port
        for answer in answers if at == 2 else [b""]:
            client = proxy.get(target, fields, body)
            if at == 1:  # what comes is no TLS
                origin_side = origin.accept_any()
                origin_side.send(f"HTTP/1.1 400 {WORD}\r\n\r\n".encode())
                origin_side.close()
            elif answer:
                served = origin.accept()
                served.send(answer)
                served.close()
            client.read_rest()
            client.close()
    number = 2 + len(answers)
    until(lambda: len(list((tmp_path / "out").glob("*.cassette.jsonl"))) == number)
    proxy.stop()
    said = "".join(proxy.lines)
    assert found_in(said) == []
    assert "Traceback" not in said
    assert "TLS handshake failed" in said
    assert "it refused the connection" in said
    assert json.loads(counters.read_text())["exchanges_recorded"] == number
    assert found_in(counters.read_text()) == []
    for path in (tmp_path / "out").glob("*.cassette.jsonl"):
        assert found_in(path.read_text() + path.name) == []


def ports(proxy):
    return [int(port) for port in re.findall(r"listening on http://127\.0\.0\.1:(\d+)", "".join(proxy.lines))]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_unfinished_is_its_owners_alone_before_and_after_a_kill(
    start_proxy, origin, tmp_path, until, kind
):
    """Whatever the umask, and whatever the folders were: their files hold bodies as they came."""
    root = tmp_path / "out"
    root.mkdir()
    (root / "unfinished").mkdir()
    for folder in (root, root / "unfinished"):
        folder.chmod(0o755)
    open_umask = ("sh", "-c", 'umask 0; exec "$@"', "sh")
    quiet = QUIET if kind == "mitmdump" else ()
    proxy = start_proxy(kind, origin.url, root, *quiet, wrap=open_umask)
    until(lambda: mode(root / "unfinished") == 0o700)
    secret = SECRETS["anthropic-key"]
    client = proxy.get("/killed", f"x-any: {WORD}\r\n".encode(), as_json({"password": WORD}))
    served = origin.accept()
    served.send_chunked_head()
    client.read_until(b"\r\n\r\n")
    chunks = planted.chunked(
        planted.sse(planted.STREAMS["chat-text"](planted.split(secret, range(60)))), [40]
    )
    for chunk in chunks[:-2]:
        served.send_chunk(chunk)
        assert client.read_chunk() == chunk
    until(lambda: len(proxy.partial("/killed")[1].chunks) == len(chunks) - 2)
    proxy.stop(signal.SIGKILL)
    [partial] = (root / "unfinished").iterdir()
    assert (mode(root / "unfinished"), mode(partial)) == (0o700, 0o600)
    assert WORD in playhead.load(partial)[1].request.body.decode()
    assert WORD not in repr(playhead.load(partial)[1].request.headers)
    again = start_proxy(kind, origin.url, root, *quiet, wrap=open_umask)
    cassette = again.cassette("/killed")
    nothing_is_left(cassette)
    assert cassette[1].ending.kind is playhead.EndingKind.TRUNCATED
    until(lambda: list((root / "unfinished").iterdir()) == [])
    again.stop()
    assert found_in("".join(proxy.lines + again.lines)) == []
    [path] = root.glob("*.jsonl")
    assert (mode(path), mode(root)) == (0o600, 0o755)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_from_a_file_and_from_switches(start_proxy, origin, tmp_path, until, kind):
    """They reach heads at once, and bodies when they are finished, after a kill too."""
    policy = tmp_path / "policy.toml"
    policy.write_text('name = "team"\n[headers]\nsecret = ["x-title"]\n')
    chosen = [
        ("policy", str(policy)),
        ("allow_header", "x-trace*"),
        ("secret_header", "traceparent"),
        ("secret_parameter", "customer"),
        ("secret_field", "metadata.desk"),
        ("shape", "team-key=team_[a-z0-9]{8}"),
        ("rule_off", "account"),
    ]
    if kind == "record":
        options = [part for name, value in chosen for part in ("--" + name.replace("_", "-"), value)]
    else:
        options = [part for name, value in chosen for part in ("--set", f"playhead_{name}={value}")]
    proxy = start_proxy(kind, origin.url, tmp_path / "out", *options)
    recorder = Recorder(proxy, origin, until)
    fields = b"x-title: file-77\r\nx-trace-id2: stays-78\r\ntraceparent: goes-79\r\n"
    fields += b"openai-organization: org-80\r\n"
    body = as_json({"metadata": {"desk": "desk-81", "floor": "floor-82"}})
    stream = planted.sse(planted.STREAMS["responses"](planted.split("a team_0123abcd b", range(20))))
    plan = Plan("/v1?customer=joe-83", fields, body, SSE, (stream,))
    recorder.run(plan)
    [cassette] = recorder.finished()
    served_and_client = proxy.get(plan.target, fields, body), origin.accept()
    served_and_client[1].send_chunked_head()
    served_and_client[1].send_chunk(stream)
    until(lambda: list((tmp_path / "out" / "unfinished").iterdir()))
    until(lambda: len(proxy.partial("floor-82")[1].chunks) == 1)
    proxy.stop(signal.SIGKILL)
    again = Recorder(start_proxy(kind, origin.url, tmp_path / "out", *options), origin, until)
    again.count = 2
    for cassette in again.finished():
        written = "".join(held(cassette))
        for gone in ("file-77", "goes-79", "joe-83", "desk-81", "team_0123abcd"):
            assert gone not in written
        for kept in ("stays-78", "org-80", "floor-82"):
            assert kept in written
        assert dict(cassette.header.facts)["redaction"].startswith("team/")
