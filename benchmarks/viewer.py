"""The viewer in a real pseudo-terminal, beside an empty Textual app, a bare list, a DataTable and toolong.

`uv run python benchmarks/viewer.py [--events N] [--steps N] [--only start,steps,memory,long,search,live]`.
Processor time is that of all threads of the process; A and B take turns. A step is a key and all that follows
it, once everything is read. The bare list is what a step costs Textual itself: numbered lines and a cursor. A
line of 2 MB and an event of 10 MB are stepped over in a small cassette of their own. Memory is all that is
resident, by the size of the plain file; what an empty app takes is in it, and told beside. Live: from when a
writer in another process has written an event to the file until its row has come out of the terminal.

toolong asks for another Textual, so it cannot live in this environment: it is taken from the path, or from
`--toolong FILE` (`uv tool install toolong==1.5.0`). What is not there has no row.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import percentile, table
from terminals import BARE, EMPTY, TABLE, Terminal, Unseen

import playhead

Programs = dict[str, tuple[str, ...]]
START_LIMIT, STEP_LIMIT, LIVE_LIMIT, MEMORY_LIMIT = 1.25, 5.0, 100.0, 2.0
_ROW = b"firstrow"
_ROWS = {"toolong": b"chunk"}
"""What tells a row of each: toolong parts the words of a line by their colours, and begins at the end."""
_DOWN, _PAGE = b"\x1b[B", b"\x1b[6~"
_KEYS = {"playhead view": b"j", "the same, .zst": b"j", "bare list": b"j"}
_WRITER = """
import sys, time, playhead
path, events = sys.argv[1], int(sys.argv[2])
sys.path.insert(0, sys.argv[3])
from viewer import begun
event = 'event: content_block_delta\\ndata: {"type":"content_block_delta","index":0,' \\
    '"delta":{"type":"text_delta","text":"live%06d"}}\\n\\n'
with playhead.open_writer(path) as writer:
    exchange = begun(writer)
    print("ready", flush=True)
    for number in range(events):
        sys.stdin.readline()
        exchange.chunk((event % number).encode(), 0.2 + number / 10)
        print(time.monotonic(), flush=True)
