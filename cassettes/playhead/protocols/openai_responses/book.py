"""The blocks of one response, by the place that the events give: output index, slot, index within.

Opens, grows and closes blocks, and remarks on what is out of order. Knows places and the record; knows no
event and no client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from playhead.protocols.blocks import BlockKind, BlockLog
from playhead.protocols.ledger import Json, Rope
from playhead.protocols.openai_responses.held import Held
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind

Place = tuple[int, str, int]
"""Output index, slot, index in the slot; -1 for an index that the event does not give."""
Ropes = Callable[[Json, Json], Rope | None]
"""The text of the client's snapshot at an output index and a content index, where it has one."""


class Track:
    """A block at its place."""

    __slots__ = ("block", "borrowed", "ended", "implicit", "place", "said")

    def __init__(self, block: BlockLog, place: Place, implicit: bool) -> None:
        self.block: BlockLog = block
        self.place: Place = place
        self.implicit: bool = implicit
        """No event opened it: its first text did."""
        self.borrowed: bool = False
        """A part may still take it for its own."""
        self.ended: bool = False
        """Its text was said to be whole."""
        self.said: set[RemarkKind] = set()


class Book:
    """All blocks of a response."""

    def __init__(self, record: Record, held: Held, rope: Ropes) -> None:
        self.record = record
        self.held = held
        self.rope = rope
        self._tracks: dict[Place, Track] = {}
        self._of_item: dict[int, list[Track]] = {}
        self._said: set[str] = set()
        self.ids: dict[int, tuple[Json, Json]] = {}
        """Type and id of the item at each output index, as it was last told."""
        self.is_refused = False
        """The status is that of an error: there is a stream all the same."""
        self.is_created = False
        """Whether `response.created` has come."""

    def __len__(self) -> int:
        return len(self._tracks)

    def __iter__(self) -> Iterator[Track]:
        return iter(self._tracks.values())

    def find(self, place: Place) -> Track | None:
        return self._tracks.get(place)

    def of_item(self, index: int) -> list[Track]:
        """The blocks at an output index, as they were opened."""
        return self._of_item.get(index, [])

    def open(
        self,
        frame: int,
        place: Place,
        kind: BlockKind,
        type_: str,
        *,
        rope: Rope | None = None,
        implicit: bool = False,
    ) -> Track:
        """A new block at `place`, its text in `rope` if one is given: what stands in it counts as grown."""
        before = self._tracks.get(place)
        block = self.record.open_block(frame, kind, type_)
        if before is not None:
            text = f"a block is opened at {_words(place)}, where block {before.block.number} is"
            self.record.remark(frame, RemarkKind.BLOCK_REOPENED, text, block=block.number)
        if rope is not None:
            block.text = rope
            if rope.size:
                self.record.grow_otherwise(frame, block)
        track = self._tracks[place] = Track(block, place, implicit)
        self._of_item.setdefault(place[0], []).append(track)
        return track

    def lend(self, item: Place, part: Place) -> Track | None:
        """The block of an item that no part has taken yet, now that of `part`."""
        track = self._tracks.get(item)
        if track is None or not track.borrowed or part in self._tracks:
            return None
        track.borrowed = False
        self._tracks[part] = track
        return track

    def grow(self, frame: int, track: Track, text: str) -> None:
        """A delta for the block."""
        block = track.block
        if track.ended or block.closed:
            self.say(frame, track, RemarkKind.DELTA_AFTER_STOP, "a delta for a block that is complete")
        self.record.grow(frame, block, text)

    def finish(self, frame: int, track: Track, whole: Json) -> None:
        """The text is said again, whole: taken where no delta brought any, compared where some did."""
        if not isinstance(whole, str):
            return
        block = track.block
        if block.text.size == 0:
            if whole:
                # The rope may be the client's too, and its snapshot does not take this text.
                block.text = Rope()
                self.record.grow(frame, block, whole)
        elif block.text.size != len(whole) or block.text.cut(0, block.text.size) != whole:
            self.say(
                frame, track, RemarkKind.DONE_DIFFERS, "the deltas add up to another text than the event says"
            )
        self.held.know(block.text)

    def close(self, frame: int, track: Track) -> None:
        if not track.block.closed:
            track.block.closed = frame
            self.held.know(track.block.text)

    def say(self, frame: int, track: Track, kind: RemarkKind, text: str) -> None:
        """A remark about a block; each kind once, since the cause is one."""
        if kind not in track.said:
            track.said.add(kind)
            self.record.remark(frame, kind, text, block=track.block.number)

    def say_once(self, frame: int, kind: RemarkKind, about: str, text: str) -> None:
        """A remark about the stream, once for each thing that it is about."""
        if (key := f"{kind.value} {about}") not in self._said:
            self._said.add(key)
            self.record.remark(frame, kind, text)


def number_of(value: Json) -> int:
    """An index in an event; -1 where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _words(place: Place) -> str:
    output, slot, index = place
    return f"output index {output}" + (f", {slot} {index}" if slot != "item" else "")
