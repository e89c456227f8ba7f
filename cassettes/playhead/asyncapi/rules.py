"""What validation against a document can find: ids that stay for ever, and how serious each is.

What contradicts the document is an error; what the document does not know is a warning, because streams
grow new events and values, and clients pass over them.
"""

from __future__ import annotations

import enum

from playhead.findings import Severity


class Breach(enum.StrEnum):
    """The ids."""

    INVALID_MESSAGE = "asyncapi-invalid-message"
    NOT_JSON = "asyncapi-not-json"
    UNKNOWN_MESSAGE = "asyncapi-unknown-message"
    UNKNOWN_VALUE = "asyncapi-unknown-value"
    UNKNOWN_CHANNEL = "asyncapi-unknown-channel"
    UNCHECKED_MESSAGE = "asyncapi-unchecked-message"


SEVERITY: dict[Breach, Severity] = {
    Breach.INVALID_MESSAGE: Severity.ERROR,
    Breach.NOT_JSON: Severity.ERROR,
    Breach.UNKNOWN_MESSAGE: Severity.WARNING,
    Breach.UNKNOWN_VALUE: Severity.WARNING,
    Breach.UNKNOWN_CHANNEL: Severity.WARNING,
    Breach.UNCHECKED_MESSAGE: Severity.WARNING,
}

EXPLANATION: dict[Breach, str] = {
    Breach.INVALID_MESSAGE: (
        "The event is known by its name, or by what it holds, but its payload breaks the schema: a member is"
        " missing, or has another type or value. Either the stream is wrong, or the document is behind it."
    ),
    Breach.NOT_JSON: (
        "The content type of the message promises JSON, and the event's data is none. A client that parses"
        " it fails here."
    ),
    Breach.UNKNOWN_MESSAGE: (
        "The event is none of the messages that the channel has. Clients pass over events that they do not"
        " know. Add it to the document, or find out where it comes from."
    ),
    Breach.UNKNOWN_VALUE: (
        "The document lists the values it knows by `x-extensible-enum`, and allows others: a new kind of"
        " block, a new stop reason. Code that tells them apart should be ready for it."
    ),
    Breach.UNKNOWN_CHANNEL: (
        "The document has several channels, and no address among them fits the URL. The events were tried"
        " against the messages of all of them. Name the channel with --channel."
    ),
    Breach.UNCHECKED_MESSAGE: (
        "The payload's `schemaFormat` is neither AsyncAPI's own nor JSON Schema draft 7, or it is nested too"
        " deeply: its name was checked, nothing else."
    ),
}
