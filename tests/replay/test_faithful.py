"""Replay through a transport against the same cassette over a real socket: what the client meets is equal.

Equal means: status, headers, version and reason; the chunks; class, arguments and message of the exception
and of every cause; and the state of the response afterwards.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from playhead import Cassette, EndingKind, RecordingEnded, ReplayMiss, Response
from playhead.replay.server import ServerThread

from .conftest import PATIENCE

Make = Callable[..., Cassette]
TARGET = "/v1/messages?beta=true"
BODY = [(b"data: 1\n\n", 2.0), (b"", 2.1), (b"data: \xe2\x82", 2.2), (b"\xac\n\n", 2.3)]
CHUNKS = [data for data, _ in BODY if data]
CHUNKED = {"framing": "chunked"}
SHORT = Response(status=200, reason="OK", headers=(("content-length", "135"),), t=1.5)


@dataclass
class Case:
    """A cassette, and the exception's class that its end is to the client."""

    name: str
    error: str | None
    options: dict[str, Any] = field(default_factory=dict)
    same_chunks: bool = True
    """Where the length is not told by chunks, a socket may deliver them in other pieces."""
    patience: tuple[float, ...] = (20.0,)

    @property
    def expected(self) -> list[bytes]:
        return [] if "chunks" in self.options else CHUNKS


def cut(how: str | None = None, **more: str) -> dict[str, Any]:
    facts = {**more, **({"how": how} if how else {})}
    return {"ending": EndingKind.SERVER_CLOSED, "facts": facts}


NO_BODY: dict[str, Any] = {"chunks": [], "response": None}
LATE: dict[str, Any] = {"ending": EndingKind.TIMEOUT}
CASES = [
    Case("whole, chunked", None, {"facts": CHUNKED}),
    Case("whole, length", None, {"facts": {"framing": "length"}}, same_chunks=False),
    Case("whole, close", None, {"facts": {"framing": "close"}}, same_chunks=False),
    Case("whole, trailers", None, {"facts": CHUNKED, "trailers": (("x-sum", "9"),)}),
    Case("import", None, {"ending": EndingKind.UNKNOWN, "request": None}),
    Case("error status", None, {"response": Response(status=529, reason="Overloaded")}),
    Case("no body", None, {"chunks": [], "response": Response(status=204, reason="No Content")}),
    Case("FIN, chunked", "RemoteProtocolError", cut("fin", **CHUNKED)),
    Case("cut, unknown how", "RemoteProtocolError", cut(None, **CHUNKED)),
    Case("cut, unknown how, close", "RemoteProtocolError", cut(None, framing="close")),
    Case("FIN, length", "RemoteProtocolError", {**cut("fin"), "response": SHORT}, same_chunks=False),
    Case("FIN, length, nothing sent", "RemoteProtocolError", {**cut("fin"), "response": SHORT, "chunks": []}),
    Case("FIN, close", None, cut("fin", framing="close"), same_chunks=False),
    Case("FIN, nothing sent", "RemoteProtocolError", {**cut("fin", **CHUNKED), "chunks": []}),
    Case("FIN before the head", "RemoteProtocolError", {**cut("fin"), **NO_BODY}),
    Case("RST", "ReadError", cut("reset", **CHUNKED)),
    Case("RST before the head", "ReadError", {**cut("reset"), **NO_BODY}),
    Case("stall", "ReadTimeout", {**LATE, "facts": CHUNKED}, patience=PATIENCE),
    Case("stall before the head", "ReadTimeout", {**LATE, **NO_BODY}, patience=PATIENCE),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_transport_is_as_a_socket(client: Any, make: Make, case: Case) -> None:
    cassette = make(**{"chunks": BODY, **case.options})
    kind = f"{client.library.__name__}.{case.error}" if case.error else None
    with ServerThread(cassette, speed="max") as server:
        url = server.url + TARGET
        for patience in case.patience:
            real = client.meet(url, timeout=patience)
            if real.chunks == case.expected and real.kind == kind:
                break
    played = client.meet(url, transport=client.transport(cassette), timeout=patience)
    assert played.error == real.error
    assert played.has_request == real.has_request
    assert played.head == real.head
    assert played.after == real.after
    assert played.body == real.body
    if case.same_chunks:
        assert played.chunks == real.chunks
    assert played.kind == kind
    assert played.chunks == case.expected


def test_refused_is_as_a_port_where_nobody_listens(client: Any, make: Make) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}{TARGET}"
        real = client.meet(url)
    played = client.meet(url, transport=client.transport(make(**cut("refused"), **NO_BODY)))
    assert played.error == real.error
    assert played.error[0][0] == f"{client.library.__name__}.ConnectError"


