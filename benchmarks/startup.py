"""How long commands take to start: against a bare Python, and the viewer against an empty Textual app.

`uv run python benchmarks/startup.py [--rounds N]`. The viewer runs in a pseudo-terminal, and the clock stops
when the first event of its cassette is on the screen.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import interleaved, table

import playhead

EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("here it is")
Empty().run()
"""


def run(*args: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *args], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def until_shown(text: bytes, *args: str) -> float:
    """Seconds until a program in a terminal of 120×40 has written `text`."""
    start = time.perf_counter()
    child, fd = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.executable, [sys.executable, *args])
    import fcntl
    import termios

    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen = b""
    while text not in seen:
        if not select.select([fd], [], [], 20)[0]:
            sys.exit(f"{text!r} was never shown by {args}")
        seen += os.read(fd, 65536)
    took = time.perf_counter() - start
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(fd)
    return took


def large(folder: str, events: int) -> str:
    path = Path(folder) / "large.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.response(playhead.Response(status=200, headers=(("content-type", "text/event-stream"),)))
        for number in range(events):
            exchange.chunk(b"event: firstrow\ndata: %d\n\n" % number, number / 100)
        exchange.end(playhead.EndingKind.COMPLETE)
    return str(path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure start-up.")
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    # Compile everything first: nobody's second start pays for that.
    subprocess.run([sys.executable, "-m", "playhead", "--help"], stdout=subprocess.DEVNULL, check=True)
    sample = str(playhead.sample("anthropic-tools"))
    commands = interleaved(
        {
            "python -c pass": lambda: run("-c", "pass"),
            "import click": lambda: run("-c", "import click"),
            "playhead --help": lambda: run("-m", "playhead", "--help"),
            "playhead events": lambda: run("-m", "playhead", "events", sample),
        },
        rounds,
    )
    base = commands["python -c pass"]
    rows = [(name, f"{took * 1e3:.0f}", f"{took / base:.2f}") for name, took in commands.items()]
    table("start-up", rows, ("", "ms", "× bare Python"))
    with tempfile.TemporaryDirectory() as folder:
        million = large(folder, 1_000_000)
        apps = interleaved(
            {
                "empty Textual app": lambda: until_shown(b"here it is", "-c", EMPTY_APP),
                "view, 136 events": lambda: until_shown(b"message_start", "-m", "playhead", "view", sample),
                "view, a million": lambda: until_shown(b"firstrow", "-m", "playhead", "view", million),
            },
            max(rounds // 2, 3),
        )
    base = apps["empty Textual app"]
    rows = [(name, f"{took * 1e3:.0f}", f"{took / base:.2f}") for name, took in apps.items()]
    table("first row on the screen", rows, ("", "ms", "× empty app"))


if __name__ == "__main__":
    main()
