"""How the openai SDK adds a chunk to its snapshot.

Source: openai 3.51.0 `lib/streaming/chat/_completions.py` (`_accumulate_chunk`,
`_convert_initial_chunk_into_snapshot`). Goes through the same steps in the same order, and so fails alike:
objects are `Any` here. Knows JSON; no frame, no ledger.
"""

from __future__ import annotations

from typing import Any

from playhead.protocols.openai_chat.built import construct
from playhead.protocols.openai_chat.deltas import merge
from playhead.protocols.openai_chat.shapes import (
    CHOICE,
    COMPLETION,
    LOGPROBS,
    MESSAGE,
    MODERATION,
)


def first(chunk: Any) -> Any:
    """The snapshot that the first chunk makes. A choice stands where its index says, or nowhere."""
    told = chunk.to_dict()
    told.pop("obfuscation", None)
    choices = told["choices"]
    for choice in chunk.choices:
        choices[choice.index] = _begun(choice)
    return construct(COMPLETION, {"system_fingerprint": None, **told, "object": "chat.completion"})


def _begun(choice: Any) -> dict[str, Any]:
    told: dict[str, Any] = choice.to_dict()
    told.pop("delta", None)
    return {**told, "message": merge({}, choice.delta.to_dict())}


def add(snapshot: Any, chunk: Any) -> None:
    """The snapshot takes a further chunk."""
    for choice in chunk.choices:
        try:
            held = snapshot.choices[choice.index]
            add_delta(held, choice)
        except IndexError:
            # Wherever it comes from: the SDK takes it for a choice that it has not met yet.
            held = construct(CHOICE, _begun(choice))
            snapshot.choices.append(held)
        if choice.finish_reason:
            held.finish_reason = choice.finish_reason
        _ = held.message.content
        for call in choice.delta.tool_calls or []:
            named = (held.message.tool_calls or [])[call.index]
            if named.type == "function":
                _ = named.function.name
        if choice.logprobs is not None:
            _add_logprobs(held, choice.logprobs)
    snapshot.usage = chunk.usage
    snapshot.system_fingerprint = chunk.system_fingerprint
    if chunk.moderation is not None:
        snapshot.moderation = construct(MODERATION, chunk.moderation.to_dict())


def add_delta(held: Any, choice: Any) -> None:
    """A choice of the snapshot takes the delta of one of a chunk."""
    before = held.message.tool_calls or []
    held.message = construct(MESSAGE, merge(_unparsed(held.message), choice.delta.to_dict()))
    for place, call in enumerate(before):
        new = (held.message.tool_calls or [])[place]
        if call.type == "function":
            if new.type != "function":
                raise AssertionError("the type of a tool call has changed")
            new.function.parsed_arguments = call.function.parsed_arguments


def _unparsed(message: Any) -> dict[str, Any]:
    """The message with every declared member, but without what the SDK parsed."""
    places = [place for place, _ in enumerate(message.tool_calls or [])]
    told: dict[str, Any] = message.to_dict(unsent=True)
    told.pop("parsed", None)
    calls = told["tool_calls"]
    for place in places if isinstance(calls, list) else ():
        function = calls[place].get("function") if isinstance(calls[place], dict) else None
        if isinstance(function, dict):
            function.pop("parsed_arguments", None)
    return told


def _add_logprobs(held: Any, new: Any) -> None:
    if held.logprobs is None:
        held.logprobs = construct(LOGPROBS, {"content": new.content, "refusal": new.refusal})
        return
    if new.content:
        if held.logprobs.content is None:
            held.logprobs.content = []
        held.logprobs.content.extend(new.content)
    if new.refusal:
        if held.logprobs.refusal is None:
            held.logprobs.refusal = []
        held.logprobs.refusal.extend(new.refusal)
