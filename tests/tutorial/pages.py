"""A page whose blocks are run: files are written, commands go to one shell, and what they say is compared.

Knows Markdown fences and a shell. `python` and `diff` blocks begin with the comment `# FILE` (`# FILE, added`
appends); a diff's lines must stand in the file once. `sh` blocks go to bash, all to the same one. A block
without a language is what the commands before it say: each of its lines must come, in this order; `…` is
anything.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import NamedTuple

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_DONE = "block-is-done"
_SECONDS = 120


class Block(NamedTuple):
    """A fenced block. `line` is where its fence stands."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        yield Block(found[1], found[2], text.count("\n", 0, found.start()) + 1)


class Shell:
    """One bash in a folder, in which nothing is set that a reader has not set."""

    def __init__(self, folder: Path) -> None:
        self._lines: Queue[str] = Queue()
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=_environ(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)

    def run(self, text: str) -> str:
        """What the commands say. One that is left in the background has said that it listens."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\necho {_DONE}\n")
        self._process.stdin.flush()
        wanted = {_DONE} | ({"listening on"} if "&\n" in text else set())
        said = ""
        while wanted:
            try:
                line = self._lines.get(timeout=_SECONDS)
            except Empty:
                raise AssertionError(f"no end of\n{text}\nIt said\n{said}") from None
            wanted -= {part for part in wanted if part in line}
            said += "" if _DONE in line else line
        return said

    def close(self) -> None:
        """End it, and what it left in the background."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()


def _environ(folder: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTEST_") and not name.upper().endswith("_PROXY")
    }
    programs = str(Path(sys.executable).parent)
    return {
        **kept,
        "PATH": f"{programs}{os.pathsep}{kept['PATH']}",
        "HOME": str(folder),
        # Of the plugins that are installed here, those of others are no part of the page.
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "-p playhead.testing.plugin --color=no",
    }


def write(folder: Path, block: Block) -> None:
    """Write, add to or change the file that the block's first line names."""
    first, _, text = block.text.partition("\n")
    name, _, added = first.removeprefix("# ").partition(", ")
    path = folder / name
    if block.language == "diff":
        lines = text.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        whole = path.read_text(encoding="utf-8")
        assert whole.count(before) == 1, f"line {block.line}: not what stands in {name}"
        path.write_text(whole.replace(before, after), encoding="utf-8")
    else:
        before = path.read_text(encoding="utf-8") + "\n\n" if added else ""
        path.write_text(before + text, encoding="utf-8")


def compare(block: Block, said: str) -> None:
    """Every line of the block is said, in this order."""
    rest = said
    for line in block.text.splitlines():
        pattern = ".*".join(map(re.escape, line.split("…")))
        found = re.search(pattern, rest)
        assert found, f"line {block.line}: {line!r} is not what was said:\n{said}"
        rest = rest[found.end() :]


@contextmanager
def kept_port() -> Iterator[str]:
    """A port that nobody else is given meanwhile; who says the same of it may listen."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        yield str(kept.getsockname()[1])
