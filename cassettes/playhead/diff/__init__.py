"""How two exchanges differ: request, head, message by block, events, ending, timing.

Pure: exchanges in, changes out. Used by the command, the viewer and tests alike.
"""

from __future__ import annotations

from playhead.diff.compare import compare, compare_pair, pairs
from playhead.diff.model import ABSENT, Absent, Change, Section, Settings, Way

__all__ = ["ABSENT", "Absent", "Change", "Section", "Settings", "Way", "compare", "compare_pair", "pairs"]
