"""What the official client makes of the events: its snapshot, its answer, and where it raises.

Follows openai 3.51.0 `lib/streaming/responses/_responses.py` (`ResponseStreamState`) step by step, over
the ledger's cells. Where the client would raise, a method here raises Python's own exception of the same
class, with the client's words where it has some. Values are taken as the JSON says them: what pydantic
makes of a number in a string is not followed. Knows no block and no frame but its number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from playhead.protocols.ledger import Fields, Json, Rope, Series, Slot, Value
from playhead.protocols.openai_responses.cells import (
    Identity,
    Item,
    attribute,
    attribute_if_any,
    identity,
    is_compatible,
)
from playhead.protocols.openai_responses.held import Held
from playhead.protocols.payload import finite

Event = dict[str, Json]


class Completed(NamedTuple):
    """An item that `response.output_item.done` brought."""

    identity: Identity
    item: dict[str, Json]
    """Its identity's members, as they came."""
    held: Value
    """All of it."""


class Client:
    """`take` each event in order; after the first exception the client is gone: take no more."""

    def __init__(self, message: Slot, held: Held) -> None:
        self._message = message
        self._held = held
        self._began = False
        self._response: Value = None
        self._id: Json = None
        self._output: Series | None = None
        self._items: dict[Any, Item] = {}
        self._completed: dict[Any, Completed] = {}
        self._positions: dict[Identity, Any] = {}
        self.has_answer: bool = False
        """Whether `get_final_response()` would return something."""

    def take(self, frame: int, kind: Json, event: Event) -> Rope | None:
        """Take in the event; the rope of the snapshot to which its delta is to be added, if there is one."""
        if not self._began:
            if kind != "response.created":
                raise RuntimeError(f"Expected to have received `response.created` before `{kind}`")
            self._begin(frame, event)
            return None
        handler = _HANDLERS.get(kind) if isinstance(kind, str) else None
        return handler(self, frame, event) if handler else None

    def rope(self, output_index: Json, content_index: Json = None) -> Rope | None:
        """The snapshot's text at that place: a function call's arguments, or a part's text."""
        item = self._items.get(output_index) if isinstance(output_index, int) else None
        if item is None:
            return None
        if item.arguments is not None:
            return item.arguments.rope
        return item.rope(content_index)

    def _begin(self, frame: int, event: Event) -> None:
        response = event.get("response")
        if not isinstance(response, dict):
            raise AttributeError("the response is no object")
        output: Any = response.get("output")
        if output is None:
            output = []
        items = [Item(frame, value) for value in output]
        members = cast("dict[str, Value]", self._held.share(finite({**response, "output": None})))
        self._response = cast("Json", members)
        self._id = response.get("id")
        self._items = dict(enumerate(items))
        if isinstance(output, list):
            self._output = Series()
            for item in items:
                self._output.append(frame, item.node)
        self._message.set(
            frame,
            Fields(frame, {**members, "output": finite(output) if self._output is None else self._output}),
        )
        self._began = True

    def _item(self, index: Json) -> Item:
        try:
            return self._items[index]
        except KeyError:
            raise RuntimeError(
                f"Received a content event for output index {index} before receiving its output item"
            ) from None

    def _require_same_response(self, event: Event) -> Json:
        response = event.get("response")
        if attribute_if_any(response, "id") != self._id:
            raise RuntimeError("Lifecycle response identity changed.")
        return response

    def _lifecycle(self, frame: int, event: Event) -> None:
        """The snapshot stays as it is; items that were completed may be replaced."""
        response = self._require_same_response(event)
        replacements: dict[Identity, Json] = {}
        for item in cast("list[Json]", attribute_if_any(response, "output") or []):
            named = identity(item)
            if named in replacements:
                raise RuntimeError("Response snapshot has conflicting output identities.")
            replacements[named] = item
        for named, item in replacements.items():
            index = self._positions.get(named)
            if index is None:
                continue
            if not is_compatible(self._completed[index].item, item):
                raise RuntimeError("Response snapshot has conflicting output identities.")
            self._completed[index] = self._keep(named, item)
        if not isinstance(response, dict):
            raise AttributeError("the response is no object")

    def _ended(self, frame: int, event: Event) -> None:
        """Failed or incomplete: no answer for this client."""
        response = self._require_same_response(event)
        if attribute_if_any(response, "output") is None:
            sorted(self._items.keys() | self._completed.keys())
        if not isinstance(response, dict):
            raise AttributeError("the response is no object")

    def _item_added(self, frame: int, event: Event) -> None:
        value = event.get("item")
        if value is None:
            return
        index: Any = event.get("output_index")
        if index in self._items:
            raise RuntimeError(f"Duplicate response output index {index}.")
        attribute(value, "type")
        item = Item(frame, value)
        if self._output is None:
            raise AttributeError("the output is no list")
        self._output.append(frame, item.node)
        self._items[index] = item

    def _part_added(self, frame: int, event: Event) -> None:
        item = self._item(event.get("output_index"))
        if item.type == "message":
            item.append(frame, event.get("part"))

    def _text_delta(self, frame: int, event: Event) -> Rope | None:
        item = self._item(event.get("output_index"))
        if item.type != "message":
            raise AssertionError("the item is no message")
        text = item.part(event.get("content_index")).require_text()
        return text.grow(frame, event.get("delta"))

    def _text_done(self, frame: int, event: Event) -> None:
        item = self._item(event.get("output_index"))
        if item.type != "message":
            raise AssertionError("the item is no message")
        item.part(event.get("content_index")).require_text()

    def _arguments_delta(self, frame: int, event: Event) -> Rope | None:
        item = self._item(event.get("output_index"))
        if item.type != "function_call" or item.arguments is None:
            raise AssertionError("the item is no function_call")
        return item.arguments.grow(frame, event.get("delta"))

    def _item_done(self, frame: int, event: Event) -> None:
        item, index = event.get("item"), cast("Any", event.get("output_index"))
        added = self._items.get(index)
        if added is not None and (
            identity(added.value) != identity(item) or not is_compatible(added.value, item)
        ):
            raise RuntimeError("Completed output item identity changed.")
        named = identity(item)
        position = self._positions.get(named)
        if position is not None and position != index:
            raise RuntimeError("Response snapshot has conflicting output identities.")
        previous = self._completed.get(index)
        if previous is not None:
            del self._positions[previous.identity]
        self._completed[index] = self._keep(named, item)
        self._positions[named] = index

    def _keep(self, named: Identity, item: Json) -> Completed:
        members = {name: attribute_if_any(item, name) for name in ("type", "id")}
        return Completed(named, members, self._held.share(finite(item)))

    def _complete(self, frame: int, event: Event) -> None:
        """`response.completed`: its payload is the answer, the snapshot is left as it was."""
        response = self._require_same_response(event)
        output = cast("list[Json] | None", attribute_if_any(response, "output"))
        final = {identity(item): item for item in (output or [])}
        for done in self._completed.values():
            same = final.get(done.identity)
            if same is not None and not is_compatible(done.item, same):
                raise RuntimeError("Completed response output identity changed.")
        for index, item in self._items.items():
            same = final.get(identity(item.value))
            if index not in self._completed and (same is None or not is_compatible(item.value, same)):
                raise RuntimeError("Cannot complete response with unfinished output items.")
        if not isinstance(response, dict):
            raise AttributeError("the response is no object")
        if output is None:
            parsed = [_parsed(self._completed[index].held) for index in sorted(self._completed)]
        else:
            parsed = [_parsed(self._held.share(finite(item))) for item in (output or [])]
        rest = finite({**response, "output": None})
        answer = cast("dict[str, Value]", self._held.share(rest, self._response))
        self._message.set(frame, cast("Json", {**answer, "output": parsed}))
        self.has_answer = True


def _parsed(item: Value) -> Value:
    """What `parse_response` adds, no tool and no text format being given: members that are null."""
    kind = attribute(cast("Json", item), "type")
    members = cast("dict[str, Any]", item)
    if kind == "function_call":
        return cast("Json", {**members, "parsed_arguments": None})
    if kind != "message":
        return item
    parts = [
        {**part, "parsed": None} if attribute(part, "type") == "output_text" else part
        for part in members.get("content") or []
    ]
    return cast("Json", {**members, "content": parts})


_HANDLERS: dict[str, Callable[[Client, int, Event], Rope | None]] = {
    "response.created": Client._lifecycle,
    "response.queued": Client._lifecycle,
    "response.in_progress": Client._lifecycle,
    "response.failed": Client._ended,
    "response.incomplete": Client._ended,
    "response.completed": Client._complete,
    "response.output_item.added": Client._item_added,
    "response.output_item.done": Client._item_done,
    "response.content_part.added": Client._part_added,
    "response.output_text.delta": Client._text_delta,
    "response.output_text.done": Client._text_done,
    "response.function_call_arguments.delta": Client._arguments_delta,
}
