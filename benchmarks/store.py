"""Writing, loading, indexing and seeking cassettes: against msgspec alone, vcrpy, and the raw bytes.

`uv run --group bench python benchmarks/store.py [--events N]`
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from measure import interleaved, table

import playhead
from playhead.format import records

EVENT = (
    b"event: content_block_delta\n"
    b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" %s"}}\n\n'
)
WORDS = [b"the", b"stream", b"of", b"events", b"each", b"one", b"arrives", b"late", b"or", b"never", b"again"]


def bodies(events: int) -> list[bytes]:
    rng = random.Random(1)
    return [EVENT % rng.choice(WORDS) for _ in range(events)]


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def write(path: Path, chunks: list[bytes]) -> None:
    with playhead.open_writer(path, overwrite=True) as writer:
        exchange = writer.exchange()
        exchange.response(playhead.Response(status=200, headers=(("content-type", "text/event-stream"),)))
        for number, data in enumerate(chunks):
            exchange.chunk(data, number * 0.02)
        exchange.end(playhead.EndingKind.COMPLETE)


def write_msgspec(path: Path, chunks: list[bytes]) -> None:
    """The same lines, encoded and written one by one, with nothing else done."""
    encode = msgspec.json.Encoder().encode
    with path.open("wb", buffering=0) as file:
        for number, data in enumerate(chunks):
            file.write(encode(records.Chunk(exchange=1, t=number * 0.02, text=data.decode())) + b"\n")


def vcr_interaction(chunks: list[bytes]) -> dict[str, object]:
    """What vcrpy keeps of such an exchange: one body, no times."""
    return {
        "request": {"method": "POST", "uri": "http://h/v1/messages", "body": "{}", "headers": {}},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"content-type": ["text/event-stream"]},
            "body": {"string": b"".join(chunks).decode()},
        },
    }


def read(path: Path) -> None:
    for _ in playhead.load(path)[1].chunks:
        pass


def peers(folder: Path, chunks: list[bytes]) -> dict[str, Callable[[], object]]:
    from vcr.serializers import jsonserializer, yamlserializer

    interaction = {"version": 1, "interactions": [vcr_interaction(chunks)]}
    ways: dict[str, Callable[[], object]] = {}
    for name, serializer in (("vcrpy JSON", jsonserializer), ("vcrpy YAML", yamlserializer)):
        path = folder / name
        path.write_text(serializer.serialize(interaction))
        ways[f"{name} write"] = lambda s=serializer, p=path: p.write_text(s.serialize(interaction))
        ways[f"{name} load"] = lambda s=serializer, p=path: s.deserialize(p.read_text())
    return ways


def compare(folder: Path, events: int, rounds: int) -> None:
    chunks = bodies(events)
    ours, alone = folder / "ours.cassette.jsonl", folder / "alone.jsonl"
    compressed = folder / "ours.cassette.jsonl.zst"
    write(ours, chunks)
    write(compressed, chunks)
    write_msgspec(alone, chunks)
    decode = msgspec.json.Decoder(records.Chunk).decode_lines
    ways: dict[str, Callable[[], object]] = {
        "write": lambda: write(ours, chunks),
        "write, msgspec alone": lambda: write_msgspec(alone, chunks),
        "load, every chunk": lambda: read(ours),
        "load .zst, every chunk": lambda: read(compressed),
        "load, msgspec alone": lambda: decode(alone.read_bytes()),
        **peers(folder, chunks),
    }
    medians = interleaved({name: lambda work=work: timed(work) for name, work in ways.items()}, rounds)

    def against(name: str) -> str:
        base = "write, msgspec alone" if "write" in name else "load, msgspec alone"
        return f"{medians[name] / medians[base]:.2f}"

    rows = [(name, f"{took / events * 1e6:.2f}", against(name)) for name, took in medians.items()]
    table(f"{events:,} events", rows, ("", "µs/event", "× msgspec alone"))
    raw = sum(map(len, chunks))
    sizes = [(path.name, f"{path.stat().st_size / raw:.2f}") for path in (ours, compressed)]
    sizes += [(name, f"{(folder / name).stat().st_size / raw:.2f}") for name in ("vcrpy JSON", "vcrpy YAML")]
    table("size", sizes, ("", "× raw SSE"))


def index(folder: Path, events: int) -> None:
    """A large cassette: opened, indexed, sought at random."""
    path = folder / "large.cassette.jsonl"
    write(path, bodies(events))
    cassette = playhead.load(path)
    opening = timed(lambda: playhead.load(path))
    lines = timed(lambda: cassette[1])
    exchange = cassette[1]
    frames = timed(lambda: exchange.frames)
    rng = random.Random(2)
    places = [rng.randrange(events) for _ in range(2000)]
    seek = timed(lambda: [exchange.frames[at] for at in places]) / len(places)
    alone = timed(lambda: [json.loads is not None for _ in path.open("rb")])
    rows = [
        ("open", f"{opening * 1e3:.2f} ms", ""),
        ("pass over the lines alone", f"{alone:.2f} s", "1.00"),
        ("index lines", f"{lines:.2f} s", f"{lines / alone:.2f}"),
        ("index frames", f"{frames:.2f} s", f"{frames / alone:.2f}"),
        ("seek", f"{seek * 1e6:.0f} µs", ""),
    ]
    table(f"{events:,} events, {path.stat().st_size / 1e6:.0f} MB", rows, ("", "time", "× reading lines"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure cassettes as files.")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), options.events, options.rounds)
        index(Path(folder), options.large)


if __name__ == "__main__":
    main()
