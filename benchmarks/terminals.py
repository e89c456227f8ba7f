"""Programs in a pseudo-terminal, what they cost there, and the ones that the viewer is held against.

Knows processes and terminals; nothing of cassettes.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import struct
import sys
import time
from pathlib import Path

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
    BINDINGS = [("j", "step"), ("pagedown", "page"), ("k", "back"), ("G", "last")]
    at = 0
    def on_mount(self):
        self.virtual_size = Size(0, int(sys.argv[1]))
    def go(self, at):
        self.refresh_line(self.at)
        self.at = min(max(at, 0), self.virtual_size.height - 1)
        self.refresh_line(self.at)
        if not 0 <= self.at - self.scroll_offset.y < self.size.height:
            self.scroll_to(y=self.at - self.size.height // 3, animate=False, force=True)
    def action_step(self):
        self.go(self.at + 1)
    def action_back(self):
        self.go(self.at - 1)
    def action_page(self):
        self.go(self.at + self.size.height)
    def action_last(self):
        self.go(self.virtual_size.height)
    def render_line(self, y):
        at = y + self.scroll_offset.y
        style = Style(reverse=True) if at == self.at else Style()
        return Strip([Segment(f"{at} firstrow", style)]).adjust_cell_length(self.size.width)
class Bare(App):
    def compose(self):
        yield List()
Bare().run()
"""
TABLE = """
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


class Unseen(Exception):
    """A key that changed nothing on the screen: there is no figure."""


class Terminal:
    """A program in a terminal of 120 by 40. It ends with `close`."""

    def __init__(self, *args: str) -> None:
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            os.execv(args[0], list(args))
        import fcntl
        import termios

        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self._seen = b""

    def until(self, text: bytes | re.Pattern[bytes], seconds: float = 300) -> float:
        """Seconds since the start until `text` was written."""
        pattern = text if isinstance(text, re.Pattern) else re.compile(re.escape(text))
        while not (found := pattern.search(self._seen)):
            if not select.select([self._fd], [], [], seconds)[0]:
                sys.exit(f"{pattern.pattern!r} was never shown")
            self._seen = self._seen[-400:] + os.read(self._fd, 65536)
        self._seen = self._seen[found.end() :]
        return time.perf_counter() - self.started

    def drain(self, quiet: float) -> None:
        """Read until nothing was written for so long."""
        while select.select([self._fd], [], [], quiet)[0]:
            os.read(self._fd, 65536)
        self._seen = b""

    def settle(self) -> None:
        """Wait until the process has wanted no processor for a second, whether it would get one or not."""
        before = -1.0
        while (now := self.cpu() + self._waited()) - before > 0.02:
            before = now
            self.drain(1.0)

    def press(self, key: bytes) -> None:
        os.write(self._fd, key)

    def step(self, key: bytes) -> None:
        """Press a key, and wait until what it changes is on the screen. Raises `Unseen` where nothing is."""
        self.press(key)
        if not select.select([self._fd], [], [], 20)[0]:
            raise Unseen
        self.drain(0.03)

    def cost(self, keys: bytes, steps: int) -> float:
        """Seconds of processor a step, with all that follows the key. Of two keys, they take turns."""
        before = self.cpu()
        for number in range(steps):
            self.step(keys[number % len(keys) :][:1] if len(keys) == 2 else keys)
        return (self.cpu() - before) / steps

    def cpu(self) -> float:
        """Seconds of processor so far, of all threads: those too that have ended meanwhile.

        The number of the clock is what Linux's `clock_getcpuclockid` makes of a process.
        """
        return time.clock_gettime(~self.pid << 3 | 2)

    def _waited(self) -> float:
        """Seconds that the threads that live have waited for a processor."""
        waited = 0
        for thread in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(OSError):  # it has ended
                waited += int((thread / "schedstat").read_text().split()[1])
        return waited / 1e9

    def peak(self) -> float:
        """The most memory so far, in bytes: all that is resident, mapped pages among it."""
        return self._memory("VmHWM")

    def resident(self) -> float:
        """The memory now, in bytes, counted as in `peak`."""
        return self._memory("VmRSS")

    def _memory(self, name: str) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024.0
        sys.exit("this system does not tell how much memory a process takes")

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)
