"""References within a document: JSON Pointers in URI fragments (RFC 6901 §6), and where one stands.

Knows trees of JSON values and `$ref`; no AsyncAPI. A reference to anything outside is refused: a document
must not make Playhead read files or ask servers.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from playhead.errors import InputError
from playhead.protocols.ledger import Json

_MAX_HOPS = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A value and the pointer that leads to it: `#/channels/~1messages`."""

    value: Json
    pointer: str

    def __truediv__(self, key: str | int) -> Place:
        """The member of an object or the item of a list; its value is `None` where there is none."""
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        return Place(_step(self.value, key), f"{self.pointer}/{escaped}")

    @property
    def members(self) -> dict[str, Place]:
        """The members of an object, none of anything else."""
        return {key: self / key for key in self.value} if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Place]:
        """The items of a list, none of anything else."""
        return [self / number for number in range(len(self.value))] if isinstance(self.value, list) else []

    @property
    def text(self) -> str | None:
        """The value where it is text."""
        return self.value if isinstance(self.value, str) else None

    @property
    def is_there(self) -> bool:
        return self.value is not None


def _step(value: Json, key: str | int) -> Json:
    if isinstance(value, dict):
        return value.get(str(key))
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return value[key]
    return None


class Root:
    """A document, and what `$ref` means in it. `name` is what messages call it."""

    def __init__(self, value: Json, name: str) -> None:
        self.place: Place = Place(value, "#")
        self.name = name

    def wrong(self, place: Place, what: str, hint: str | None = None) -> InputError:
        """An error that says where."""
        return InputError(f"{self.name}, {place.pointer}: {what}", hint=hint)

    def follow(self, place: Place) -> Place:
        """`place`, or what it refers to in the end."""
        for _ in range(_MAX_HOPS):
            reference = place.value.get("$ref") if isinstance(place.value, dict) else None
            if not isinstance(reference, str):
                return place
            place = self.find(reference, place)
        raise self.wrong(place, "its $ref leads round in a circle")

    def find(self, reference: str, at: Place) -> Place:
        """What `reference`, which stands at `at`, points to."""
        if not reference.startswith("#"):
            raise self.wrong(
                at,
                f"$ref {reference!r} leads out of the document",
                hint="Make one document of it first, with a bundler such as that of the AsyncAPI CLI.",
            )
        if reference not in ("#", "#/") and not reference.startswith("#/"):
            raise self.wrong(at, f"$ref {reference!r} is no JSON Pointer")
        found = self.place
        for part in unquote(reference).split("/")[1:]:
            found = self._enter(found, part.replace("~1", "/").replace("~0", "~"), reference, at)
        return found

    def _enter(self, found: Place, key: str, reference: str, at: Place) -> Place:
        target = self.follow(found)
        if isinstance(target.value, dict) and key in target.value:
            return target / key
        if isinstance(target.value, list) and key.isdecimal() and int(key) < len(target.value):
            return target / int(key)
        raise self.wrong(at, f"$ref {reference!r} leads nowhere: {target.pointer} has no {key!r}")
