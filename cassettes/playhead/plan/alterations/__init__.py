"""Alterations of a plan: other chunks, a cut, a stall, an error; pure, composable, the same every time.

    cut(event=5) | rechunk("utf-8")

Each is a value: it has an equality, and a `str` that names what it does and where. What is random takes a
seed. Transports, the server and sweeps share them; none is applied here.
"""

from __future__ import annotations

from playhead.plan.alterations.base import AS_RECORDED, Alteration, Chain
from playhead.plan.alterations.corruption import corrupt
from playhead.plan.alterations.encoding import encode
from playhead.plan.alterations.faults import cut, inject, slow, stall, status
from playhead.plan.alterations.rechunking import rechunk, smallest
from playhead.plan.alterations.text import parse_alteration

__all__ = [
    "AS_RECORDED",
    "Alteration",
    "Chain",
    "corrupt",
    "cut",
    "encode",
    "inject",
    "parse_alteration",
    "rechunk",
    "slow",
    "smallest",
    "stall",
    "status",
]
