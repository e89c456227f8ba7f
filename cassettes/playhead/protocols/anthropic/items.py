"""What the snapshot holds, read as Python reads the SDK's objects: members and places that may not be there.

Knows models and Python's complaints; knows no event.
"""

from __future__ import annotations

from dataclasses import dataclass

from playhead.protocols.anthropic.construct import Made
from playhead.protocols.anthropic.texts import Text
from playhead.protocols.ledger import Fields, Json, value_at

LAST = 2**62
"""Later than any frame."""


class Raised(Exception):
    """What the SDK raises here: the class's name, and its message."""

    def __init__(self, exception: str, text: str) -> None:
        super().__init__(text)
        self.exception = exception


@dataclass(slots=True)
class Item:
    """One entry of `content`. `text` is the text that deltas add to, where it is a string."""

    shape: str
    fields: Fields
    text: Text | None = None


def get(value: Item | Json, name: str) -> Json:
    """`value.name`, of a model's members."""
    if isinstance(value, Item):
        return value_at(value.fields.latest(name), LAST)
    return model(value, name).get(name)


def model(value: Json, name: str) -> Made:
    if not isinstance(value, Made):
        raise no_attribute(value, name)
    return value


def indexed(value: Json, index: Json) -> Json:
    """`value[index]` where the content is no list."""
    try:
        return value[index]  # type: ignore[index]
    except (TypeError, IndexError, KeyError) as error:
        raise Raised(type(error).__name__, str(error)) from None


def no_attribute(value: object, name: str) -> Raised:
    return Raised("AttributeError", f"'{type_name(value)}' object has no attribute '{name}'")


def type_name(value: object) -> str:
    return type(value).__name__
