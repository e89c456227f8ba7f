"""Which cassette an exchange goes to, and what becomes of a cassette that is written to its end.

Knows cassettes by their files and their groups; never what is written. A shelf belongs to the writer thread.
Every exchange has a cassette of its own, or all of a run share one, or all with the same value in a header.
"""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from playhead.capture.audience import Audience
from playhead.capture.choices import Files, Grouping, Per, Rotation
from playhead.capture.finishing.finisher import Finisher, Job
from playhead.capture.heads import POLICY, HeadRedactor
from playhead.capture.items import Opened
from playhead.format.times import timestamp
from playhead.redaction import kept
from playhead.redaction.policy import DEFAULT, Policy
from playhead.store import places
from playhead.store.exchange_writer import ExchangeWriter
from playhead.store.files import PARTIAL
from playhead.store.writer import CassetteWriter, open_writer

_IDLE_NS = 600 * 10**9
"""A group whose last exchange is that long over is finished; another one of it begins a new cassette."""
_MOST_GROUPS = 128
"""Cassettes that are open at once; beyond it the ones that rest longest are finished."""


class Start(NamedTuple):
    """A cassette's t = 0: the wall clock, and the monotonic clock at that moment."""

    created: datetime.datetime
    ns: int


class Place(Protocol):
    overwrites: bool

    def new(self, start: Start, of: str) -> tuple[Path, Path]:
        """Where a cassette grows, and where it goes when it is finished. Raises `OSError`."""


class InFolder:
    """Cassettes of their own names in a recorder's folder. `name` is used instead of a host's."""

    overwrites: bool = False

    def __init__(self, files: Files, name: str | None = None) -> None:
        self._files = files
        self._name = name

    def new(self, start: Start, of: str) -> tuple[Path, Path]:
        files = self._files
        name = places.new_name(start.created, self._name or of)
        growing = places.unfinished(files.root, name)
        places.make_private(growing.parent)
        return growing, places.finished(files.root, name, dated=files.dated, compressed=files.compressed)


class AtPath:
    """One cassette, where the user wants it; it grows beside that."""

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        self.overwrites = overwrite
        self._path = path

    def new(self, start: Start, of: str) -> tuple[Path, Path]:
        return self._path.with_name(self._path.name + PARTIAL), self._path


class Growing(msgspec.Struct, eq=False):
    """A cassette that is being written."""

    cassette: CassetteWriter
    redactor: HeadRedactor
    target: Path
    start_ns: int
    last_ns: int
    """When an exchange of it began or ended last."""
    exchanges: int = 0
    """Those that are open."""
    is_closed: bool = False
    """Whether it takes no more of them."""


class Slot(msgspec.Struct, frozen=True):
    """The place of one exchange in a cassette."""

    growing: Growing
    exchange: ExchangeWriter
    is_shared: bool

    @property
    def cassette(self) -> CassetteWriter:
        return self.growing.cassette

    @property
    def redactor(self) -> HeadRedactor:
        return self.growing.redactor

    @property
    def start_ns(self) -> int:
        return self.growing.start_ns


