"""The message as it stood after the event: its blocks, what the event added in reverse.

Knows blocks in the words of every protocol. However long a message is, it shows what stands around the
event; what is left out is said.
"""

from __future__ import annotations

import json

import msgspec
from rich.cells import cell_len

from playhead.protocols.blocks import Block
from playhead.protocols.ledger import Json
from playhead.protocols.state import State
from playhead_viewer.panes.document import Document, Line, Style, line, marked, wrapped
from playhead_viewer.source.moment import Moment
from playhead_viewer.text.numbers import counted
from playhead_viewer.text.safe import Safe, safe, safe_lines, shortened
from playhead_viewer.text.wrapping import fit

_DATA = 4 * 1024
_NAME = 80
_SHORT = range(24, 5, -1)
"""Cells that a name in the title has at most: the first that has all names fit."""
_AROUND = 1
"""Blocks before and behind the one at hand that the title names."""
_CORNERS = 4
_FACTS = ("error", "id", "model", "role", "stop_reason", "usage")
_LAST = ("stop_reason", "usage")
"""Facts that are told from the end of the message on; others, where they come."""
TITLE = Safe("State at the cursor")


class Room(msgspec.Struct, frozen=True):
    """How much of a message is shown: what stands around the event, for a page that is drawn at each step."""

    text: int = 12 * 1024
    """Characters of text."""
    before: int = 8 * 1024
    """Of these, at most so many before what was added."""
    blocks: int = 24


def document(moment: Moment, width: int, room: Room = Room()) -> Document:  # noqa: B008 - it is frozen
    stream, number = moment.stream, moment.number
    if stream.record is None:
        return Document([line("The stream is being read …", Style.FAINT)], title=TITLE)
    if not number:
        return Document([line("No event, no state.", Style.FAINT)], title=TITLE)
    state = stream.exchange.at(number)
    writer = _Writer(width, stream.record.has_block_per_event, room)
    writer.write(state, stream.exchange.at(number - 1))
    end = max(len(writer.lines) - 1, 0)
    return Document(writer.lines, writer.sight or (end, end), _title(state, width))


