"""What the openai SDK makes of its last snapshot.

Source: openai 3.51.0 `lib/_parsing/_completions.py` (`parse_chat_completion`), for a call without
`response_format` and `tools`. Goes through the same steps in the same order, and so fails alike: objects are
`Any` here. Knows JSON; no frame, no ledger.
"""

from __future__ import annotations

from typing import Any

from playhead.protocols.openai_chat.built import Settled, construct, plain
from playhead.protocols.openai_chat.client import rebuilt
from playhead.protocols.openai_chat.shapes import CALL, CHOICE, COMPLETION


class LengthFinishReasonError(Exception):
    """The SDK's exception of that name."""


class ContentFilterFinishReasonError(Exception):
    """The SDK's exception of that name."""


def complete(held: Any) -> Any:
    """What `get_final_completion()` makes of the last snapshot; raises what it raises."""
    assert held is not None
    snapshot: Any = rebuilt(held)
    choices = []
    for choice in snapshot.choices:
        if choice.finish_reason == "length":
            raise LengthFinishReasonError("the answer was cut at the length limit")
        if choice.finish_reason == "content_filter":
            raise ContentFilterFinishReasonError("the content filter stopped the answer")
        message = choice.message
        calls = [_parsed(call) for call in message.tool_calls or [] if not _is_custom(call)]
        parsed = {**message.to_dict(), "parsed": None, "tool_calls": calls or None}
        choices.append(construct(CHOICE, {**choice.to_dict(), "message": parsed}))
    completed = plain(construct(COMPLETION, {**snapshot.to_dict(), "choices": choices}))
    for choice in completed["choices"]:
        logprobs = choice.get("logprobs")
        if isinstance(logprobs, dict):
            choice["logprobs"] = {name: _as_list(part) for name, part in logprobs.items()}
    return completed


def _as_list(value: Any) -> Any:
    return list(value) if isinstance(value, Settled) else value


def _parsed(call: Any) -> Any:
    if call.type != "function":
        return call
    told = call.to_dict()
    function = {**told["function"], "parsed_arguments": None}
    _ = call.function.name
    return construct(CALL, {**told, "function": function})


def _is_custom(call: Any) -> bool:
    """Such a call is left away, after a warning that names it."""
    if call.type != "custom":
        return False
    _ = call.id, call.custom.name
    return True
