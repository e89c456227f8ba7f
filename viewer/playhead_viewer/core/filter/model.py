"""A filter as a tree of tests, and what it asks of an event. Knows values; no text of an expression.

What is asked may be anything that fields can be told of: an event of a stream, a row of the list of sessions.
"""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import msgspec

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class FilterError(ValueError):
    """An expression that cannot be meant: `start` to `end` are the characters at fault."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message: str = message
        self.start: int = start
        self.end: int = end


class Event(Protocol):
    """What a filter asks of an event; each answer may cost, and is asked for only where it counts."""

    def kind(self) -> str: ...
    def type(self) -> str: ...
    def block(self) -> int | None: ...
    def text(self) -> str:
        """Its bytes as text, and the text that they bring."""
        ...

    def gap(self) -> float | None:
        """Seconds."""
        ...

    def size(self) -> int:
        """Bytes."""
        ...

    def t(self) -> float | None:
        """Seconds, as on the screen."""
        ...

    def n(self) -> int: ...


class Filter(Protocol[T_contra]):
    def matches(self, asked: T_contra, /) -> bool: ...


class Operator(enum.Enum):
    """As it is written, and what it compares."""

    EQUAL = "="
    UNEQUAL = "!="
    CONTAINS = "~"
    LACKS = "!~"
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


_ORDER: dict[Operator, Callable[[float, float], bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.UNEQUAL: operator.ne,
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


class NumberTest(msgspec.Struct, Generic[T], frozen=True):
    """An unknown value passes no test, not even `!=`."""

    tell: Callable[[T], float | None]
    operator: Operator
    value: float

    def matches(self, asked: T, /) -> bool:
        told = self.tell(asked)
        return told is not None and _ORDER[self.operator](told, self.value)


class TextTest(msgspec.Struct, Generic[T], frozen=True):
    """Without regard to case."""

    tell: Callable[[T], str]
    operator: Operator
    value: str

    def matches(self, asked: T, /) -> bool:
        told = self.tell(asked).lower()
        match self.operator:
            case Operator.EQUAL:
                return told == self.value
            case Operator.UNEQUAL:
                return told != self.value
            case Operator.CONTAINS:
                return self.value in told
            case _:
                return self.value not in told


class Not(msgspec.Struct, Generic[T], frozen=True):
    inner: Filter[T]

    def matches(self, asked: T, /) -> bool:
        return not self.inner.matches(asked)


class All(msgspec.Struct, Generic[T], frozen=True):
    """Every one matches; of none, always."""

    inner: tuple[Filter[T], ...]

    def matches(self, asked: T, /) -> bool:
        return all(each.matches(asked) for each in self.inner)


class Any(msgspec.Struct, Generic[T], frozen=True):
    inner: tuple[Filter[T], ...]

    def matches(self, asked: T, /) -> bool:
        return any(each.matches(asked) for each in self.inner)
