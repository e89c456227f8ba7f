"""A tool's input as the client reads it while it is still being written.

The SDK parses the whole text anew with every delta, and raises as soon as it cannot. Here it is parsed when
somebody asks. Whether it still can be is tried with every delta while it is short, then each time it has
grown by a quarter and at the end of a block, so that a long input costs no more than a few parses. Where a
try fails, the delta at fault is found by bisection: a fault inside an object or a list does not go away with
more text. Knows text and the parser; knows no event.
"""

from __future__ import annotations

from playhead.protocols.anthropic.texts import Text
from playhead.protocols.ledger import Json
from playhead.protocols.payload import finite, parse_partial

_SHORT = 1024
_SHORT_SCALAR = 8192  # outside of any bracket more text may mend a fault: `1.` and then `1.5`


class ToolInput:
    """The deltas for one index. A node of the snapshot."""

    __slots__ = ("_fine", "_next", "_short", "_tried", "text")

    def __init__(self, frame: int, *, fine_grained: bool) -> None:
        self.text: Text = Text(frame)
        self._fine = fine_grained
        self._tried = 0  # frames up to this one are known to parse
        self._short: str | None = ""  # all of the text, while it is short
        self._next = 0  # the size at which the next try is due, once it is not

    def at(self, frame: int) -> Json:
        try:
            return finite(self.parse(self.text.at(frame)))
        except ValueError:
            return None  # only between the fault and the next try

    def parse(self, text: str) -> Json:
        return parse_partial(text, trailing_strings=self._fine)

    def grew(self, frame: int, part: str) -> bool:
        """`part` was written. Whether it may have been at fault, or it is time to see: ask `fault`."""
        short = self._short
        if short is None:
            return self.text.rope.size >= self._next
        short += part
        if not short:
            return False
        self._short = short
        try:
            self.parse(short)
        except ValueError:
            return True
        self._tried = frame
        if len(short) >= (_SHORT if short.lstrip(" \t\r\n").startswith(("{", "[")) else _SHORT_SCALAR):
            self._put_off()
        return False

    def fault(self, frame: int) -> tuple[int, str] | None:
        """The first frame up to `frame` after which the text cannot be parsed, and the SDK's message."""
        frames = self.text.rope.frames
        if not frames or min(frame, frames[-1]) <= self._tried:
            return None
        if self._complaint(frame) is not None:
            return self._first_fault(frame)
        self._tried = frame
        self._put_off()
        return None

    def _put_off(self) -> None:
        self._short = None
        self._next = self.text.rope.size + self.text.rope.size // 4

    def _first_fault(self, frame: int) -> tuple[int, str]:
        frames = [number for number in dict.fromkeys(self.text.rope.frames) if self._tried < number <= frame]
        low, high = 0, len(frames) - 1
        while low < high:
            middle = (low + high) // 2
            if self._complaint(frames[middle]) is None:
                low = middle + 1
            else:
                high = middle
        return frames[low], self._complaint(frames[low]) or ""

    def _complaint(self, frame: int) -> str | None:
        text = self.text.at(frame)
        try:
            if text:
                self.parse(text)
        except ValueError as error:
            return str(error)
        return None
