"""The AsyncAPI document that a command is given: a path, or the name of one that ships with Playhead.

Knows names and paths; nothing of what a document says.
"""

from __future__ import annotations

from pathlib import Path

from playhead import asyncapi
from playhead.documents import document, names
from playhead.errors import InputError, UsageError


def open_contract(name: str, channel: str | None) -> asyncapi.Contract:
    """The document of that name or at that path, ready to validate with.

    Raises `InputError` where it cannot be read, `UsageError` for a channel that it has not.
    """
    path = document(name) if name in names() else Path(name)
    try:
        data = path.read_bytes()
    except OSError as error:
        hint = f"Documents that ship with Playhead: {', '.join(names())}"
        raise InputError(f"{name}: {error.strerror}", hint=hint) from None
    except ValueError:
        raise UsageError(f"{name!r} is no path") from None
    loaded = asyncapi.load(data, name if path == Path(name) else path.name)
    return asyncapi.Contract(loaded, channel=channel)
