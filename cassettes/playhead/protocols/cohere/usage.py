"""The tokens that an answer of either version counts. Knows the record."""

from __future__ import annotations

import math

from playhead.protocols.ledger import Json
from playhead.protocols.record import Record


def count(record: Record, frame: int, usage: dict[str, Json]) -> None:
    """Those of `tokens`, else of `billed_units`. They come as floats; infinity is no count."""
    counts = usage.get("tokens") or usage.get("billed_units")
    if not isinstance(counts, dict):
        return
    for name, slot in (("input_tokens", record.input_tokens), ("output_tokens", record.output_tokens)):
        tokens = counts.get(name)
        if isinstance(tokens, int | float) and not isinstance(tokens, bool) and math.isfinite(tokens):
            slot.set(frame, int(tokens))