"""


def delta(text: bytes) -> bytes:
    return (
        b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
        b'"delta":{"type":"text_delta","text":"%b"}}\n\n' % text
    )


def begun(writer: playhead.CassetteWriter) -> playhead.ExchangeWriter:
    """An exchange up to its first row, which is a comment."""
    exchange = writer.exchange()
    exchange.request(playhead.Request(method="POST", url="https://h/v1/messages", t=0.0))
    head = (("content-type", "text/event-stream"),)
    exchange.response(playhead.Response(status=200, headers=head, t=0.1))
    exchange.chunk(b": firstrow\n\n", 0.15)
    return exchange


def cassette(path: Path, chunks: list[bytes]) -> str:
    """A cassette of one exchange, a chunk every 10 ms."""
    with playhead.open_writer(path) as writer:
        exchange = begun(writer)
        for number, chunk in enumerate(chunks):
            exchange.chunk(chunk, 0.2 + number / 100)
        exchange.end(playhead.EndingKind.COMPLETE)
    return str(path)


def large(folder: str, events: int, *, zst: bool = False) -> str:
    """A cassette of text deltas."""
    path = Path(folder) / f"large.cassette.jsonl{'.zst' if zst else ''}"
    return cassette(path, [delta(b" word%d" % number) for number in range(events)])


def view(path: str, *options: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "playhead", "view", *options, path)


def start(programs: Programs, rounds: int) -> None:
    """First rows: each round a start of each; what is slow by a factor is started once."""
    empty = (sys.executable, "-c", EMPTY)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    reference: list[tuple[float, float]] = []
    _first(empty)  # writes the bytecode, where none was
    for number in range(rounds):
        reference.append(_first(empty))
        for name, args in programs.items():
            if number < (1 if name == "DataTable" else rounds):
                found[name].append(_first(args, _ROWS.get(name, _ROW)))
    rows: list[tuple[object, ...]] = [("empty app", *_medians(reference), "1.00", "1.00", "1.00", rounds)]
    for name, values in found.items():
        pairs = [(a / x, b / y) for (a, b), (x, y) in zip(values, reference, strict=False)]
        times, cpus = statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
        least = min(b for _, b in values) / min(b for _, b in reference)
        ratios = (f"{times:.2f}", f"{cpus:.2f}", f"{least:.2f}")
        rows.append((name, *_medians(values), *ratios, len(values)))
    heads = ("", "ms", "CPU ms", "x empty", "CPU x empty", "least CPU x least", "starts")
    table(f"First row (limit {START_LIMIT} x empty)", rows, heads)


def _first(args: tuple[str, ...], row: bytes = _ROW) -> tuple[float, float]:
    terminal = Terminal(*args)
    took, cpu = terminal.until(row), terminal.cpu()
    terminal.close()
    return took, cpu


def _medians(values: list[tuple[float, float]]) -> tuple[str, str]:
    return tuple(f"{statistics.median(part) * 1e3:.0f}" for part in zip(*values, strict=True))  # type: ignore[return-value]


def steps(programs: Programs, count: int, size: int) -> None:
    """A step, a page, a step back at the end, and memory, once everything is read; in turns."""
    running = {name: Terminal(*args) for name, args in programs.items()}
    for name, terminal in running.items():
        terminal.until(_ROWS.get(name, _ROW), 900)
    for terminal in running.values():
        terminal.settle()
    turns = 4
    costs: dict[str, list[list[float]]] = {name: [[], [], []] for name in running}
    for place, at_end in enumerate((False, False, True)):
        for name, terminal in running.items():
            if at_end:
                terminal.press(b"G" if name in _KEYS else b"\x1b[F")
                terminal.settle()
        for _ in range(turns):
            for name, terminal in running.items():
                back = b"k" if name in _KEYS else b"\x1b[A"
                key = (_KEYS.get(name, _DOWN), _PAGE, back)[place]
                with contextlib.suppress(Unseen):
                    costs[name][place].append(terminal.cost(key, max(count // turns, 1)) * 1e3)
    bare = [statistics.median(values) for values in costs["bare list"]]
    rows: list[tuple[object, ...]] = []
    for name, terminal in running.items():
        each: list[object] = []
        for values, of in zip(costs[name], bare, strict=True):
            middle = statistics.median(values) if len(values) == turns else None
            each += ["not seen", ""] if middle is None else [middle, f"{middle / of:.1f}x"]
        rows.append((name, *each, terminal.peak() / size))
        terminal.close()
    heads = ("", "step", "", "page down", "", "back at the end", "", "memory x file")
    table(f"ms of CPU and x bare list (limit of a step: {STEP_LIMIT} ms)", rows, heads)


def memory(programs: Programs, size: int) -> None:
    """What is taken once all is read, at the end, searched and filtered; and the most until then."""
    empty = Terminal(sys.executable, "-c", EMPTY)
    empty.until(_ROW)
    empty.settle()
    rows: list[tuple[object, ...]] = [("an empty app", *[empty.resident() / size] * 4, empty.peak() / size)]
    empty.close()
    for name, args in programs.items():
        terminal = Terminal(*args)
        terminal.until(_ROW)
        taken = []
        for keys in (b"", b"G", b"/word9\r", b"\x1b", b"fkind=text and text~word9\r"):
            if keys:
                terminal.press(keys[:1])
                terminal.drain(0.3)
                terminal.press(keys[1:])
            terminal.settle()
            if keys != b"\x1b":
                taken.append(terminal.resident() / size)
        rows.append((name, *taken, terminal.peak() / size))
        terminal.close()
    heads = ("", "opened", "at the end", "searched", "filtered", "peak")
    table(f"Memory x plain file (limit {MEMORY_LIMIT})", rows, heads)


def long(folder: str, count: int) -> None:
    """Onto a long event and back, beside a short one."""
    short = [delta(b" word%d" % number) for number in range(20)]
    line = delta(b"x" * 2_000_000)
    event = b"".join(b"data: %b\n" % (b"y" * 9_990) for _ in range(1_000)) + b"\n"
    rows: list[tuple[object, ...]] = []
    plain = 0.0
    for name, extra in (("a short event", short[0]), ("a line of 2 MB", line), ("an event of 10 MB", event)):
        path = cassette(Path(folder) / f"long{len(rows)}.cassette.jsonl", [*short, extra, *short])
        terminal = Terminal(*view(path))
        terminal.until(b"firstrow")
        terminal.settle()
        for _ in range(20):
            terminal.step(b"j")
        terminal.cost(b"jk", 2)
        cost = terminal.cost(b"jk", max(count // 2 * 2, 2)) * 1e3
        terminal.close()
        plain = plain or cost
        rows.append((name, cost, f"{cost / plain:.2f}"))
    table(f"A step onto it or off it, ms of CPU (limit {STEP_LIMIT})", rows, ("", "step", "x short"))


def search(path: str, needle: str) -> None:
    """From the key that ends a search's text: to the first hit, on to others, until all is looked through."""
    terminal = Terminal(*view(path))
    terminal.until(b"firstrow")
    terminal.settle()
    terminal.press(b"/")
    terminal.drain(0.3)
    begun = time.perf_counter() - terminal.started
    terminal.press(f"{needle}\r".encode())
    found = re.escape(needle.encode())
    first = terminal.until(re.compile(rb"/" + found + rb" [1-9][\d,/]*\+")) - begun
    nexts: list[float] = []
    for number in range(2, 12):
        pressed = time.perf_counter() - terminal.started
        terminal.press(b"n")
        nexts.append(terminal.until(re.compile(rb"/" + found + rb" %d/[\d,]+\+" % number)) - pressed)
    last = terminal.until(re.compile(rb"/" + found + rb" [1-9][\d,/]* "), 900) - begun
    terminal.close()
    step = statistics.median(nexts)
    rows = [
        ("first hit", f"{first:.3f}", "1"),
        ("to the next, meanwhile", f"{step:.3f}", f"{step / first:.2f}"),
        ("last, all counted", f"{last:.2f}", f"{last / first:.0f}"),
    ]
    table(f"Search for {needle}", rows, ("", "s", "x first"))


