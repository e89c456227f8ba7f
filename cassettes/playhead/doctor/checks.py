"""Every check that needs no recorder, in the order in which they are told."""

from __future__ import annotations

from functools import partial

from playhead.doctor import folder, installation, machine
from playhead.doctor.findings import Check

CHECKS: tuple[tuple[str, Check], ...] = (
    ("python", installation.python),
    *((name, partial(installation.extra, name)) for name in installation.EXTRAS),
    ("folder", folder.folder),
    ("space", folder.space),
    ("file system", folder.file_system),
    ("leftovers", folder.leftovers),
    ("clock", machine.clock),
    ("open files", machine.open_files),
)
