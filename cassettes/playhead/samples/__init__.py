"""The cassettes that ship with Playhead: synthesised, each for one thing worth seeing.

Knows their names and where the package keeps them; `cassettes/make_samples.py` writes them.
"""

from __future__ import annotations

import os
from pathlib import Path

from playhead.errors import UsageError

SUFFIX = ".cassette.jsonl"
_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """The names of the samples, sorted."""
    return tuple(sorted(path.name.removesuffix(SUFFIX) for path in _FOLDER.glob("*" + SUFFIX)))


def sample(name: str) -> Path:
    """The path of a sample, such as `anthropic-tools`."""
    path = _FOLDER / (name + SUFFIX)
    if not path.is_file():
        raise UsageError(f"no sample is named {name!r}", hint="There are: " + ", ".join(names()))
    return path


def is_shipped(path: str | os.PathLike[str]) -> bool:
    """Whether a path, whatever links lead there, lies among the samples: nothing is to be written there."""
    return Path(path).resolve().parent == _FOLDER.resolve()
