"""What validation against a document can find: ids that stay for ever, how serious each is, what it means.

What contradicts the document is an error; what the document does not know is a warning, because streams
grow new events and values, and clients pass over them. Knows words only.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from playhead.findings import Severity


class Breach(enum.StrEnum):
    """The ids."""

    INVALID_MESSAGE = "asyncapi-invalid-message"
    NOT_JSON = "asyncapi-not-json"
    UNKNOWN_MESSAGE = "asyncapi-unknown-message"
    UNKNOWN_VALUE = "asyncapi-unknown-value"
    UNKNOWN_CHANNEL = "asyncapi-unknown-channel"
    UNCHECKED_MESSAGE = "asyncapi-unchecked-message"


class About(NamedTuple):
    """What there is to say of a breach."""

    severity: Severity
    title: str
    explanation: str
    source: str


ABOUT: dict[Breach, About] = {
    Breach.INVALID_MESSAGE: About(
        Severity.ERROR,
        "A payload breaks the schema of its message",
        "The event is known by its name, or by what it holds, but a member is missing, has another type or"
        " another value than the document says. Either the stream is wrong, or the document is behind it.",
        "AsyncAPI 2.6.0 and 3.0.0, Message Object, `payload`; JSON Schema draft 7",
    ),
    Breach.NOT_JSON: About(
        Severity.ERROR,
        "An event's data is no JSON",
        "The content type of the message promises JSON. A client that parses the data fails here.",
        "AsyncAPI 2.6.0 and 3.0.0, Message Object, `contentType`",
    ),
    Breach.UNKNOWN_MESSAGE: About(
        Severity.WARNING,
        "An event is none of the channel's messages",
        "Clients pass over events that they do not know. Add the message to the document, or find out where"
        " the event comes from.",
        "AsyncAPI 2.6.0, Operation Object, `message`; 3.0.0, Channel Object, `messages`",
    ),
    Breach.UNKNOWN_VALUE: About(
        Severity.WARNING,
        "A value came after the document",
        "The document lists the values it knows by `x-extensible-enum`, and allows others: a new kind of"
        " block, a new stop reason. Code that tells them apart should be ready for it.",
        "`x-extensible-enum`, a common extension of API descriptions",
    ),
    Breach.UNKNOWN_CHANNEL: About(
        Severity.WARNING,
        "No channel has an address that fits the URL",
        "The document has several channels, none of which the request went to. The events were tried"
        " against the messages of all of them. Name the channel with --channel.",
        "AsyncAPI 2.6.0, Channels Object; 3.0.0, Channel Object, `address`",
    ),
    Breach.UNCHECKED_MESSAGE: About(
        Severity.WARNING,
        "A payload cannot be checked",
        "Its `schemaFormat` is none of AsyncAPI's own and JSON Schema draft 7, or it is nested too deeply."
        " Its name was checked, nothing else.",
        "AsyncAPI 2.6.0, Message Object, `schemaFormat`; 3.0.0, Multi Format Schema Object",
    ),
}
