"""A terminal of its own for a program: tmux draws, keys are sent, the screen is read."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

DEADLINE = 60.0
LEFT = "left with"
_POLL = 0.05
"""Each look is a process, and what is looked at starts up meanwhile on the same processor."""


class Tmux:
    """A terminal of its own, and everything a program in it wrote."""

    def __init__(self, program: str, folder: Path, size: tuple[int, int]) -> None:
        self._base = [program, "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self.written = folder / "written"
        width, height = size
        # A shell that waits: what the program writes is kept from its first byte on.
        self._call("new-session", "-d", "-x", str(width), "-y", str(height), "sh")
        self._call("set-option", "-g", "set-clipboard", "on")
        self._call("pipe-pane", "-o", f"exec cat > {shlex.quote(str(self.written))}")

    def _call(self, *args: str) -> str:
        # The size is the terminal's own: what pytest's workers say of theirs must not be inherited.
        env = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        command = [*self._base, *args]
        done = subprocess.run(command, capture_output=True, timeout=DEADLINE, check=True, env=env)
        return done.stdout.decode("utf-8", "replace")

    def run(self, command: str) -> None:
        """Type a command; the screen then says how it left."""
        # The quotes keep the words apart from those of the command line itself.
        self._call("send-keys", "-l", f"clear; {command}; echo left' 'with $?")
        self.keys("Enter")

    def keys(self, *keys: str) -> None:
        self._call("send-keys", *keys)

    def screen(self) -> str:
        return self._call("capture-pane", "-p")

    def styled(self) -> str:
        """The screen with the escapes that its styles are made by."""
        return self._call("capture-pane", "-p", "-e")

    def modes(self) -> str:
        """What a program can leave behind in a terminal: modes, title, clipboard."""
        told = ("alternate_on", "cursor_flag", "insert_flag", "keypad_flag", "keypad_cursor_flag")
        told += ("mouse_any_flag", "mouse_sgr_flag", "origin_flag", "wrap_flag", "pane_title")
        modes = self._call("display-message", "-p", " ".join(f"{name}=#{{{name}}}" for name in told))
        return modes + self._call("list-buffers")

    def wait(self, *shown: str) -> str:
        """The screen, once all of this is on it."""
        deadline = time.monotonic() + DEADLINE
        while True:
            screen = self.screen()
            if all(text in screen for text in shown):
                return screen
            assert time.monotonic() < deadline, f"{shown} did not come up; the screen is:\n{screen}"
            time.sleep(_POLL)

    def drawn(self, text: str) -> None:
        """Wait until it was drawn, though it may have gone again: what is said stands for seconds only."""
        deadline = time.monotonic() + DEADLINE
        while text.encode() not in self.written.read_bytes():
            assert time.monotonic() < deadline, f"{text} was not drawn; the screen is:\n{self.screen()}"
            time.sleep(_POLL)

    def insist(self, key: str, shown: str) -> None:
        """Press a key, again where it came before a line that was typed in was gone, until that is shown."""
        deadline, again = time.monotonic() + DEADLINE, 0.0
        while shown not in (screen := self.screen()):
            assert time.monotonic() < deadline, f"{shown} did not come up; the screen is:\n{screen}"
            if time.monotonic() > again:
                again = time.monotonic() + 3.0
                self.keys(key)
            time.sleep(_POLL)

    def gone(self, text: str) -> None:
        """Wait until it is on the screen no more."""
        deadline = time.monotonic() + DEADLINE
        while text in (screen := self.screen()):
            assert time.monotonic() < deadline, f"{text} is still there:\n{screen}"
            time.sleep(_POLL)

    def all_written(self) -> bytes:
        """Everything that was written until the program left: a process of its own writes it down."""
        deadline = time.monotonic() + DEADLINE
        while LEFT.encode() not in (written := self.written.read_bytes()):
            assert time.monotonic() < deadline, f"what was written ends with {written[-200:]!r}"
            time.sleep(_POLL)
        return written

    def close(self) -> None:
        subprocess.run([*self._base, "kill-server"], capture_output=True, timeout=DEADLINE, check=False)


def playhead(*args: object) -> str:
    return shlex.join([sys.executable, "-m", "playhead", *map(str, args)])
