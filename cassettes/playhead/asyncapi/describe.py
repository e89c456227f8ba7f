"""An AsyncAPI document of what was observed, 2.6.0 or 3.0.0. Knows how those are written; reads nothing."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from playhead.asyncapi.observe import SENTINEL, UNNAMED, Observed, Observer, Payloads
from playhead.asyncapi.shapes import Kind, Schema, Shape
from playhead.protocols.ledger import Json

TITLE = "Recorded event streams"
_ABOUT = (
    "Written by `playhead describe` from recorded streams: what occurred, not what may occur."
    " A message's name is that of the server-sent event; `message` stands for events without one."
)
_MOST_MESSAGES = 64


class Spec(enum.StrEnum):
    """Which specification a document follows."""

    V2_6 = "2.6"
    V3_0 = "3.0"


class _Message(NamedTuple):
    key: str
    value: Schema


def describe(observer: Observer, *, spec: Spec = Spec.V2_6, title: str = TITLE) -> Schema:
    """The document: a channel for each path, a message for each name of an event.

    Events without a name (type `message`) are told apart by their discriminator. `x-events` and
    `x-exchanges` count what the document was made of. Every event that was observed fits it.
    """
    keys = _Keys()
    messages = {
        address: [_Message(keys.make(key), value) for key, value in _messages(channel)]
        for address, channel in observer.channels.items()
    }
    write = _write_2 if spec is Spec.V2_6 else _write_3
    described = write(observer, messages)
    described["components"] = {"messages": {m.key: m.value for each in messages.values() for m in each}}
    return {
        "asyncapi": f"{spec.value}.0",
        "info": {
            "title": title,
            "version": "1.0.0",
            "description": _ABOUT,
            "x-exchanges": observer.exchanges,
        },
        "defaultContentType": "application/json",
        **described,
    }


def _messages(channel: Observed) -> Iterator[tuple[str, Schema]]:
    for event, payloads in channel.events.items():
        if payloads.is_text:
            yield event, _message(event, payloads.json + payloads.texts, _text(payloads), is_json=False)
            continue
        if payloads.json:
            yield from _json_messages(event, payloads)
        if payloads.texts:
            key = "done" if payloads.is_sentinel else f"{event}-text"
            yield key, _message(event, payloads.texts, _text(payloads), is_json=False)


def _json_messages(event: str, payloads: Payloads) -> Iterator[tuple[str, Schema]]:
    """One for the events of a name; of those without a name, one for each kind of payload."""
    if event != UNNAMED or len(payloads.counts) > _MOST_MESSAGES:
        yield event, _message(event, payloads.json, payloads.shape.schema())
        return
    for kind, count in payloads.counts.items():
        yield kind[1] if kind else event, _message(event, count, _of_kind(payloads.shape, kind))


def _of_kind(shape: Shape, kind: Kind) -> Schema:
    """The schema of the payloads of one kind; `None`: of those that have none."""
    own = {kind: shape.kinds[kind]} if kind in shape.kinds else {}
    if kind is not None:
        return Shape(kinds=own).schema()
    return Shape(scalars=shape.scalars, kinds=own, is_array=shape.is_array, items=shape.items).schema()


def _text(payloads: Payloads) -> Schema:
    if payloads.is_sentinel and not (payloads.is_text and payloads.json):
        return {"type": "string", "const": SENTINEL}
    return {"type": "string"}


def _message(event: str, count: int, payload: Schema, *, is_json: bool = True) -> Schema:
    return {
        "name": event,
        "contentType": "application/json" if is_json else "text/plain",
        "payload": payload,
        "x-events": count,
    }


class _Keys:
    """Makes keys as AsyncAPI allows them, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def make(self, text: str) -> str:
        wanted = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-") or "event"
        key, number = wanted, 1
        while key in self._taken:
            number += 1
            key = f"{wanted}-{number}"
        self._taken.add(key)
        return key


def _write_2(observer: Observer, messages: dict[str, list[_Message]]) -> Schema:
    channels: Schema = {}
    ids = _Keys()
    for address, channel in observer.channels.items():
        listed: list[Json] = []
        for message in messages[address]:
            message.value["messageId"] = message.key
            listed.append({"$ref": f"#/components/messages/{message.key}"})
        operation: Schema = {"operationId": ids.make("receive" + address)}
        if listed:
            operation["message"] = listed[0] if len(listed) == 1 else {"oneOf": listed}
        channels[address] = {
            "x-exchanges": channel.exchanges,
            **_parameters(channel.parameters, {"schema": {"type": "string"}}),
            "subscribe": operation,
        }
    return {"channels": channels}


def _write_3(observer: Observer, messages: dict[str, list[_Message]]) -> Schema:
    channels: Schema = {}
    operations: Schema = {}
    keys = _Keys()
    for address, channel in observer.channels.items():
        key = keys.make(address.strip("/") or "root")
        names = [message.key for message in messages[address]]
        channels[key] = {
            "address": address,
            "x-exchanges": channel.exchanges,
            **_parameters(channel.parameters, {}),
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        }
        operations[f"send-{key}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{key}"},
            "messages": [{"$ref": f"#/channels/{key}/messages/{name}"} for name in names],
        }
    return {"channels": channels, "operations": operations}


def _parameters(names: Iterable[str], value: Schema) -> Schema:
    described: Schema = {name: dict(value) for name in names}
    return {"parameters": described} if described else {}
