"""The schema of a payload made to stand for itself: references written out, where they can be.

Knows where JSON Schema (draft 7, which AsyncAPI's own schemas extend) has schemas within schemas. A schema
that holds itself is kept once in `definitions`. What only names or describes is left away: `$id` above
all, because AsyncAPI's references count from the document.
"""

from __future__ import annotations

import re

from playhead.asyncapi.model import Schema, Unsupported
from playhead.asyncapi.pointers import Place, Root
from playhead.protocols.ledger import Json

_ONE = frozenset(
    ("additionalItems", "additionalProperties", "contains", "propertyNames", "if", "then", "else", "not")
)
_LIST = frozenset(("allOf", "anyOf", "oneOf"))
_MAP = frozenset(("properties", "patternProperties"))
_LEFT_OUT = frozenset(
    ("$id", "id", "$schema", "$comment", "$anchor", "definitions", "$defs", "discriminator", "readOnly")
) | frozenset(
    ("description", "title", "default", "examples", "example", "externalDocs", "deprecated", "writeOnly")
)
_SUPPORTED = re.compile(
    r"application/vnd\.aai\.asyncapi(\+json|\+yaml)?(;version=[23]\.\d+\.\d+)?"
    r"|application/schema(\+json|\+yaml)(;version=draft-0?7)?"
)


class Foreign(Exception):
    """A schema in a language that is not JSON Schema. Never leaves this package."""

    def __init__(self, format_: str) -> None:
        super().__init__(format_)
        self.format = format_


class Bundler:
    """Makes schemas stand for themselves; what several share is made once."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._made: dict[str, Json] = {}
        self._open: list[str] = []
        self._definitions: dict[str, Json] = {}
        self.notes: list[str] = []
        """What was left unchecked, a sentence each."""
        self.sources: dict[str, Place] = {}
        """Every schema that was referred to, as the document has it, and the payloads themselves."""

    def payload(self, place: Place, format_: str | None) -> Schema | Unsupported | None:
        """The schema at `place`, in the language `format_` where the document names one."""
        if not place.is_there:
            return None
        if format_ is not None and not is_supported(format_):
            return Unsupported(format_)
        try:
            made = self._referred(place)
        except Foreign as foreign:
            return Unsupported(foreign.format)
        if isinstance(made, dict) and self._definitions:
            made = {**made, "definitions": self._definitions}
        return Schema(made)

    def _referred(self, place: Place) -> Json:
        """The schema that stands at `place`, in the end, by its pointer."""
        place = self._unwrapped(place)
        name = place.pointer
        if name in self._made:
            return self._made[name]
        if name in self._open:
            self._definitions.setdefault(name, True)
            return {"$ref": "#/definitions/" + _escaped(name)}
        self.sources[name] = place
        self._open.append(name)
        try:
            made = self._schema(place)
        finally:
            self._open.pop()
        if name in self._definitions:
            self._definitions[name] = made
        self._made[name] = made
        return made

    def _unwrapped(self, place: Place) -> Place:
        """Behind references and behind `{schemaFormat, schema}`, which AsyncAPI 3 has."""
        place = self._root.follow(place)
        while isinstance(place.value, dict) and "schema" in place.value:
            format_ = place.value.get("schemaFormat")
            if not isinstance(format_, str):
                break
            if not is_supported(format_):
                raise Foreign(format_)
            place = self._root.follow(place / "schema")
        return place

    def _schema(self, place: Place) -> Json:
        value = place.value
        if isinstance(value, bool):
            return value
        if not isinstance(value, dict):
            raise self._root.wrong(place, "a schema is an object, true or false")
        return {
            key: self._keyword(key, inner)
            for key, inner in place.members.items()
            if self._is_kept(key, inner)
        }

    def _keyword(self, key: str, place: Place) -> Json:
        if key in _ONE:
            return self._inner(place)
        if key in _LIST:
            return [self._inner(item) for item in place.items]
        if key in _MAP:
            return {name: self._inner(item) for name, item in place.members.items()}
        if key == "items":
            return [self._inner(item) for item in place.items] if place.items else self._inner(place)
        if key == "dependencies":
            return {
                name: item.value if isinstance(item.value, list) else self._inner(item)
                for name, item in place.members.items()
            }
        return place.value

    def _inner(self, place: Place) -> Json:
        if isinstance(place.value, dict) and isinstance(place.value.get("$ref"), str):
            return self._referred(place)
        unwrapped = self._unwrapped(place)
        return self._schema(place) if unwrapped is place else self._referred(unwrapped)

    def _is_kept(self, key: str, place: Place) -> bool:
        if key in _LEFT_OUT:
            return False
        if key == "items":
            return place.value != []
        if key == "pattern":
            return self._can_match(place, place.text)
        if key == "patternProperties":
            return all(self._can_match(item, name) for name, item in place.members.items())
        return True

    def _can_match(self, place: Place, pattern: str | None) -> bool:
        """Python's regular expressions are not quite those of JavaScript, which JSON Schema asks for."""
        try:
            re.compile(pattern or "")
        except (re.error, OverflowError):
            self.notes.append(f"{place.pointer}: a pattern that Python cannot read is not checked")
            return False
        return True


def is_supported(format_: str) -> bool:
    """Whether a `schemaFormat` is AsyncAPI's own schema, or JSON Schema draft 7."""
    return _SUPPORTED.fullmatch(format_.replace(" ", "").lower()) is not None


def _escaped(name: str) -> str:
    """A key as a URI fragment's JSON Pointer has it."""
    return name.replace("%", "%25").replace("~", "~0").replace("/", "~1").replace("#", "%23")
