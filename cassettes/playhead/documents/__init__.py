"""The AsyncAPI documents that ship with Playhead, each of our own writing: what a provider's stream may hold.

Knows their names and where the package keeps them; `playhead.asyncapi` reads them.
"""

from __future__ import annotations

from pathlib import Path

from playhead.errors import UsageError

SUFFIX = ".asyncapi.json"
_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """The names of the documents, sorted."""
    return tuple(sorted(path.name.removesuffix(SUFFIX) for path in _FOLDER.glob("*" + SUFFIX)))


def document(name: str) -> Path:
    """The path of a document, such as `anthropic-messages`."""
    path = _FOLDER / (name + SUFFIX)
    if name not in names():
        raise UsageError(f"no document is named {name!r}", hint="There are: " + ", ".join(names()))
    return path
