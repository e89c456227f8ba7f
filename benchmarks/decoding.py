"""How fast SSE decoders are: ours, the peers', and what splitting bytes alone would cost.

`uv run --group bench python benchmarks/decoding.py [--rounds N]`

Every decoder gets the same chunks, is driven as its own library drives it (its line decoding and UTF-8
decoding included), and must give every event's type and data: that is checked before anything is timed.
The contenders of a row take turns within each round; figures are medians, in thousands of events a second;
the ratio is to the fastest peer. `bytes.split` gives neither text nor types nor places: it is what a
decoder cannot beat by much. Last comes growth: the time for four times the size over that for the size.
"""

from __future__ import annotations

import argparse
import codecs
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import anthropic._streaming
import httpx2._sse
import httpx_sse._decoders
import openai._streaming
import sseclient
from measure import interleaved, table

import playhead
from playhead.sse import Decoder, FrameKind

Chunks = Sequence[bytes]
Take = Callable[[object], object] | None


class Contender(NamedTuple):
    """`run` reads the chunks as the library's users do, and hands each item that comes out to `take`."""

    name: str
    run: Callable[[Chunks, Take], None]

    def seconds(self, chunks: Chunks) -> float:
        start = time.perf_counter()
        self.run(chunks, None)
        return time.perf_counter() - start


# -- The contenders, each in the loop its own library has around it; `take` is None while time is taken ---


def _ours(chunks: Chunks, take: Take) -> None:
    decoder = Decoder()
    feed = decoder.feed
    for chunk in chunks:
        for frame in feed(chunk):
            if take is not None:
                take(frame)
    decoder.close()


def _httpx_sse(chunks: Chunks, take: Take) -> None:
    text = codecs.getincrementaldecoder("utf-8")("replace").decode
    lines = httpx_sse._decoders.SSELineDecoder()
    decode = httpx_sse._decoders.SSEDecoder().decode
    for chunk in chunks:
        part = text(chunk)
        if part:
            for line in lines.decode(part):
                event = decode(line)
                if event is not None and take is not None:
                    take(event)


def _httpx2(chunks: Chunks, take: Take) -> None:
    text = codecs.getincrementaldecoder("utf-8")("replace").decode
    decode = httpx2._sse._SSEParser().decode
    for chunk in chunks:
        part = text(chunk)
        if part:
            for event in decode(part):
                if take is not None:
                    take(event)


def _anthropic(chunks: Chunks, take: Take) -> None:
    for event in anthropic._streaming.SSEDecoder().iter_bytes(iter(chunks)):
        if take is not None:
            take(event)


def _openai(chunks: Chunks, take: Take) -> None:
    for event in openai._streaming.SSEDecoder().iter_bytes(iter(chunks)):
        if take is not None:
            take(event)


def _sseclient(chunks: Chunks, take: Take) -> None:
    for event in sseclient.SSEClient(iter(chunks)).events():
        if take is not None:
            take(event)


def _split(chunks: Chunks, take: Take) -> None:
    rest = b""
    blank = b"\r\n\r\n" if any(b"\r" in chunk for chunk in chunks[:1000]) else b"\n\n"
    for chunk in chunks:
        *blocks, rest = (rest + chunk).split(blank)
        for block in blocks:
            if take is not None:
                take(block)


OURS = Contender("playhead", _ours)
PEERS = (
    Contender("httpx-sse", _httpx_sse),
    Contender("anthropic", _anthropic),
    Contender("openai", _openai),
    Contender("httpx2", _httpx2),
    Contender("sseclient-py", _sseclient),
)
LIMIT = Contender("bytes.split", _split)


# -- The streams --------------------------------------------------------------------------------------


def _anthropic_stream(events: int) -> bytes:
    """Deltas of about 140 bytes."""
    payload = b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" token %05d"} }'
    return b"".join(b"event: content_block_delta\ndata: " + payload % n + b"\n\n" for n in range(events))


def _openai_stream(events: int) -> bytes:
    """Chunks of about 319 bytes."""
    payload = (
        b'{"id":"chatcmpl-BqmKXS9mjjbKcpdmuyNyTEvL7WMkG","object":"chat.completion.chunk",'
        b'"created":1793697247,"model":"gpt-4.1-2025-04-14","service_tier":"default",'
        b'"system_fingerprint":"fp_a288987b44","choices":[{"index":0,"delta":{"content":" token %05d"},'
        b'"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"q3Zx81b"}'
    )
    return b"".join(b"data: " + payload % n + b"\n\n" for n in range(events))


