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

    def patches(self, functions: Mapping[str, Callable[..., Any]]) -> Iterator[Patch]:
        """Their names for the functions of `time`."""
        for name in sys.modules.keys() - self._seen:
            self._seen.add(name)
            module = sys.modules.get(name)
            if module is not None and self._is_own(module):
                self._own.add(name)
        for module in filter(None, map(sys.modules.get, self._own)):
            for name, value in tuple(vars(module).items()):
                if (real := _REAL.get(id(value))) is not None:
                    yield Patch(module, name, functions[real])

    def _is_own(self, module: ModuleType) -> bool:
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or file.startswith(_INSTALLED):
            return False
        return file.startswith(self._roots) and module.__name__.partition(".")[0] != "playhead"
