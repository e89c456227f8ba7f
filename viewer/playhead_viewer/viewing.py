"""One cassette looked at: which exchange, which event, what is shown of it and where to go next.

Ties the core to a stream. Knows no widget, no key, no thread: the app calls it, and draws what it says.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from playhead import Severity
from playhead_viewer.core.cursor import Cursor
from playhead_viewer.core.landmarks import Landmark
from playhead_viewer.core.marks import Marks
from playhead_viewer.core.places import EventPlace, Place, SharePlace, at_time
from playhead_viewer.core.player import Ends, Player
from playhead_viewer.source.facts import tool_openings
from playhead_viewer.source.loader import Loader
from playhead_viewer.source.moment import Analysis, Moment
from playhead_viewer.source.notes import Notes
from playhead_viewer.source.stream import Stream

if TYPE_CHECKING:
    from playhead_viewer.source.passes import FilterPass, SearchPass


class Viewing:
    """Made without an exchange; `open` chooses one."""

    def __init__(self, loader: Loader, notes: Notes) -> None:
        self.loader: Loader = loader
        self.notes: Notes = notes
        self.marks: Marks = notes.load()
        self.stream: Stream | None = None
        self.place: int = 0
        """Which exchange is shown, from 0."""
        self.cursor: Cursor = Cursor()
        self.player: Player = Player(self._gap_shown)
        self.reference: int | None = None
        """The event from which times count; `None`: from the anchor."""
        self.analysis: Analysis | None = None
        self.is_checking: bool = False
        """Whether a long stream is checked now, because a reader asked for it."""
        self.filter: FilterPass | None = None
        self.search: SearchPass | None = None
        self.follows: bool = False
        """Whether the cursor stays on the newest event."""
        self._cursors: dict[int, int] = {}
        self._known = 0  # events that came before the reader left the newest, or saw the last
        self._is_caught_up = False

    # Exchanges.

    @property
    def exchanges(self) -> int:
        """How many there are so far."""
        return self.loader.count

    def open(self, stream: Stream) -> None:
        """Show an exchange, at the event where it was left."""
        if self.stream is not None:
            self._cursors[self.place] = self.cursor.number
        self.stream, self.place = stream, stream.place
        self.cursor = Cursor()
        self.cursor.count = stream.count
        self.cursor.go(self._cursors.get(stream.place, 1))
        self.player.pause()
        self.reference = None
        self.analysis, self.is_checking = None, False
        self._known, self._is_caught_up = stream.count, False  # what is there already is not new
        wanted = self.filter.text if self.filter is not None else ""
        self.set_filter(wanted)

    def resume(self, other: Viewing) -> None:
        """Go on where another reading of the same recording was."""
        self._cursors = other._cursors
        self.player.like(other.player)
        if self.notes.path != other.notes.path and other.marks.all() and not self.marks.all():
            self.marks = other.marks
            self.notes.save(self.marks)
        if other.filter is not None:
            self.set_filter(other.filter.text)
        if other.search is not None:
            self.set_search(other.search.search.needle)
        if other.reference is not None and self.stream is not None and other.reference <= self.stream.count:
            self.reference = other.reference
        self.cursor.go(other.number or 1)

    def refresh(self) -> bool:
        """Take note of what has come; whether there are more events than before."""
        if self.stream is None:
            return False
        before = self.stream.count
        self.stream.refresh()
        self.cursor.count = self.stream.count
        if self.follows and self.stream.count:
            self.cursor.last()
        if self.follows or not self._is_caught_up:
            self._known = self.stream.count
        self._is_caught_up = self._is_caught_up or self.loader.is_dry
        return self.stream.count != before

    def unseen(self, below: int) -> int:
        """How many events have come while the reader was elsewhere, of so many rows below the screen."""
        if not below:
            self._known = self.cursor.count
        return min(below, self.cursor.rows - self.cursor.row_of(self._known + 1))

    def advance(self) -> bool:
        """Filter and search on, a portion each; whether there was anything to do."""
        filter_, search = self.filter, self.search  # the app may take them off meanwhile
        moved = filter_ is not None and filter_.advance()
        return (search is not None and search.advance()) or moved

    # What is shown.

    @property
    def number(self) -> int:
        return self.cursor.number

    @property
    def exchange_number(self) -> int:
        return self.stream.exchange.number if self.stream is not None else 0

    def moment(self, check_key: str = "") -> Moment | None:
        """What the panes are given; `check_key` is the key that has a long stream checked."""
        if self.stream is None:
            return None
        reference = self.reference_time()
        return Moment(self.stream, self.number, self.analysis, reference, self.is_checking, check_key)

    def reference_time(self) -> float | None:
        if self.reference is None or self.stream is None:
            return None
        return self.stream.time(self.reference)

    def set_filter(self, text: str) -> None:
        """Show only events that an expression lets through, and search among them. Raises `FilterError`."""
        if not text.strip() or self.stream is None:
            self.filter, self.cursor.shown = None, None
        else:
            # Here: most look at all events.
            from playhead_viewer.core.filter import parse
            from playhead_viewer.source.passes import FilterPass

            self.filter = FilterPass(text, parse(text), self.stream)
            self.cursor.shown = self.filter.shown
        if self.search is not None:
            self.set_search(self.search.search.needle)

    @property
    def is_filtered(self) -> bool:
        """Whether no more events will be shown."""
        if self.stream is None:
            return self.loader.is_over
        return self.stream.is_over and (self.filter is None or self.filter.done >= self.stream.count)

    def set_search(self, needle: str) -> None:
        """Look for a text in every event that is shown; an empty one ends the search."""
        self.search = None
        if needle and self.stream is not None:
            from playhead_viewer.source.passes import SearchPass

            self.search = SearchPass(needle, self.stream, self.filter)

    # Going.

    def take_over(self) -> None:
        """The reader moves the cursor by hand: playing stops, following too."""
        self.player.pause()
        self.follows = False

    def go(self, place: Place) -> str | None:
        """To a place as it was typed; why not, where that cannot be."""
        stream, cursor = self.stream, self.cursor
        if stream is None or not cursor.rows:
            return "there is no event"
        match place:
            case EventPlace(number, is_relative=True):
                row, ends = cursor.row + number, (cursor.number_at(0), cursor.number_at(cursor.rows - 1))
                cursor.step(number)
                if row < 0:
                    return f"the first event is #{ends[0]:,}"
                return None if row < cursor.rows else f"the last event is #{ends[1]:,}"
            case EventPlace(number):
                cursor.go(number)
                if not number:
                    return "the first event is #1"
                if number > cursor.count:
                    return f"the last event is #{cursor.count:,}"
                is_hidden = self.filter is not None and number <= self.filter.done
                return f"the filter hides #{number:,}" if is_hidden and not cursor.is_shown(number) else None
            case SharePlace(percent):
                cursor.share(percent)
            case _:
                base = stream.time(self.number) if place.is_relative else self.reference_time() or 0.0
                if base is None:
                    return "the time of this event is not known"
                return self.go_to_time(base + place.seconds)
        return None

    def go_to_time(self, seconds: float) -> str | None:
        """To the first event at a time, in seconds since the anchor."""
        if self.stream is None:
            return "there is no event"
        with self.loader.lock:
            number = at_time(seconds, self.cursor.count, self.stream.time)
        if number is None:
            return "no time is known"
        self.cursor.go(number)
        with self.loader.lock:
            last = self.stream.time(self.cursor.count)
        if last is None or seconds <= last + 0.0005:  # as it is shown
            return None
        shown = last - (self.reference_time() or 0.0)
        return f"the last event is #{self.cursor.count:,}, at {shown:.3f} s"

    def leap(self, kind: Landmark, back: bool) -> bool:
        """To the next landmark of a kind, or the one before; False where there is none."""
        return self.cursor.leap(self.landmarks(kind), back)

    def landmarks(self, kind: Landmark) -> Sequence[int]:
        """The events that are landmarks of a kind, ascending."""
        with self.loader.lock:
            return self._sources()[kind]()

    def _sources(self) -> dict[Landmark, Callable[[], Sequence[int]]]:
        return {
            Landmark.BLOCK: self._blocks,
            Landmark.TOOL: self._tools,
            Landmark.STALL: self._stalls,
            Landmark.FINDING: self._findings,
            Landmark.ERROR: self._errors,
            Landmark.MARK: lambda: self.marks.frames(self.exchange_number),
            Landmark.HIT: lambda: self.search.search.hits if self.search is not None else (),
        }

    def _blocks(self) -> Sequence[int]:
        record = self.stream.record if self.stream is not None else None
        if record is None or record.has_block_per_event:
            return ()
        return sorted({block.opened for block in record.blocks})

    def _tools(self) -> Sequence[int]:
        record = self.stream.record if self.stream is not None else None
        return () if record is None else tool_openings(record)

    def _stalls(self) -> Sequence[int]:
        if self.analysis is None:
            return ()
        stalls = self.analysis.timing.stalls
        return sorted({stall.until_frame or max(stall.after_frame, 1) for stall in stalls})

    def _findings(self) -> Sequence[int]:
        found = self.analysis.findings if self.analysis is not None else None
        return sorted({finding.frame for finding in found or () if finding.frame})

    def _errors(self) -> Sequence[int]:
        found = self.analysis.findings if self.analysis is not None else None
        errors = {each.frame for each in found or () if each.severity is Severity.ERROR and each.frame}
        record = self.stream.record if self.stream is not None else None
        if record is not None:
            errors |= {frame for frame, value in record.error if value is not None and frame}
        if self.stream is not None:
            errors |= {each.number for each in self.stream.breaks()}
        return sorted(errors)

    def worst(self, number: int) -> Severity | None:
        """The most serious finding about an event."""
        found = self.analysis.findings if self.analysis is not None else None
        if not found:
            return None
        at = bisect_left(found, number, key=lambda finding: finding.frame or 0)
        worst: Severity | None = None
        while at < len(found) and found[at].frame == number:
            if worst is None or _RANK[found[at].severity] > _RANK[worst]:
                worst = found[at].severity
            at += 1
        return worst

    def counts(self) -> tuple[int, int] | None:
        """How many warnings and errors were found; `None` while that is not known."""
        found = self.analysis.findings if self.analysis is not None else None
        if found is None:
            return None
        severities = [finding.severity for finding in found]
        return severities.count(Severity.WARNING), severities.count(Severity.ERROR)

    # Marks.

    def toggle_mark(self) -> str | None:
        """Mark the event, or take its mark away; why it could not be kept, where it could not."""
        if not self.number:
            return "there is no event to mark"
        self.marks.toggle(self.exchange_number, self.number)
        return self.notes.save(self.marks)

    def note(self, exchange: int, number: int, text: str) -> str | None:
        """Write to the mark of an event of an exchange, by their numbers."""
        if not number:
            return "there is no event to mark"
        self.marks.note(exchange, number, text)
        return self.notes.save(self.marks)

    # Playing.

    def play(self, now: float) -> None:
        """Play on from the cursor, or pause."""
        if self.player.is_playing:
            self.player.pause()
        elif self.cursor.rows:
            if self.cursor.is_last and self._ends is Ends.STOP:
                self.cursor.first()
            self.follows = False
            self.player.play(now, self.cursor.row + 1)

    def tick(self, now: float) -> bool:
        """Go to the event that is due; whether the cursor has moved."""
        rows = self.cursor.rows
        if not self.player.is_playing:
            return False
        # A filter that was set, taken off or came further since has given the event another row.
        before = min(self.cursor.row, rows - 1)
        self.player.stand(before + 1)
        row = min(self.player.advance(now, rows, self._ends) - 1, rows - 1)
        if row == before:
            return False
        self.cursor.go(self.cursor.number_at(row))
        return True

    @property
    def _ends(self) -> Ends:
        return Ends.STOP if self.is_filtered else Ends.WAIT

    def _gap_shown(self, row: int) -> float | None:
        """The time between two rows; they may be far apart where a filter hides what lies between."""
        if self.stream is None or not 1 < row <= self.cursor.rows:
            return None
        with self.loader.lock:
            before = self.stream.time(self.cursor.number_at(row - 2))
            after = self.stream.time(self.cursor.number_at(row - 1))
        return None if before is None or after is None else after - before


_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}