def _mixed_stream(events: int) -> bytes:
    """A real shape over and over: thinking, text, a tool call, pings between."""
    exchange = playhead.load(playhead.sample("anthropic-tools"))[1]
    return exchange.body * max(events // len(exchange.frames), 1)


def _crlf_stream(events: int) -> bytes:
    """The OpenAI-like stream with CRLF line ends, as Gemini and some gateways send them."""
    return _openai_stream(events).replace(b"\n", b"\r\n")


STREAMS = {
    "Anthropic-like, 140 B": _anthropic_stream,
    "OpenAI-like, 319 B": _openai_stream,
    "thinking/text/tool/ping": _mixed_stream,
    "OpenAI-like, CRLF": _crlf_stream,
}


def _by_event(stream: bytes) -> list[bytes]:
    end = b"\r\n\r\n" if b"\r" in stream else b"\n\n"
    return [block + end for block in stream.split(end)[:-1]]


def _by_size(stream: bytes, size: int) -> list[bytes]:
    return [stream[at : at + size] for at in range(0, len(stream), size)]


class Cut(NamedTuple):
    """A way to cut a stream into chunks, how much of it to use, and the ratio to reach."""

    name: str
    cut: Callable[[bytes], list[bytes]]
    events: int
    target: float


CUTS = (
    Cut("chunk = event", _by_event, 4000, 2.0),
    Cut("4 KiB chunks", lambda stream: _by_size(stream, 4096), 4000, 3.0),
    Cut("one buffer", lambda stream: [stream], 4000, 2.0),
    Cut("1-byte chunks", lambda stream: _by_size(stream, 1), 280, 1.0),
)


# -- Measuring ----------------------------------------------------------------------------------------


def _check(chunks: Chunks) -> int:
    """Every contender must give the same events. Returns how many."""
    frames: list[object] = []
    OURS.run(chunks, frames.append)
    want = [_event_and_data(frame) for frame in frames if getattr(frame, "kind", None) is FrameKind.EVENT]
    for peer in PEERS:
        got: list[object] = []
        peer.run(chunks, got.append)
        assert list(map(_event_and_data, got)) == want, f"{peer.name} reads the stream differently"
    return len(want)


def _event_and_data(item: object) -> tuple[str, str]:
    return getattr(item, "event", None) or "message", getattr(item, "data", None) or ""


def _compare(rounds: int) -> bool:
    """Print a table for each way of cutting; whether every target is reached."""
    contenders = (OURS, *PEERS, LIMIT)
    reached = True
    for cut in CUTS:
        rows: list[list[object]] = []
        for name, stream in STREAMS.items():
            chunks = cut.cut(stream(cut.events))
            events = _check(chunks)
            seconds = interleaved({each.name: partial(each.seconds, chunks) for each in contenders}, rounds)
            ratio = min(seconds[peer.name] for peer in PEERS) / seconds[OURS.name]
            reached &= ratio >= cut.target
            rates = [round(events / seconds[each.name] / 1e3) for each in contenders]
            rows.append([name, *rates, ratio, cut.target])
        heads = ["", *(each.name for each in contenders), "ratio", "target"]
        table(f"{cut.name}: thousands of events a second", rows, heads)
    return reached


def _growth(rounds: int) -> None:
    """Four times the size must take about four times as long.

    Lines begin beyond a processor's cache: what fits one is read several times as fast.
    """

    def line(mib: int) -> bytes:
        return b"data: " + b"x" * (mib << 20) + b"\n\n"

    def lines(thousands: int) -> bytes:
        return b"data: x\n" * (thousands * 1000) + b"\n"

    shapes: tuple[tuple[str, bytes, bytes], ...] = (
        ("one line of 128 MiB, 4 KiB chunks", line(32), line(128)),
        ("one event of a million data lines, 4 KiB chunks", lines(250), lines(1000)),
    )
    rows: list[list[object]] = []
    for name, small, large in shapes:
        chunks = {"small": _by_size(small, 4096), "large": _by_size(large, 4096)}
        seconds = interleaved({size: partial(OURS.seconds, chunks[size]) for size in chunks}, rounds)
        rows.append([name, seconds["small"], seconds["large"], seconds["large"] / seconds["small"]])
    table("a quarter and the whole, seconds", rows, ["", "quarter", "whole", "growth"])


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare SSE decoders.")
    parser.add_argument("--rounds", type=int, default=21)
    rounds = parser.parse_args().rounds
    reached = _compare(rounds)
    _growth(min(rounds, 5))
    print("\nEvery target is reached." if reached else "\nA target is missed.")


if __name__ == "__main__":
    main()
