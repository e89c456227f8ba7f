"""An exception at any line of ours that a thread comes to: which lines there are, and raising at one, once.

By `sys.monitoring`, so that what runs between costs nothing. Left out are lines that cannot
raise: `try`, `while True`, the entry of `contextlib.suppress`, a lock (whose line is come to once more when
it is given up), and what gives back what it was given.
"""

from __future__ import annotations

import ast
import linecache
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

_TOOL = 4
_SAFE = ("suppress(", "_lock")
_GIVES_BACK = "return data if self._previous is None"


class Injected(Exception):
    """An error of ours."""


class Line(NamedTuple):
    code: CodeType
    number: int

    def __str__(self) -> str:
        return f"{Path(self.code.co_filename).stem}.{self.code.co_qualname}:{self.number}"

    @property
    def is_by_chance(self) -> bool:
        """Whether the same flow may come to it or not: a writer thread is woken if it has nothing to do."""
        source = linecache.getline(self.code.co_filename, self.number)
        return self.code.co_name == "_wake" or "self._wake()" in source


class Lines:
    """`with Lines(modules, mine) as lines:` every line of these modules in a thread that is `mine`."""

    def __init__(self, modules: Iterable[ModuleType], mine: Callable[[], bool]) -> None:
        self._mine = mine
        self._codes: set[CodeType] = set()
        self._safe: set[tuple[str, int]] = set()
        for module in modules:
            assert module.__file__ is not None
            source = Path(module.__file__).read_text("utf-8")
            self._safe |= {(module.__file__, number) for number in _cannot_raise(source)}
            self._codes |= set(_codes(module))
        self._seen: dict[Line, None] = {}
        self._armed: Line | None = None

    @property
    def is_armed(self) -> bool:
        """Whether the line was not come to yet."""
        return self._armed is not None

    def __enter__(self) -> Lines:
        tools = sys.monitoring
        tools.use_tool_id(_TOOL, "fault lines")
        tools.register_callback(_TOOL, tools.events.LINE, self._come)
        for code in self._codes:
            tools.set_local_events(_TOOL, code, tools.events.LINE)
        return self

    def __exit__(self, *_: object) -> None:
        tools = sys.monitoring
        for code in self._codes:
            tools.set_local_events(_TOOL, code, 0)
        tools.register_callback(_TOOL, tools.events.LINE, None)
        tools.free_tool_id(_TOOL)

    def seen(self) -> list[Line]:
        """The lines come to since this was asked last, in their order."""
        seen, self._seen = self._seen, {}
        return list(seen)

    def arm(self, line: Line | None) -> None:
        """Raise when `line` is come to, that once."""
        self._armed = line

    def _come(self, code: CodeType, number: int) -> Any:
        if not self._mine() or (code.co_filename, number) in self._safe:
            return None
        line = Line(code, number)
        self._seen[line] = None
        if line == self._armed:
            self._armed = None
            raise Injected(str(line))
        return None


def in_thread(name: str) -> Callable[[], bool]:
    return lambda: threading.current_thread().name == name


def _cannot_raise(source: str) -> set[int]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        is_safe = isinstance(node, ast.With) and any(word in ast.unparse(node.items[0]) for word in _SAFE)
        is_loop = isinstance(node, ast.While) and isinstance(node.test, ast.Constant)
        if isinstance(node, ast.Try) or is_safe or is_loop:
            found.add(node.lineno)
    found |= {number for number, text in enumerate(source.splitlines(), 1) if _GIVES_BACK in text}
    return found


def _codes(module: ModuleType) -> Iterable[CodeType]:
    """The code that runs, not a copy of it: of functions, methods, properties, and what is inside them."""
    waiting: list[Any] = [value for value in vars(module).values() if _is_of(value, module)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, type):
            waiting += vars(value).values()
        elif isinstance(value, property):
            waiting += [each for each in (value.fget, value.fset) if each is not None]
        elif isinstance(value, staticmethod | classmethod):
            waiting.append(value.__func__)
        elif isinstance(value, CodeType):
            if value.co_filename == module.__file__ or value.co_filename.endswith("guard.py"):
                yield value
            waiting += [each for each in value.co_consts if isinstance(each, CodeType)]
        elif callable(value) and hasattr(value, "__code__"):
            waiting.append(value.__code__)
            if hasattr(value, "__wrapped__"):
                waiting.append(value.__wrapped__)


def _is_of(value: Any, module: ModuleType) -> bool:
    return getattr(value, "__module__", None) == module.__name__
