"""What the SDK makes of a payload: its models, built without validation (`construct_type`, `_models.py`).

A union is first tried with pydantic's validation, which coerces; where that fails, the member named by
`type` is built as it comes, else the first. What comes out is JSON as the model dumps it, models marked as
such (`Made`). Knows the table in `members`; knows no event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Protocol

from playhead.protocols.anthropic import members, scalars
from playhead.protocols.lax import Refused, as_bool, as_integer
from playhead.protocols.ledger import Json


class Made(dict[str, Json]):
    """The members that a model was given; `shape` is the model's name. Others read as `None`."""

    __slots__ = ("shape",)

    def __init__(self, shape: str) -> None:
        super().__init__()
        self.shape: str = shape


class Shape(Protocol):
    """A type of the table."""

    def validate(self, value: Json) -> Json:
        """The value as pydantic coerces it; raises `Refused`."""
        ...

    def construct(self, value: Json) -> Json:
        """The value as the SDK builds it; takes anything."""
        ...


class Scalar:
    """`str`, `int`, `bool`, `time`."""

    def __init__(self, coerce: Callable[[Json], Json], build: Callable[[Json], Json] | None = None) -> None:
        self.validate = coerce
        self._build = build

    def construct(self, value: Json) -> Json:
        if self._build is None:
            return value
        try:
            return self._build(value)
        except Refused:
            return value


class Anything:
    """`any`."""

    def validate(self, value: Json) -> Json:
        return value

    construct = validate


class Words:
    """`literal`: one of these strings."""

    def __init__(self, words: list[str]) -> None:
        self.words: frozenset[str] = frozenset(words)

    def validate(self, value: Json) -> Json:
        if isinstance(value, str) and value in self.words:
            return value
        raise Refused("one of the words")

    def construct(self, value: Json) -> Json:
        return value


class Many:
    """A list; or, with `named`, the values of an object."""

    def __init__(self, item: Shape, *, named: bool = False) -> None:
        self._item = item
        self._named = named

    def validate(self, value: Json) -> Json:
        return self._each(value, self._item.validate, strict=True)

    def construct(self, value: Json) -> Json:
        return self._each(value, self._item.construct, strict=False)

    def _each(self, value: Json, read: Callable[[Json], Json], *, strict: bool) -> Json:
        if self._named and isinstance(value, dict):
            return {name: read(part) for name, part in value.items()}
        if not self._named and isinstance(value, list):
            return [read(part) for part in value]
        if strict:
            raise Refused("an object" if self._named else "a list")
        return value


class OrNull:
    """`?`: tried whole first, as any union is."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    def validate(self, value: Json) -> Json:
        return None if value is None else self._shape.validate(value)

    def construct(self, value: Json) -> Json:
        try:
            return self.validate(value)
        except Refused:
            return self._shape.construct(value)


class OneOf:
    """One of several; `by_type` where their `type` tells which."""

    def __init__(self, shapes: list[Shape], *, by_type: bool) -> None:
        self._shapes = shapes
        self._by_type: dict[str, Shape] = {}
        if by_type:
            self._by_type = {
                word: shape for shape in shapes if isinstance(shape, Model) for word in shape.types()
            }

    def validate(self, value: Json) -> Json:
        if self._by_type:
            if (named := self._named(value)) is None:
                raise Refused("a known type")  # each of them asks for its own `type`
            return named.validate(value)
        for shape in self._shapes:
            try:
                return shape.validate(value)
            except Refused:
                continue
        raise Refused("one of the shapes")

    def construct(self, value: Json) -> Json:
        try:
            return self.validate(value)
        except Refused:
            return (self._named(value) or self._shapes[0]).construct(value)

    def _named(self, value: Json) -> Shape | None:
        word = value.get("type") if isinstance(value, dict) else None
        return self._by_type.get(word) if isinstance(word, str) else None


class Model:
    """An object with known members; others are kept as they come."""

    def __init__(self, name: str, line: str, find: Callable[[str], Shape]) -> None:
        self.name = name
        self._line = line
        self._find = find
        self._members: dict[str, tuple[Shape, bool]] | None = None

    @property
    def members(self) -> Mapping[str, tuple[Shape, bool]]:
        """Each with its shape, and whether it is required. Parsed late: models hold one another."""
        if self._members is None:
            found = (member.partition(":") for member in self._line.split())
            self._members = {
                name.rstrip("="): (self._find(shape), not name.endswith("=")) for name, _, shape in found
            }
        return self._members

    def types(self) -> frozenset[str]:
        shape, _ = self.members.get("type", (None, False))
        return shape.words if isinstance(shape, Words) else frozenset()

    def validate(self, value: Json) -> Json:
        if not isinstance(value, dict):
            raise Refused("an object")
        made = Made(self.name)
        for name, (shape, required) in self.members.items():
            if name in value:
                made[name] = shape.validate(value[name])
            elif required:
                raise Refused(f"a member {name}")
        return self._with_others(made, value)

    def construct(self, value: Json) -> Json:
        if isinstance(value, list):
            return [self.construct(part) if isinstance(part, dict) else part for part in value]
        if not isinstance(value, dict):
            return value
        made = Made(self.name)
        for name, (shape, _) in self.members.items():
            if name in value:
                part = value[name]
                made[name] = None if part is None else shape.construct(part)
        return self._with_others(made, value)

    def _with_others(self, made: Made, value: dict[str, Json]) -> Made:
        for name, part in value.items():
            if name not in made:
                made[name] = part
        for name in members.HIDDEN.get(self.name, ()):
            made.pop(name, None)
        return made


_SCALARS: dict[str, Shape] = {
    "str": Scalar(scalars.text),
    "int": Scalar(as_integer, scalars.built_int),
    "bool": Scalar(as_bool),
    "time": Scalar(scalars.time, scalars.built_time),
    "any": Anything(),
}


@cache
def shape(written: str, beta: bool) -> Shape:
    """The type written so in the table, for the beta client or the other."""
    find = partial(shape, beta=beta)
    if written.endswith("?"):
        return OrNull(find(written[:-1]))
    if written[0] in "[{":
        return Many(find(written[1:-1]), named=written[0] == "{")
    word, bracket, inner = written.rstrip(")").partition("(")
    if word == "literal":
        return Words(inner.split("|"))
    if bracket:
        return OneOf([find(part) for part in inner.split("|")], by_type=word == "by_type")
    if (scalar := _SCALARS.get(word)) is not None:
        return scalar
    line = members.line(word, beta)
    return find(line) if line.startswith("by_type(") else Model(word, line, find)
