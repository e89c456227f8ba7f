"""What recorders that were killed left in the temporary folder: keys and bundles of certificates.

Knows the names and locks of those folders. Removes nothing: the next recorder does.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playhead.cli.output import counted
from playhead.doctor import Finding, Level, Surroundings
from playhead_recorder import private

_NAME = "temporary folder"
_NAMED = 3


def scratch(surroundings: Surroundings) -> Finding:
    """Whether folders of dead runs are there."""
    where = Path(surroundings.environ.get("TMPDIR") or tempfile.gettempdir())
    dead = private.leftovers(where)
    if not dead:
        return Finding(_NAME, Level.OK, f"nothing of a killed recorder in {where}")
    named = ", ".join(map(str, dead[:_NAMED])) + (", …" if len(dead) > _NAMED else "")
    return Finding(
        _NAME,
        Level.NOTE,
        f"{counted(len(dead), 'folder')} of killed recorders, with keys that nothing trusts: {named}",
        "The next `playhead record` removes what nobody holds; so may you.",
    )
