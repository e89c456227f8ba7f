"""The fixtures of a test beside ours: when ours comes, and which of them may still send at their end.

Knows the names that pytest has collected; sets none of them up. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from playhead.testing.misses import is_installed
from playhead.testing.settings import Asked, Scope

FIXTURE: Final = "playhead"
_FUNCTION: Final = "function"
_SCOPES: Final = (Scope.MODULE, Scope.CLASS, Scope.FUNCTION)
"""The widest first."""
_REQUEST: Final = "request"
_XUNIT: Final = "_xunit_"
"""So begins what pytest names `teardown_method` and the like: the test's own code."""
_SEND_NOTHING: Final = frozenset({"_pytest", "playhead"})
"""Packages whose fixtures do, wherever they are."""


def ordered(item: pytest.Item, asked: Asked) -> list[str]:
    """The fixtures of a marked test, in the order in which they are set up, ours among them.

    A patch comes before all others of its scope, as pytest sets up wider scopes first: what they send, before
    the test and after it, is part of the test, or of the tests that share the cassette. Without one, only who
    takes our fixture can send.
    """
    # A list of its own: all parameters of a test have the same, and each may have other markers.
    names: list[str] = list(getattr(item, "fixturenames", ()))
    if not asked.patch:
        return names if FIXTURE in names else [*names, FIXTURE]
    ours = _before(item, names, FIXTURE, Scope.FUNCTION)
    return ours if asked.scope is Scope.FUNCTION else _before(item, ours, shared(asked.scope), asked.scope)


def shared(scope: Scope) -> str:
    """The fixture that holds what the tests of a class or a module replay together."""
    return f"_playhead_{scope.value}"


def is_shared(scope: str, by: Scope) -> bool:
    """Whether a fixture of that scope is set up and ends among tests that share a cassette by `by`."""
    return scope != _FUNCTION and scope in _SCOPES[_SCOPES.index(by) :]


def _before(item: pytest.Item, names: Sequence[str], ours: str, scope: Scope) -> list[str]:
    """The same with ours before the first of its scope."""
    others = [name for name in names if name != ours]
    narrow = _SCOPES[_SCOPES.index(scope) :]
    at = next((at for at, name in enumerate(others) if _scope(item, name) in narrow), len(others))
    return [*others[:at], ours, *others[at:]]


def may_send_later(item: pytest.Item, *, patch: bool) -> bool:
    """Whether a fixture that can be answered by ours has something left to do when the test is over."""
    names = getattr(item, "fixturenames", ())
    return any(_ends(item, name) and (patch or _takes_ours(item, name)) for name in names)


def _definitions(item: pytest.Item) -> Mapping[str, Sequence[Any]]:
    found: Mapping[str, Sequence[Any]] = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    return found


def _scope(item: pytest.Item, name: str) -> str:
    found = _definitions(item).get(name)
    return str(found[-1].scope) if found else _FUNCTION


def _ends(item: pytest.Item, name: str) -> bool:
    if name == FIXTURE or _scope(item, name) != _FUNCTION:
        return False
    for each in _definitions(item).get(name, ()):
        package = str(getattr(each.func, "__module__", "")).partition(".")[0]
        if package in _SEND_NOTHING and not name.startswith(_XUNIT):
            continue
        if _is_of_a_plugin(each, item):
            continue
        is_generator = inspect.isgeneratorfunction(each.func) or inspect.isasyncgenfunction(each.func)
        if is_generator or _REQUEST in each.argnames:  # by which it may add a finalizer
            return True
    return False


def _is_of_a_plugin(definition: Any, item: pytest.Item) -> bool:
    """Whether it came with an installed plugin, as pytest-recording's, which knows nobody's clients."""
    module = sys.modules.get(str(getattr(definition.func, "__module__", "")))
    # Tests that are installed themselves have their fixtures beside them.
    return is_installed(getattr(module, "__file__", None) or "") and not is_installed(str(item.path))


def _takes_ours(item: pytest.Item, name: str) -> bool:
    definitions = _definitions(item)
    seen: set[str] = set()
    left = [name]
    while left:
        for each in definitions.get(left.pop(), ()):
            new = set(each.argnames) - seen
            seen |= new
            left += new
    return FIXTURE in seen
