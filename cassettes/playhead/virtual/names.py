"""Names that modules took out of `time` (`from time import sleep`), and whose modules are the user's own.

Knows modules and their names. Only modules below the given folders are looked at: libraries that took the
real clock at import keep it.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from playhead.virtual.patches import TIME_NAMES, Patch

_INSTALLED: Final = tuple({Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")})
_LIKE_INSTALLED: Final = tuple(f"{each}{os.sep}" for each in _INSTALLED)
_REAL: Final = {id(getattr(time, name)): name for name in TIME_NAMES}


class OwnModules:
    """The modules below some folders, found once each."""

    def __init__(self, roots: Iterable[Path]) -> None:
        given = [root.absolute() for root in roots]
        self._roots = tuple({*given, *(root.resolve() for root in given)})
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
        if not isinstance(file, str) or file.startswith(_LIKE_INSTALLED):
            return False  # most are: no file is looked at for them
        if module.__name__.partition(".")[0] == "playhead":
            return False
        # A link may lead to the folder, or from it: either name of the file will do.
        path = Path(file).absolute()
        names = {path, path.resolve()}
        return any(_is_below(each, self._roots) for each in names) and not any(
            _is_below(each, _INSTALLED) for each in names
        )


def _is_below(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(each) for each in folders)
