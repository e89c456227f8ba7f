"""Whether the next delta of a choice changes more of it than the delta says: what decides over the short way.

Found out by trying: the openai SDK's own steps, with a delta that says nothing. Knows JSON; no frame, no
ledger.
"""

from __future__ import annotations

from typing import Any

from playhead.protocols.openai_chat.adding import add_delta
from playhead.protocols.openai_chat.built import Built, construct
from playhead.protocols.openai_chat.shapes import CHOICE, CHUNK, DELTA

_EMPTY: Any = Built(CHUNK, {"delta": Built(DELTA, {}, set(), {})}, set(), {})


def steadiness(choice: Any) -> tuple[bool, list[int]]:
    """Whether an empty delta leaves the choice as it is, calls aside that it settles; which calls these are.

    The first deltas set members that were not sent.
    """
    if not isinstance(choice, Built):
        return False, []
    trial, told = construct(CHOICE, choice.to_dict()), choice.to_dict()
    try:
        add_delta(trial, _EMPTY)
    except Exception:  # noqa: BLE001 - then the next delta raises, in full
        return False, []
    calls = told["message"].get("tool_calls") if isinstance(told.get("message"), dict) else None
    settled = [place for place, call in enumerate(calls or ()) if isinstance(call, dict) and _settle(call)]
    return bool(trial.to_dict() == told), settled


def _settle(call: dict[str, Any]) -> bool:
    """What `short.settle` does to a call, on JSON: whether that changed it."""
    function = call.get("function")
    parts = dict(call), dict(function) if isinstance(function, dict) else None
    call.setdefault("id", None)
    call.setdefault("type", None)
    if isinstance(function, dict):
        function.setdefault("name", None)
        function.setdefault("arguments", None)
        if call["type"] is not None:
            function["parsed_arguments"] = None
    return parts != (call, function)
