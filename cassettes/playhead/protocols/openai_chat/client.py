"""What the openai SDK does with a chunk: its snapshot before, the chunk, its snapshot after.

Source: openai 3.51.0 `lib/streaming/chat/_completions.py` (`ChatCompletionStreamState`) and
`lib/_parsing/_completions.py`, for a call without `response_format` and `tools`. Where a chunk is not as
the SDK expects, it fails with Python's own errors, half-way; these functions go through the same steps in
the same order, and so fail alike. Therefore objects are `Any` here. Knows JSON; no frame, no ledger.
"""

from __future__ import annotations

from typing import Any

from playhead.protocols.openai_chat.built import Built, Settled, construct, plain
from playhead.protocols.openai_chat.deltas import merge
from playhead.protocols.openai_chat.shapes import (
    CALL,
    CHOICE,
    CHUNK,
    COMPLETION,
    DELTA,
    LOGPROBS,
    MESSAGE,
    MODERATION,
)

CHUNK_OBJECT = "chat.completion.chunk"
_EMPTY: Any = Built(CHUNK, {"delta": Built(DELTA, {}, set(), {})}, set(), {})


class LengthFinishReasonError(Exception):
    """The SDK's exception of that name."""


class ContentFilterFinishReasonError(Exception):
    """The SDK's exception of that name."""


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


class Client:
    """The SDK's state between two chunks, but for the snapshot, which the ledger holds."""

    def __init__(self) -> None:
        self.choices: list[ChoiceProgress] = []
        self.steady: list[bool] = []
        """By place: whether a delta that only makes texts longer changes nothing else in the choice, but for
        the calls that are `unsettled`."""
        self.unsettled: list[list[int]] = []
        """By place: the calls in which the next delta, whatever it says, sets members that were not sent."""

    def take(self, held: Any, data: Any) -> tuple[Any, Exception | None]:
        """The snapshot after a chunk, and what the SDK raises, if it does.

        `held` is the snapshot before, as `to_dict` gives it; `None` before there is one. `data` is a chunk,
        or no object at all: any other object the SDK drops. A snapshot that an exception left half-way is
        returned as it stands.
        """
        snapshot = None if held is None else _rebuilt(held)
        try:
            chunk = construct(CHUNK, data)
            _ = chunk.object  # what is no JSON object fails here
            if snapshot is None:
                snapshot = _first(chunk)
            else:
                _add(snapshot, chunk)
            self._tell(snapshot, chunk)
            found = [_steadiness(choice) for choice in snapshot.choices]
            self.steady = [is_steady for is_steady, _ in found]
            self.unsettled = [calls for _, calls in found]
        except Exception as error:  # noqa: BLE001 - whatever a stream can make the SDK raise
            return plain(snapshot), error
        return plain(snapshot), None

    def _tell(self, snapshot: Any, chunk: Any) -> None:
        for choice in chunk.choices:
            progress = self._progress(choice.index)
            held = snapshot.choices[choice.index]
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

    def _progress(self, index: Any) -> ChoiceProgress:
        try:
            found: ChoiceProgress = self.choices[index]
        except IndexError:
            found = ChoiceProgress()
            self.choices.append(found)
        return found


def complete(held: Any) -> Any:
    """What `get_final_completion()` makes of the last snapshot; raises what it raises."""
    assert held is not None
    snapshot: Any = _rebuilt(held)
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


def _rebuilt(held: Any) -> Any:
    """The snapshot as objects again. Log probabilities are the bulk of it, and only grow: they are left."""
    choices = held.get("choices")
    for choice in choices if isinstance(choices, list) else ():
        logprobs = choice.get("logprobs") if isinstance(choice, dict) else None
        if isinstance(logprobs, dict):
            for name in ("content", "refusal"):
                if isinstance(logprobs.get(name), list):
                    logprobs[name] = Settled(logprobs[name])
    return construct(COMPLETION, held)


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


def _first(chunk: Any) -> Any:
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


def _add(snapshot: Any, chunk: Any) -> None:
    for choice in chunk.choices:
        try:
            held = snapshot.choices[choice.index]
            _add_delta(held, choice)
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


def _add_delta(held: Any, choice: Any) -> None:
    before = held.message.tool_calls or []
    held.message = construct(MESSAGE, merge(_unparsed(held.message), choice.delta.to_dict()))
    for place, call in enumerate(before):
        new = (held.message.tool_calls or [])[place]
        if call.type == "function":
            if new.type != "function":
                raise AssertionError("the type of a tool call has changed")
            new.function.parsed_arguments = call.function.parsed_arguments


def _steadiness(choice: Any) -> tuple[bool, list[int]]:
    """Whether an empty delta leaves the choice as it is, calls aside that it settles; which calls these are.

    The first deltas set members that were not sent.
    """
    if not isinstance(choice, Built):
        return False, []
    trial, told = construct(CHOICE, choice.to_dict()), choice.to_dict()
    try:
        _add_delta(trial, _EMPTY)
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
