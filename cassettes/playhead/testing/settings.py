"""What a test may ask for: the arguments of its markers, options and ini values, checked.

Knows names and values; opens no file. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import enum
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

import pytest

MARKER: Final = "playhead"
POINT: Final = "_playhead_point"
"""The parameter that `matrix` makes."""
SPLIT: Final = "split"
MATRICES: Final = (SPLIT, "cut", "stall")
"""What `matrix` knows by name. All but the first are points of the cassette."""
UNPLAYED: Final = "playhead_unplayed"
RECORD: Final = "playhead_record"
"""The names of ini values and, with hyphens, of options."""
POLICY: Final = "playhead_policy"
VERIFY: Final = "playhead_verify"
VERIFY_IGNORE: Final = "playhead_verify_ignore"
"""Ini values alone."""

E = TypeVar("E", bound=enum.StrEnum)


class Unplayed(enum.StrEnum):
    """What becomes of a test that passed, though exchanges were not played or responses left open."""

    FAIL = "fail"
    """It fails for exchanges that were not played, and warns of responses that were left open."""
    WARN = "warn"
    IGNORE = "ignore"


class RecordMode(enum.StrEnum):
    """What becomes of requests, and of the cassette. The names are those of vcrpy and pytest-recording."""

    NONE = "none"
    """Replay; a request that nothing answers is a miss."""
    ONCE = "once"
    """Record where there is no cassette, else replay."""
    NEW_EPISODES = "new_episodes"
    """Replay what matches, record what does not behind it."""
    ALL = "all"
    """Record everything anew, and replace the cassette."""
    VERIFY = "verify"
    """Send everything, compare what comes with the cassette, and write nothing."""


class Verified(enum.StrEnum):
    """What the mode `verify` compares of an answer."""

    EVERYTHING = "everything"
    SHAPE = "shape"
    """What it is made of, and not the words."""


class Scope(enum.StrEnum):
    """Who shares what has been played."""

    FUNCTION = "function"
    CLASS = "class"
    MODULE = "module"


class Asked(NamedTuple):  # to make a dataclass takes a third of what the plugin adds to pytest's start
    """The markers of a test in one, the closest first."""

    name: str | Path | None = None
    patch: bool = False
    speed: object = "max"
    """By default 1.0 where `virtual` is asked for."""
    max_gap: object = None
    virtual: bool = False
    match_on: Iterable[str | Callable[..., bool]] | None = None
    ignore: Iterable[str] = ()
    repeats: str | None = None
    """By default `"fail"`, and `"repeat"` at a point that is an error."""
    scope: Scope = Scope.FUNCTION
    unplayed: Unplayed | None = None
    record_mode: RecordMode | None = None
    upstream: str | None = None
    """Where `playhead_server` sends requests on to, in a mode that records: a scheme and host."""
    matrix: tuple[object, ...] | None = None
    """Names of `MATRICES`, and alterations."""


_ASKED: pytest.StashKey[Asked] = pytest.StashKey()


def asked_by(item: pytest.Item) -> Asked:
    """What the markers of a test ask for. Raises `pytest.UsageError` for what there is not."""
    if _ASKED not in item.stash:
        item.stash[_ASKED] = _merged(item)
    return item.stash[_ASKED]


def _merged(item: pytest.Item) -> Asked:
    merged: dict[str, Any] = {}
    for mark in item.iter_markers(MARKER):
        merged = _arguments(item, mark) | merged
    for key, type_ in (("scope", Scope), ("unplayed", Unplayed), ("record_mode", RecordMode)):
        if merged.get(key) is not None:
            merged[key] = _member(type_, merged[key], f"{item.nodeid}: {key}")
    if merged.get("virtual"):
        merged.setdefault("speed", 1.0)
    if isinstance(merged.get("matrix"), str):
        merged["matrix"] = (merged["matrix"],)
    for key in ("match_on", "ignore", "matrix"):
        if isinstance(merged.get(key), list | set):
            merged[key] = tuple(merged[key])
    return Asked(**merged)


def default_unplayed(config: pytest.Config) -> Unplayed:
    """The option, else the ini value. Raises `pytest.UsageError` for what there is not."""
    value = config.getoption(UNPLAYED) or config.getini(UNPLAYED) or Unplayed.FAIL
    return _member(Unplayed, value, UNPLAYED)


def record_mode(config: pytest.Config, asked: Asked) -> RecordMode:
    """The option, which is about this run, else the marker, else the ini value.

    Raises `pytest.UsageError` for what there is not.
    """
    option = config.getoption(RECORD)
    if option is None and asked.record_mode is not None:
        return asked.record_mode
    return _member(RecordMode, option or config.getini(RECORD) or RecordMode.NONE, RECORD)


def verified(config: pytest.Config) -> Verified:
    """The ini value. Raises `pytest.UsageError` for what there is not."""
    return _member(Verified, config.getini(VERIFY) or Verified.EVERYTHING, VERIFY)


def check(item: pytest.Item, dist: str) -> None:
    """Raise `pytest.UsageError` where markers cannot be meant; `dist` is how xdist deals out the tests."""
    asked = asked_by(item)
    where = item.nodeid
    if asked.patch and item.get_closest_marker("vcr") is not None:
        raise pytest.UsageError(
            f"{where}: vcr and playhead(patch=True) would both answer the same requests. "
            "Keep one of them, or use the `playhead` fixture's clients without patch."
        )
    if asked.upstream is not None and not _is_origin(asked.upstream):
        raise pytest.UsageError(
            f"{where}: upstream is a scheme and a host (https://api.example.com), not {asked.upstream!r}"
        )
    if asked.scope is Scope.CLASS and getattr(item, "cls", None) is None:
        raise pytest.UsageError(f'{where}: playhead(scope="class") stands on a test that is in no class')
    _check_scope(item, asked, dist)
    _check_values(item, asked)
    if asked.matrix is not None:
        check_matrix(item, asked)


def _check_values(item: pytest.Item, asked: Asked) -> None:
    """Raise `pytest.UsageError` for what replay would refuse; imports it where something is asked."""
    from playhead.errors import UsageError

    try:
        if asked.match_on is not None or asked.ignore != ():
            from playhead.matching import Rules

            Rules.of(asked.match_on, asked.ignore)
        if asked.repeats is not None:
            from playhead.replay.session import Repeats

            Repeats.of(asked.repeats)
        if asked.speed not in ("max", 1.0) or asked.max_gap is not None:
            from playhead.plan import Pace

            Pace.of(asked.speed, asked.max_gap)
    except UsageError as error:
        raise pytest.UsageError(f"{item.nodeid}: {error}") from None


def _is_of_unittest(item: pytest.Function) -> bool:
    unittest = sys.modules.get("unittest")  # who has not imported it has none
    return unittest is not None and item.cls is not None and issubclass(item.cls, unittest.TestCase)


def check_matrix(item: pytest.Item, asked: Asked) -> None:
    """Raise `pytest.UsageError` where a test cannot be made into several."""
    if asked.scope is not Scope.FUNCTION:
        _refuse(
            item, f"takes a matrix or scope={asked.scope.value!r}, not both: each point plays from the start"
        )
    if not isinstance(item, pytest.Function) or _is_of_unittest(item):
        _refuse(item, "takes no matrix here: it makes parameters, which such tests do not have")
    if not asked.matrix:
        _refuse(item, f"takes a matrix of {', '.join(MATRICES)}, or of alterations, not an empty one")
    from playhead.plan.alterations import Alteration

    for each in asked.matrix:
        if each not in MATRICES and not isinstance(each, Alteration):
            _refuse(item, f"takes no matrix {each!r}; there are: {', '.join(MATRICES)}, and alterations")


def _is_origin(text: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        rest = parts.path.strip("/") + parts.query + parts.fragment
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not rest and parts.port != 0
    except ValueError:
        return False


def _check_scope(item: pytest.Item, asked: Asked, dist: str) -> None:
    """Raise `pytest.UsageError` where xdist may give tests that share a cassette to different workers."""
    if asked.scope is not Scope.FUNCTION and dist not in _KEEPS_TOGETHER[asked.scope]:
        raise pytest.UsageError(
            f"{item.nodeid}: playhead(scope={asked.scope.value!r}) needs its tests in one worker: "
            "run pytest with --dist loadfile"
        )


# Not `loadgroup`: what is in no group it deals out by turns; with pytest 9.2, everything (pytest-xdist#1386).
_TOGETHER: Final = frozenset({"no", "each", "loadscope", "loadfile"})
_KEEPS_TOGETHER: Final[Mapping[Scope, frozenset[str]]] = {
    Scope.CLASS: _TOGETHER,
    # `loadscope` deals out a module's classes one by one.
    Scope.MODULE: _TOGETHER - {"loadscope"},
}


def _arguments(item: pytest.Item, mark: pytest.Mark) -> dict[str, Any]:
    if len(mark.args) > 1:
        _refuse(item, f"takes one name, not {len(mark.args)}")
    unknown = [key for key in mark.kwargs if key not in _KNOWN]
    if unknown:
        known = ", ".join(sorted(_KNOWN))
        _refuse(item, f"takes no {unknown[0]!r}; there are: {known}")
    given = {"name": mark.args[0], **mark.kwargs} if mark.args else dict(mark.kwargs)
    for key, (types, what) in _TYPES.items():
        if key in given and not isinstance(given[key], types):
            _refuse(item, f"takes {what} as {key}, not {given[key]!r}")
    for key in ("match_on", "ignore"):
        for each in given[key] if isinstance(given.get(key), list | tuple) else ():
            if not isinstance(each, str) and not (key == "match_on" and callable(each)):
                _refuse(item, f"takes names in {key}, not {each!r}")
        # What is read once would be empty for the next test of a module.
        if isinstance(given.get(key), Mapping | Iterator):
            _refuse(item, f"takes a list as {key}, not {given[key]!r}")
    if given.get("name") is not None:
        _check_name(item, given["name"])
    return given


def _check_name(item: pytest.Item, name: str | Path) -> None:
    """Raise `pytest.UsageError` where no file can be called so, or no terminal be told."""
    if str(name) in ("", ".") or any(unicodedata.category(each) in ("Cc", "Cs") for each in str(name)):
        _refuse(item, f"takes a cassette's name, without control characters, not {name!r}")
    if any(len(os.fsencode(part)) > _LONGEST for part in Path(name).parts):
        _refuse(item, f"takes a name of at most {_LONGEST} bytes between slashes, not {str(name)[:40]!r}…")


_LONGEST: Final = 220
"""File systems end at 255; the ending comes to it, and what it is called while it is written."""
_KNOWN: Final = frozenset(Asked._fields)
_TYPES: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "name": ((str, Path), "a cassette's name or path"),
    "patch": ((bool,), "True or False"),
    "virtual": ((bool,), "True or False"),
    "repeats": ((str,), "fail, repeat or loop"),
    "upstream": ((str,), "an address"),
    "speed": ((str, int, float), "a number or 'max'"),
    "max_gap": ((int, float, NoneType), "a number of seconds"),
    "matrix": ((str, tuple, list), f"{', '.join(MATRICES)}, or a list of these and of alterations,"),
}


def _refuse(item: pytest.Item, why: str) -> NoReturn:
    raise pytest.UsageError(f"{item.nodeid}: the playhead marker {why}")


def _member(type_: type[E], value: object, what: str) -> E:
    for member in type_:
        if member.value == value:
            return member
    known = ", ".join(member.value for member in type_)
    raise pytest.UsageError(f"{what} is one of {known}, not {value!r}")
