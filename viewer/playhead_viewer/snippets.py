"""What is copied of an exchange: an event, a block, the message, a curl command, a test. Pure text.

Knows exchanges; no clipboard. What is copied is what was recorded, as it came: nothing is made safe here.
"""

from __future__ import annotations

import json
import shlex

from playhead import EndingKind, Exchange
from playhead.protocols.blocks import Block
from playhead_viewer.source.stream import Stream

_NOT_SENT = frozenset(("host", "content-length", "connection", "accept-encoding", "transfer-encoding"))
_CLEAN = frozenset((EndingKind.COMPLETE,))


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
    """The request as a curl command; what was redacted stays so. `None` where the request is unknown."""
    request = exchange.request
    if request is None:
        return None
    parts = ["curl", "-N", "-X", request.method, request.url]
    for name, value in request.headers:
        if name.lower() not in _NOT_SENT:
            parts += ["-H", f"{name}: {value}"]
    if request.body:
        parts += ["--data-binary", request.body.decode("utf-8", "replace")]
    words = [shlex.quote(part) for part in parts]
    return " ".join(words[:5]) + "".join(
        f" \\\n  {' '.join(words[at : at + 2])}" for at in range(5, len(words), 2)
    )


def test(exchange: Exchange, path: str) -> str | None:
    """A pytest test that replays the exchange to an httpx client; `None` where the request is unknown."""
    request, response = exchange.request, exchange.response
    if request is None:
        return None
    stream = "client.stream(request.method, request.url, content=request.body) as response"
    lines = [
        "import httpx",
        "import playhead",
        "import pytest" if exchange.ending.kind not in _CLEAN else "",
        "from playhead.httpx import ReplayTransport",
        "",
        "",
        f"def test_exchange_{exchange.number}() -> None:",
        f"    exchange = playhead.load({path!a})[{exchange.number}]",
        "    request = exchange.request",
        "    assert request is not None",
        "    with httpx.Client(transport=ReplayTransport(exchange)) as client:",
    ]
    if exchange.ending.kind in _CLEAN and response is not None:
        lines += [
            f"        with {stream}:",
            "            body = response.read()",
            f"    assert response.status_code == {response.status}",
            "    assert body == exchange.body",
        ]
    else:
        lines += [
            f"        # It ended as {exchange.ending.kind.value}: a client must see that.",
            "        with pytest.raises((httpx.TransportError, playhead.RecordingEnded)):",
            f"            with {stream}:",
            "                response.read()",
        ]
    return "\n".join(line for place, line in enumerate(lines) if line or place > 3) + "\n"