class Shelf:
    """Opens cassettes, groups exchanges in them, and hands over those that are written."""

    def __init__(
        self,
        place: Place,
        finisher: Finisher,
        *,
        audience: Audience | None = None,
        grouping: Grouping | None = None,
        rotation: Rotation | None = None,
        source: str = "proxy",
        policy: Policy = DEFAULT,
    ) -> None:
        self._place = place
        self._finisher = finisher
        self._per = grouping.per if grouping is not None else Per.EXCHANGE
        self._rotation = rotation or Rotation()
        self._audience = audience or Audience()
        self._source = source
        self._policy = policy
        self._growing: dict[str, Growing] = {}
        """Those that take more exchanges, by group."""
        self._closing: list[Growing] = []
        """Those that wait for the last of theirs."""
        self._written: deque[Job] = deque()
        """Of those that are written to their end: not handed over yet."""

    @property
    def is_shared(self) -> bool:
        """Whether exchanges share a cassette: then records are written in the order of their times."""
        return self._per is not Per.EXCHANGE

    def begin(self, start: Start, of: str, writer: str) -> Growing:
        """Open the cassette that all share before the first exchange comes. Raises `PlayheadError`."""
        growing = self._growing[""] = self._new(start, of, writer)
        return growing

    def open(self, opened: Opened) -> Slot:
        """A slot for an exchange. Raises `OSError`, `PlayheadError`."""
        group = opened.group or ""
        self.look(opened.head_ns)
        growing = self._growing.get(group) if self.is_shared else None
        if growing is None:
            growing = self._new(Start(opened.created, opened.head_ns), opened.host, opened.writer)
            if self.is_shared:
                self._growing[group] = growing
            else:
                growing.is_closed = True
        growing.exchanges += 1
        growing.last_ns = max(growing.last_ns, opened.head_ns)
        return Slot(growing, growing.cassette.exchange(), self.is_shared)

    def leave(self, slot: Slot, t_ns: int) -> Path:
        """The exchange is over; where it was the last of a cassette, that is one to `hand_over`.

        Raises `OSError`.
        """
        slot.growing.last_ns = max(slot.growing.last_ns, t_ns)
        self._leave(slot.growing)
        return slot.growing.target

    def discard(self, slot: Slot) -> None:
        """Leave nothing of a cassette of its own; one that others share stays. Raises `OSError`."""
        if slot.is_shared:
            self._leave(slot.growing)
        else:
            slot.cassette.discard()

    def abandon(self, slot: Slot) -> None:
        """Leave a cassette of its own as it stands. Raises `OSError`."""
        if slot.is_shared:
            self._leave(slot.growing)
        else:
            slot.cassette.abandon()

    def look(self, now_ns: int) -> None:
        """Close what has grown too large or too old, or rests."""
        for group, growing in list(self._growing.items()):
            if self._is_due(growing, now_ns):
                self._close(group)
        while len(self._growing) >= _MOST_GROUPS:
            self._close(min(self._growing, key=lambda group: self._growing[group].last_ns))

    def hand_over(self) -> None:
        """Have finished what is written to its end: once its exchanges are told, for then it is told, too."""
        while self._written:
            self._audience.handed_over()
            self._finisher.hand_over(self._written.popleft())

    def close(self) -> None:
        """Nothing more will come: finish it all. Raises the last `OSError`, when all were tried."""
        waiting = [*self._growing.values(), *self._closing]
        self._growing, self._closing = {}, []
        failed: OSError | None = None
        try:
            for growing in waiting:
                try:
                    self._finish(growing)
                except OSError as error:
                    failed = error
        finally:
            self.hand_over()
        if failed is not None:
            raise failed

    def _leave(self, growing: Growing) -> None:
        growing.exchanges -= 1
        if growing.is_closed and not growing.exchanges:
            if growing in self._closing:
                self._closing.remove(growing)
            self._finish(growing)

    def _new(self, start: Start, of: str, writer: str) -> Growing:
        growing, target = self._place.new(start, of)
        cassette = open_writer(
            target,
            unfinished=growing,
            overwrite=self._place.overwrites,
            created=timestamp(start.created),
            clock="monotonic",
            writer=writer,
            facts=facts_of(self._source, self._policy),
        )
        return Growing(cassette, HeadRedactor(self._policy), target, start.ns, start.ns)

    def _is_due(self, growing: Growing, now_ns: int) -> bool:
        size, seconds = self._rotation.size, self._rotation.seconds
        if size is not None and growing.cassette.size >= size:
            return True
        if seconds is not None and now_ns - growing.start_ns >= seconds * 1e9:
            return True
        rests = not growing.exchanges and now_ns - growing.last_ns >= _IDLE_NS
        return rests and self._per is Per.HEADER

    def _close(self, group: str) -> None:
        growing = self._growing.pop(group)
        growing.is_closed = True
        if growing.exchanges:
            self._closing.append(growing)
        else:
            self._finish(growing)

    def _finish(self, growing: Growing) -> None:
        growing.cassette.leave()
        self._written.append(
            Job(unfinished=growing.cassette.partial, target=growing.target, key=growing.redactor.key)
        )


def facts_of(source: str, policy: Policy = DEFAULT) -> Mapping[str, str]:
    """What the header of an unfinished cassette says of its origin, and for whoever finishes it: the policy
    that it is recorded under, unless it is the built-in one.
    """
    if policy.off:
        return {"source": source, "redaction": policy.label}
    facts = {"source": source, "redaction": POLICY}
    return facts if policy == DEFAULT else {**facts, kept.FACT: kept.text_of(policy)}
