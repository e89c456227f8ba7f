"""What Playhead has by name, and what installed packages add to it by entry points.

Knows names, dotted paths and entry points; knows nothing of what they lead to but its type.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from playhead.errors import CannotRun

T = TypeVar("T")


class Plugins(Generic[T]):
    """Things of one type by name: ours by dotted path (`module:attribute`), others' by an entry point group.

    An entry point of the name of one of ours takes its place. Each is imported when it is first asked for.
    """

    def __init__(self, group: str, ours: Mapping[str, str], expected: type[T], word: str) -> None:
        self._group = group
        self._ours = ours
        self._expected = expected
        self._word = word
        """What such a thing is called in an error: `rule`."""
        self._loaded: dict[str, T] = {}

    @cached_property
    def _targets(self) -> Mapping[str, str | EntryPoint]:
        others = {entry.name: entry for entry in entry_points(group=self._group)}
        return {**self._ours, **others}

    def names(self) -> tuple[str, ...]:
        """Every name, ours first."""
        return tuple(self._targets)

    def get(self, name: str) -> T | None:
        """The thing of that name, `None` where there is none. Raises `CannotRun` for one that is broken."""
        if name not in self._loaded:
            target = self._targets.get(name)
            if target is None:
                return None
            self._loaded[name] = self._ours_at(target) if isinstance(target, str) else self._load(target)
        return self._loaded[name]

    @staticmethod
    def _ours_at(path: str) -> T:
        module, _, attribute = path.partition(":")
        ours: T = getattr(importlib.import_module(module), attribute)
        return ours

    def _load(self, entry: EntryPoint) -> T:
        try:
            loaded = entry.load()
        except Exception as error:  # a package's module may raise anything when it is imported
            raise self._broken(entry, f"cannot be imported: {type(error).__name__}: {error}") from error
        if not isinstance(loaded, self._expected):
            named = f"{self._expected.__module__}.{self._expected.__qualname__}"
            raise self._broken(entry, f"is no `{named}`")
        return loaded

    def _broken(self, entry: EntryPoint, why: str) -> CannotRun:
        return CannotRun(
            f"the {self._word} {entry.name!r} from {entry.value} {why}",
            hint="Mend or remove the package that registers it.",
        )
