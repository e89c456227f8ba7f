"""What validation against a document can find: ids that stay for ever, and how serious each is.

What contradicts the document is an error; what the document does not know is a warning, because streams
grow new events and values, and clients pass over them.
"""

from __future__ import annotations

import enum

from playhead.findings import Severity


class Rule(enum.StrEnum):
    """The ids."""

    INVALID_MESSAGE = "asyncapi-invalid-message"
    NOT_JSON = "asyncapi-not-json"
    UNKNOWN_MESSAGE = "asyncapi-unknown-message"
    UNKNOWN_VALUE = "asyncapi-unknown-value"
    UNKNOWN_CHANNEL = "asyncapi-unknown-channel"
    UNCHECKED_MESSAGE = "asyncapi-unchecked-message"


SEVERITY: dict[Rule, Severity] = {
    Rule.INVALID_MESSAGE: Severity.ERROR,
    Rule.NOT_JSON: Severity.ERROR,
    Rule.UNKNOWN_MESSAGE: Severity.WARNING,
    Rule.UNKNOWN_VALUE: Severity.WARNING,
    Rule.UNKNOWN_CHANNEL: Severity.WARNING,
    Rule.UNCHECKED_MESSAGE: Severity.WARNING,
}

EXPLANATION: dict[Rule, str] = {
    Rule.INVALID_MESSAGE: "An event's payload breaks the schema of its message.",
    Rule.NOT_JSON: "An event's data is no JSON, though its message's content type says so.",
    Rule.UNKNOWN_MESSAGE: "An event is none of the messages that the channel has.",
    Rule.UNKNOWN_VALUE: "A value is not among those that `x-extensible-enum` lists: allowed, and new.",
    Rule.UNKNOWN_CHANNEL: "No channel's address fits the URL; the events were tried against all messages.",
    Rule.UNCHECKED_MESSAGE: "A message's payload is described in a language that Playhead cannot check.",
}
