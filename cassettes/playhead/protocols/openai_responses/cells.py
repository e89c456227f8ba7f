"""The official client's snapshot in the ledger's cells: output items and the parts of a message.

The client's snapshot grows in two places only: the text of a message's part, and the arguments of a
function call. Those are ropes, which the blocks share; the rest is JSON as it came. Where the client would
fail, Python's own exception of the same class is raised. Knows the client's models (openai 3.51.0
`types/responses/parsed_response.py`); knows no event.
"""

from __future__ import annotations

from typing import Any, cast

from playhead.protocols.ledger import Fields, Json, Rope, Series, Value, value_at
from playhead.protocols.payload import finite

Identity = tuple[Any, Any, Any]

_BY_CALL = ("function_call", "custom_tool_call", "shell_call", "shell_call_output")


def attribute(value: Json, name: str) -> Json:
    """`value.name` of a model; absent members are `None`, and what is no model has no attributes."""
    if not isinstance(value, dict):
        raise AttributeError(f"{type(value).__name__!r} object has no attribute {name!r}")
    return value.get(name)


def attribute_if_any(value: Json, name: str) -> Json:
    """`getattr(value, name, None)`."""
    return value.get(name) if isinstance(value, dict) else None


def identity(item: Json) -> Identity:
    """By what the client takes two items for the same (`_output_identity`)."""
    call_id = attribute_if_any(item, "call_id")
    kind = attribute(item, "type")
    if kind in _BY_CALL:
        return kind, None, call_id
    return kind, attribute_if_any(item, "id"), call_id


def is_compatible(previous: Json, replacement: Json) -> bool:
    """Whether one may stand for the other (`_compatible_output_id`)."""
    known = attribute_if_any(previous, "id")
    return known == attribute_if_any(replacement, "id") or (
        known is None and attribute(previous, "type") in ("function_call", "custom_tool_call")
    )


class Growing:
    """A JSON object of which one member grows by `+=`."""

    def __init__(self, frame: int, value: dict[str, Json], name: str) -> None:
        self._name = name
        self.rope: Rope | None = None
        members = cast("dict[str, Value]", finite(value))
        text = value.get(name)
        if isinstance(text, str):
            self.rope = members[name] = Rope()
            if text:
                self.rope.append(frame, text)
        self.fields: Fields = Fields(frame, members)

    def grow(self, frame: int, delta: Json) -> Rope | None:
        """The rope to which `delta` is to be added; what is no text is added here, as Python adds it."""
        if self.rope is not None and isinstance(delta, str):
            return self.rope
        sum_: Any = value_at(self.fields.latest(self._name), frame)
        sum_ += delta
        self.fields.set(frame, self._name, finite(sum_))
        return None


class Part:
    """A part of a message's content."""

    def __init__(self, frame: int, value: Json) -> None:
        self._value = value
        self.node: Value = finite(value)
        self._text: Growing | None = None
        if isinstance(value, dict) and value.get("type") == "output_text":
            self._text = Growing(frame, value, "text")
            self.node = self._text.fields

    @property
    def rope(self) -> Rope | None:
        return self._text.rope if self._text else None

    def require_text(self) -> Growing:
        if attribute(self._value, "type") != "output_text" or self._text is None:
            raise AssertionError("the part is no output_text")
        return self._text


class Item:
    """An output item of the snapshot."""

    def __init__(self, frame: int, value: Json) -> None:
        self.value = value
        self.node: Value = finite(value)
        self.arguments: Growing | None = None
        self._parts: list[Part] | None = None
        self._content = Series()
        kind = attribute_if_any(value, "type")
        if isinstance(value, dict) and kind == "function_call":
            self.arguments = Growing(frame, value, "arguments")
            self.node = self.arguments.fields
        elif isinstance(value, dict) and kind == "message":
            self._open_content(frame, value)

    def _open_content(self, frame: int, value: dict[str, Json]) -> None:
        parts = value.get("content")
        if not isinstance(parts, list):
            return
        self._parts = []
        for part in parts:
            self._append(frame, part)
        members = cast("dict[str, Value]", finite({**value, "content": None}))
        self.node = Fields(frame, {**members, "content": self._content})

    def _append(self, frame: int, value: Json) -> None:
        assert self._parts is not None
        part = Part(frame, value)
        self._parts.append(part)
        self._content.append(frame, part.node)

    @property
    def type(self) -> Json:
        return attribute(self.value, "type")

    def append(self, frame: int, part: Json) -> None:
        """`output.content.append(part)`."""
        if self._parts is None:
            raise AttributeError("the content is no list")
        if not isinstance(part, dict):
            raise AttributeError("the part is no object")
        self._append(frame, part)

    def part(self, index: Json) -> Part:
        """`output.content[index]`, with Python's idea of an index."""
        if self._parts is not None:
            return self._parts[cast("int", index)]
        return Part(0, cast("Any", attribute(self.value, "content"))[index])

    def rope(self, index: Json) -> Rope | None:
        """The text of the part at `index`, where there is one."""
        if self._parts is None or not isinstance(index, int) or not 0 <= index < len(self._parts):
            return None
        return self._parts[index].rope
