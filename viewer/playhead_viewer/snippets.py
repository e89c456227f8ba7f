"""What is copied of an exchange: an event, a block, the message, a curl command, a test. Pure text.

Knows exchanges; no clipboard. What is copied is what was recorded, as it came: nothing is made safe here.
"""

from __future__ import annotations

import base64
import json
import re
import shlex

from playhead import EndingKind, Exchange
from playhead.protocols.blocks import Block
from playhead_viewer.source.stream import Stream

_NOT_SENT = frozenset(("host", "content-length", "connection", "accept-encoding", "transfer-encoding"))
_CLEAN = frozenset((EndingKind.COMPLETE, EndingKind.UNKNOWN))
_BEFORE_A_HEAD = frozenset((EndingKind.SERVER_CLOSED, EndingKind.TIMEOUT))
"""Endings that a client can be made to meet though nothing was answered."""
_ON = " \\\n  "
_ARGUMENT = 100_000
"""Bytes of a body that are given as an argument; Linux takes 128 KiB for one."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]+")


def event(stream: Stream, number: int) -> str:
    """The data of an event; of a frame without data, its bytes."""
    with stream.loader.lock:
        data = stream.frames[number - 1].data
        return data if data is not None else raw(stream, number)


def raw(stream: Stream, number: int) -> str:
    """The bytes of a frame as text."""
    with stream.loader.lock:
        start, end = stream.frames.span(number - 1)
        return stream.frames.content(start, end).decode("utf-8", "replace")


def block(stream: Stream, number: int) -> str | None:
    """The block that event `number` belongs to, as it stood after it; `None` where there is none."""
    if stream.record is None:
        return None
    with stream.loader.lock:
        state = stream.exchange.at(number)
        added = state.added
        found = added[0] if added else (state.blocks[-1] if len(state.blocks) else None)
        return None if found is None else _text(found)


def _text(found: Block) -> str:
    return found.text if found.size else json.dumps(found.data, ensure_ascii=False, indent=2)


def message(stream: Stream, number: int) -> str | None:
    """The message after event `number`, as the official client has it, as JSON."""
    if stream.record is None:
        return None
    with stream.loader.lock:
        state = stream.exchange.at(number) if number else stream.exchange.final()
        found = state.message
    return None if found is None else json.dumps(found, ensure_ascii=False, indent=2)


def curl(exchange: Exchange) -> str | None:
    """The request as a curl command; what was redacted stays so. `None` where the request is unknown.

    It sends these headers and no other that says something of the body; a body that no argument can hold
    comes through a pipe.
    """
    request = exchange.request
    if request is None:
        return None
    headers = [header for header in request.headers if header[0].lower() not in _NOT_SENT]
    method = ["--head"] if request.method == "HEAD" else ["-X", request.method]
    lines = [" ".join(map(_quoted, ("curl", "-gN", *method, request.url)))]
    # A header without a value is told with a semicolon: with a colon curl would leave it out.
    lines += [f"-H {_quoted(f'{name}: {value}' if value.strip() else f'{name};')}" for name, value in headers]
    body = request.body or b""
    if body and not any(name.lower() == "content-type" for name, _ in headers):
        lines.append("-H Content-Type:")  # curl would tell one of its own
    if not body:
        return _ON.join(lines)
    if _is_text(body):
        return _ON.join([*lines, f"--data-raw {_quoted(body.decode())}"])
    piped = f"printf %s {base64.b64encode(body).decode()} | base64 -d | "
    return piped + _ON.join([*lines, "--data-binary @-"])


def _is_text(body: bytes) -> bool:
    try:
        return "\0" not in body.decode() and len(body) <= _ARGUMENT
    except UnicodeDecodeError:
        return False


def _quoted(word: str) -> str:
    """For a shell. What a terminal would obey when it is pasted is told by number, as bash and zsh do."""
    if _CONTROL.search(word) is None:
        return shlex.quote(word)
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{_CONTROL.sub(_number, escaped)}'"


def _number(match: re.Match[str]) -> str:
    return "".join(f"\\{byte:03o}" for byte in match[0].encode("utf-8", "surrogatepass"))


def test(exchange: Exchange, path: str) -> str | None:
    """A pytest test that replays the exchange to an httpx client.

    `None` where the request is unknown, or nothing was answered that could be replayed.
    """
    request, response, ending = exchange.request, exchange.response, exchange.ending.kind
    if request is None or (response is None and ending not in _BEFORE_A_HEAD):
        return None
    stream = "client.stream(request.method, request.url, content=request.body) as response"
    lines = [
        "import httpx",
        "import playhead",
        "import pytest" if ending not in _CLEAN else "",
        "from playhead.httpx import ReplayTransport",
        "",
        "",
        f"def test_exchange_{exchange.number}() -> None:",
        f"    exchange = playhead.load({path!a})[{exchange.number}]",
        "    request = exchange.request",
        "    assert request is not None",
        "    with httpx.Client(transport=ReplayTransport(exchange)) as client:",
    ]
    if ending in _CLEAN and response is not None:
        lines += [
            f"        with {stream}:",
            "            body = response.read()",
            f"    assert response.status_code == {response.status}",
            "    assert body == exchange.body",
        ]
    else:
        lines += [
            f"        # It ended as {ending.value}: a client must see that.",
            "        with pytest.raises((httpx.TransportError, playhead.RecordingEnded)):",
            f"            with {stream}:",
            "                response.read()",
        ]
    return "\n".join(line for place, line in enumerate(lines) if line or place > 3) + "\n"
