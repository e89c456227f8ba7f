"""Writing other files than cassettes: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from playhead.errors import CannotRun, UsageError


def write_whole(path: Path, parts: Iterable[bytes], *, overwrite: bool = False) -> None:
    """Write `parts` to `path`: under another name first, so that no reader meets half a file."""
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists already", hint="Choose another name, or replace it with --force.")
    try:
        fd, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise CannotRun(f"{path}: cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(fd, "wb") as file:
            file.writelines(parts)
        Path(temporary).replace(path)
    except OSError as error:
        raise CannotRun(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        Path(temporary).unlink(missing_ok=True)