def live(folder: str, events: int) -> None:
    """Events one by one, none before the last one was seen."""
    path = str(Path(folder) / "live.cassette.jsonl")
    command = [sys.executable, "-c", _WRITER, path, str(events), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        writer.stdout.readline()
        terminal = Terminal(*view(f"{path}.partial", "--follow"))
        terminal.until(b"firstrow")
        terminal.drain(1.0)
        late: list[float] = []
        for number in range(events):
            writer.stdin.write(b"\n")
            writer.stdin.flush()
            terminal.until(b"live%06d" % number, 20)
            shown = time.monotonic()
            if not select.select([writer.stdout], [], [], 20)[0]:
                sys.exit("the writer does not say that it has written")
            late.append((shown - float(writer.stdout.readline())) * 1e3)
            terminal.drain(0.01 + number % 7 / 300)  # not in step with whoever polls
        terminal.close()
        writer.stdin.close()
    shares = [percentile(late, share) for share in (0.5, 0.99)]
    row = ("playhead view --follow", *shares, max(late), f"{shares[1] / LIVE_LIMIT:.2f}", len(late))
    table(
        f"Live: file to screen, ms (limit {LIVE_LIMIT:.0f})",
        [row],
        ("", "p50", "p99", "max", "p99 x limit", "n"),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the viewer.")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--live", type=int, default=200, help="events that are followed")
    parser.add_argument("--only", default="start,steps,memory,long,search,live")
    parser.add_argument("--toolong", help="toolong's program; by default `tl` on the path, if there is one")
    parser.add_argument("--others", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    wanted = options.only.split(",")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each start compiles Textual: the first run writes it
    with tempfile.TemporaryDirectory() as folder:
        if {"start", "steps", "memory", "search"} & set(wanted):
            path = large(folder, options.events)
            print(f"{options.events:,} events, {Path(path).stat().st_size / 1e6:.0f} MB plain")
            programs: Programs = {
                "playhead view": view(path),
                "the same, .zst": view(large(folder, options.events, zst=True)),
                "bare list": (sys.executable, "-c", BARE, str(options.events)),
            }
            if options.others:
                programs["DataTable"] = (sys.executable, "-c", TABLE, path)
                if toolong := options.toolong or shutil.which("tl"):
                    programs["toolong"] = (toolong, path)
        if "start" in wanted:
            start(programs, options.rounds)
        if "steps" in wanted:
            steps(programs, options.steps, Path(path).stat().st_size)
        if "memory" in wanted:
            ours = {name: args for name, args in programs.items() if "view" in args}
            memory(ours, Path(path).stat().st_size)
        if "search" in wanted:
            search(path, "word9")
        if "long" in wanted:
            long(folder, options.steps)
        if "live" in wanted:
            live(folder, options.live)


if __name__ == "__main__":
    main()
