"""Names that modules took out of `time` (`from time import sleep`), and whose modules are the user's own.

Knows modules and their names. Only modules below the given folders are looked at: libraries that took the
real clock at import keep it.
"""

from __future__ import annotations

import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from playhead.virtual.patches import TIME_NAMES, Patch

_INSTALLED: Final = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
_REAL: Final = {id(getattr(time, name)): name for name in TIME_NAMES}


class OwnModules:
    """The modules below some folders, found once each."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._roots = tuple(str(root.resolve()) for root in roots)
        self._seen: set[str] = set()
        self._own: set[str] = set()
        self._looked: dict[str, tuple[ModuleType, int, tuple[str, ...]]] = {}
        """Modules, how many names they had when they were looked at, and which of these were the clock's."""

    def patches(self, functions: Mapping[str, Callable[..., Any]]) -> Iterator[Patch]:
        """Their names for the functions of `time`."""
        for name in sys.modules.keys() - self._seen:
            self._seen.add(name)
            module = sys.modules.get(name)
            if module is not None and self._is_own(module):
                self._own.add(name)
        for own in self._own:
            module = sys.modules.get(own)
            for name in () if module is None else self._names(own, module):
                if (real := _REAL.get(id(vars(module).get(name)))) is not None:
                    yield Patch(module, name, functions[real])

    def _names(self, own: str, module: ModuleType) -> tuple[str, ...]:
        # A suite has hundreds of modules of hundreds of names, and each test asks anew.
        known = self._looked.get(own)
        if known is not None and known[0] is module and known[1] == len(vars(module)):
            return known[2]
        found = tuple(name for name, value in tuple(vars(module).items()) if id(value) in _REAL)
        self._looked[own] = (module, len(vars(module)), found)
        return found

    def _is_own(self, module: ModuleType) -> bool:
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or file.startswith(_INSTALLED):
            return False
        return file.startswith(self._roots) and module.__name__.partition(".")[0] != "playhead"
