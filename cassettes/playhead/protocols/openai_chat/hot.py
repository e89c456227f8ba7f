"""The shape that nearly every event of a stream has: one choice, whose one text grows.

A typed decoder takes such a chunk and refuses any other, which then is read in full. `Heat` is what must
hold for the short way, worked out after each chunk that was read in full. Knows chunks and lanes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

from playhead.protocols.blocks import BlockLog
from playhead.protocols.ledger import Rope
from playhead.protocols.openai_chat.lane import Lane
from playhead.protocols.openai_chat.snapshot import Snapshot

_TEXTS = ("content", "reasoning_content", "reasoning")

Usage: TypeAlias = dict[str, int | float | str | dict[str, int | float | str | None] | None]


class _Function(Struct, forbid_unknown_fields=True, gc=False):
    arguments: str


class _Call(Struct, forbid_unknown_fields=True, gc=False):
    index: int
    function: _Function


class HotDelta(Struct, forbid_unknown_fields=True, gc=False):
    """A delta in which only text can be."""

    content: str | UnsetType | None = UNSET
    reasoning_content: str | UnsetType | None = UNSET
    reasoning: str | UnsetType | None = UNSET
    role: str | UnsetType | None = UNSET
    channel: str | UnsetType | None = UNSET
    tool_calls: tuple[_Call] | UnsetType | None = UNSET
    refusal: UnsetType | None = UNSET
    function_call: UnsetType | None = UNSET


class HotChoice(Struct, gc=False):
    index: int
    delta: HotDelta
    finish_reason: Literal[""] | None = None
    logprobs: None = None
    usage: None = None


class HotChunk(Struct, gc=False):
    """Members that are not named here change nothing in a chunk behind the first ones."""

    choices: tuple[HotChoice]
    object: Literal["chat.completion.chunk"]
    id: str = ""
    system_fingerprint: str | None = None
    usage: Usage | None = None
    x_groq: None = None
    error: None = None
    moderation: None = None


class Heat:
    """A choice whose last block is open and grows from one member of the delta."""

    __slots__ = ("beside", "block", "call", "has_content", "has_reasoning", "has_reasoning_content", "member")

    def __init__(self, block: BlockLog, member: str, call: int) -> None:
        self.block: BlockLog = block
        self.member: str = member
        self.call: int = call
        self.beside: dict[str, Rope | None] = {}
        """Members that may come beside the text, and where the client adds what they say, if anywhere."""
        self.has_content: bool = True
        self.has_reasoning_content: bool = True
        self.has_reasoning: bool = True
        """Whether the snapshot has that member: a null for one that it has not would put it there."""

    def add_beside(self, frame: int, delta: HotDelta) -> bool:
        """Take a role or a channel that comes with the text; whether that could be done."""
        told = [(name, text) for name, text in (("role", delta.role), ("channel", delta.channel)) if text]
        if any(name not in self.beside for name, _ in told):
            return False
        for name, text in told:
            rope = self.beside[name]
            if rope is not None:
                rope.append(frame, text)
        return True

    def text(self, delta: HotDelta) -> str:
        """What the delta adds to the block; `""` where it may do more than that."""
        content, first, second = delta.content, delta.reasoning_content, delta.reasoning
        calls = delta.tool_calls
        if self.member == "content":
            text, content = content, UNSET
        elif self.member == "reasoning_content":
            text, first = first, UNSET
        elif self.member == "reasoning":
            text, second = second, UNSET
        elif calls and calls[0].index == self.call:
            text, calls = calls[0].function.arguments, UNSET
        else:
            return ""
        if (
            not text
            or calls
            or (first is not UNSET and (first is not None or not self.has_reasoning_content))
            or (second is not UNSET and (second is not None or not self.has_reasoning))
            or (content is not UNSET and (content is not None or not self.has_content))
        ):
            return ""
        return text


def heat(lane: Lane, snapshot: Snapshot) -> Heat | None:
    """What the next chunks of the choice must be for the short way; `None` where there is none."""
    block, path = lane.open, lane.path
    if block is None or lane.finished or lane.index < 0:
        return None
    match path:
        case (("content" | "reasoning_content" | "reasoning") as member,):
            made = Heat(block, str(member), -1)
        case ("tool_calls", int(index), "function", "arguments"):
            made = Heat(block, "tool_calls", index)
        case _:
            return None
    # A role that is sent again for the first time is worth a remark, and read in full.
    beside = ("role", "channel") if lane.role_repeated else ("channel",)
    if snapshot.is_frozen:
        made.beside = dict.fromkeys(beside)
        return made
    message = snapshot.message(lane.index)
    if message is None or not snapshot.grows_with(lane, made.call):
        return None
    ropes = ((name, message.latest(name)) for name in beside)
    made.beside = {name: rope for name, rope in ropes if isinstance(rope, Rope)}
    made.has_content, made.has_reasoning_content, made.has_reasoning = (name in message for name in _TEXTS)
    return made


decode: Callable[[str], HotChunk] = msgspec.json.Decoder(HotChunk).decode
"""Takes a chunk of that shape; raises `msgspec.ValidationError` or another ValueError for any other data."""
