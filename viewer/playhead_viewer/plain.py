"""The viewer's reading as text: what list and panes say, one below the other.

Knows no terminal but its width. Where there is none, nothing is cut or wrapped, so that `grep` finds what is
there.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath

from playhead import DamagedCassette
from playhead_viewer.columns import Look, brought, cells, digits, heading, noted, preview
from playhead_viewer.core.sessions import Sessions
from playhead_viewer.panes import findings, headers, raw, sessions, state, timing, waterfall
from playhead_viewer.panes.document import Document, Line, line, wrapped
from playhead_viewer.source.analysing import analyse
from playhead_viewer.source.loader import Loader
from playhead_viewer.source.moment import Analysis, Moment
from playhead_viewer.source.notes import Notes
from playhead_viewer.source.scanning import scan
from playhead_viewer.source.stream import READ_AT_MOST, Stream
from playhead_viewer.source.words import no_frames, nothing_read, notices, verdict
from playhead_viewer.text.numbers import counted
from playhead_viewer.text.safe import Safe, safe
from playhead_viewer.viewing import Viewing

Write = Callable[[str], object]
UNCUT = 100_000
"""The width where there is no terminal: lines of documents that are longer are wrapped."""
PAGE = 100
"""The width of what is drawn to a scale, there."""
_ROOM = state.Room(text=1024 * 1024, before=1024 * 1024, blocks=1000)
_POLL = 0.02
_AT_ONCE = 0.3
"""Seconds without anything new after which a pipe is not read to its end first, but printed as it comes."""


def print_file(
    loader: Loader, exchange: int | None, write: Write, *, follow: bool = False
) -> DamagedCassette | None:
    """All exchanges of a cassette, or the one of that number. Raises `InputError` where there is none.

    Of a file that is still recorded, what is there now; with `follow`, and of a pipe, each event as it comes.
    What is readable is written; returns what was not.
    """
    printer = _Printer(loader, write, follows=follow or loader.place.is_pipe)
    more = _coming(loader, follow=follow)
    if loader.is_over and exchange is None and len(loader.cassette) > 1:
        printer.print_times()
    for place in _places(loader, exchange, more):
        printer.print(place, more)
    return printer.damage()


def print_sessions(paths: Sequence[str], write: Write) -> None:
    """The list of the sessions in several files, as the screen shows it first; sorted by time."""
    found = Sessions()
    found.add(row for path in paths for row in scan(path, lambda: True))
    width = _terminal_width()
    count = f"{counted(found.count, 'session')} in {counted(len(paths), 'file')}"
    for text in (f"── {count} ──", *sessions.table(found, width), ""):
        write(f"{text}\n")


def _terminal_width() -> int | None:
    """`None` where there is no terminal."""
    return shutil.get_terminal_size((PAGE, 24)).columns if sys.stdout.isatty() else None


def _coming(loader: Loader, *, follow: bool) -> Callable[[], bool]:
    """Read what there is. The function then waits a little for more, and says whether there can be any."""
    idle_since = time.monotonic()
    while loader.advance() or (loader.place.is_pipe and not loader.is_over):
        if not loader.place.is_pipe:
            continue
        if loader.is_dry:
            if time.monotonic() - idle_since > _AT_ONCE:
                break
            time.sleep(_POLL)
        else:
            idle_since = time.monotonic()
    if not (follow or loader.place.is_pipe):
        return lambda: False

    def wait() -> bool:
        if not loader.is_over and not loader.advance():
            time.sleep(_POLL)
        return not loader.is_over

    return wait


def _places(loader: Loader, exchange: int | None, more: Callable[[], bool]) -> Iterator[int]:
    """The exchanges that are wanted, in their order, as they begin."""
    place, goes_on = 0, True
    while True:
        if place < len(loader.cassette):
            if exchange is None or loader.cassette.exchanges[place].number == exchange:
                yield place
            place += 1
        elif not goes_on:
            break
        else:
            goes_on = more()
    if exchange is not None:
        loader.cassette[exchange]


class _Printer:
    def __init__(self, loader: Loader, write: Write, *, follows: bool) -> None:
        self._loader = loader
        self._follows = follows
        self._write = write
        width = _terminal_width()
        self._is_terminal = width is not None
        self._width = UNCUT if width is None else width
        self._viewing = Viewing(loader, Notes(loader.name, is_file=loader.place.is_file))
        self._damages: list[DamagedCassette] = []
        self._printed = 0

    def damage(self) -> DamagedCassette | None:
        """What was met first that could not be read; where there was no exchange at all, that is written."""
        if not self._printed:
            self._lines(nothing_read(PurePath(self._loader.name).name))
            for notice in notices(None, self._loader):
                self._wrapped(f"{notice.severity.value} {notice.text}")
        return next(iter((*self._loader.damages, *self._damages)), None)

    def print_times(self) -> None:
        """All exchanges in one time."""
        width = self._width if self._is_terminal else PAGE
        self._document(waterfall.document(self._loader.cassette.exchanges, width))
        self._line("")

    def print(self, place: int, more: Callable[[], bool]) -> None:
        stream, viewing = Stream(self._loader, place, previews=READ_AT_MOST), self._viewing
        if self._printed:
            self._line("")
        self._printed += 1
        stream.read()
        viewing.open(stream)
        was_growing = self._is_growing(stream)
        if was_growing:
            self._grow(stream, more)
        viewing.analysis = analysis = analyse(stream)
        self._head(stream, analysis)
        if stream.chunks.damage is not None:
            self._damages.append(stream.chunks.damage)
        if not stream.count:
            self._bare(stream, analysis)
            return
        if not was_growing:
            self._line("")
            self._rows(stream, 1)
        moment = Moment(stream, stream.count, analysis)
        room = state.Room() if stream.record is not None and stream.record.has_block_per_event else _ROOM
        self._section(state.document(moment, self._width, room), Safe(f"State after #{stream.count}"))
        self._section(self._findings(moment))
        self._section(timing.document(moment, self._width))
        self._section(headers.document(moment, self._width))

    def _is_growing(self, stream: Stream) -> bool:
        return self._follows and self._loader.is_live and not stream.is_over

    def _grow(self, stream: Stream, more: Callable[[], bool]) -> None:
        """The rows as they come, until there are no more."""
        self._head(stream, None)
        self._line("")
        done = 0
        while True:
            goes_on = self._is_growing(stream) and more()
            stream.refresh()
            self._viewing.refresh()
            if stream.count > done:
                self._rows(stream, done + 1)
                done = stream.count
            elif not goes_on:
                break
        self._line("")

    def _head(self, stream: Stream, analysis: Analysis | None) -> None:
        told = verdict(PurePath(self._loader.name).name, len(self._loader.cassette), stream, analysis)
        facts = (
            told.file,
            told.place,
            told.request,
            told.model,
            told.status,
            f"{told.severity.value} {told.ending}",
        )
        self._wrapped("  ".join(part for part in (*facts, told.timing, told.findings) if part))
        for notice in notices(stream, self._loader):
            self._wrapped(f"{notice.severity.value} {notice.text}")

    def _rows(self, stream: Stream, first: int) -> None:
        """The rows from number `first` on, below the names of their columns where that is the first."""
        viewing, width = self._viewing, self._width
        if first == 1:
            self._line(heading(viewing, width).rstrip())
        room = digits(viewing)
        for number in range(first, stream.count + 1):
            look = Look(stream.row(number), viewing, is_here=False, digits=room)
            before = "".join(f"{text} " for text, _ in cells(look, width))
            told = preview(look, width - len(before)) if self._is_terminal else brought(look) + noted(look)
            self._line((before + told).rstrip())
        sys.stdout.flush()

    def _bare(self, stream: Stream, analysis: Analysis) -> None:
        """An exchange without events."""
        self._lines(no_frames(stream))
        moment = Moment(stream, 0, analysis)
        for make in (raw.document, headers.document) if stream.body_size else (headers.document,):
            self._section(make(moment, self._width))

    def _findings(self, moment: Moment) -> Document:
        found = moment.analysis.findings if moment.analysis is not None else None
        if found is None and moment.analysis is not None and moment.analysis.is_whole:
            how = f"To check it: playhead lint {safe(PurePath(self._loader.name).name)}"
            told = f"Not checked: it has {counted(moment.stream.count, 'event')}. {how}"
            return Document([line(told)], title=Safe("Lint"))
        return findings.document(moment, self._width)

    def _section(self, document: Document, title: Safe | None = None) -> None:
        self._line("")
        self._document(document, title)

    def _document(self, document: Document, title: Safe | None = None) -> None:
        self._line(f"── {title or document.title} ──")
        for spans in document.lines:
            self._spans(spans)

    def _lines(self, lines: Sequence[Safe]) -> None:
        for each in lines:
            self._wrapped(each)

    def _wrapped(self, text: str) -> None:
        for spans in wrapped(text, self._width, indent=2):
            self._spans(spans)

    def _spans(self, spans: Line) -> None:
        self._line("".join(text for text, _ in spans).rstrip())

    def _line(self, text: str) -> None:
        self._write(f"{text}\n")
