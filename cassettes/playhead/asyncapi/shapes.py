"""What values have in common: a shape grows with each value, and becomes a schema that they all fit.

Knows JSON values and JSON Schema draft 7. Keeps no value but the words that tell objects apart.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TypeAlias

from playhead.asyncapi.safe import DISCRIMINATORS, FREE_FORM, is_name, is_word
from playhead.protocols.ledger import Json

Schema: TypeAlias = dict[str, Json]
Kind: TypeAlias = tuple[str, str] | None
"""A discriminator and its word; `None`: objects without one."""

_MOST_KINDS = 64
_MOST_NAMES = 200
_DEEPEST = 32


@dataclass(slots=True)
class Members:
    """The members of objects of one kind."""

    count: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    """In how many objects a name occurs."""
    shapes: dict[str, Shape] = field(default_factory=dict)
    others: Shape | None = None
    """Of the members whose names are data."""

    def add(self, value: dict[str, Json], depth: int) -> None:
        self.count += 1
        for name, inner in value.items():
            self._shape(name).add(inner, depth + 1, free=name in FREE_FORM)

    def _shape(self, name: str) -> Shape:
        known = self.shapes.get(name)
        if known is None:
            if len(self.shapes) >= _MOST_NAMES or not is_name(name):
                self.others = self.others or Shape()
                return self.others
            known = self.shapes[name] = Shape()
            self.seen[name] = 0
        self.seen[name] += 1
        return known

    def merge(self, other: Members) -> None:
        self.count += other.count
        for name, shape in other.shapes.items():
            if name in self.shapes:
                self.shapes[name].merge(shape)
            else:
                self.shapes[name] = shape
            self.seen[name] = self.seen.get(name, 0) + other.seen[name]
        if other.others is not None:
            self.others = self.others or Shape()
            self.others.merge(other.others)

    def schema(self, kind: Kind) -> Schema:
        made: Schema = {"type": "object"}
        required: list[Json] = [name for name in self.shapes if self.seen[name] == self.count]
        if required:
            made["required"] = required
        if self.shapes:
            properties: dict[str, Json] = {name: shape.schema() for name, shape in self.shapes.items()}
            if kind is not None:
                properties[kind[0]] = {"type": "string", "const": kind[1]}
            made["properties"] = properties
        if self.others is not None:
            made["additionalProperties"] = self.others.schema()
        return made


@dataclass(slots=True)
class Shape:
    """What the values at one place have in common."""

    scalars: set[str] = field(default_factory=set)
    """JSON Schema's names of the simple types that occurred."""
    kinds: dict[Kind, Members] = field(default_factory=dict)
    is_array: bool = False
    items: Shape | None = None
    is_free: bool = False
    """Whether objects occurred of which nothing is described."""
    is_anything: bool = False
    """Whether values stood too deep to look at."""

    def add(self, value: Json, depth: int = 0, *, free: bool = False) -> None:
        """Take in a value; `free`: an object of which nothing is to be described."""
        if depth > _DEEPEST:
            self.is_anything = True
        elif isinstance(value, dict):
            if free:
                self.is_free = True
                return
            kind = kind_of(value)
            if kind not in self.kinds:
                self.kinds[kind] = Members()
            self.kinds[kind].add(value, depth)
        elif isinstance(value, list):
            self.is_array = True
            for item in value:
                self.items = self.items or Shape()
                self.items.add(item, depth + 1, free=free)
        else:
            self.scalars.add(_scalar(value))

    def merge(self, other: Shape) -> None:
        """Take in what another shape has seen."""
        self.scalars |= other.scalars
        self.is_array |= other.is_array
        self.is_free |= other.is_free
        self.is_anything |= other.is_anything
        if other.items is not None:
            self.items = self.items or Shape()
            self.items.merge(other.items)
        for kind, members in other.kinds.items():
            if kind in self.kinds:
                self.kinds[kind].merge(members)
            else:
                self.kinds[kind] = members

    def schema(self) -> Schema:
        """A schema that every value fits that was added."""
        if self.is_anything:
            return {}
        simple = self._simple()
        objects = self._objects()
        if objects is None:
            return simple
        if not simple:
            return objects
        if "type" not in objects or "oneOf" in objects or "anyOf" in objects:
            return {"anyOf": [simple, objects]}
        types = simple["type"]
        return {**objects, **simple, "type": [*(types if isinstance(types, list) else [types]), "object"]}

    def _simple(self) -> Schema:
        types: list[Json] = [name for name in _ORDER if name in self.scalars]
        if "number" in types and "integer" in types:
            types.remove("integer")
        made: Schema = {}
        if self.is_array:
            types.append("array")
            if self.items is not None:
                made["items"] = self.items.schema()
        if types:
            made = {"type": types[0] if len(types) == 1 else types, **made}
        return made

    def _objects(self) -> Schema | None:
        if self.is_free:
            return {"type": "object"}
        kinds = self.kinds
        if len(kinds) > _MOST_KINDS:
            kinds = {None: _all(kinds)}
        if not kinds:
            return None
        schemas = [members.schema(kind) for kind, members in kinds.items()]
        if len(schemas) == 1:
            return schemas[0]
        alternatives: list[Json] = list(schemas)
        if None in kinds:
            return {"type": "object", "anyOf": alternatives}
        keys = {kind[0] for kind in kinds if kind is not None}
        if len(keys) > 1:
            return {"type": "object", "anyOf": alternatives}
        key = keys.pop()
        return {"type": "object", "required": [key], "discriminator": key, "oneOf": alternatives}


_ORDER = ("null", "boolean", "integer", "number", "string")


def kind_of(value: dict[str, Json]) -> Kind:
    """What tells an object apart from others: its first discriminator."""
    for key in DISCRIMINATORS:
        word = value.get(key)
        if isinstance(word, str) and is_word(word):
            return key, word
    return None


def _scalar(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "string"


def _all(kinds: dict[Kind, Members]) -> Members:
    """So many words are values: the objects are of one kind."""
    merged = Members()
    for members in kinds.values():
        merged.merge(deepcopy(members))
    return merged
