"""What the openai SDK does with a chunk: its snapshot before, the chunk, its snapshot after.

Source: openai 3.51.0 `lib/streaming/chat/_completions.py` (`ChatCompletionStreamState`), for a call without
`response_format` and `tools`. Where a chunk is not as the SDK expects, it fails with Python's own errors,
half-way; `adding`, `telling` and `completing` go through the same steps in the same order, and so fail alike.
Therefore objects are `Any` here. Knows JSON; no frame, no ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playhead.protocols.openai_chat.adding import add, first
from playhead.protocols.openai_chat.built import Settled, construct, plain
from playhead.protocols.openai_chat.shapes import CHOICE, CHUNK, COMPLETION
from playhead.protocols.openai_chat.steadiness import steadiness
from playhead.protocols.openai_chat.telling import ChoiceProgress, tell


class Choices:
    """The choices of a snapshot that a chunk may change, by their places; the others stay as they are.

    Stands in the place of the list: what the SDK does to that is to get an item, and to append one.
    """

    __slots__ = ("_items", "size")

    def __init__(self, items: Mapping[int, Any], size: int) -> None:
        self._items: dict[int, Any] = dict(items)
        self.size: int = size
        """How many there are, those that stay among them."""

    def __getitem__(self, place: int) -> Any:
        if place >= self.size:
            raise IndexError(place)
        return self._items[place]

    def append(self, choice: Any) -> None:
        self._items[self.size] = choice
        self.size += 1

    @property
    def items(self) -> list[tuple[int, Any]]:
        """Those that may have changed, and those that are new, each with its place, in order."""
        return sorted(self._items.items(), key=lambda item: item[0])


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

        `held` is the snapshot before, as `to_dict` gives it, its choices a list or `Choices`: as they are
        given, so they are returned; `None` before there is one. `data` is a chunk, or no object at all: any
        other object the SDK drops. A snapshot that an exception left half-way is returned as it stands.
        """
        snapshot = None if held is None else rebuilt(held)
        try:
            chunk = construct(CHUNK, data)
            _ = chunk.object  # what is no JSON object fails here
            if snapshot is None:
                snapshot = first(chunk)
            else:
                add(snapshot, chunk)
            for choice in chunk.choices:
                tell(self._progress(choice.index), choice, snapshot.choices[choice.index])
            self._judge(snapshot.choices)
        except Exception as error:  # noqa: BLE001 - whatever a stream can make the SDK raise
            return _told(snapshot), error
        return _told(snapshot), None

    def _judge(self, choices: Any) -> None:
        """What holds for the next chunk."""
        if not isinstance(choices, Choices):
            self.steady.clear()
            self.unsettled.clear()
        for place, choice in choices.items if isinstance(choices, Choices) else enumerate(choices):
            is_steady, calls = steadiness(choice)
            self.steady[place : place + 1] = [is_steady]
            self.unsettled[place : place + 1] = [calls]

    def _progress(self, index: Any) -> ChoiceProgress:
        try:
            found: ChoiceProgress = self.choices[index]
        except IndexError:
            found = ChoiceProgress()
            self.choices.append(found)
        return found


def _told(snapshot: Any) -> Any:
    """The snapshot as plain JSON."""
    told = plain(snapshot)
    if isinstance(told, dict) and isinstance(found := told.get("choices"), Choices):
        told["choices"] = Choices({place: plain(choice) for place, choice in found.items}, found.size)
    return told


def rebuilt(held: Any) -> Any:
    """The snapshot as objects again. Log probabilities are the bulk of it, and only grow: they are left."""
    choices = held.get("choices")
    if isinstance(choices, Choices):
        for _, choice in choices.items:
            _settle_logprobs(choice)
        built = {place: construct(CHOICE, choice) for place, choice in choices.items}
        return construct(COMPLETION, {**held, "choices": Choices(built, choices.size)})
    for choice in choices if isinstance(choices, list) else ():
        _settle_logprobs(choice)
    return construct(COMPLETION, held)


def _settle_logprobs(choice: Any) -> None:
    logprobs = choice.get("logprobs") if isinstance(choice, dict) else None
    if isinstance(logprobs, dict):
        for name in ("content", "refusal"):
            if isinstance(logprobs.get(name), list):
                logprobs[name] = Settled(logprobs[name])
