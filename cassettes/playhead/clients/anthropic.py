"""How the Anthropic SDK reads a body. Source: `SSEDecoder` and `Stream` of anthropic 2.10.0, `_streaming.py`.

Knows the SDK's plain stream (`create(stream=True)`), of a response with status 200; not what its
accumulating helpers do with an event.
"""

from __future__ import annotations

import json

from playhead.clients.body import ClientDecoder
from playhead.clients.fields import FieldDecoder
from playhead.clients.judged import Judged
from playhead.clients.lines import LinesOfBatches
from playhead.clients.quirks import Dispatch, Quirks
from playhead.clients.records import Fate, Seen, Verdict

QUIRKS = Quirks(strict=True, unnamed=None, no_id=None, dispatch=Dispatch.IF_ANYTHING_IS_SET)


def decoder() -> ClientDecoder:
    return Judged(FieldDecoder(LinesOfBatches(), QUIRKS), judge)


def judge(seen: Seen) -> Verdict:
    """Events go by their SSE name. One that the SDK has no name for is yielded all the same."""
    if seen.event is None or seen.event == "ping":
        return Verdict(Fate.SKIPPED)
    if seen.event == "error":
        return Verdict(Fate.RAISES, "APIStatusError", _message(seen.data))
    if not seen.data:
        return Verdict(Fate.SKIPPED)
    try:
        json.loads(seen.data)
    except (ValueError, RecursionError) as error:
        return Verdict.raises(error)
    return Verdict(Fate.YIELDED)


def _message(data: str) -> str:
    try:
        return f"{json.loads(data)}"
    except (ValueError, RecursionError):
        return data or "Error code: 200"
