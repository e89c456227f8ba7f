"""Taking a cassette in, portion by portion, while it is looked at: a large file, and one that still grows.

Knows cassettes and damage; no thread and no widget. Whoever reads from the cassette while it grows holds
`lock`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from functools import partial

from playhead import Cassette, DamagedCassette, Ending, EndingKind, Exchange
from playhead.bodies import BodyKind
from playhead.chunks import Chunks
from playhead.errors import CassetteError
from playhead.frames import Frames
from playhead.store.header import ZSTD_MAGIC
from playhead_viewer.source.chunks import ReadableChunks
from playhead_viewer.source.files import Gate, Place, Text, Trouble, close, held, open_text

FIRST = 32 * 1024
"""Bytes that are read before anything is shown."""
PORTION = 128 * 1024
_DAMAGES_KEPT = 100
_MISSING: dict[str, object] = {
    "request": None,
    "responses": (),
    "ending": Ending(kind=EndingKind.UNKNOWN, detail="its record is damaged"),
    "losses": (),
    "redactions": (),
}


class Loader:
    """A cassette and how far it was read. Made by `open_path` or `open_bytes`, which read a first portion."""

    def __init__(self, text: Text, place: Place, name: str) -> None:
        self.lock: threading.RLock = threading.RLock()
        self._framing = threading.Lock()
        self._growing = threading.Lock()
        self.place: Place = place
        self.name: str = name
        self._text = text
        self._gate = Gate(text)
        self.cassette: Cassette = Cassette(self._gate, name, over=False, framed=ReadableFrames)
        # Asked for an exchange, the cassette indexes what there is: nothing yet, so that nothing can fail.
        self._gate.allow(0)
        len(self.cassette)
        self.damages: list[DamagedCassette] = []
        """What could not be read, in the order in which it was met."""
        self.is_over: bool = False
        """Whether all is read and nothing more will come."""
        self.is_live: bool = place.is_live()
        """Whether a recorder was still at work, the last time that was asked."""
        self.was_live: bool = self.is_live
        """Whether one was seen at work at all."""
        self._size: int | None = None  # as it was before what is there was read
        self._stuck_at = -1
        self._met_damage = False
        self._known: dict[tuple[int, str], object] = {}
        self._shown: Exchange | None = None
        self._is_closed = False
        self._users = self._keepers = 0
        self._users_lock = threading.Lock()

    @contextlib.contextmanager
    def used(self) -> Iterator[None]:
        """Keep the files open meanwhile: for threads that read. Raises `CassetteError` after `close`.

        What is closed under a thread fails in the midst of a read, or gives what has its descriptor by then.
        """
        with self._users_lock:
            if self._is_closed:
                raise CassetteError(f"{self.name} is not shown any more")
            self._users += 1
        try:
            yield
        finally:
            self._let_go()

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """The same for what goes on when nothing is shown any more: what is asked for meanwhile is given."""
        with self.used():
            with self._users_lock:
                self._keepers += 1
            try:
                yield
            finally:
                with self._users_lock:
                    self._keepers -= 1
                    was_last = self._is_closed and not self._keepers
                if was_last:
                    self._text.end()

    def _let_go(self) -> None:
        with self._users_lock:
            self._users -= 1
            was_last = self._is_closed and not self._users
        if was_last:
            close(self._text, self.place)

    def advance(self, size: int = PORTION) -> bool:
        """Take in one portion. Returns whether anything was there to take."""
        if self.is_over or not self._growing.acquire(blocking=False):
            return False
        try:
            return self._take(size)
        finally:
            self._growing.release()

    @contextlib.contextmanager
    def still(self) -> Iterator[None]:
        """Take nothing in meanwhile: for a thread that reads what is over, for long and without `lock`."""
        with self._growing:
            yield

    def _take(self, size: int) -> bool:
        with self.lock:
            # Asked before reading: what was written until the writer let go is then read below.
            live, self._size = self.place.is_live(), self.place.size()
            self._gate.allow(size)
            grown = self._grow()
            self.is_live = live
            self.was_live = self.was_live or live
            # Lines are read ahead of the one that is damaged: dry or not, there is more behind it.
            if self._gate.is_dry and not live and not self._met_damage:
                self._finish()
            return grown

    @property
    def count(self) -> int:
        """How many exchanges there are so far."""
        with self.lock:
            return len(self.cassette)

    def exchange(self, place: int) -> Exchange:
        """The exchange at `place`, made ready to be shown: what is readable of it has frames."""
        with self.lock:
            exchange = self.cassette.exchanges[place]
            self._shown = exchange
            self.mend(exchange)
            return exchange

    def prepare(self, place: int) -> None:
        """Make the frames of an exchange: of a large one that takes seconds, in which others get at the lock.

        For the thread that calls `advance`, and for others when all is read: nothing may grow meanwhile.
        """
        with self.lock:
            exchange = self.cassette.exchanges[place]
            self._tell_damage(exchange)
        self._framed(exchange)

    def mend(self, exchange: Exchange) -> None:
        """See that each part of an exchange can be asked for, its frames too: they end before damage.

        Whoever calls holds `lock`: what is read here is kept by the exchange.
        """
        self._tell_damage(exchange)
        self._framed(exchange)

    def chunks(self, exchange: Exchange) -> ReadableChunks:
        """The chunks of an exchange, as its frames read them."""
        return self._framed(exchange).readable

    def _framed(self, exchange: Exchange) -> ReadableFrames:
        """The frames of an exchange, made by one thread: two would make and use different ones."""
        frames = exchange.__dict__.get("frames")  # where the property keeps them
        if frames is None:
            with self._framing:
                frames = exchange.frames
        assert isinstance(frames, ReadableFrames)
        return frames

    @property
    def is_dry(self) -> bool:
        """Whether all that the file held was taken in, the last time it was asked."""
        return self._gate.is_dry

    @property
    def has_all(self) -> bool:
        """Whether there was no more to read, the last time that was tried."""
        return self.is_over or self._gate.is_dry

    @property
    def is_cut(self) -> bool:
        """Whether it is a compressed file whose end was missing when it was opened."""
        return self._text.is_cut

    @property
    def trouble(self) -> Trouble | None:
        """What became of the file since it was opened; `None` where it stands as it was."""
        return self.place.trouble(self._gate.position, self._size if self.is_over else None)

    def close(self) -> None:
        """Give out nothing more but where it is kept, and close the files as soon as no thread uses them.

        Never waits.
        """
        self.is_over = True
        with self._users_lock:
            self._is_closed = True
            is_used, is_kept = self._users > 0, self._keepers > 0
        if not is_kept:
            self._text.end()
        if not is_used:
            close(self._text, self.place)

    def _grow(self) -> bool:
        self._met_damage = False
        try:
            grown = self.cassette.grow()
        except DamagedCassette as error:
            self._met_damage = True
            self._damaged(error)
            if self._gate.position == self._stuck_at:
                self._finish()  # the same line again: it cannot be passed
            self._stuck_at = self._gate.position
            return True
        except CassetteError:
            self._finish()  # the file was cut
            return True
        if self._shown is not None:
            self.mend(self._shown)  # the response's head may have told that it is another kind of body
        return grown

    def _finish(self) -> None:
        self._guarded(partial(self.cassette.grow, over=True))
        for exchange in self.cassette.exchanges:
            self._guarded(partial(exchange.grow, over=True))
        if self._shown is not None:
            self.mend(self._shown)
        # Last: from here on nobody need hold the lock.
        self.is_over = True
        self.is_live = False

    def _guarded(self, grow: Callable[[], object]) -> None:
        try:
            grow()
        except DamagedCassette as error:
            self._damaged(error)
        except CassetteError:
            pass  # the file was cut: what was read is what there is

    def _tell_damage(self, exchange: Exchange) -> None:
        """Each part of an exchange that is damaged is told, and then missing.

        A file may be cut after a part was read: then what was known of it stays.
        """
        for name, missing in _MISSING.items():
            key = exchange.number, name
            try:
                self._known[key] = getattr(exchange, name)
            except DamagedCassette as error:
                self._damaged(error)
                setattr(exchange, name, missing)
            except CassetteError:
                setattr(exchange, name, self._known.get(key, missing))

    def _damaged(self, error: DamagedCassette) -> None:
        if len(self.damages) < _DAMAGES_KEPT and error.line not in {known.line for known in self.damages}:
            self.damages.append(error)


class ReadableFrames(Frames):
    """The frames of what can be read."""

    def __init__(self, chunks: Chunks, body: BodyKind, /, *, over: bool) -> None:
        self.readable: ReadableChunks = ReadableChunks(chunks)
        super().__init__(self.readable, body, over=over)


def open_path(path: str) -> Loader:
    """Open the file at `path` and read its first portion. Raises `InputError`."""
    opened = open_text(path)
    if not isinstance(opened, tuple):
        return open_pipe(opened.read1, path)
    text, place = opened
    try:
        return _begun(Loader(text, place, path))
    except BaseException:
        close(text, place)
        raise


def open_pipe(read: Callable[[int], bytes], name: str) -> Loader:
    """The same for what comes through a pipe, once its first line has come.

    `read` waits for bytes; none is the end. What is compressed is waited for to its end: it was finished
    before it was sent.
    """
    from playhead_viewer.source.pipes import PipePlace, PipeText

    text = PipeText(read)
    if text.first(len(ZSTD_MAGIC)) == ZSTD_MAGIC:
        return open_bytes(text.all(), name)
    if not text.first_line():
        raise CassetteError(f"{name} is empty")
    return _begun(Loader(text, PipePlace(text), name))


def open_bytes(data: bytes, name: str) -> Loader:
    """The same for what is in memory."""
    return _begun(Loader(held(data, name), Place(None, None), name))


def _begun(loader: Loader) -> Loader:
    loader.advance(FIRST)
    return loader
