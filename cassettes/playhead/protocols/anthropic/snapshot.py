"""The snapshot that the official SDK accumulates, event for event: `accumulate_event` of anthropic 2.10.0.

From `lib/streaming/_beta_messages.py` and `_messages.py`, quirks kept: the index of a new block is ignored,
deltas for a block of another type do nothing, a second start is ignored. Where the SDK raises, the record
is told and the snapshot stands still. Knows models and the record; blocks are none of its business.
"""

from __future__ import annotations

import operator

from playhead.protocols.anthropic.construct import Made, shape
from playhead.protocols.anthropic.items import (
    LAST,
    Item,
    Raised,
    get,
    indexed,
    model,
    no_attribute,
    type_name,
)
from playhead.protocols.anthropic.texts import Text
from playhead.protocols.anthropic.tool_input import ToolInput
from playhead.protocols.ledger import Fields, Json, Series, value_at
from playhead.protocols.payload import finite
from playhead.protocols.record import Record

_TOOL_SHAPES = frozenset({"ToolUseBlock", "ServerToolUseBlock", "MCPToolUseBlock"})
_TEXT_OF = {"text": "text", "thinking": "thinking"}
_USAGE = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "server_tool_use",
    "output_tokens_details",
)
_BETA_USAGE = ("iterations", "fallback_credit")


