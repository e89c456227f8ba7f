"""The arguments of a function call that come in pieces: each a value and the JSON path where it belongs.

Vertex AI streams them so (`partialArgs`). google-genai hands the pieces on as they come; here they are put
together for whoever reads the call. Knows paths of names and numbers, `$.a.b[0]`, `$['a']`; no stream.
"""

from __future__ import annotations

import re
from itertools import pairwise

from playhead.protocols.ledger import Fields, Json, Node, Rope, Value

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\[\"((?:[^\"\\]|\\.)*)\"\]")
_MOST_STEPS = 100
_VALUES = ("stringValue", "numberValue", "boolValue")


class Items:
    """A list whose places are filled by number: a node of the ledger."""

    def __init__(self) -> None:
        self.fields: Fields = Fields()

    def at(self, frame: int) -> list[Json]:
        placed = self.fields.at(frame)
        return [placed[place] for place in sorted(placed, key=int)]


class Arguments:
    """An object that is built by paths: a node of the ledger."""

    def __init__(self) -> None:
        self._root = Fields()

    def at(self, frame: int) -> dict[str, Json]:
        return self._root.at(frame)

    def add(self, frame: int, piece: dict[str, Json]) -> bool:
        """Put a piece in its place; `False` where it names none that we understand."""
        steps = _steps(piece.get("jsonPath"))
        if not steps or isinstance(steps[0], int):
            return False
        place = self._root
        for step, following in pairwise(steps):
            place = _below(frame, place, str(step), Items if isinstance(following, int) else Fields)
        name = str(steps[-1])
        there = place.latest(name)
        value = _value(piece)
        if isinstance(value, str):
            if not isinstance(there, Rope):
                there = Rope()
                place.set(frame, name, there)
            there.append(frame, value)
        elif value is not None or "nullValue" in piece:
            place.set(frame, name, value)
        return True


def _below(frame: int, place: Fields, name: str, kind: type[Fields] | type[Items]) -> Fields:
    """The object or list at `name`, made where there is none."""
    there: Value = place.latest(name)
    if not isinstance(there, kind):
        node: Node = kind()
        place.set(frame, name, node)
        there = node
    return there.fields if isinstance(there, Items) else there  # type: ignore[return-value]


def _value(piece: dict[str, Json]) -> Json:
    return next((piece[name] for name in _VALUES if name in piece), None)


def _steps(path: Json) -> list[str | int] | None:
    if not isinstance(path, str) or not path.startswith("$"):
        return None
    steps: list[str | int] = []
    at = 1
    while at < len(path) and len(steps) < _MOST_STEPS:
        step = _STEP.match(path, at)
        if step is None:
            return None
        name, number, single, double = step.groups()
        steps.append(int(number[:9]) if number is not None else name or single or double or "")
        at = step.end()
    return steps
