"""A document as validation needs it: channels, their messages, the schema of each payload.

Knows values; neither AsyncAPI's versions nor how a schema is checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from playhead.protocols.ledger import Json


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of a payload, standing for itself: its references lead to its own `definitions`."""

    value: Json


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A payload in a language that Playhead cannot check: the `schemaFormat`."""

    format: str


@dataclass(frozen=True, eq=False)
class Message:
    """One kind of event. It is chosen by the name of the event."""

    key: str
    """What the document calls it: its `messageId`, or the last word of its place."""
    name: str | None
    """The name of the events: the message's `name`, else its key; `None`: those that no other message has."""
    is_named: bool
    """Whether it has a `name` of its own."""
    is_json: bool | None
    """Whether its content type is JSON; `None` where the document does not say."""
    content_type: str | None
    payload: Schema | Unsupported | None
    """`None`: anything goes."""


@dataclass(frozen=True, eq=False)
class Channel:
    """What comes over one address."""

    key: str
    address: str | None
    """The path as the document has it; `None` where it is not known beforehand."""
    exact: tuple[re.Pattern[str], ...]
    """The whole path of a URL: that of each server, then the address."""
    ending: re.Pattern[str] | None
    """A path that ends so, as gateways put something else before it."""
    messages: tuple[Message, ...]
    needs_names: bool = False
    """Whether clients pass over events without a name (`x-sse-event-names: required`)."""


@dataclass(frozen=True, eq=False)
class Document:
    """An AsyncAPI document, 2.x or 3.x. Made by `playhead.asyncapi.load`."""

    name: str
    """What messages call it: the path as given."""
    version: str
    title: str
    channels: tuple[Channel, ...]
