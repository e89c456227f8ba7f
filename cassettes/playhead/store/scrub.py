"""A line without secrets in anything but its body's bytes: notes, reasons, facts, members that nobody knows.

Knows lines as text and which members hold a body's bytes; those are redacted with the whole body.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from playhead.format import codec, records
from playhead.redaction.body import find_in_strings
from playhead.redaction.fields import Trie
from playhead.redaction.patches import patches_for
from playhead.redaction.policy import Policy
from playhead.redaction.secret import Data, Secret, secret_of
from playhead.redaction.texts import find_in_text
from playhead.redaction.tokens import Value, values

_BODIES: Final = frozenset({"request", "request_chunk", "chunk"})
_PARTS: Final = ("head", "text", "tail")
_TEXTS: Final = frozenset((*_PARTS, "base64"))
_NO_FIELDS: Final = Trie()
_KNOWN: Final = frozenset(name for name in records.Columns.__struct_fields__) | {"type"}


class Scrubber:
    """By one policy, with one key."""

    def __init__(self, policy: Policy, key: bytes) -> None:
        self._policy = policy
        self._built_in = policy.without_shapes()
        self._key = key

    def __call__(self, line: bytes, type_: str) -> tuple[bytes, list[str]]:
        """The line of a record of that type, and the rule of each secret that it held."""
        if self._policy.off:
            return line, []
        text = line.decode("latin-1")
        found: list[Secret] = []
        bodies = _data(text) if type_ in _BODIES else []
        for start, end in _outside(text, bodies):
            for span in find_in_text(text[start:end], self._built_in):
                piece = (start + span.start, start + span.end)
                found.append(secret_of(text[start:end], span, (piece,)))
        if self._policy.shapes:
            strings = [
                each
                for each in values(text, _NO_FIELDS)
                if each.is_string and _is_prose(each, type_) and (each.start, each.end) not in bodies
            ]
            find_in_strings(Data(text, 0), strings, self._policy, found)
        if not found:
            return line, []
        patches = patches_for(found, self._key)
        return patches.apply(line, 0), [patch.rule for patch in patches]

    def holds_data_alone(self, line: bytes, record: records.Chunk) -> bool:
        """Whether a line is what we write of its record: then it holds a body's bytes and no other text."""
        if self._policy.off:
            return True
        if record.base64 is not None and (record.text, record.head, record.tail) != (None, None, None):
            return False  # what is not read is no body's
        return codec.encode(record) == line


def _outside(text: str, bodies: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What of a line is no body's bytes."""
    start = 0
    for first, last in bodies:
        yield start, first
        start = last
    yield start, len(text)


def _data(text: str) -> list[tuple[int, int]]:
    """Where a body's bytes stand: the members that `codec.data_of` reads, of each the last of its name."""
    places: dict[str, tuple[int, int]] = {}
    for value in values(text, _NO_FIELDS):
        if _is_member(value) and value.name in _TEXTS:
            places.pop(value.name, None)
            if value.is_string:
                places[value.name] = (value.start, value.end)
    if "text" in places and len(places.keys() - {"base64"}) == 1:
        return [places["text"]]
    if "base64" in places:
        return [places["base64"]]
    return sorted(places.values()) if "text" in places else []


def _is_member(value: Value) -> bool:
    """Whether it stands in the record itself."""
    outer = value.container.parent
    return outer is not None and outer.parent is None and not value.container.is_list


def _is_prose(value: Value, type_: str) -> bool:
    """Whether people or programs wrote it: a text, a detail, a fact, a member that nobody knows."""
    if "facts" in value.container.path:
        return True
    if not _is_member(value):
        return value.container.path[:1] != ("headers",)
    if value.name == "detail":
        return type_ != "redaction"  # the id of a rule, which a shape may have
    return value.name in _TEXTS or value.name not in _KNOWN
