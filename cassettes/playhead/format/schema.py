"""The JSON Schema of a line, generated from the record types.

`cassettes/schema.json` is its output; a test holds the two equal. Made anew with
`python -m playhead.format.schema > cassettes/schema.json`. Open, as the format is: unknown fields are
allowed, and so are unknown types.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from playhead.format.codec import TYPES

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DATA = ("request_chunk", "chunk")


def schema() -> dict[str, Any]:
    """The schema of one line, as JSON values."""
    _, components = msgspec.json.schema_components(TYPES.values(), ref_template="#/$defs/{name}")
    named = {type_.__name__: name for name, type_ in TYPES.items()}
    return {
        "$schema": _DIALECT,
        "title": "A line of a Playhead cassette, version 1",
        "description": "Generated from the record types; see FORMAT.md for what they mean.",
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string"}},
        "allOf": list(_cases(sorted(named.values()))),
        "$defs": {named[name]: _record(named[name], found) for name, found in sorted(components.items())},
    }


def _cases(names: list[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        yield {
            "if": {"properties": {"type": {"const": name}}},
            "then": {"$ref": f"#/$defs/{name}"},
        }


def _record(name: str, found: dict[str, Any]) -> dict[str, Any]:
    """A record's schema without what Python adds: titles, and defaults, which the format does not have."""
    properties = {
        field: _without_defaults(value) for field, value in found["properties"].items() if field != "type"
    }
    record: dict[str, Any] = {
        "type": "object",
        "properties": {"type": {"const": name}, **properties},
        "required": [*(field for field in found["required"] if field != "type"), "type"][::-1],
    }
    if name in _DATA:
        record["anyOf"] = [{"required": ["text"]}, {"required": ["base64"]}]
    return record


def _without_defaults(value: dict[str, Any]) -> dict[str, Any]:
    """A field is absent where it has nothing to say; `null` is not written, though it is read."""
    return {key: inner for key, inner in value.items() if key != "default"}


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))
