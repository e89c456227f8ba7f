"""What the event changed: the message before it and after it, as the differences between the two.

Facts and blocks by the ledger, whatever their size; the message itself where it is small.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from playhead.diff.model import Absent, Settings
from playhead.diff.values import Difference, differences
from playhead.protocols.ledger import Json
from playhead.protocols.state import State
from playhead_viewer.panes.document import Document, Line, Style, joined, line, wrapped
from playhead_viewer.source.moment import Moment
from playhead_viewer.text.numbers import counted
from playhead_viewer.text.safe import Safe, safe, safe_lines, shortened

_SMALL = 8 * 1024
"""Characters of a message that is compared whole."""
_VALUE = 400
_MOST = 100
_FACTS = ("id", "model", "role", "stop_reason", "input_tokens", "output_tokens", "usage", "error")


def document(moment: Moment, width: int) -> Document:
    number, stream = moment.number, moment.stream
    title = Safe(f"Diff #{max(number - 1, 0)} → #{number}")
    if stream.record is None or not number:
        said = "The stream is being read …" if stream.record is None else "No event, no change."
        return Document([line(said, Style.FAINT)], title=title)
    before, after = stream.exchange.at(number - 1), stream.exchange.at(number)
    groups = [
        [*_facts(before, after, width), *_blocks(before, after, width)],
        list(_message(before, after, stream.record.characters, width))
        if not stream.record.has_block_per_event
        else [],
    ]
    lines = joined(groups)
    return Document(lines or [line("This event changes nothing.", Style.FAINT)], title=title)


def _facts(before: State, after: State, width: int) -> Iterator[Line]:
    for name in _FACTS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield from _change(name.replace("_", " "), old, new, width)
    if after.is_complete != before.is_complete:
        yield line("+ the message is complete" if after.is_complete else "- the message goes on", Style.GOOD)


def _blocks(before: State, after: State, width: int) -> Iterator[Line]:
    old, new = len(before.blocks), len(after.blocks)
    for block in after.blocks[max(new - _MOST, old) :] if new > old else ():
        name = f" {safe(shortened(block.name, 80))}" if block.name else ""
        yield from wrapped(
            f"+ block {block.number} {safe(shortened(block.type, 80))}{name} opened", width, Style.GOOD
        )
    for block in after.added:
        start, end = block.added
        yield line(f"+ block {block.number}: {counted(end - start, 'character')}, {end:,} in all", Style.GOOD)
        if end > start:
            text = safe_lines(shortened(block.cut(start, min(end, start + _VALUE + 1)), _VALUE))
            yield from wrapped(text.replace("\n", "␊\n"), width, Style.NEW)
    for block in after.closed[:_MOST]:
        yield line(f"+ block {block.number} closed", Style.GOOD)


def _message(before: State, after: State, characters: object, width: int) -> Iterator[Line]:
    assert callable(characters)
    if characters(after.frame) > _SMALL:
        yield line("The message is too long to be compared whole at each step.", Style.FAINT)
        return
    found = list(differences("message", before.message, after.message, Settings()))
    if found:
        yield line("As the official client has it:", Style.FAINT)
    for difference in found[:_MOST]:
        yield from _difference(difference, width)


def _difference(found: Difference, width: int) -> Iterator[Line]:
    where = safe(shortened(found.path, 200))
    yield line(where, Style.KEY)
    if not isinstance(found.a, Absent):
        yield from wrapped(f"- {_told(found.a)}", width, Style.WARNING, indent=2)
    if not isinstance(found.b, Absent):
        yield from wrapped(f"+ {_told(found.b)}", width, Style.GOOD, indent=2)


def _change(name: str, old: Json, new: Json, width: int) -> Iterator[Line]:
    if old is None:
        yield from wrapped(f"+ {name} {_told(new)}", width, Style.GOOD, indent=2)
    else:
        yield from wrapped(f"~ {name} {_told(old)} → {_told(new)}", width, Style.WARNING, indent=2)


def _told(value: Json) -> Safe:
    return safe(shortened(json.dumps(value, ensure_ascii=False), _VALUE))