class _Writer:
    """Writes the blocks around those that the event added to."""

    def __init__(self, width: int, per_event: bool, room: Room) -> None:
        self._width = width
        self._per_event = per_event
        self._room = room
        self._left = room.text
        self.lines: list[Line] = []
        self.sight: tuple[int, int] | None = None
        """The lines that hold what the event brought; `None` where it brought nothing."""
        self.added = 0
        self.opened = 0

    def write(self, state: State, before: State) -> None:
        blocks = state.blocks
        grown = {block.number for block in state.added}
        last = max(grown, default=len(blocks))
        first = max(last - self._room.blocks + 1, 1)
        brought = self._facts(state, before)
        if first > 1:
            self.lines.append(line(f"… {counted(first - 1, 'earlier block')} not shown", Style.FAINT))
        for at in range(first - 1, min(max(last, first + self._room.blocks - 1), len(blocks))):
            block = blocks[at]
            if block.opened == state.frame:
                self.opened = block.number
            self._block(block, block.number in grown)
        if not len(blocks):
            self.lines.append(line("No block up to here.", Style.FAINT))
        if not self.added and not brought:
            self.lines.append(line(self._done(state, before), Style.FAINT))

    def _facts(self, state: State, before: State) -> bool:
        """What is known of the message besides its blocks; whether the event brought any of it."""
        is_stopped, brought = state.stop_reason is not None, False
        for name in _FACTS:
            value = getattr(state, name)
            is_new = value is not None and value != getattr(before, name)
            stays = name == "error" or (is_stopped and name in _LAST)
            if value is None or not (is_new or stays):
                continue
            sign = "✖ " if name == "error" else ""
            plain = Style.ERROR if name == "error" else Style.FAINT
            start = len(self.lines)
            told = f"{sign}{name.replace('_', ' ')} {_compact(value)}"
            self.lines.extend(wrapped(told, self._width, Style.NEW if is_new else plain))
            if is_new:
                self.sight = (start if self.sight is None else self.sight[0], len(self.lines) - 1)
                brought = True
        return brought

    def _done(self, state: State, before: State) -> str:
        """What an event did that brought nothing."""
        if self.opened:
            return f"This event opens block {self.opened}."
        if closed := state.closed:
            return f"This event closes block {', '.join(str(block.number) for block in closed)}."
        if state.is_complete and not before.is_complete:
            return "With this event the message is complete."
        return "This event adds nothing."

    def _block(self, block: Block, grown: bool) -> None:
        start = len(self.lines)
        self.lines.append(_heading(block, grown or block.number == self.opened))
        added = block.added if grown else (block.size, block.size)
        if block.size:
            self._text(block, *added)
        elif (data := block.data) is not None:
            style = Style.NEW if grown else Style.PLAIN
            text = safe_lines(shortened(_pretty(data), _DATA))
            for part in wrapped(text, self._width, style):
                self.lines.append(part)
            if grown:
                self.added += 1
                self.sight = (start, len(self.lines) - 1)
        if grown and self.sight is None:
            self.sight = (start, len(self.lines) - 1)

    def _text(self, block: Block, start: int, end: int) -> None:
        """The text around what was added; with nothing added, its end."""
        most = self._room.text
        begin = max(start - self._room.before, end - max(self._left, 1024), 0)
        if begin:
            # Lines are wrapped from where the text begins: begin at a line, and they stay as they were.
            begin = _line_start(block, begin, start)
            self.lines.append(line(f"… {begin:,} earlier characters not shown", Style.FAINT))
        before = safe_lines(block.cut(begin, start))
        new = safe_lines(shortened(block.cut(start, min(end, start + most)), most)).replace("\n", "␊\n")
        rest = end - start - most
        if rest > 0:
            new += f"… {rest:,} more"
        self._left -= len(before) + len(new)
        lines, (first, last) = marked(before + new, len(before), len(before) + len(new), self._width)
        offset = len(self.lines)
        self.lines.extend(lines)
        if new:
            self.added += len(new)
            self.sight = (offset + first, offset + last)


def _title(state: State, width: int) -> Safe:
    """The blocks up to here, the one at hand filled; of many, those around it. All names are cut alike."""
    blocks = state.blocks
    grown = {block.number for block in state.added}
    at = max(grown, default=len(blocks))
    told = []
    for place in range(max(at - _AROUND, 1), min(at + _AROUND, len(blocks)) + 1):
        block = blocks[place - 1]
        sign = "●" if place in grown or block.opened == state.frame else "○"
        told.append((f"  {sign} {place}:", safe((block.name or block.type)[:_NAME])))
    room, title = max(width - _CORNERS, 1), str(TITLE)
    for most in _SHORT:
        title = TITLE + "".join(sign + fit(name, min(cell_len(name), most)) for sign, name in told)
        if cell_len(title) <= room:
            break
    return Safe(fit(title, room).rstrip())


def _line_start(block: Block, begin: int, until: int) -> int:
    """The first place behind `begin` where a line or a word begins; a step of 1,024 where there is none."""
    piece = block.cut(begin, min(until, begin + 2048))
    for sign in ("\n", " "):
        at = piece.find(sign)
        if at >= 0:
            return begin + at + 1
    return min(begin - begin % 1024 + 1024, until)


def _heading(block: Block, grown: bool) -> Line:
    parts = [f"{'●' if grown else '○'} {block.number}", safe(shortened(block.type, _NAME))]
    if block.name:
        parts.append(safe(shortened(block.name, _NAME)))
    if block.choice:
        parts.append(f"choice {block.choice}")
    if block.is_open:
        parts.append("(open)")
    if block.id:  # the longest and least needed: where a line is cut, it gives way
        parts.append(safe(shortened(block.id, _NAME)))
    return ((Safe(" ".join(parts)), Style.BOLD if grown else Style.FAINT),)


def _pretty(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def _compact(value: Json) -> Safe:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return safe(shortened(text, 400))
