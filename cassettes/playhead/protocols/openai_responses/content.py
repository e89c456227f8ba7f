"""Events that carry text and the parts it stands in: deltas, closings, content parts, citations.

Knows the tables of `wire` and `items`; knows no client.
"""

from __future__ import annotations

import json

from playhead.protocols.blocks import BlockKind
from playhead.protocols.ledger import Json, Rope
from playhead.protocols.openai_responses import items, wire
from playhead.protocols.openai_responses.book import Book, Place, Track, number_of
from playhead.protocols.remarks import RemarkKind

Event = dict[str, Json]
_SHELL = ("stdout", "stderr")
"""What the delta of a shell's output may bring."""


def read_delta(book: Book, frame: int, name: str, event: Event, target: Rope | None) -> Track | None:
    """A piece of text; `target` is the rope of the client's snapshot that grows by it. The block's track."""
    stream = wire.DELTAS[name]
    delta = event.get("delta")
    if isinstance(delta, dict) and stream.type == "shell_call_output":
        delta = "".join(text for part in _SHELL if isinstance(text := delta.get(part), str))
    if not isinstance(delta, str):
        book.say_once(frame, RemarkKind.UNEXPECTED_SHAPE, name, f"{name} brings no text as its delta")
        return None
    track = book.find(_place(stream, event)) or _lent(book, stream, event)
    if track is None:
        track = _open_implicitly(book, frame, stream, event, target)
    elif track.block.kind is not stream.kind or (stream.slot == "item" and track.block.type != stream.type):
        text = f"{name} for a block of type {track.block.type}"
        book.say(frame, track, RemarkKind.DELTA_MISMATCH, text)
    _part_ways(book, frame, track, event, target, delta)
    book.grow(frame, track, delta)
    return track


def read_done(stream: wire.Stream, book: Book, frame: int, event: Event) -> None:
    """The text is whole. The block stays open until its part or item is closed, if it has one."""
    track = book.find(_place(stream, event)) or _lent(book, stream, event)
    if track is None:
        track = _open_implicitly(book, frame, stream, event, None)
    whole = event.get(stream.whole) if stream.whole else None
    book.finish(frame, track, whole)
    track.ended = True
    if track.implicit or stream.slot in ("command", "audio", "transcript"):
        _end(book, frame, track)


def add_command(book: Book, frame: int, event: Event) -> None:
    """`response.shell_call_command.added`: a command of a shell call, the first in the item's own block."""
    stream = wire.DELTAS["response.shell_call_command.delta"]
    track = _lent(book, stream, event)
    if track is None:
        track = book.open(frame, _place(stream, event), stream.kind, stream.type)
    track.block.parse = str
    command = event.get("command")
    if isinstance(command, str) and command:
        book.record.grow(frame, track.block, command)


def add_part(slot: str, index: str, book: Book, frame: int, event: Event) -> None:
    """A content part begins."""
    part = event.get("part")
    if not isinstance(part, dict):
        book.say_once(frame, RemarkKind.UNEXPECTED_SHAPE, "part", "a part is added that is no object")
        return
    output, at = number_of(event.get("output_index")), number_of(event.get(index))
    rope = book.rope(output, at) if slot == "content" else None
    show_part(book, frame, (output, slot, at), part, rope)


def show_part(book: Book, frame: int, place: Place, part: Event, rope: Rope | None) -> Track:
    """The block of a part; `rope` holds its text where the client's snapshot has it."""
    type_ = part.get("type")
    kind, member = items.PARTS.get(type_ if isinstance(type_, str) else "", (BlockKind.DATA, ""))
    track = book.lend((place[0], "item", 0), place)
    if track is None:
        track = book.open(frame, place, kind, str(type_ or "part"), rope=rope)
    text = part.get(member)
    if isinstance(text, str) and text and not track.block.text.size:
        book.record.grow(frame, track.block, text)
    if kind is BlockKind.DATA:
        track.block.data.set(frame, book.held.share(part))
        book.record.grow_otherwise(frame, track.block)
    _cite(book, frame, track, part)
    return track


