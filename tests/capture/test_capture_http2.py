"""HTTP/2 through a transport that speaks it: the version, the framing, the ways to end a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import playhead
from playhead import EndingKind, Framing, How

from ..loop import certificates
from ..loop.clients import Client
from ..loop.origin import Origin
from .visits import recording

pytest.importorskip("h2")
pytest.importorskip("cryptography")

TWO = [b"data: 1\n\n", b"data: \xe2\x82"]
STOPPED = EndingKind.SERVER_CLOSED


@pytest.fixture(scope="module")
def tls_origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    certificate = certificates.make(tmp_path_factory.mktemp("certificate") / "origin.pem")
    with Origin(certificates.server_context(certificate)) as made:
        yield made
        assert not made.errors


CASES = [
    pytest.param(lambda out: out.whole(), EndingKind.COMPLETE, How.CLEAN, None, id="whole"),
    pytest.param(lambda out: out.rst_stream(2), STOPPED, How.RESET, "2", id="RST_STREAM"),
    pytest.param(lambda out: out.goaway(), STOPPED, How.UNKNOWN, "0", id="GOAWAY"),
    pytest.param(lambda out: out.fin(), STOPPED, How.FIN, None, id="FIN"),
    pytest.param(lambda out: out.reset(), STOPPED, How.RESET, None, id="RST"),
]


@pytest.mark.parametrize(("end", "kind", "how", "code"), CASES)
def test_an_exchange_in_http2(
    client: Client,
    tls_origin: Origin,
    tmp_path: Path,
    end: Callable[[Any], None],
    kind: EndingKind,
    how: How,
    code: str | None,
) -> None:
    def script(out: Any) -> None:
        out.head()
        for piece in TWO:
            out.send(piece)
        end(out)

    play = tls_origin.play(script)
    url = tls_origin.url + play.path
    transports = client.library.HTTPTransport, client.library.AsyncHTTPTransport
    below = transports[client.flavour != "sync"](verify=False, http2=True, trust_env=False)
    path = tmp_path / "x.cassette.jsonl"
    bare = client.meet(url, took=play.took, http2=True)
    real = client.meet(url, transport=recording(client, path, below), took=play.took)
    assert (real.chunks, real.errors, real.after) == (bare.chunks, bare.errors, bare.after)
    assert real.http_version == bare.http_version == b"HTTP/2"
    exchange = playhead.load(path)[1]
    assert [chunk.data for chunk in exchange.chunks] == TWO
    assert exchange.response is not None
    assert exchange.response.http_version == "HTTP/2.0"
    assert exchange.request is not None
    assert (exchange.request.http_version, exchange.request.body) == (None, b"{}")
    ending = exchange.ending
    if how is How.RESET and "disconnected" in str(bare.errors):
        how = How.FIN  # before 3.13 Python's ssl takes a reset for an end
    assert (ending.kind, ending.how, ending.framing) == (kind, how, Framing.H2)
    assert ending.facts.get("error_code") == code
