"""A filter as a tree of tests, and what it asks of an event. Knows values; no text of an expression."""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable
from typing import Protocol

import msgspec


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


class Filter(Protocol):
    def matches(self, event: Event) -> bool: ...


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


class NumberTest(msgspec.Struct, frozen=True):
    """An unknown value passes no test, not even `!=`."""

    tell: Callable[[Event], float | None]
    operator: Operator
    value: float

    def matches(self, event: Event) -> bool:
        told = self.tell(event)
        return told is not None and _ORDER[self.operator](told, self.value)


class TextTest(msgspec.Struct, frozen=True):
    """Without regard to case."""

    tell: Callable[[Event], str]
    operator: Operator
    value: str

    def matches(self, event: Event) -> bool:
        told = self.tell(event).lower()
        match self.operator:
            case Operator.EQUAL:
                return told == self.value
            case Operator.UNEQUAL:
                return told != self.value
            case Operator.CONTAINS:
                return self.value in told
            case _:
                return self.value not in told


class Not(msgspec.Struct, frozen=True):
    inner: Filter

    def matches(self, event: Event) -> bool:
        return not self.inner.matches(event)


class All(msgspec.Struct, frozen=True):
    """Every one matches; of none, always."""

    inner: tuple[Filter, ...]

    def matches(self, event: Event) -> bool:
        return all(each.matches(event) for each in self.inner)


class Any(msgspec.Struct, frozen=True):
    inner: tuple[Filter, ...]

    def matches(self, event: Event) -> bool:
        return any(each.matches(event) for each in self.inner)