@pytest.mark.parametrize("how", ["dns", "tls"])
def test_no_connection_for_other_reasons(client: Any, make: Make, how: str) -> None:
    cassette = make(**cut(how), **NO_BODY, detail="certificate verify failed")
    played = client.meet(f"https://host.invalid{TARGET}", transport=client.transport(cassette))
    message = "certificate verify failed" if how == "tls" else "Name or service not known"
    if (how, client.flavour) == ("tls", "trio"):
        message = ""  # trio does not tell why
    assert played.error[0][0] == f"{client.library.__name__}.ConnectError"
    assert message in played.error[0][2]


@pytest.mark.parametrize(
    "kind", [EndingKind.CLIENT_CLOSED, EndingKind.RECORDER_STOPPED, EndingKind.TRUNCATED, None]
)
def test_past_the_end_of_a_recording(client: Any, make: Make, kind: EndingKind | None) -> None:
    cassette = make(BODY, ending=kind, facts=CHUNKED)
    played = client.meet(f"http://h{TARGET}", transport=client.transport(cassette))
    assert isinstance(played.raised, RecordingEnded)
    assert played.chunks == CHUNKS
    assert f"exchange 1 of {cassette.name}: the recording stops after" in str(played.raised)
    said: list[str] = []
    with ServerThread(cassette, speed="max", say=said.append) as server:
        real = client.meet(server.url + TARGET)
    assert real.error[0][0] == f"{client.library.__name__}.ReadError"
    assert real.chunks == played.chunks
    assert "bytes: " in said[-1]
    assert "the connection was aborted" in said[-1]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (EndingKind.CLIENT_CLOSED, "the client that was recorded closed the connection"),
        (EndingKind.RECORDER_STOPPED, "the recorder was stopped"),
        (None, "the recorder died"),
    ],
)
def test_a_recording_that_ends_before_the_head(
    client: Any, make: Make, kind: EndingKind | None, why: str
) -> None:
    cassette = make(**NO_BODY, ending=kind, facts=CHUNKED)
    message = f"exchange 1 of {cassette.name}: the recording stops before any response: "
    with pytest.raises(ReplayMiss) as caught:
        client.meet(f"http://h{TARGET}", transport=client.transport(cassette))
    assert str(caught.value).startswith(message)
    assert why in str(caught.value)
    said: list[str] = []
    with ServerThread(cassette, speed="max", say=said.append) as server:
        real = client.meet(server.url + TARGET)
    assert real.error[0][0] == f"{client.library.__name__}.ReadError"
    assert said[-1].startswith(message)
    assert "the connection was aborted" in said[-1]


def test_a_secure_url_times_out_in_its_own_words(client: Any, make: Make) -> None:
    cassette = make(BODY, ending=EndingKind.TIMEOUT)
    played = client.meet(f"https://h{TARGET}", transport=client.transport(cassette), timeout=0.01)
    words = "The read operation timed out" if client.flavour == "sync" else ""
    assert played.error[0] == (f"{client.library.__name__}.ReadTimeout", (words,), words)


@pytest.mark.parametrize("before_head", [False, True], ids=["body", "head"])
@pytest.mark.parametrize("speed", [1.0, "max"])
def test_a_stall_without_a_read_timeout_fails_like_a_miss(
    client: Any, make: Make, speed: Any, before_head: bool
) -> None:
    cassette = make([] if before_head else [(b"x", None)], ending=EndingKind.TIMEOUT,
                    response=None if before_head else Response(status=200), request=None)  # fmt: skip
    with pytest.raises(ReplayMiss, match="Give the client a read timeout"):
        client.meet(f"http://h{TARGET}", transport=client.transport(cassette, speed=speed), timeout=None)


def test_a_miss_goes_through_every_client(client: Any, make: Make) -> None:
    transport = client.transport(make(BODY))
    client.meet(f"http://h{TARGET}", transport=transport)
    with pytest.raises(ReplayMiss, match="more often than recorded"):
        client.meet(f"http://h{TARGET}", transport=transport)
