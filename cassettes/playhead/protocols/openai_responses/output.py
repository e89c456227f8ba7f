"""Events about output items: added, done, how far they have come, and the images of one.

Knows the table of `items`; knows no client.
"""

from __future__ import annotations

from typing import Any, cast

from playhead.protocols.blocks import BlockKind
from playhead.protocols.ledger import Json, Rope
from playhead.protocols.openai_responses import content, items
from playhead.protocols.openai_responses.book import Book, Track, number_of
from playhead.protocols.openai_responses.content import Event
from playhead.protocols.remarks import RemarkKind

_PARTS = (("content", "content"), ("summary", "summary"))
"""The members of an item that hold parts, and the slots they stand in."""
_ENVELOPE = ("type", "sequence_number", "output_index", "item_id", "obfuscation")


def add_item(book: Book, frame: int, event: Event) -> None:
    """`response.output_item.added`."""
    index, item = number_of(event.get("output_index")), event.get("item")
    if not isinstance(item, dict):
        if item is not None:
            book.say_once(frame, RemarkKind.UNEXPECTED_SHAPE, "added", "an item is added that is no object")
        return
    if index in book.ids and book.find((index, "item", 0)) is None:
        text = f"an item is added at output index {index}, where one is"
        book.record.remark(frame, RemarkKind.BLOCK_REOPENED, text)
    show_item(book, frame, index, item)


def show_item(book: Book, frame: int, index: int, item: Event) -> None:
    """The blocks of an item as it begins, or of one that comes whole."""
    shape = items.item_shape(item.get("type"))
    book.ids[index] = item.get("type"), item.get("id")
    if shape.kind is None:
        book.record.role.set(frame, item.get("role"))
    else:
        _open(book, frame, index, item, shape, book.rope(index, None))
    for member, slot in _PARTS:
        for at, part in enumerate(_parts(item, member)):
            rope = book.rope(index, at) if slot == "content" else None
            content.show_part(book, frame, (index, slot, at), part, rope)


def end_item(book: Book, frame: int, event: Event) -> None:
    """`response.output_item.done`: the item is said again, whole."""
    index, item = number_of(event.get("output_index")), event.get("item")
    if not isinstance(item, dict):
        book.say_once(frame, RemarkKind.UNEXPECTED_SHAPE, "done", "an item is done that is no object")
        return
    shape = items.item_shape(item.get("type"))
    book.ids[index] = item.get("type"), item.get("id")
    track = book.find((index, "item", 0))
    if track is None and shape.kind is not None:
        track = _open(book, frame, index, item, shape, None)
    if track is not None and shape.kind is not None:
        _fill(book, frame, track, item, shape)
    compare_item(book, frame, index, item)
    _answer(book, frame, item, shape)
    for other in book.of_item(index):
        book.close(frame, other)
    _sign(book, frame, index, item)


def compare_item(book: Book, frame: int, index: int, item: Event) -> None:
    """An item that is said again: its parts and its text against what came before."""
    for member, slot in _PARTS:
        for at, part in enumerate(_parts(item, member)):
            place = (index, slot, at)
            track = book.find(place)
            if track is None:
                track = content.show_part(book, frame, place, part, None)
            content.compare_part(book, frame, track, part)
    shape = items.item_shape(item.get("type"))
    track = book.find((index, "item", 0))
    if shape.text and track is not None:
        book.finish(frame, track, items.inside(item, shape.text))


def read_status(type_: str, status: str, book: Book, frame: int, event: Event) -> None:
    """How far an item has come."""
    track = _track(book, frame, type_, event)
    shown = track.block.data.latest
    if isinstance(shown, dict) and "status" in shown:
        # The same members but one: JSON of which the long texts are references.
        track.block.data.set(frame, cast("Json", {**shown, "status": status}))


