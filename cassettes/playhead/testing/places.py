"""Where the cassette of a test lies: by its name, or by the test's own.

`cassettes/` beside the test, else the one of a folder above it, up to the root of the tests. A relative name
leads nowhere else; what links of the file system do is the user's.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from playhead.sanitise import sanitise
from playhead.testing.settings import POINT

FOLDER: Final = "cassettes"
SUFFIX: Final = ".cassette.jsonl"
COMPRESSED: Final = ".zst"
_FILES: Final = (SUFFIX, SUFFIX + COMPRESSED)
_ODD: Final = re.compile(r"[^A-Za-z0-9_.,=+-]+")
_LONGEST: Final = 120


def check(item: pytest.Item, name: str | Path | None) -> None:
    """Raise `pytest.UsageError` where a name leads out of the root: a test must not write there unasked."""
    if name is not None and not candidates(item, name):
        raise pytest.UsageError(
            f"{item.nodeid}: the playhead marker names a cassette outside of pytest's root "
            f"{item.config.rootpath}: {str(name)!r}. Name one inside, or give an absolute Path."
        )


def found(item: pytest.Item, name: str | Path | None) -> Path | None:
    """The cassette of a test, where there is one."""
    return next((path for path in candidates(item, name) if os.path.isfile(path)), None)  # noqa: PTH113 - a path may be too long


def wanted(item: pytest.Item, name: str | Path | None) -> Path:
    """Where a cassette would be written that is not there yet: beside the test."""
    return candidates(item, name)[0]


def candidates(item: pytest.Item, name: str | Path | None) -> tuple[Path, ...]:
    """Where a cassette may lie, the first choice first; nowhere, if that is outside of the root."""
    if name is None:
        return tuple(_both(item.path.parent / FOLDER / own_name(item)))
    return _named(item.path, item.config.rootpath, name)


def near(item: pytest.Item, name: str | Path | None) -> list[str]:
    """The names of cassettes there are that are like one that there is not. Looks through the folders."""
    if name is None:
        return []
    import difflib

    asked = _plain(str(name)).removeprefix(f"{FOLDER}/")
    folders = _upwards(item.path.parent, item.config.rootpath)
    # By what is compared: nobody means another case.
    have = {each.lower(): each for folder in folders for each in _names(folder / FOLDER)}
    return [have[each] for each in difflib.get_close_matches(asked.lower(), have, n=2, cutoff=0.8)]


@functools.cache  # where nothing is recorded yet, every test asks
def _names(folder: Path) -> list[str]:
    files = itertools.islice(folder.rglob(f"*{SUFFIX}*"), _MANY)
    return sorted(_plain(each.relative_to(folder).as_posix()) for each in files)


_MANY: Final = 2000
"""Cassettes of a folder among which is looked."""


def _plain(name: str) -> str:
    return name.removesuffix(COMPRESSED).removesuffix(SUFFIX)


@functools.cache
def _named(test: Path, root: Path, name: str | Path) -> tuple[Path, ...]:
    if os.path.isabs(name):  # noqa: PTH117 - a name is no path yet
        is_file = isinstance(name, Path) or name.endswith(_FILES)
        return (Path(name),) if is_file else ()
    bound = root if root in test.parents else test.parent
    paths = [Path(os.path.normpath(path)) for path in _by_name(test.parent, root, name)]
    inside = tuple(path for path in paths if bound in path.parents)
    return inside if paths[0] in inside else ()


def _by_name(beside: Path, root: Path, name: str | Path) -> Iterator[Path]:
    if isinstance(name, Path) or name.endswith(_FILES):
        yield beside / name
        return
    for folder in _upwards(beside, root):
        yield from _both(folder / FOLDER / name)


def own_name(item: pytest.Item) -> Path:
    """`module/test`, or `module/Class.test`; what no file system takes is replaced."""
    parts = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
    test = ".".join([*parts, _without_point(item)])
    plain = _ODD.sub("-", test)
    if plain != test or len(plain) > _LONGEST:
        # Two parameters may differ in what was replaced alone.
        plain = f"{plain[:_LONGEST].strip('-')}-{hashlib.blake2b(test.encode(), digest_size=3).hexdigest()}"
    return Path(item.path.stem) / plain


def _without_point(item: pytest.Item) -> str:
    """The name of a test as it was before `matrix` made several of it: these have one cassette."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or (point := callspec.params.get(POINT)) is None:
        return item.name
    before, _, after = f"-{callspec.id}-".rpartition(f"-{point.id}-")
    rest = "-".join(filter(None, (before.strip("-"), after.strip("-"))))
    name = item.name.removesuffix(f"[{callspec.id}]")
    return f"{name}[{rest}]" if rest else name


def shown(path: Path, item: pytest.Item) -> str:
    """A path as messages name it: as short as it can be."""
    return _shown(path, item.config.invocation_params.dir)


@functools.cache
def _shown(path: Path, folder: Path) -> str:
    try:
        return sanitise(os.path.relpath(path, folder))
    except ValueError:  # another drive
        return sanitise(str(path))


def _both(path: Path) -> Iterator[Path]:
    plain = path.with_name(path.name + SUFFIX)
    yield plain
    yield plain.with_name(plain.name + COMPRESSED)


def _upwards(folder: Path, root: Path) -> Iterator[Path]:
    yield folder
    while folder != root and root in folder.parents:
        folder = folder.parent
        yield folder
