"""The viewer in a real pseudo-terminal, beside an empty Textual app, a bare list, a DataTable and toolong.

`uv run python benchmarks/viewer.py [--events N] [--steps N] [--no-others]`. First row: from the start of the
process until it is on the screen. Step: CPU time of the process for one event on, once all is read. Memory:
the peak of the whole process. The bare list is what a step costs Textual itself: numbered lines and a cursor.

toolong asks for another Textual, so it cannot live in this environment: it is taken from the path, or from
`--toolong FILE` (`uv tool install toolong==1.5.0`).
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import shutil
import signal
import struct
import sys
import tempfile
import time
from pathlib import Path

from measure import table

import playhead

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("firstrow")
Empty().run()
"""
BARE = """
import sys
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
class List(ScrollView, can_focus=True):
    BINDINGS = [("j", "step")]
    at = 0
    def on_mount(self):
        self.virtual_size = Size(0, int(sys.argv[1]))
    def action_step(self):
        self.refresh_line(self.at)
        self.at += 1
        self.refresh_line(self.at)
        if self.at - self.scroll_offset.y >= self.size.height:
            self.scroll_to(y=self.at - self.size.height // 3, animate=False, force=True)
    def render_line(self, y):
        at = y + self.scroll_offset.y
        style = Style(reverse=True) if at == self.at else Style()
        return Strip([Segment(f"{at} firstrow", style)]).adjust_cell_length(self.size.width)
class Bare(App):
    def compose(self):
        yield List()
Bare().run()
"""
DATA_TABLE = """
import sys, playhead
from textual.app import App
from textual.widgets import DataTable
class Table(App):
    def compose(self):
        yield DataTable(cursor_type="row")
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("n", "event", "data")
        frames = playhead.load(sys.argv[1])[1].frames
        rows = ((frame.event or "firstrow", frame.data or "") for frame in frames)
        table.add_rows((str(n), *row) for n, row in enumerate(rows, 1))
        table.focus()
Table().run()
"""


class Terminal:
    """A program in a terminal of 120 by 40."""

    def __init__(self, *args: str) -> None:
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            os.execv(args[0], list(args))
        import fcntl
        import termios

        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def until(self, text: bytes, seconds: float = 300) -> float:
        """Seconds since the start until `text` was written."""
        seen = b""
        while text not in seen:
            if not select.select([self._fd], [], [], seconds)[0]:
                sys.exit(f"{text!r} was never shown")
            seen = seen[-200:] + os.read(self._fd, 65536)
        return time.perf_counter() - self.started

    def drain(self, quiet: float) -> None:
        """Read until nothing was written for so long."""
        while select.select([self._fd], [], [], quiet)[0]:
            os.read(self._fd, 65536)

    def idle(self) -> None:
        """Wait until the process has used no CPU for a second."""
        before = -1.0
        while (now := self.cpu()) - before > 0.02:
            before = now
            self.drain(1.0)
            time.sleep(0.2)

    def step(self, key: bytes) -> None:
        os.write(self._fd, key)
        if not select.select([self._fd], [], [], 20)[0]:
            sys.exit("a step was never shown")
        self.drain(0.02)

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak(self) -> float:
        """The most memory so far, in bytes."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024.0
        return 0.0

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


def large(folder: str, events: int, *, zst: bool = False) -> str:
    """A cassette of text deltas."""
    path = Path(folder) / f"large.cassette.jsonl{'.zst' if zst else ''}"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="https://h/v1/messages", t=0.0))
        head = (("content-type", "text/event-stream"),)
        exchange.response(playhead.Response(status=200, headers=head, t=0.1))
        event = (
            b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
            b'"delta":{"type":"text_delta","text":" word%d"}}\n\n'
        )
        exchange.chunk(b": firstrow\n\n", 0.15)
        for number in range(events):
            exchange.chunk(event % number, 0.2 + number / 100)
        exchange.end(playhead.EndingKind.COMPLETE)
    return str(path)


def measured(args: tuple[str, ...], key: bytes, steps: int, rounds: int) -> tuple[float, float, float]:
    """First row in seconds (the best of `rounds`), CPU of a step in seconds, peak memory in bytes."""
    first = []
    for last in range(rounds):
        terminal = Terminal(*args)
        first.append(terminal.until(b"firstrow"))
        if last < rounds - 1:
            terminal.close()
    terminal.idle()
    before = terminal.cpu()
    for _ in range(steps):
        terminal.step(key)
    cpu, peak = (terminal.cpu() - before) / max(steps, 1), terminal.peak()
    terminal.close()
    return min(first), cpu, peak


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the viewer.")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--toolong", help="toolong's program; by default `tl` on the path, if there is one")
    parser.add_argument("--others", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    python = sys.executable
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each start compiles Textual: the first run writes it
    with tempfile.TemporaryDirectory() as folder:
        path = large(folder, options.events)
        size = Path(path).stat().st_size
        programs: dict[str, tuple[tuple[str, ...], bytes]] = {
            "playhead view": ((python, "-m", "playhead", "view", path), b"j"),
            "the same, .zst": (
                (python, "-m", "playhead", "view", large(folder, options.events, zst=True)),
                b"j",
            ),
            "bare list": ((python, "-c", BARE, str(options.events)), b"j"),
        }
        if options.others:
            programs["DataTable"] = ((python, "-c", DATA_TABLE, path), b"\x1b[B")
            if toolong := options.toolong or shutil.which("tl"):
                programs["toolong"] = ((toolong, path), b"\x1b[B")
        empty = min(_first(python) for _ in range(options.rounds + 2))
        rows = [("empty app", f"{empty * 1e3:.0f}", "1.00", "", "")]
        for name, (args, key) in programs.items():
            first, cpu, peak = measured(args, key, options.steps, options.rounds)
            rows.append(
                (name, f"{first * 1e3:.0f}", f"{first / empty:.2f}", f"{cpu * 1e3:.2f}", f"{peak / size:.2f}")
            )
    table(
        f"{options.events:,} events",
        rows,
        ("", "first row, ms", "× empty", "step, ms of CPU", "memory × file"),
    )


def _first(python: str) -> float:
    terminal = Terminal(python, "-c", EMPTY)
    took = terminal.until(b"firstrow")
    terminal.close()
    return took


if __name__ == "__main__":
    main()