def end_part(slot: str, index: str, book: Book, frame: int, event: Event) -> None:
    """A content part is complete, and said again."""
    part = event.get("part")
    place = (number_of(event.get("output_index")), slot, number_of(event.get(index)))
    track = book.find(place)
    if not isinstance(part, dict):
        part = {}
    if track is None:
        track = show_part(book, frame, place, part, None)
    compare_part(book, frame, track, part)
    _end(book, frame, track)


def compare_part(book: Book, frame: int, track: Track, part: Event) -> None:
    """A part that is said again: what the deltas did not bring is taken from it."""
    type_ = part.get("type")
    kind, member = items.PARTS.get(type_ if isinstance(type_, str) else "", (BlockKind.DATA, ""))
    if kind is BlockKind.DATA:
        track.block.data.set(frame, book.held.share(part))
    book.finish(frame, track, part.get(member))
    _cite(book, frame, track, part)


def add_annotation(book: Book, frame: int, event: Event) -> None:
    """`response.output_text.annotation.added`: a citation."""
    stream = wire.DELTAS["response.output_text.delta"]
    track = book.find(_place(stream, event)) or _open_implicitly(book, frame, stream, event, None)
    annotation = event.get("annotation")
    if annotation is not None:
        track.block.citations.append(frame, annotation)
        book.record.grow_otherwise(frame, track.block)


def check_input(book: Book, frame: int, track: Track) -> None:
    """The input of a tool call is whole: it must be JSON."""
    text = track.block.text.at(frame)
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        what = f"the input of the tool call is no JSON: {error}" if text else "the tool call has no input"
        book.say(frame, track, RemarkKind.INVALID_TOOL_INPUT, what)


def _part_ways(book: Book, frame: int, track: Track, event: Event, target: Rope | None, delta: str) -> None:
    """Where the client's snapshot grows otherwise than the block, the two no longer share their text."""
    text = track.block.text
    if target is text:
        return
    if target is not None:
        target.append(frame, delta)
    if book.rope(number_of(event.get("output_index")), track.place[2]) is text:
        track.block.text = text.copy()


def _end(book: Book, frame: int, track: Track) -> None:
    if track.implicit and items.item_shape(track.block.type).is_json:
        check_input(book, frame, track)
    book.close(frame, track)


def _place(stream: wire.Stream, event: Event) -> Place:
    index = number_of(event.get(stream.index)) if stream.index else 0
    return number_of(event.get("output_index")), stream.slot, index


def _lent(book: Book, stream: wire.Stream, event: Event) -> Track | None:
    if stream.slot == "item":
        return None
    return book.lend((number_of(event.get("output_index")), "item", 0), _place(stream, event))


def _open_implicitly(book: Book, frame: int, stream: wire.Stream, event: Event, rope: Rope | None) -> Track:
    """A block that no event opened. Audio never is; anything else should have been."""
    place = _place(stream, event)
    shared = rope if rope is not None and not rope.size else None
    track = book.open(frame, place, stream.kind, stream.type, rope=shared, implicit=True)
    if stream.kind is BlockKind.TOOL_CALL and not items.item_shape(stream.type).is_json:
        track.block.parse = str
    item = book.ids.get(place[0])
    if item is not None and not items.has_parts(item[0]):
        text = f"text of type {stream.type} for an item of type {item[0]}"
        book.say(frame, track, RemarkKind.DELTA_MISMATCH, text)
    elif stream.slot not in ("audio", "transcript"):
        text = "text for a block that no event has opened"
        book.say(frame, track, RemarkKind.DELTA_WITHOUT_BLOCK, text)
    return track


def _cite(book: Book, frame: int, track: Track, part: Event) -> None:
    """The citations that no event of their own has brought."""
    annotations = part.get("annotations")
    if not isinstance(annotations, list):
        return
    for annotation in annotations[len(track.block.citations) :]:
        track.block.citations.append(frame, annotation)
        book.record.grow_otherwise(frame, track.block)
