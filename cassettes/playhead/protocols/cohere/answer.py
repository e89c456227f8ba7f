"""A Cohere v2 answer as it is built: the message in the shape of an answer without streaming, and its blocks.

The cohere SDK merges nothing, so the merge is ours: what `message-start` brings is the beginning, texts and
arguments are joined, content, tool calls and citations are appended in the order in which they begin. Knows
cells and the record; knows no event.
"""

from __future__ import annotations

from playhead.protocols.blocks import BlockKind, BlockLog
from playhead.protocols.ledger import Fields, Json, Series
from playhead.protocols.record import Record

LISTS = ("content", "tool_calls", "citations")


class Open:
    """A content or a tool call: its block, and its cell in the message."""

    __slots__ = ("block", "fields")

    def __init__(self, block: BlockLog, fields: Fields) -> None:
        self.block: BlockLog = block
        self.fields: Fields = fields


class Answer:
    """`message` of the record. `begun` tells whether `message-start` was seen."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._message: Fields | None = None
        self._lists = {name: Series() for name in LISTS}
        self.root: Fields = Fields()
        self.begun: bool = False
        self.contents: dict[int, Open] = {}
        self.calls: dict[int, Open] = {}
        self.plan: BlockLog | None = None
        self._cited: BlockLog | None = None
        record.message = self.root

    def begin(self, frame: int, members: dict[str, Json]) -> None:
        """What `message-start` says of the message. Text that it already holds is content like any other."""
        self.begun = True
        message = self._message_at(frame)
        for name, value in members.items():
            if name in LISTS and isinstance(value, list):
                for item in value:
                    self._lists[name].append(frame, item)
            else:
                message.set(frame, name, value)

    def _message_at(self, frame: int) -> Fields:
        if self._message is None:
            self._message = Fields(frame, dict(self._lists))
            self.root.set(frame, "message", self._message)
        return self._message

    def open_content(self, frame: int, index: int, content: dict[str, Json]) -> Open:
        """A piece of content: text, or thinking. What it begins with may be empty."""
        type_ = content.get("type")
        word = type_ if isinstance(type_, str) else "thinking" if "thinking" in content else "text"
        kinds = {"text": BlockKind.TEXT, "thinking": BlockKind.THINKING}
        block = self._record.open_block(frame, kinds.get(word, BlockKind.DATA), word)
        fields = Fields(frame, {"type": word})
        opened = self.contents[index] = Open(block, fields)
        for name, value in content.items():
            if name in kinds and isinstance(value, str):
                self.add(frame, opened, name, value)
            elif name != "type":
                fields.set(frame, name, value)
        if block.kind is BlockKind.DATA:
            block.data.set(frame, dict(content))
        if word == "text":
            self._cited = block
        self._message_at(frame)
        self._lists["content"].append(frame, fields)
        return opened

    def add(self, frame: int, opened: Open, name: str, text: str) -> None:
        """Text for an open content, or arguments for an open call."""
        if name not in opened.fields:
            opened.fields.set(frame, name, opened.block.text)
        self._record.grow(frame, opened.block, text)

    def open_call(self, frame: int, index: int, call: dict[str, Json]) -> Open:
        function = call.get("function")
        called = function if isinstance(function, dict) else {}
        block = self._record.open_block(frame, BlockKind.TOOL_CALL, "tool_call")
        block.id.set(frame, call.get("id"))
        block.name.set(frame, called.get("name"))
        inner = Fields(frame, {name: part for name, part in called.items() if name != "arguments"})
        inner.set(frame, "arguments", block.text)
        outer = Fields(frame, {name: part for name, part in call.items() if name != "function"})
        outer.set(frame, "function", inner)
        opened = self.calls[index] = Open(block, inner)
        arguments = called.get("arguments")
        if isinstance(arguments, str):
            self._record.grow(frame, block, arguments)
        self._message_at(frame)
        self._lists["tool_calls"].append(frame, outer)
        return opened

    def add_plan(self, frame: int, text: str) -> None:
        """What the model means to do before it calls a tool."""
        block = self.plan
        if block is None:
            block = self.plan = self._record.open_block(frame, BlockKind.THINKING, "tool_plan")
            self._message_at(frame).set(frame, "tool_plan", block.text)
        self._record.grow(frame, block, text)

    def close_plan(self, frame: int) -> None:
        if self.plan is not None and not self.plan.closed:
            self.plan.closed = frame

    def cite(self, frame: int, citation: Json) -> None:
        """A citation: of the content that it names, else of the last text."""
        self._message_at(frame)
        self._lists["citations"].append(frame, citation)
        index = citation.get("content_index") if isinstance(citation, dict) else None
        of = self.contents.get(index) if isinstance(index, int) else None
        block = of.block if of is not None else self._cited
        if block is not None:
            block.citations.append(frame, citation)

    def open_blocks(self) -> list[BlockLog]:
        """Contents and calls that have not ended."""
        opened = [*self.contents.values(), *self.calls.values()]
        return [one.block for one in opened if not one.block.closed]
