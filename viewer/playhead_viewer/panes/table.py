"""Which panes there are: a pane is added by a module and a row here."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from playhead_viewer.panes import diff, findings, headers, payload, raw, state, timing
from playhead_viewer.panes.document import Document
from playhead_viewer.panes.moment import Moment
from playhead_viewer.safe import Safe


class Pane(NamedTuple):
    """`make` writes it for a moment and a width. Where `key` gives the same as before, so would `make`."""

    name: str
    title: Safe
    make: Callable[[Moment, int], Document]
    key: Callable[[Moment], object] | None = None


PANES = (
    Pane("state", Safe("State"), state.document),
    Pane("raw", Safe("Raw"), raw.document),
    Pane("json", Safe("JSON"), payload.document),
    Pane("diff", Safe("Diff"), diff.document),
    Pane("lint", Safe("Lint"), findings.document, findings.key),
    Pane("headers", Safe("Headers"), headers.document, headers.key),
    Pane("timing", Safe("Timing"), timing.document, timing.key),
)
BY_NAME = {pane.name: pane for pane in PANES}
