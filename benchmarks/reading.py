"""Reconstruction: events into the ledger, and the state at any of them, against msgspec alone and the SDKs.

`uv run --group bench python benchmarks/reading.py [--events N]`
"""

from __future__ import annotations

import argparse
import json
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx2
import msgspec
from measure import interleaved, percentile, table

from playhead.protocols.reading import Answer, Reading
from playhead.sse import Decoder, Frame, FrameKind

WORDS = [
    "the ",
    "stream ",
    "of ",
    "events, ",
    "each ",
    "one ",
    "arrives ",
    "late ",
    "or ",
    "never ",
    "again\n",
]
SDK_EVENTS = 3000
SEEK_LIMIT = 1e-3
"""Seconds a seek may take."""
RATE_LIMIT = 300_000
"""Events a second that indexing must reach."""


@dataclass(frozen=True)
class Stream:
    """A stream of one protocol: what comes before the deltas, a delta, what comes after."""

    protocol: str
    path: str
    head: tuple[tuple[str | None, object], ...]
    delta: Callable[[str, int], tuple[str | None, object]]
    tail: Callable[[str], tuple[tuple[str | None, object], ...]]
    """Given the text of all deltas."""

    def events(self, count: int) -> Iterator[tuple[str | None, str]]:
        rng = random.Random(1)
        for name, payload in self.head:
            yield name, _text(payload)
        words = [rng.choice(WORDS) for _ in range(count - len(self.head) - len(self.tail("")))]
        for number, word in enumerate(words):
            name, payload = self.delta(word, number)
            yield name, _text(payload)
        for name, payload in self.tail("".join(words)):
            yield name, _text(payload)

    def frames(self, count: int) -> list[Frame]:
        return [
            Frame(FrameKind.EVENT, 0, 0, number, name or "message", data)
            for number, (name, data) in enumerate(self.events(count), 1)
        ]

    def body(self, count: int) -> bytes:
        parts = [
            f"event: {name}\ndata: {data}\n\n" if name else f"data: {data}\n\n"
            for name, data in self.events(count)
        ]
        return "".join(parts).encode()


def _text(payload: object) -> str:
    return payload if isinstance(payload, str) else json.dumps(payload, separators=(",", ":"))


def _named(payload: dict[str, object]) -> tuple[str | None, object]:
    return str(payload["type"]), payload


def anthropic() -> Stream:
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 1},
    }
    return Stream(
        "anthropic-messages",
        "/v1/messages",
        (
            _named({"type": "message_start", "message": message}),
            _named(
                {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
            ),
        ),
        lambda word, _: _named(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
        ),
        lambda _: (
            _named({"type": "content_block_stop", "index": 0}),
            _named(
                {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}
            ),
            _named({"type": "message_stop"}),
        ),
    )


def chat() -> Stream:
    def chunk(delta: dict[str, object], finish: str | None = None) -> tuple[str | None, object]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return None, {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1760000000,
            "model": "gpt-5.2-2026-01-01",
            "service_tier": "default",
            "system_fingerprint": "fp_0000000000",
            "choices": [choice],
            "usage": None,
            "obfuscation": "xxxxxxxx",
        }

    return Stream(
        "openai-chat",
        "/v1/chat/completions",
        (chunk({"role": "assistant", "content": "", "refusal": None}),),
        lambda word, _: chunk({"content": word}),
        lambda _: (chunk({}, "stop"), (None, "[DONE]")),
    )


def responses() -> Stream:
    item = {"type": "message", "id": "item_1", "status": "in_progress", "role": "assistant", "content": []}
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
    whole = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1760000000,
        "model": "gpt-5.2",
        "status": "in_progress",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    place = {"item_id": "item_1", "output_index": 0, "content_index": 0}

    def closing(text: str) -> tuple[tuple[str | None, object], ...]:
        done = {**part, "text": text}
        finished = {**item, "status": "completed", "content": [done]}
        completed = {**whole, "status": "completed", "output": [finished]}
        return (
            _named({"type": "response.output_text.done", **place, "text": text, "logprobs": []}),
            _named({"type": "response.content_part.done", **place, "part": done}),
            _named({"type": "response.output_item.done", "output_index": 0, "item": finished}),
            _named({"type": "response.completed", "response": completed}),
        )

    return Stream(
        "openai-responses",
        "/v1/responses",
        (
            _named({"type": "response.created", "sequence_number": 0, "response": whole}),
            _named(
                {
                    "type": "response.output_item.added",
                    "sequence_number": 1,
                    "output_index": 0,
                    "item": item,
                }
            ),
            _named({"type": "response.content_part.added", "sequence_number": 2, **place, "part": part}),
        ),
        lambda word, number: _named(
            {
                "type": "response.output_text.delta",
                "sequence_number": number + 3,
                **place,
                "delta": word,
                "logprobs": [],
                "obfuscation": "xxxxxxxx",
            }
        ),
        closing,
    )


STREAMS = (anthropic(), chat(), responses())


def read(frames: list[Frame], protocol: str) -> Reading:
    reading = Reading(Answer(), protocol=protocol)
    for at in range(0, len(frames), 64):
        reading.feed(frames[at : at + 64])
    return reading


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def parse(frames: list[Frame]) -> None:
    decode = msgspec.json.Decoder().decode
    for frame in frames:
        if frame.data is not None and not frame.data.startswith("["):
            decode(frame.data)


def decode_and_read(body: bytes, protocol: str) -> None:
    reading, decoder = Reading(Answer(), protocol=protocol), Decoder()
    for at in range(0, len(body), 4096):
        reading.feed(decoder.feed(body[at : at + 4096]))


def sdk(stream: Stream) -> Callable[[], object]:
    """The official helper reading a stream that is served from memory."""
    body = stream.body(SDK_EVENTS)

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=body)

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    if stream.protocol == "anthropic-messages":
        from anthropic import Anthropic

        messages = Anthropic(api_key="-", http_client=http).messages

        def run() -> object:
            asked = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}
            with messages.stream(**asked) as opened:  # type: ignore[arg-type]
                return opened.get_final_message()

        return run
    from openai import OpenAI

    client = OpenAI(api_key="-", http_client=http)

    def run_openai() -> object:
        if stream.protocol == "openai-chat":
            with client.chat.completions.stream(
                model="m", messages=[{"role": "user", "content": "x"}]
            ) as opened:
                return opened.get_final_completion()
        with client.responses.stream(model="m", input="x") as streamed:
            return streamed.get_final_response()

    return run_openai


