"""What the openai SDK tells its caller after a chunk, for what that does: it reads members, and sets some.

Source: openai 3.51.0 `lib/streaming/chat/_completions.py` (`_build_events`, `ChoiceEventState`). Goes through
the same steps in the same order, and so fails alike: objects are `Any` here. Knows no ledger.
"""

from __future__ import annotations

from typing import Any


class ChoiceProgress:
    """What the SDK has told its caller of a choice. Telling changes the snapshot: hence it is kept."""

    __slots__ = ("content_told", "current_call", "told_calls")

    def __init__(self) -> None:
        self.content_told: bool = False
        self.current_call: Any = None
        self.told_calls: set[Any] = set()

    def tell_call(self) -> None:
        """The call that the client is at is told: its choice is finished, or another call comes."""
        if self.current_call is not None:
            self.told_calls.add(self.current_call)

    def turn_to(self, call: int) -> None:
        """The client comes to a call; the one before is told, unless it is the same."""
        if self.current_call != call:
            self.tell_call()
            self.current_call = call


def tell(progress: ChoiceProgress, choice: Any, held: Any) -> None:
    """A choice of a chunk, when `held`, that of the snapshot, has taken it."""
    if choice.delta.content is not None:
        _ = held.message.content
    if choice.delta.refusal is not None:
        _ = held.message.refusal
    if choice.delta.tool_calls:
        _tell_calls(held.message.tool_calls, choice.delta.tool_calls)
    if choice.logprobs is not None and held.logprobs is not None:
        _ = choice.logprobs.content and held.logprobs.content
        _ = choice.logprobs.refusal and held.logprobs.refusal
    _tell_done(progress, choice, held)


def _tell_calls(held: Any, calls: Any) -> None:
    if held is None:
        raise AssertionError("no tool calls")
    for call in calls:
        named = held[call.index]
        if named.type == "function":
            if call.function is None:
                raise AssertionError("a tool call without a function")
            _ = named.function.name, named.function.arguments, named.function.parsed_arguments
            _ = call.function.arguments


def _tell_done(progress: ChoiceProgress, choice: Any, held: Any) -> None:
    current = progress.current_call
    if held.finish_reason:
        _tell_content(progress, held)
        if current is not None and current not in progress.told_calls:
            _tell_call(progress, held, current)
    for call in choice.delta.tool_calls or []:
        if progress.current_call != call.index:
            _tell_content(progress, held)
            if progress.current_call is not None:
                _tell_call(progress, held, progress.current_call)
        progress.current_call = call.index


def _tell_content(progress: ChoiceProgress, held: Any) -> None:
    if held.message.content and not progress.content_told:
        progress.content_told = True
        held.message.parsed = None
    _ = held.message.refusal
    if held.logprobs is not None:
        _ = held.logprobs.content, held.logprobs.refusal


def _tell_call(progress: ChoiceProgress, held: Any, index: Any) -> None:
    if index in progress.told_calls:
        return
    progress.told_calls.add(index)
    if held.message.tool_calls is None:
        raise AssertionError("no tool calls")
    call = held.message.tool_calls[index]
    if call.type == "function":
        _ = call.function.name
        call.function.parsed_arguments = None
