"""Which cassette an exchange goes to: one of its own in a folder, or one that all share.

Knows files and their names; never what is written. A shelf belongs to the writer thread.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from playhead.capture.heads import POLICY, HeadRedactor
from playhead.capture.items import Opened
from playhead.format.times import timestamp
from playhead.store.exchange_writer import ExchangeWriter
from playhead.store.writer import CassetteWriter, open_writer

SUFFIX = ".cassette.jsonl"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9.\-]+")


class Slot(msgspec.Struct, frozen=True):
    """The place of one exchange. Where the cassette is shared, its fate is not this exchange's."""

    cassette: CassetteWriter
    exchange: ExchangeWriter
    redactor: HeadRedactor
    is_shared: bool = False

    def finish(self) -> Path:
        """The exchange is over; a cassette of its own gets its name. Raises `OSError`."""
        if not self.is_shared:
            self.cassette.close()
        return self.cassette.path

    def discard(self) -> None:
        """Leave nothing of a cassette of its own. Raises `OSError`."""
        if not self.is_shared:
            self.cassette.discard()

    def abandon(self) -> None:
        """Leave a cassette of its own as it stands. Raises `OSError`."""
        if not self.is_shared:
            self.cassette.abandon()


class Shelf(Protocol):
    @property
    def is_shared(self) -> bool:
        """Whether exchanges share a cassette: then records are written in the order of their times."""

    def path_of(self, opened: Opened) -> Path: ...
    def open(self, opened: Opened, path: Path) -> Slot: ...
    def close(self) -> None:
        """Nothing more will come. Raises `OSError`."""


class OnePerExchange:
    """A cassette for every exchange, in `folder`, which is made where it is missing."""

    is_shared = False

    def __init__(self, folder: Path, source: str = "proxy") -> None:
        self._folder = folder
        self._facts = facts_of(source)

    def path_of(self, opened: Opened) -> Path:
        return self._folder / file_name(opened)

    def open(self, opened: Opened, path: Path) -> Slot:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        cassette = open_writer(
            path,
            created=timestamp(opened.created),
            clock="monotonic",
            writer=opened.writer,
            facts=self._facts,
        )
        return Slot(cassette, cassette.exchange(), HeadRedactor())

    def close(self) -> None:
        """Each cassette was closed with its exchange."""


class OneForAll:
    """One cassette, open already, for all exchanges."""

    is_shared = True

    def __init__(self, cassette: CassetteWriter) -> None:
        self._cassette = cassette
        self._redactor = HeadRedactor()

    def path_of(self, opened: Opened) -> Path:
        return self._cassette.path

    def open(self, opened: Opened, path: Path) -> Slot:
        return Slot(self._cassette, self._cassette.exchange(), self._redactor, is_shared=True)

    def close(self) -> None:
        try:
            self._cassette.close()
        except BaseException:
            # What there is stays, to be recovered.
            self._cassette.abandon()
            raise


def facts_of(source: str) -> Mapping[str, str]:
    """What the header of a cassette says of its origin."""
    return {"source": source, "redaction": POLICY}


def file_name(opened: Opened) -> str:
    """When, which host, and a random part: nothing of a path or query, which may hold secrets.

    The time goes down to microseconds, so that names sort as the requests came.
    """
    host = _NOT_IN_NAMES.sub("-", opened.host.lower())[:64].strip("-.") or "unknown"
    return f"{opened.created:%Y%m%dT%H%M%S.%fZ}-{host}-{secrets.token_hex(4)}{SUFFIX}"