def indexing(stream: Stream, events: int, rounds: int) -> None:
    frames, body = stream.frames(events), stream.body(events)
    run_sdk = sdk(stream)
    each = {
        "msgspec alone": lambda: timed(lambda: parse(frames)) / events,
        "into the ledger": lambda: timed(lambda: read(frames, stream.protocol)) / events,
        "decoded and into the ledger": lambda: timed(lambda: decode_and_read(body, stream.protocol)) / events,
        "the SDK": lambda: timed(run_sdk) / SDK_EVENTS,
    }
    medians = interleaved(each, rounds)
    rows = [
        (
            name,
            f"{1 / took:,.0f}",
            f"{took / medians['msgspec alone']:.2f}",
            f"{1 / took / RATE_LIMIT:.2f}" if name != "the SDK" else "",
        )
        for name, took in medians.items()
    ]
    heads = ("", "events/s", "× msgspec alone", f"÷ {RATE_LIMIT:,}/s")
    table(f"{stream.protocol}, {events:,} events", rows, heads)


def seeking(stream: Stream, events: int) -> None:
    frames = stream.frames(events)
    tracemalloc.start()
    reading = read(frames, stream.protocol)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    rng = random.Random(2)
    places = [rng.randrange(events) for _ in range(2000)]
    text = reading.final().text
    reading.final().blocks[0].cut(0, 1)

    def seek(frame: int) -> None:
        """What a viewer asks after a step: the blocks, what was added, a screenful of text."""
        state = reading.at(frame)
        for block in state.added:
            start, end = block.added
            block.cut(max(start - 2000, 0), end)
        state.stop_reason, state.output_tokens, len(state.blocks)

    took = [timed(lambda place=place: seek(place)) for place in places]
    rows = [
        (
            "seek, median",
            f"{percentile(took, 0.5) * 1e6:.0f} µs",
            f"{percentile(took, 0.5) / SEEK_LIMIT:.3f}",
        ),
        ("seek, p99", f"{percentile(took, 0.99) * 1e6:.0f} µs", f"{percentile(took, 0.99) / SEEK_LIMIT:.3f}"),
        (
            "memory of the ledger",
            f"{held / events:.0f} B/event",
            f"{held / len(text.encode()):.1f} × the text",
        ),
    ]
    table(f"{stream.protocol}, {events:,} events", rows, ("", "", "of a millisecond"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure reconstruction.")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for stream in STREAMS:
        indexing(stream, options.events, options.rounds)
        seeking(stream, options.events)


if __name__ == "__main__":
    main()
