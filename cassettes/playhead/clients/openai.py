"""How the OpenAI SDK reads a body. Source: `SSEDecoder` and `Stream` of openai 3.51.0, `_streaming.py`.

Knows the SDK's plain stream (`create(stream=True)`), of a response with status 200; not what its
accumulating helpers do with an event.
"""

from __future__ import annotations

import json

from playhead.clients.body import ClientDecoder
from playhead.clients.fields import FieldDecoder
from playhead.clients.judged import Judged
from playhead.clients.lines import AtOnce
from playhead.clients.quirks import Dispatch, Quirks
from playhead.clients.records import Fate, Seen, Verdict

QUIRKS = Quirks(strict=True, unnamed=None, no_id=None, dispatch=Dispatch.IF_ANYTHING_IS_SET)


def decoder() -> ClientDecoder:
    return Judged(FieldDecoder(AtOnce(), QUIRKS), judge)


def judge(seen: Seen) -> Verdict:
    """Data decides; every event must hold JSON, those without data too."""
    if seen.data.startswith("[DONE]"):
        return Verdict(Fate.ENDS)
    try:
        value = json.loads(seen.data)
    except (ValueError, RecursionError) as error:
        return Verdict.raises(error)
    if seen.event is not None and seen.event.startswith("thread."):
        return Verdict(Fate.YIELDED)  # the Assistants API: an `error` in it is not looked for
    if isinstance(value, dict) and value.get("error"):
        return Verdict(Fate.RAISES, "APIError", _message(value["error"]))
    return Verdict(Fate.YIELDED)


def _message(error: object) -> str:
    message = error.get("message") if isinstance(error, dict) else None
    return message if message and isinstance(message, str) else "An error occurred during streaming"
