"""Marks that a reader sets on events, each with a note if they like. Knows numbers and words; no file."""

from __future__ import annotations

import msgspec


class Mark(msgspec.Struct, frozen=True, order=True):
    """On event `frame` of exchange `exchange`, both by their numbers."""

    exchange: int
    frame: int
    note: str = ""


class Marks:
    """The marks of a cassette."""

    def __init__(self, marks: tuple[Mark, ...] = ()) -> None:
        self._notes = {(mark.exchange, mark.frame): mark.note for mark in marks}
        self._taken: dict[tuple[int, int], str] = {}

    def toggle(self, exchange: int, frame: int) -> bool:
        """Set a mark, with the note that it had, or take it away; whether there is one now."""
        note = self._notes.pop((exchange, frame), None)
        if note is not None:
            self._taken[exchange, frame] = note
            return False
        self._notes[exchange, frame] = self._taken.pop((exchange, frame), "")
        return True

    def note(self, exchange: int, frame: int, text: str) -> None:
        """Write to a mark, which is set if it is not there."""
        self._notes[exchange, frame] = text

    def has(self, exchange: int, frame: int) -> bool:
        return (exchange, frame) in self._notes

    def note_of(self, exchange: int, frame: int) -> str:
        return self._notes.get((exchange, frame), "")

    def frames(self, exchange: int) -> list[int]:
        """The marked events of an exchange, ascending."""
        return sorted(frame for number, frame in self._notes if number == exchange)

    def all(self) -> list[Mark]:
        return sorted(Mark(*place, note) for place, note in self._notes.items())
