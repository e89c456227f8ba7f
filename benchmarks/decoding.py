"""How fast SSE decoders are: ours, the peers', and what splitting bytes alone would cost.

`uv run python benchmarks/decoding.py [--rounds N]`

Every decoder gets the same chunks, is driven through its own incremental interface (its line decoding
and UTF-8 decoding included), and must give every event's type and data: that is checked before anything is
timed. The contenders of a row take turns within each round; figures are medians, in thousands of events a
second. Last comes growth: the time for four times the size over the time for the size.
"""

from __future__ import annotations

import argparse
import codecs
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import anthropic._streaming
import httpx2._sse
import httpx_sse._decoders
import openai._streaming
import sseclient

import playhead
from playhead.sse import Decoder, FrameKind

Chunks = Sequence[bytes]
Events = list[tuple[str, str]]


class Contender(NamedTuple):
    """`count` runs the decoder and counts what it yields; `read` gives what it yielded, to be compared."""

    name: str
    items: Callable[[Chunks], Iterator[object]]
    read: Callable[[object], tuple[str, str]] | None

    def events(self, chunks: Chunks) -> Events:
        assert self.read is not None
        return [self.read(item) for item in self.items(chunks)]

    def seconds(self, chunks: Chunks) -> float:
        start = time.perf_counter()
        for _ in self.items(chunks):
            pass
        return time.perf_counter() - start


# -- The contenders, each as its own library drives it ------------------------------------------------


def _ours(chunks: Chunks) -> Iterator[object]:
    decoder = Decoder()
    for chunk in chunks:
        yield from decoder.feed(chunk)
    yield from decoder.close()


def _httpx_sse(chunks: Chunks) -> Iterator[object]:
    text = codecs.getincrementaldecoder("utf-8")("replace")
    lines = httpx_sse._decoders.SSELineDecoder()
    decoder = httpx_sse._decoders.SSEDecoder()
    for chunk in chunks:
        part = text.decode(chunk)
        if not part:
            continue
        for line in lines.decode(part):
            event = decoder.decode(line)
            if event is not None:
                yield event
    for line in lines.flush():
        event = decoder.decode(line)
        if event is not None:
            yield event


def _httpx2(chunks: Chunks) -> Iterator[object]:
    text = codecs.getincrementaldecoder("utf-8")("replace")
    parser = httpx2._sse._SSEParser()
    for chunk in chunks:
        part = text.decode(chunk)
        if part:
            yield from parser.decode(part)
    yield from parser.flush()


def _anthropic(chunks: Chunks) -> Iterator[object]:
    return anthropic._streaming.SSEDecoder().iter_bytes(iter(chunks))


def _openai(chunks: Chunks) -> Iterator[object]:
    return openai._streaming.SSEDecoder().iter_bytes(iter(chunks))


def _sseclient(chunks: Chunks) -> Iterator[object]:
    return sseclient.SSEClient(iter(chunks)).events()  # type: ignore[no-any-return, no-untyped-call]


def _split(chunks: Chunks) -> Iterator[object]:
    rest = b""
    for chunk in chunks:
        *blocks, rest = (rest + chunk).split(b"\n\n")
        yield from blocks


def _event_and_data(item: object) -> tuple[str, str]:
    return getattr(item, "event", None) or "message", getattr(item, "data", None) or ""


OURS = Contender("playhead", _ours, _event_and_data)
PEERS = (
    Contender("httpx-sse", _httpx_sse, _event_and_data),
    Contender("anthropic", _anthropic, _event_and_data),
    Contender("openai", _openai, _event_and_data),
    Contender("httpx2", _httpx2, _event_and_data),
    Contender("sseclient-py", _sseclient, _event_and_data),
)
LIMIT = Contender("bytes.split", _split, None)


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
    Cut("chunk = event", _by_event, 20_000, 2.0),
    Cut("4 KiB chunks", lambda stream: _by_size(stream, 4096), 20_000, 3.0),
    Cut("one buffer", lambda stream: [stream], 20_000, 2.0),
    Cut("1-byte chunks", lambda stream: _by_size(stream, 1), 600, 1.0),
)


# -- Measuring ----------------------------------------------------------------------------------------


def _check(chunks: Chunks) -> int:
    """Every contender must give the same events. Returns how many."""
    frames = OURS.items(chunks)
    want = [_event_and_data(frame) for frame in frames if getattr(frame, "kind", None) is FrameKind.EVENT]
    for peer in PEERS:
        got = peer.events(chunks)
        assert got == want, f"{peer.name} reads the stream differently"
    return len(want)


def _medians(contenders: Sequence[Contender], chunks: Chunks, rounds: int) -> dict[str, float]:
    times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        turn = number % len(contenders)
        for contender in (*contenders[turn:], *contenders[:turn]):
            times[contender.name].append(contender.seconds(chunks))
    return {name: statistics.median(found) for name, found in times.items()}


def _compare(rounds: int) -> bool:
    """Print the table; whether every target is reached."""
    contenders = (OURS, *PEERS, LIMIT)
    print("k events/s".ljust(42) + "".join(f"{each.name:>13}" for each in contenders) + "   ratio  target")
    reached = True
    for cut in CUTS:
        for name, stream in STREAMS.items():
            chunks = cut.cut(stream(cut.events))
            events = _check(chunks)
            seconds = _medians(contenders, chunks, rounds)
            best = min(seconds[peer.name] for peer in PEERS)
            ratio = best / seconds[OURS.name]
            reached &= ratio >= cut.target
            rates = "".join(f"{events / seconds[each.name] / 1e3:13.0f}" for each in contenders)
            print(f"{cut.name:<16}{name:<26}{rates}{ratio:8.2f}{cut.target:8.1f}", flush=True)
    return reached


def _growth(rounds: int) -> None:
    """Four times the size must take about four times as long."""

    def line(mib: int) -> bytes:
        return b"data: " + b"x" * (mib << 20) + b"\n\n"

    def lines(thousands: int) -> bytes:
        return b"data: x\n" * (thousands * 1000) + b"\n"

    shapes: tuple[tuple[str, bytes, bytes], ...] = (
        ("one line, 16 and 64 MiB, 4 KiB chunks", line(16), line(64)),
        ("one event, 250,000 and 1,000,000 data lines, 4 KiB chunks", lines(250), lines(1000)),
    )
    print()
    for name, small, large in shapes:
        sizes = [_by_size(small, 4096), _by_size(large, 4096)]
        times = [statistics.median(OURS.seconds(chunks) for _ in range(rounds)) for chunks in sizes]
        print(f"{name}: {times[0]:.3f} s, {times[1]:.3f} s, growth {times[1] / times[0]:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare SSE decoders.")
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    reached = _compare(rounds)
    _growth(min(rounds, 3))
    print("\nEvery target is reached." if reached else "\nA target is missed.")


if __name__ == "__main__":
    main()
