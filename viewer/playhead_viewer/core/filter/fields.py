"""The fields of a filter: what each asks, its operators, its values and their units. One row a field.

`EVENTS` has those of an event; whoever filters something else makes a table of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Generic, Protocol

import msgspec

from playhead_viewer.core.filter.model import Event, Filter, NumberTest, Operator, T, T_contra, TextTest
from playhead_viewer.core.places import UNITS, parse_time

_NUMBER = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*([a-z]*)\Z", re.IGNORECASE)
WAITS = UNITS | {"": 0.001}
"""Units of a wait, in seconds: a bare number is milliseconds."""
_BYTES = {"": 1.0, "b": 1.0, "kb": 1e3, "mb": 1e6, "kib": 1024.0, "mib": 1024.0**2}
ORDERED = (
    Operator.EQUAL,
    Operator.UNEQUAL,
    Operator.LESS,
    Operator.AT_MOST,
    Operator.MORE,
    Operator.AT_LEAST,
)
_WORDED = (Operator.EQUAL, Operator.UNEQUAL, Operator.CONTAINS, Operator.LACKS)
KINDS = (
    "text",
    "thinking",
    "json",
    "result",
    "refusal",
    "media",
    "data",
    "block+",
    "block-",
    "ping",
    "error",
    "event",
    "comment",
    "dataless",
    "id",
    "retry",
    "tail",
)


class Field(Protocol[T_contra]):
    """What may stand before an operator."""

    @property
    def operators(self) -> tuple[Operator, ...]: ...
    def test(self, operator: Operator, text: str, /) -> Filter[T_contra]:
        """Raises `ValueError` with a sentence, where `text` is no value of it."""
        ...


class NumberField(msgspec.Struct, Generic[T], frozen=True):
    """`units` are factors by name; the empty name is for a number without a unit."""

    tell: Callable[[T], float | None]
    units: dict[str, float]
    example: str
    operators: tuple[Operator, ...] = ORDERED

    def test(self, operator: Operator, text: str, /) -> Filter[T]:
        return NumberTest(self.tell, operator, self._value(text))

    def _value(self, text: str) -> float:
        found = _NUMBER.match(text)
        if found is None:
            raise ValueError(f"no number: try {self.example}")
        factor = self.units.get(found[2].lower())
        if factor is None:
            have = ", ".join(name for name in self.units if name)
            raise ValueError(f"which unit? {have}" if have else "a number without a unit")
        return float(found[1]) * factor


class TimeField(msgspec.Struct, Generic[T], frozen=True):
    """A time as it is typed elsewhere, too."""

    tell: Callable[[T], float | None]
    example: str
    operators: tuple[Operator, ...] = ORDERED

    def test(self, operator: Operator, text: str, /) -> Filter[T]:
        seconds = parse_time(text)
        if seconds is not None:
            return NumberTest(self.tell, operator, seconds)
        found = _NUMBER.match(text)
        units = f"which unit? {', '.join(UNITS)}"
        raise ValueError(units if found is not None else f"no time: try {self.example}")


class TextField(msgspec.Struct, Generic[T], frozen=True):
    tell: Callable[[T], str]
    values: tuple[str, ...] = ()
    """The only ones there are; none: any."""
    operators: tuple[Operator, ...] = _WORDED

    def test(self, operator: Operator, text: str, /) -> Filter[T]:
        return TextTest(self.tell, operator, self._value(text.lower(), operator))

    def _value(self, text: str, operator: Operator) -> str:
        if self.values and operator in (Operator.EQUAL, Operator.UNEQUAL) and text not in self.values:
            import difflib  # asked for by mistakes only

            near = difflib.get_close_matches(text, self.values, n=1, cutoff=0.5)
            known = f"did you mean {near[0]}?" if near else f"one of {' '.join(self.values)}"
            raise ValueError(f"no such value: {known}")
        return text


class Fields(msgspec.Struct, Generic[T], frozen=True):
    """All there are of one thing; a word alone is looked for in what `words` tells."""

    by_name: Mapping[str, Field[T]]
    words: Callable[[T], str]
    example: str


FIELDS: dict[str, Field[Event]] = {
    "kind": TextField(lambda event: event.kind(), KINDS),
    "type": TextField(lambda event: event.type()),
    "text": TextField(lambda event: event.text()),
    "block": NumberField(lambda event: event.block(), {"": 1.0}, "block=2"),
    "gap": NumberField(lambda event: event.gap(), WAITS, "gap>500ms"),
    "t": TimeField(lambda event: event.t(), "t<3.5s, t<1:30"),
    "size": NumberField(lambda event: event.size(), _BYTES, "size>10kB"),
    "n": NumberField(lambda event: event.n(), {"": 1.0}, "n>=84"),
}
EVENTS: Fields[Event] = Fields(FIELDS, lambda event: event.text(), "kind=text and gap>500ms")
