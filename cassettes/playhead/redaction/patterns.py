"""Patterns of a user, checked before they run over every recorded byte: bounded in length and in work.

A pattern may match no more than so many characters, and may not have so many ways to match them that a
hostile body could hold the recorder up. Knows regular expressions as Python parses them.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from typing import Any, Final

LONGEST: Final = 4096
"""Characters that a pattern may match."""
_SOURCE = 500
_MOST_WAYS = 2_000
_SHORTEST = 4
# The parse tree has no public door: `sre_parse` is deprecated in favour of this module, which has its names.
_parser: Any = importlib.import_module("re._parser")
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_REFUSED = {
    "GROUPREF": "a backreference",
    "GROUPREF_EXISTS": "a conditional group",
}


def compile_pattern(source: str) -> re.Pattern[str]:
    """The pattern; raises `ValueError` with the reason where it is not one that may run."""
    if len(source) > _SOURCE:
        raise ValueError(f"longer than {_SOURCE} characters")
    try:
        tree = _parser.parse(source)
        compiled = re.compile(source)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None
    shortest, longest = tree.getwidth()
    if shortest < _SHORTEST:
        raise ValueError(f"may match fewer than {_SHORTEST} characters")
    if longest > LONGEST:
        raise ValueError(
            f"may match more than {LONGEST} characters; give repeats an end: {{1,200}}, not + or *"
        )
    if _ways(tree) > _MOST_WAYS:
        raise ValueError("may match in too many ways; use fewer or shorter repeats")
    return compiled


def _ways(tree: Iterable[Any]) -> int:
    """In how many ways a pattern may be tried at one place, at most; no more is counted than needed."""
    ways = 1
    for operation, argument in tree:
        ways = min(ways * _ways_of(str(operation), argument), _MOST_WAYS + 1)
    return ways


def _ways_of(operation: str, argument: Any) -> int:
    if operation in _REFUSED:
        raise ValueError(f"holds {_REFUSED[operation]}")
    if operation in _REPEATS:
        low, high, inner = argument
        high = min(int(high), LONGEST + 1)
        each = _ways(inner)
        repeated = 1 if each == 1 else min(each ** min(high, 20), _MOST_WAYS + 1)
        return (high - int(low) + 1) * repeated
    match operation:
        case "BRANCH":
            return sum(_ways(branch) for branch in argument[1])
        case "SUBPATTERN" | "ASSERT" | "ASSERT_NOT":
            return _ways(argument[-1])
        case "ATOMIC_GROUP":
            return _ways(argument)
    return 1