class Snapshot:
    """What the client holds. `take` an event; what it adds to is in `grows` until the next one."""

    def __init__(self, record: Record, *, beta: bool, fine_grained: bool) -> None:
        self._record = record
        self._beta = beta
        self._fine = fine_grained and beta
        self._message = Fields()
        record.message = self._message
        record.began = LAST
        self._content: list[Item | Json] | None = None
        self._series = Series()
        self._inputs: dict[int, ToolInput] = {}
        self._untried: dict[int, ToolInput] = {}  # those that may have grown since they were tried
        self.grows: Text | ToolInput | None = None
        """What the last event adds text to, if it does; whoever asks writes it."""
        self.opened: Item | None = None
        """The entry that the last event opened."""

    @property
    def is_open(self) -> bool:
        """Whether the client still reads."""
        return self._record.frozen is None

    @property
    def has_begun(self) -> bool:
        return self._record.began != LAST

    def take(self, frame: int, payload: Json) -> None:
        """The data of an event that the client parses."""
        self.grows = self.opened = None
        if not self.is_open:
            return
        try:
            self._accumulate(frame, shape("Event", self._beta).construct(payload))
        except Raised as raised:
            self.grows = self.opened = None
            self.give_up(frame, raised.exception, str(raised))

    def skip(self) -> None:
        """An event that the client does not parse."""
        self.grows = self.opened = None

    def give_up(self, frame: int, exception: str, text: str) -> None:
        """The client raises at `frame`, if it has not before."""
        self.try_inputs(frame - 1)
        self._record.raised(frame, exception, text, took=True)

    def try_inputs(self, frame: int) -> None:
        """Tell the record if a tool's input stopped being JSON at `frame` or before."""
        if not self.is_open:
            return
        faults = [(fault, tool) for tool in self._untried.values() if (fault := tool.fault(frame))]
        if not faults:
            return
        (at, complaint), tool = min(faults, key=lambda found: found[0][0])
        self._record.raised(
            at,
            "ValueError",
            "Unable to parse tool parameter JSON from model. Please retry your request or adjust your prompt."
            f" Error: {complaint}. JSON: {tool.text.at(at)}",
        )
        _in_order(self._record)

    def input_for(self, index: int) -> ToolInput | None:
        """The input that deltas for `index` add to."""
        return self._inputs.get(index)

    def _accumulate(self, frame: int, event: Json) -> None:
        if not self.has_begun:
            if get(event, "type") == "message_start":
                self._begin(frame, get(event, "message"))
            return
        if not isinstance(event, Made):
            raise Raised("TypeError", f"Unexpected event runtime type, after deserialising twice - {event!r}")
        match event.get("type"):
            case "content_block_start":
                self._open(frame, event)
            case "content_block_delta":
                self._grow(frame, event)
            case "content_block_stop":
                get(self._at(event.get("index")), "type")
                self.try_inputs(frame)
                self._untried.clear()  # whatever grows again comes by `take` first
            case "message_delta":
                self._end(frame, event)

    def _begin(self, frame: int, message: Json) -> None:
        message = shape("ParsedMessage", self._beta).construct(dict(model(message, "to_dict")))
        assert isinstance(message, dict)
        for name, value in message.items():
            if name == "content" and isinstance(value, list):
                self._content = []
                self._message.set(frame, name, self._series)
                for part in value:
                    self._add(frame, part)
            elif name == "usage" and isinstance(value, Made):
                self._message.set(frame, name, _fields(frame, value))
            else:
                self._message.set(frame, name, finite(value))
        self._record.began = frame

    def _open(self, frame: int, event: Made) -> None:
        if self._content is None:
            raise no_attribute(self._message.latest("content"), "append")
        given = model(event.get("content_block"), "to_dict")
        self._add(frame, shape("ParsedBlock", self._beta).construct(dict(given)))
        last = self._content[-1]
        self.opened = last if isinstance(last, Item) else None
        if self._beta and given.get("type") == "fallback":
            self._message.set(frame, "model", finite(get(given.get("to"), "model")))

    def _add(self, frame: int, part: Json) -> None:
        assert self._content is not None
        if not isinstance(part, Made):
            self._content.append(part)
            self._series.append(frame, finite(part))
            return
        item = Item(part.shape, _fields(frame, part))
        name = _TEXT_OF.get(kind) if isinstance(kind := part.get("type"), str) else None
        if name and isinstance(first := part.get(name), str):
            item.text = Text(frame, first)
            item.fields.set(frame, name, item.text)
        self._content.append(item)
        self._series.append(frame, item.fields)

    def _at(self, index: Json) -> Item | Json:
        """`content[index]`, as Python indexes."""
        if self._content is None:
            return indexed(value_at(self._message.latest("content"), LAST), index)
        if not isinstance(index, int):
            raise Raised("TypeError", f"list indices must be integers or slices, not {type_name(index)}")
        try:
            return self._content[index]
        except IndexError:
            raise Raised("IndexError", "list index out of range") from None

    def _grow(self, frame: int, event: Made) -> None:
        item = self._at(event.get("index"))
        delta = event.get("delta")
        kind = get(delta, "type")
        assert isinstance(delta, Made)
        if kind == "input_json_delta":
            self._grow_input(frame, event.get("index"), item, delta)
        if not isinstance(kind, str) or kind not in _EFFECTS or (kind in _BETA_DELTAS and not self._beta):
            return
        wanted, member, value = _EFFECTS[kind]
        if get(item, "type") != wanted:
            return
        assert isinstance(item, Item)
        if kind in ("text_delta", "thinking_delta"):
            self._grow_text(frame, item, member, delta.get(value))
        elif kind == "citations_delta":
            _cite(frame, item, finite(delta.get("citation")))
        else:
            item.fields.set(frame, member, finite(delta.get(value)))
            if kind == "compaction_delta":
                item.fields.set(frame, "encrypted_content", finite(delta.get("encrypted_content")))

    def _grow_text(self, frame: int, item: Item, member: str, part: Json) -> None:
        if item.text is not None and isinstance(part, str):
            self.grows = item.text
            return
        before = value_at(item.fields.latest(member), frame)
        try:
            item.fields.set(frame, member, operator.iadd(before, part))  # type: ignore[no-untyped-call]
        except TypeError as error:
            raise Raised("TypeError", str(error)) from None

    def _grow_input(self, frame: int, index: Json, item: Item | Json, delta: Made) -> None:
        if not isinstance(item, Item) or item.shape not in _TOOL_SHAPES:
            return
        part = delta.get("partial_json")
        if not isinstance(part, str):
            raise Raised("TypeError", "encoding without a string argument")
        try:
            part.encode()
        except UnicodeEncodeError as error:
            raise Raised("UnicodeEncodeError", str(error)) from None
        assert isinstance(index, int)
        tool = self._inputs.get(index)
        if tool is None:
            tool = self._inputs[index] = ToolInput(frame, fine_grained=self._fine)
        self._untried[index] = tool
        self.grows = tool
        if part or tool.text.rope.size:
            item.fields.set(frame, "input", tool)

    def _end(self, frame: int, event: Made) -> None:
        delta = event.get("delta")
        for name in ("stop_reason", "stop_sequence", "stop_details"):
            self._message.set(frame, name, finite(get(delta, name)))
        if (container := get(delta, "container")) is not None:
            self._message.set(frame, "container", finite(container))
        used = event.get("usage")
        output = get(used, "output_tokens")
        usage = self._message.latest("usage")
        if not isinstance(usage, Fields):
            raise no_attribute(usage, "output_tokens")
        usage.set(frame, "output_tokens", finite(output))
        for name in ("context_management", "input_transformations") if self._beta else ():
            if (value := event.get(name)) is not None:
                self._message.set(frame, name, finite(value))
        for name in _USAGE + _BETA_USAGE if self._beta else _USAGE:
            if (value := get(used, name)) is not None:
                usage.set(frame, name, finite(value))


_EFFECTS = {
    "text_delta": ("text", "text", "text"),
    "thinking_delta": ("thinking", "thinking", "thinking"),
    "signature_delta": ("thinking", "signature", "signature"),
    "citations_delta": ("text", "citations", "citation"),
    "compaction_delta": ("compaction", "content", "content"),
}
"""A delta's type: the type of the block it is for, the member that it changes, and its own member."""
_BETA_DELTAS = frozenset({"compaction_delta"})


def _fields(frame: int, made: Made) -> Fields:
    return Fields(frame, {name: finite(value) for name, value in made.items()})


def _cite(frame: int, item: Item, citation: Json) -> None:
    held = item.fields.latest("citations")
    if isinstance(held, Series):
        held.append(frame, citation)
        return
    if not held:
        held = []
    if not isinstance(held, list):
        raise no_attribute(held, "append")
    cited = Series()
    for part in (*held, citation):
        cited.append(frame, part)
    item.fields.set(frame, "citations", cited)


def _in_order(record: Record) -> None:
    """Put the last remark where its frame belongs: it was found late."""
    last = record.remarks.pop()
    place = len(record.remarks)
    while place and record.remarks[place - 1].frame > last.frame:
        place -= 1
    record.remarks.insert(place, last)
