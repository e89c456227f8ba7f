"""Columns of whole numbers, each as wide as what is in it needs: a million events are held in a few of them.

Knows numbers only.
"""

from __future__ import annotations

from array import array
from typing import Final

NUMBERS: Final = "I"
"""The type of a column that counts chunks, frames or lines, and of offsets below `WIDE`: four bytes each."""
WIDE: Final = 1 << 32
"""From here on an offset does not fit there."""


def widened(column: array[int]) -> array[int]:
    """The same numbers in a column that takes any offset."""
    return column if column.typecode == "Q" else array("Q", column)
