"""Opening cassettes and exchanges, and what the thread that reads them says.

Knows loaders, streams and the work behind the screen; no widget.
"""

from __future__ import annotations

import threading
from functools import partial
from pathlib import PurePath

from playhead import PlayheadError
from playhead_viewer.given_back import as_error
from playhead_viewer.source.loader import Loader, open_path
from playhead_viewer.source.moment import Analysis
from playhead_viewer.source.notes import Notes
from playhead_viewer.source.stream import Stream
from playhead_viewer.stage import Stage
from playhead_viewer.viewing import Viewing
from playhead_viewer.work import Tell, Work


class Opening:
    """`exchange` is the number of the one that is wanted; `None` is the first."""

    def __init__(self, stage: Stage, exchange: int | None, *, follow: bool) -> None:
        self._stage = stage
        self._exchange = exchange
        self._follow = follow
        self._work: Work | None = None
        self._asked: int | None = None
        self._begun = 0
        """How many exchanges there were, the last time that more was read."""
        self._has_all = False
        """Whether that was all there was then: what comes later is new."""
        self._finished: Loader | None = None
        self._read_again: set[Loader] = set()
        """What was read to be shown in place of another, and is not shown yet."""
        self._has_ended = False

    def take(self, loader: Loader) -> None:
        """Have a cassette shown; `begin` shows it."""
        viewing = Viewing(loader, Notes(loader.name, is_file=loader.place.is_file))
        viewing.follows = self._follow and loader.is_live
        self._begun, self._has_all, self._finished = 0, False, None
        self._stage.viewing = viewing

    def begin(self) -> None:
        """Show what the first portion holds, and have the rest taken in."""
        stage, viewing = self._stage, self._stage.viewing
        assert viewing is not None
        tell = Tell(
            grew=lambda: stage.tell(self._grew),
            opened=lambda stream: stage.tell(self.arrived, viewing, stream),
            analysed=lambda *found: stage.tell(self._analysed, *found),
            failed=lambda error: stage.tell(stage.fail, error),
        )
        self._work = Work(viewing, tell)
        if self._follow and not viewing.follows:
            stage.say("No recorder holds this file, so it is not followed.")
        if not self._show_wanted(viewing):
            if stage.failure is not None:
                return
            stage.draw()
        # What is read meanwhile would keep the first rows from being drawn.
        stage.after_writing(self._work.start)

    def open(self, path: str, exchange: int | None) -> bool:
        """Show another cassette instead; whether it could be opened. What could not is said."""
        try:
            loader = open_path(path)
        except PlayheadError as error:
            self._stage.say(error.message, severity="error")
            return False
        self.leave()
        self._exchange, self._asked = exchange, None
        self.take(loader)
        self.begin()
        return True

    def leave(self) -> None:
        """Let go of what is shown."""
        if self._work is not None:
            self._work.stop()
        if self._stage.viewing is not None:
            self._stage.viewing.loader.close()

    def end(self) -> None:
        """Nothing will be shown any more."""
        self._has_ended = True
        self.leave()
        for loader in set(self._read_again):
            loader.close()

    def wake(self) -> None:
        """There is something new to do behind the screen: a filter, a search."""
        if self._work is not None:
            self._work.wake()

    def go(self, place: int) -> None:
        """Show the exchange at `place`, counted from 0, as soon as it is ready."""
        viewing = self._stage.viewing
        if viewing is None or self._work is None or not 0 <= place < viewing.exchanges:
            return
        viewing.follows = viewing.follows and place == viewing.exchanges - 1
        self._ask(viewing, place)

    def _ask(self, viewing: Viewing, place: int) -> None:
        if self._work is not None and place != self._place(viewing):
            self._asked = place
            self._work.open(place)

    def step(self, by: int) -> None:
        """Show the next exchange, or the one before."""
        viewing = self._stage.viewing
        if viewing is None:
            return
        wanted = self._place(viewing) + by
        if 0 <= wanted < viewing.exchanges:
            self.go(wanted)
        else:
            self._stage.say(f"This is the {'last' if by > 0 else 'first'} exchange.")

    def check(self) -> None:
        """Check the exchange by all rules, however long that takes."""
        viewing = self._stage.viewing
        if viewing is None or viewing.stream is None or self._work is None:
            return
        if not viewing.stream.is_over:
            self._stage.say("It is checked when all of it has been read.")
        elif viewing.analysis is not None and viewing.analysis.findings is None:
            self._work.check(viewing.stream)
            viewing.is_checking = True
            self._stage.draw()
        elif viewing.analysis is not None:
            self._stage.say("It is checked: see Lint.")

    def arrived(self, viewing: Viewing, stream: Stream) -> None:
        """An exchange is ready; one that is not wanted any more is not shown."""
        if viewing is self._stage.viewing and stream.place == self._asked:
            self._asked = None
            self._show(viewing, stream)

    def _place(self, viewing: Viewing) -> int:
        return viewing.place if self._asked is None else self._asked

    def _show_wanted(self, viewing: Viewing) -> bool:
        """Show the exchange that is wanted, if it has come; say so where it never will."""
        place = self._wanted_place(viewing)
        if place is not None:
            self._show(viewing, Stream(viewing.loader, place))
        elif viewing.loader.is_over and self._exchange is not None:
            try:
                viewing.loader.cassette[self._exchange]
            except PlayheadError as error:
                self._stage.fail(error)
        return place is not None

    def _wanted_place(self, viewing: Viewing) -> int | None:
        with viewing.loader.lock:
            numbers = list(viewing.loader.cassette)
        if self._exchange is None:
            return 0 if numbers else None
        return numbers.index(self._exchange) if self._exchange in numbers else None

    def _show(self, viewing: Viewing, stream: Stream) -> None:
        viewing.open(stream)
        self.wake()  # it may have looked for something to do before
        self._stage.opened()

    def _grew(self) -> None:
        viewing = self._stage.viewing
        if viewing is None:
            return
        if viewing.stream is None and (self._show_wanted(viewing) or self._stage.failure is not None):
            return
        was_over = viewing.stream is not None and viewing.stream.is_over
        self._stage.grew(rows=viewing.refresh())
        if viewing.stream is not None and viewing.stream.is_over != was_over:
            self.wake()  # it can be searched to its end now, and checked
        self._go_on(viewing)

    def _go_on(self, viewing: Viewing) -> None:
        """To the exchange that was begun last, where a reader follows and the one that is shown has ended.

        Where that one goes on, or the reader has taken over, it is said.
        """
        with viewing.loader.lock:
            before, self._begun = self._begun, viewing.exchanges
            had_all, self._has_all = self._has_all, viewing.loader.has_all
        newest = self._begun - 1
        if viewing.stream is None or newest <= self._place(viewing):
            return
        if viewing.follows and self._exchange is None and viewing.stream.is_over:
            self._ask(viewing, newest)
        elif before < self._begun and had_all and viewing.loader.is_live:
            with viewing.loader.lock:
                number = viewing.loader.cassette.exchanges[newest].number
            self._stage.say(f"Exchange {number} began; {self._stage.key_of('exchange')} shows the next one.")

    # What was recorded is finished.

    def watch(self) -> None:
        """Go on with the cassette that a recorder made of the file that is shown."""
        viewing = self._stage.viewing
        if viewing is None or not viewing.loader.is_over or self._finished is viewing.loader:
            return
        path = viewing.loader.place.finished()
        if path is not None:
            self._finished = viewing.loader
            self._go_on_with(viewing, path, f"The recording was finished as {PurePath(path).name}.")

    def reload(self) -> None:
        """Go on with the file as it is now, at the same event."""
        viewing = self._stage.viewing
        if viewing is None:
            return
        self._stage.unsay()  # what was said of the file as it was, or was not, when it was read before
        if not viewing.loader.place.is_file:
            self._stage.say("What came through a pipe cannot be read again.")
        else:
            self._go_on_with(viewing, viewing.loader.name, "The file was read again.")

    def _go_on_with(self, viewing: Viewing, path: str, said: str) -> None:
        """In a thread: read all of a file, so that every event that was shown can be shown at once."""
        place = viewing.place

        def read() -> None:
            try:
                loader = self._read_whole(path, place)
            except Exception as error:  # noqa: BLE001 - it would not be read, unsaid
                self._stage.tell(partial(self._stage.say, as_error(error, path).message, severity="error"))
                return
            self._stage.tell(self._took, viewing, loader, said)

        threading.Thread(target=read, name="playhead-again", daemon=True).start()

    def _read_whole(self, path: str, place: int) -> Loader:
        """All of a file, which is closed with the viewer where it is never shown. Raises `InputError`."""
        loader = open_path(path)
        self._read_again.add(loader)
        if self._has_ended:  # `end` may have looked before it was added
            loader.close()
        try:
            with loader.used():
                while loader.advance():
                    pass
                if place < len(loader.cassette):
                    loader.prepare(place)
        except BaseException:
            self._read_again.discard(loader)
            loader.close()
            raise
        return loader

    def _took(self, before: Viewing, loader: Loader, said: str) -> None:
        """Show it in place of the other, at the same event."""
        self._read_again.discard(loader)
        if before is not self._stage.viewing:
            loader.close()
            return
        self.leave()
        named, wanted = self._exchange, before.exchange_number
        self._exchange = wanted if wanted in loader.cassette else None
        if before.stream is None:
            self._exchange = named  # it is still waited for
        self._asked, self._follow = None, loader.is_live and before.follows
        self.take(loader)
        self.begin()
        if self._exchange is not None:
            self._exchange = named  # it is shown: where nobody named one, others may follow
        if self._stage.viewing is not None:
            self._stage.viewing.resume(before)
        self._stage.say(said)
        self._stage.redraw()
        self._stage.moved()

    def _analysed(self, stream: Stream, analysis: Analysis | None, was_asked: bool) -> None:
        viewing = self._stage.viewing
        if viewing is not None and viewing.stream is stream:
            checked = viewing.analysis is not None and viewing.analysis.findings is not None
            if analysis is not None and not (checked and analysis.findings is None):
                viewing.analysis = analysis
            viewing.is_checking = viewing.is_checking and not was_asked
            if was_asked and (analysis is None or analysis.findings is None):
                self._stage.say("It cannot be checked: it is damaged.", severity="warning")
            self._stage.analysed()
