"""Ends that are the client's or the proxy's doing, and those of an encoding instead of its framing."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from playhead import EndingKind, Exchange, Framing, How, RecordingEnded
from playhead.replay.server import ServerThread

from .clients import CLIENTS, SYNC, Client, Met, Raw
from .encodings import encode
from .origin import SSE, Http1, Origin, Play
from .recorder import Recorder
from .replays import on_a_socket, through_transports

TWO = [b"data: 1\n\n", b"data: \xe2\x82"]
PATIENCE = (1.0, 4.0, 16.0)
"""Of clients that are to lose it: where what does come came later, on a busy machine, they are given more."""


def two_then(end: Callable[[Http1], Any]) -> Callable[[Http1], None]:
    def script(out: Http1) -> None:
        out.head()
        out.sent(0)
        for piece in TWO:
            out.send(piece)
        end(out)

    return script


def losing_patience(meet: Callable[[float], Met]) -> Met:
    """What a client meets that has read `TWO` when it loses its patience: the argument, in seconds."""
    met = Met()
    for patience in PATIENCE:
        met = meet(patience)
        if met.chunks == TWO:
            break
    return met


def check_recording_ended(exchange: Exchange, path: str, pieces: list[bytes] = TWO) -> None:
    """Behind what was recorded nobody goes on as if nothing were."""
    for met in through_transports(exchange, path):
        assert isinstance(met.raised, RecordingEnded)
        assert met.chunks == pieces
    assert on_a_socket(exchange, path)[1:] == (pieces, "reset")


@pytest.mark.parametrize(("leave", "how"), [("fin", How.FIN), ("reset", How.RESET)])
@pytest.mark.parametrize("reads", [0, 2])
def test_a_client_that_leaves(origin: Origin, recorder: Recorder, leave: str, how: How, reads: int) -> None:
    def script(out: Http1) -> None:
        out.head()
        for piece in TWO[:reads]:
            out.send(piece)
        out.until_they_leave()

    play = origin.play(script)
    with Raw(recorder.url) as raw:
        raw.ask(play.path)
        raw.head()
        play.took(b"")
        for _ in range(reads):
            play.took(raw.chunk())
        getattr(raw, leave)()
    exchange = recorder.cassette(play.path)[1]
    ending = exchange.ending
    assert (ending.kind, ending.how, ending.framing) == (EndingKind.CLIENT_CLOSED, how, Framing.CHUNKED)
    assert (ending.facts["client_open"], ending.facts["framing_complete"]) == ("false", "false")
    check_recording_ended(exchange, play.path, TWO[:reads])


def test_a_client_that_loses_patience_has_left(origin: Origin, recorder: Recorder) -> None:
    plays: list[Play] = []

    def meet(patience: float) -> Met:
        for play in plays:
            play.took(bytes(100))  # nobody is to wait for a client that has left
        plays.append(origin.play(two_then(Http1.until_they_leave)))
        return SYNC.meet(recorder.url + plays[-1].path, took=plays[-1].took, timeout=patience)

    assert losing_patience(meet).error == ("ReadTimeout", "timed out")
    play = plays[-1]
    exchange = recorder.cassette(play.path)[1]
    assert (exchange.ending.kind, exchange.ending.how) == (EndingKind.CLIENT_CLOSED, How.FIN)
    check_recording_ended(exchange, play.path)


@pytest.fixture(scope="module")
def stalled(
    origin: Origin,
    recorder_env: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    idle_timeout: str,
) -> tuple[Play, Exchange]:
    """A stall that the proxy put an end to, after two seconds or more; `record` waits for ten minutes."""
    import playhead_recorder

    addon = Path(playhead_recorder.__path__[0]) / "script.py"
    listening = r"listening at 127\.0\.0\.1:(?P<port>\d+)"
    found: list[tuple[Play, Exchange]] = []

    def meet(patience: float) -> Met:
        folder = tmp_path_factory.mktemp("stalled")
        command = [str(Path(sys.executable).with_name("mitmdump")), "--mode", f"reverse:{origin.url}"]
        command += ["--listen-host", "127.0.0.1", "--listen-port", "0"]
        command += ["--set", f"{idle_timeout}={round(2 * patience)}"]
        command += ["-s", str(addon), "--set", f"playhead_dir={folder}"]
        mitmdump = Recorder(origin.url, folder, recorder_env, command=command, listening=listening)
        try:
            play = origin.play(two_then(Http1.until_they_leave))
            met = SYNC.meet(mitmdump.url + play.path, took=play.took)
            play.took(bytes(100))
            found.append((play, mitmdump.cassette(play.path)[1]))
            return met
        finally:
            mitmdump.stop()

    assert losing_patience(meet).chunks == TWO
    return found[-1]


def test_a_stall_is_a_timeout_where_the_proxy_ends_it(stalled: tuple[Play, Exchange]) -> None:
    ending = stalled[1].ending
    assert (ending.kind, ending.how, ending.framing) == (EndingKind.TIMEOUT, How.TIMEOUT, Framing.CHUNKED)
    assert ending.facts["framing_complete"] == "false"
    assert [chunk.data for chunk in stalled[1].chunks] == TWO


def test_a_stall_is_met_as_at_the_origin(
    origin: Origin, stalled: tuple[Play, Exchange], client: Client
) -> None:
    play, exchange = stalled
    url = origin.url + play.path
    real = losing_patience(lambda patience: client.meet(url, took=play.took, timeout=patience))
    played = losing_patience(
        lambda patience: client.meet(url, transport=client.replay(exchange), timeout=patience)
    )
    assert played.errors == real.errors
    assert played.error is not None
    assert played.error[0] == "ReadTimeout"
    assert (played.chunks, played.after) == (real.chunks, real.after)
    assert played.chunks == TWO


def test_a_stall_on_a_socket(stalled: tuple[Play, Exchange]) -> None:
    with ServerThread(stalled[1], speed="max") as server:
        url = server.url + stalled[0].path
        met = losing_patience(lambda patience: SYNC.meet(url, timeout=patience))
    assert (met.error, met.chunks) == (("ReadTimeout", "timed out"), TWO)


GZIPPED = encode("gzip", [b"data: 1\n\n", b"data: 2\n\n"])
PLAIN = [b"data: 1\n\n", b"data: 2\n\n"]
CORRUPT = [GZIPPED[0], b"\xff" * 40]


def encoded(*pieces: bytes, end: Callable[[Http1], None]) -> Callable[[Http1], None]:
    def script(out: Http1) -> None:
        out.head((*SSE, (b"content-encoding", b"gzip")))
        out.sent(0)
        for piece in pieces:
            out.send(piece)
        end(out)

    return script


def corrupt(out: Http1) -> None:
    out.head((*SSE, (b"content-encoding", b"gzip")))
    # A client that fails to decode it never says that it has read it.
    out.raw(b"28\r\n" + b"\xff" * 40 + b"\r\n")
    out.whole()


@pytest.mark.parametrize(
    ("script", "kind", "error"),
    [
        # No client minds that the end of the encoding is missing, if HTTP's is there.
        (encoded(*GZIPPED[:2], end=Http1.whole), EndingKind.COMPLETE, None),
        (encoded(*GZIPPED[:2], end=Http1.fin), EndingKind.SERVER_CLOSED, "RemoteProtocolError"),
        (encoded(*GZIPPED[:2], end=Http1.reset), EndingKind.SERVER_CLOSED, "ReadError"),
        # Wrong from the first byte on: kept and replayed as it came, and the client fails to decode it.
        (corrupt, EndingKind.COMPLETE, "DecodingError"),
    ],
    ids=["truncated, whole", "truncated, FIN", "truncated, RST", "corrupt"],
)
def test_an_encoding_that_stops_or_breaks_is_met_as_at_the_origin(
    origin: Origin, recorder: Recorder, script: Any, kind: EndingKind, error: str | None
) -> None:
    play = origin.play(script)
    SYNC.meet(recorder.url + play.path, took=play.took)
    exchange = recorder.cassette(play.path)[1]
    assert exchange.ending.kind is kind
    for client in CLIENTS:
        if error == "DecodingError" and client.flavour == "trio":
            continue  # httpx leaves generators behind here, which trio warns of
        real = client.meet(origin.url + play.path, took=taking_all(play), decode=True)
        played = client.meet(origin.url + play.path, transport=client.replay(exchange), decode=True)
        assert played.errors == real.errors
        assert (played.error[0] if played.error else None) == error
        assert played.chunks == real.chunks == ([] if error == "DecodingError" else PLAIN)


def taking_all(play: Play) -> Callable[[bytes], None]:
    """For a client that decodes: it reads other bytes than were sent, but no fewer deliveries."""
    return lambda data: play.took(b"\0" * 1000 if data else b"")


def test_an_encoding_that_breaks_midway_breaks_the_replay_there(origin: Origin, recorder: Recorder) -> None:
    play = origin.play(encoded(*CORRUPT, end=Http1.whole))
    met = SYNC.meet(recorder.url + play.path, took=play.took)
    assert (met.error, met.chunks) == (None, CORRUPT)
    exchange = recorder.cassette(play.path)[1]
    assert [(chunk.data, chunk.undecoded) for chunk in exchange.chunks] == [
        (PLAIN[0], False),
        (CORRUPT[1], True),
    ]
    # What could be decoded is encoded anew; what comes then does not go with it, now as then.
    real = SYNC.meet(origin.url + play.path, took=taking_all(play), decode=True)
    played = SYNC.meet(origin.url + play.path, transport=SYNC.replay(exchange), decode=True)
    assert real.error is not None
    assert real.error[0] == "DecodingError"
    assert (played.errors, played.chunks) == (real.errors, real.chunks)
    _, pieces, end = on_a_socket(exchange, play.path)
    assert (pieces[1], end) == (CORRUPT[1], "whole")
    assert zlib.decompressobj(47).decompress(pieces[0]) == PLAIN[0]
