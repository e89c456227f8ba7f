"""The fields of a filter: what each asks, its operators, its values and their units. One row a field."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from playhead_viewer.core.filter.model import Event, Operator

_NUMBER = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*([a-z]*)\Z", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_BYTES = {"": 1.0, "b": 1.0, "kb": 1e3, "mb": 1e6, "kib": 1024.0, "mib": 1024.0**2}
_ORDERED = (
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


class NumberField(msgspec.Struct, frozen=True):
    """`units` are factors by name; the empty name is for a number without a unit."""

    tell: Callable[[Event], float | None]
    units: dict[str, float]
    example: str
    operators: tuple[Operator, ...] = _ORDERED

    def value(self, text: str) -> float:
        """Raises `ValueError` with a sentence."""
        found = _NUMBER.match(text)
        if found is None:
            raise ValueError(f"no number: try {self.example}")
        factor = self.units.get(found[2].lower())
        if factor is None:
            have = ", ".join(name for name in self.units if name)
            raise ValueError(f"which unit? {have}" if have else "a number without a unit")
        return float(found[1]) * factor


class TextField(msgspec.Struct, frozen=True):
    tell: Callable[[Event], str]
    values: tuple[str, ...] = ()
    """The only ones there are; none: any."""
    operators: tuple[Operator, ...] = _WORDED

    def value(self, text: str, operator: Operator) -> str:
        """Raises `ValueError` with a sentence."""
        text = text.lower()
        if self.values and operator in (Operator.EQUAL, Operator.UNEQUAL) and text not in self.values:
            import difflib  # asked for by mistakes only

            near = difflib.get_close_matches(text, self.values, n=1, cutoff=0.5)
            known = f"did you mean {near[0]}?" if near else f"one of {' '.join(self.values[:4])} …"
            raise ValueError(f"no such value: {known}")
        return text


FIELDS: dict[str, NumberField | TextField] = {
    "kind": TextField(lambda event: event.kind(), KINDS),
    "type": TextField(lambda event: event.type()),
    "text": TextField(lambda event: event.text()),
    "block": NumberField(lambda event: event.block(), {"": 1.0}, "block=2"),
    "gap": NumberField(lambda event: event.gap(), _SECONDS | {"": 0.001}, "gap>500ms"),
    "t": NumberField(lambda event: event.t(), _SECONDS, "t<3.5s"),
    "size": NumberField(lambda event: event.size(), _BYTES, "size>10kB"),
    "n": NumberField(lambda event: event.n(), {"": 1.0}, "n>=84"),
}
EXAMPLE = "kind=text and gap>500ms"
