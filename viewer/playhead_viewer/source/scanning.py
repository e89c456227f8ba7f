"""Reading many cassettes for the list of sessions: what each exchange was, file after file.

Knows files and exchanges; the list itself is the core's. What cannot be read is a row that says why.
"""

from __future__ import annotations

import math
import os
import stat
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from playhead import Exchange, PlayheadError
from playhead.store import lock
from playhead_viewer.core.session import Session
from playhead_viewer.source.loader import PORTION, Loader, open_path
from playhead_viewer.source.models import begun_with, model_of
from playhead_viewer.source.words import ended

if TYPE_CHECKING:
    from playhead import Timing

_TIMED = 20_000
"""Chunks up to which an exchange is read to be timed; a list should not take minutes."""
_LARGEST = 64 * 1024 * 1024
"""Bytes up to which a file is read for the list."""


class Stamp(msgspec.Struct, frozen=True):
    """By what a file is known to have changed: which it is, how long, when written, and whether it still is.

    A recorder that lets go of a file need not write to it.
    """

    device: int
    file: int
    size: int
    written: int
    is_live: bool


def stamp_of(path: str) -> Stamp | None:
    """`None` where there is no such file, or it cannot be asked."""
    try:
        if not Path(path).is_file():
            return None  # to open a pipe is to wait for a writer
        with Path(path).open("rb") as file:
            info = os.fstat(file.fileno())
            is_live = lock.is_held(file.fileno())
    except (OSError, ValueError):
        return None
    return Stamp(info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, is_live)


class Scanner:
    """Reads files for the list; one that grows is read on from where it was. For one thread.

    It holds the files that grow until `close`.
    """

    def __init__(self) -> None:
        self._growing: dict[str, Loader] = {}
        self._over: dict[str, dict[int, Session]] = {}
        """The rows of those exchanges in them that have ended."""

    def rows(self, path: str, go_on: Callable[[], bool]) -> Iterator[Session]:
        """A row for each exchange in a file; one with an error where it cannot be read."""
        loader = self._known(path)
        try:
            info = Path(path).stat()
            if not stat.S_ISREG(info.st_mode) and not stat.S_ISDIR(info.st_mode):
                yield Session(path, error="no file: open it by itself", is_final=False)
                return
            if info.st_size > _LARGEST:
                yield Session(path, error="large: open it to read it", is_final=False)
                return
            loader = loader or open_path(path)
            yield from _read(loader, path, go_on, self._over.setdefault(path, {}))
            if not loader.is_over:
                self._growing[path], loader = loader, None
        except (PlayheadError, OSError) as error:
            yield Session(path, error=_told(error, path), is_final=False)
        finally:
            if loader is not None:
                self._over.pop(path, None)
                loader.close()

    def _known(self, path: str) -> Loader | None:
        """What was read of a file so far, if it is still the same."""
        loader = self._growing.pop(path, None)
        if loader is None or loader.trouble is None:
            return loader
        self._over.pop(path, None)
        loader.close()
        return None

    def keep(self, paths: Collection[str]) -> None:
        """Let go of all other files: they were finished or removed."""
        for path in self._growing.keys() - set(paths):
            self._growing.pop(path).close()
            self._over.pop(path, None)

    def close(self) -> None:
        self.keep(())


def scan(path: str, go_on: Callable[[], bool]) -> Iterator[Session]:
    """The rows of a file that is read once."""
    scanner = Scanner()
    try:
        yield from scanner.rows(path, go_on)
    finally:
        scanner.close()


def _read(
    loader: Loader, path: str, go_on: Callable[[], bool], over: dict[int, Session]
) -> Iterator[Session]:
    while go_on() and loader.advance(PORTION * 8):
        pass
    if not go_on():
        return
    created = _seconds(loader.cassette.header.created)
    for exchange in loader.cassette.exchanges:
        row = over.get(exchange.number)
        if row is None or loader.is_over:  # damage may have been met since
            row = _row(loader, exchange, path, created)
        if exchange.is_over:
            over[exchange.number] = row
        yield row
    if not loader.cassette:
        ending = "recording" if loader.is_live else "no exchange"
        yield Session(path, t=created, ending=ending, is_final=loader.is_over)


def _row(loader: Loader, exchange: Exchange, path: str, created: float | None) -> Session:
    with loader.lock:
        loader.mend(exchange)
    chunks, events = loader.chunks(exchange), len(exchange.frames)
    sign, told = ended(exchange, is_damaged=chunks.damage is not None)
    is_growing = not loader.is_over and not exchange.is_over
    ending = "● recording" if is_growing else f"{sign.value} {told}"
    return _session(exchange, path, created, ending, events, live=not loader.is_over)


def _session(
    exchange: Exchange, path: str, created: float | None, ending: str, events: int, *, live: bool
) -> Session:
    request, response = exchange.request, exchange.response
    start = request.t if request is not None else None
    row = Session(
        path,
        exchange.number,
        t=None if created is None else created + (start or 0.0),
        host=_host(request.url) if request is not None else "",
        status=response.status if response is not None else None,
        ending=ending,
        events=events,
        is_final=not live,
    )
    if len(exchange.chunks) > _TIMED:
        return msgspec.structs.replace(row, model=model_of(exchange, begun_with(exchange)))
    return _timed(row, exchange)


def _timed(row: Session, exchange: Exchange) -> Session:
    from playhead import Anchor, measure  # whoever opens one cassette times it when its first row is there

    timing = measure(exchange)
    state = exchange.final()
    return Session(
        row.path,
        row.exchange,
        t=row.t,
        host=row.host,
        model=model_of(exchange, state.model),
        status=row.status,
        ending=row.ending,
        ttft=timing.since(Anchor.REQUEST_COMPLETE).first_content,
        stalls=len(timing.stalls) or (0 if _has_times(timing, exchange) else None),
        tokens=state.output_tokens,
        events=row.events,
        is_final=row.is_final,
    )


def _has_times(timing: Timing, exchange: Exchange) -> bool:
    """Whether all came at a known time: else nobody knows that nothing stalled."""
    from playhead_viewer.source.anchors import anchor_of

    return anchor_of(timing) is not None and not any(map(math.isnan, exchange.chunks.times))


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _seconds(created: str | None) -> float | None:
    if created is None:
        return None
    try:
        return datetime.fromisoformat(created).timestamp()
    except (ValueError, OverflowError):
        return None


def _told(error: Exception, path: str) -> str:
    """What is wrong; the row says of what."""
    if isinstance(error, PlayheadError):
        return error.message.removeprefix(path).lstrip(" ,:") or error.message
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