def read_image(book: Book, frame: int, event: Event) -> None:
    """`response.image_generation_call.partial_image`: a picture, coarse at first."""
    track = _track(book, frame, "image_generation_call", event)
    shown = {name: value for name, value in event.items() if name not in _ENVELOPE}
    track.block.data.set(frame, book.held.share(shown))
    book.record.grow_otherwise(frame, track.block)


def _open(
    book: Book, frame: int, index: int, item: Event, shape: items.ItemShape, rope: Rope | None
) -> Track:
    assert shape.kind is not None
    type_ = str(item.get("type") or "item")
    if not items.is_known_item(type_):
        about = f"an output item of unknown type {type_}"
        book.say_once(frame, RemarkKind.UNKNOWN_BLOCK, type_, about)
    track = book.open(frame, (index, "item", 0), shape.kind, type_, rope=rope)
    block = track.block
    track.borrowed = shape.lends
    if shape.kind is BlockKind.TOOL_CALL:
        named = item.get("name")
        block.name.set(frame, named if isinstance(named, str) else type_)
        if not shape.is_json:
            block.parse = str
    block.id.set(frame, item.get("call_id") or item.get("id"))
    text = items.inside(item, shape.text) if shape.text else None
    if isinstance(text, str) and text and not block.text.size:
        book.record.grow(frame, block, text)
    _show_data(book, frame, track, item, shape)
    return track


def _show_data(book: Book, frame: int, track: Track, item: Event, shape: items.ItemShape) -> bool:
    """What of the item is shown as data; whether that changed."""
    if shape.data is None and shape.kind in (BlockKind.TOOL_CALL, BlockKind.THINKING):
        return False
    book.held.know(track.block.text)
    value = item if shape.data is None else item.get(shape.data)
    track.block.data.set(frame, book.held.share(value))
    return track.block.data.changed(frame)


def _fill(book: Book, frame: int, track: Track, item: Event, shape: items.ItemShape) -> None:
    """What the item is in the end."""
    block = track.block
    if block.kind is not shape.kind:
        text = f"an item of type {item.get('type')} ends a block of type {block.type}"
        book.say(frame, track, RemarkKind.DELTA_MISMATCH, text)
        return
    if shape.text:
        book.finish(frame, track, items.inside(item, shape.text))
    if _show_data(book, frame, track, item, shape):
        book.record.grow_otherwise(frame, block)
    if shape.is_json:
        content.check_input(book, frame, track)


def _answer(book: Book, frame: int, item: Event, shape: items.ItemShape) -> None:
    """What a server's tool has answered, which stands in its call: a block of its own."""
    result = item.get(shape.result) if shape.result else None
    if result is None:
        return
    block = book.record.open_block(frame, BlockKind.TOOL_RESULT, str(item.get("type")))
    block.id.set(frame, item.get("call_id") or item.get("id"))
    if isinstance(result, str):
        book.record.grow(frame, block, result)
        book.held.know(block.text)
    else:
        block.data.set(frame, book.held.share(result))
        book.record.grow_otherwise(frame, block)
    block.closed = frame


def _sign(book: Book, frame: int, index: int, item: Event) -> None:
    """Encrypted reasoning is handed back to the API as it is: the signature of the item's last block."""
    signature = item.get("encrypted_content")
    if not isinstance(signature, str) or item.get("type") != "reasoning":
        return
    for last in book.of_item(index)[-1:]:
        last.block.signature.set(frame, book.held.share(signature))


def _track(book: Book, frame: int, type_: str, event: Event) -> Track:
    """The block of the item that the event is about; opened where no event has."""
    place = (number_of(event.get("output_index")), "item", 0)
    track = book.find(place)
    if track is None:
        kind = items.item_shape(type_).kind or BlockKind.DATA
        track = book.open(frame, place, kind, type_, implicit=True)
        text = f"an event about an item of type {type_} that no event has added"
        book.say(frame, track, RemarkKind.DELTA_WITHOUT_BLOCK, text)
    return track


def _parts(item: Event, member: str) -> list[Any]:
    """The parts of an item, those that are objects."""
    parts = item.get(member)
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
