"""A document's tree into channels and messages: AsyncAPI 2.x and 3.x.

Knows the members of both generations of the specification (spec.asyncapi.com, v2.6.0 and v3.0.0). Knows
nothing of events. Raises `InputError` with a pointer where a document is not what it should be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from playhead.asyncapi import paths
from playhead.asyncapi.model import Channel, Document, Message
from playhead.asyncapi.pointers import Place, Root
from playhead.asyncapi.schemas import Bundler
from playhead.protocols.ledger import Json

_VERSION = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)([-+].*)?")
_JSON_TYPE = re.compile(r"[^/;]+/([^;]*\+)?json\s*(;.*)?", re.IGNORECASE)


class Builder:
    """Builds the channels of one document. `bundler` has the schemas that were met on the way."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self.bundler: Bundler = Bundler(root)
        self._version = self._read_version()
        self._is_3 = self._version.startswith("3.")

    def document(self) -> Document:
        root = self._root
        channels = root.place / "channels"
        if not isinstance(channels.value, dict) and not (self._is_3 and channels.value is None):
            raise root.wrong(channels, "a document has an object here, with a member for each channel")
        title = (root.place / "info" / "title").text
        made = tuple(self._channel(key, root.follow(place)) for key, place in channels.members.items())
        return Document(root.name, self._version, title or root.name, made)

    def _read_version(self) -> str:
        value = self._root.place.value
        version = value.get("asyncapi") if isinstance(value, dict) else None
        if version is None:
            raise self._root.wrong(self._root.place, "no AsyncAPI document: it has no member `asyncapi`")
        match = _VERSION.fullmatch(version) if isinstance(version, str) else None
        if match is None or match[1] not in ("2", "3"):
            raise self._root.wrong(
                self._root.place / "asyncapi",
                f"AsyncAPI version {str(version)[:40]} cannot be read",
                hint="Playhead reads 2.x and 3.x.",
            )
        return str(version)

    def _channel(self, key: str, place: Place) -> Channel:
        if not isinstance(place.value, dict):
            raise self._root.wrong(place, "a channel is an object")
        if self._is_3:
            address = (place / "address").text
            found = self._messages_3(place)
        else:
            address = key
            found = self._messages_2(place)
        exact, ending = paths.patterns(address, self._prefixes())
        messages = {message.pointer: self._message(name, message) for name, message in found}
        needs_names = (place / "x-sse-event-names").text == "required"
        return Channel(key, address, exact, ending, tuple(messages.values()), needs_names)

    def _prefixes(self) -> Iterator[str]:
        """The paths of the servers."""
        for server in (self._root.place / "servers").members.values():
            server = self._root.follow(server)
            if self._is_3:
                yield (server / "pathname").text or ""
            else:
                url = (server / "url").text or ""
                yield urlsplit(url).path if "://" in url else "/" + url.partition("/")[2]

    def _messages_2(self, channel: Place) -> Iterator[tuple[str, Place]]:
        """What others may receive (`subscribe`), else what they may send: some documents have it so."""
        for operation in ("subscribe", "publish"):
            found = list(self._one_of(self._root.follow(channel / operation) / "message"))
            if found:
                yield from found
                return

    def _one_of(self, place: Place) -> Iterator[tuple[str, Place]]:
        if not place.is_there:
            return
        place = self._root.follow(place)
        if isinstance(place.value, dict) and "oneOf" in place.value:
            for item in (place / "oneOf").items:
                yield from self._one_of(item)
            return
        yield _last_word(place.pointer), place

    def _messages_3(self, channel: Place) -> Iterator[tuple[str, Place]]:
        """Those that the operations on this channel name; where none does, all of the channel."""
        own = {key: self._root.follow(place) for key, place in (channel / "messages").members.items()}
        keys = {place.pointer: key for key, place in own.items()}
        named: dict[str, tuple[str, Place]] = {}
        for place in self._operations(channel):
            listed = [self._root.follow(item) for item in (place / "messages").items]
            if (place / "messages").is_there:
                named |= {
                    item.pointer: (keys.get(item.pointer, _last_word(item.pointer)), item) for item in listed
                }
            else:
                named |= {item.pointer: (key, item) for key, item in own.items()}
        yield from named.values() or own.items()

    def _operations(self, channel: Place) -> Iterator[Place]:
        """The operations on a channel, and the replies that come over it."""
        for place in (self._root.place / "operations").members.values():
            operation = self._root.follow(place)
            here = self._leads_to(operation / "channel", channel)
            if here:
                yield operation
            reply = self._root.follow(operation / "reply")
            if (reply / "channel").is_there:
                here = self._leads_to(reply / "channel", channel)
            elif not (reply / "messages").is_there:
                continue
            if here:
                yield reply

    def _leads_to(self, reference: Place, channel: Place) -> bool:
        return reference.is_there and self._root.follow(reference).pointer == channel.pointer

    def _message(self, key: str, place: Place) -> Message:
        if not isinstance(place.value, dict):
            raise self._root.wrong(place, "a message is an object")
        facts = self._with_traits(place)
        content_type = _text(facts, "contentType") or (self._root.place / "defaultContentType").text
        payload = self.bundler.payload(
            place / "payload", None if self._is_3 else _text(facts, "schemaFormat")
        )
        id_ = _text(facts, "messageId") or (None if _is_nameless(place.pointer) else key)
        name = _text(facts, "name")
        return Message(
            key=id_ or name or "message",
            name=name or id_,
            is_named=name is not None,
            is_json=None if content_type is None else _JSON_TYPE.fullmatch(content_type.strip()) is not None,
            content_type=content_type,
            payload=payload,
        )

    def _with_traits(self, message: Place) -> Mapping[str, Json]:
        """The message's members, traits merged in: over them in 2.x, under them in 3.x."""
        own = message.value if isinstance(message.value, dict) else {}
        facts: dict[str, Json] = {} if self._is_3 else dict(own)
        for place in (message / "traits").items:
            trait = self._root.follow(place)
            if not isinstance(trait.value, dict):
                raise self._root.wrong(trait, "a trait is an object")
            facts |= trait.value
        return facts | own if self._is_3 else facts


def _text(facts: Mapping[str, Json], key: str) -> str | None:
    value = facts.get(key)
    return value if isinstance(value, str) else None


def _is_nameless(pointer: str) -> bool:
    """Whether a message stands where 2.x gives it no key: within its operation."""
    return pointer.endswith(("/subscribe/message", "/publish/message")) or "/message/oneOf/" in pointer


def _last_word(pointer: str) -> str:
    return pointer.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")
