"""From which moment the times of a timing are counted."""

from __future__ import annotations

from playhead import Anchor, Timing

_ANCHORS = (Anchor.REQUEST_COMPLETE, Anchor.REQUEST_START, Anchor.RESPONSE_HEAD, Anchor.FIRST_CHUNK)


def anchor_of(timing: Timing) -> Anchor | None:
    """The first anchor whose time is known."""
    return next((anchor for anchor in _ANCHORS if timing.moments.at(anchor) is not None), None)
