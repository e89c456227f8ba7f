"""What is wrong with a value, in words: what was expected, and what was found. Knows JSON Schema's
keywords; no document and no event.

Recorded values are quoted only where a list of words was expected, and cut: a finding must not carry a
secret or a page of text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from playhead.asyncapi.keywords import NOTE

_PLAIN = re.compile("[A-Za-z_][A-Za-z0-9_]*")
_CUT = 60
_LISTED = 8
_SHOWN = 24


def sentence(error: Any) -> str:
    """`$.delta.text: expected string, found number`, of a `jsonschema.ValidationError`."""
    say = _WORDS.get(error.validator)
    what = say(error) if say else _otherwise(error)
    return f"{cut(json_path(error.absolute_path), 200)}: {what}"


def json_path(parts: Iterable[str | int]) -> str:
    """A normalized path (RFC 9535 §2.7), names that need no quotes without them: `$.delta['a b'][0]`."""
    return "$" + "".join(map(_segment, parts))


def _segment(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if _PLAIN.fullmatch(part):
        return f".{part}"
    escaped = part.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def cut(text: str, width: int = _CUT) -> str:
    """`text`, shortened with an ellipsis."""
    return text if len(text) <= width else text[: width - 1] + "…"


def type_name(value: object) -> str:
    """JSON's name for the type of a value."""
    for type_, name in _TYPES:
        if isinstance(value, type_):
            return name
    return "null"


_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def _type(error: Any) -> str:
    types = error.validator_value
    expected = " or ".join(types) if isinstance(types, list) else types
    return f"expected {expected}, found {type_name(error.instance)}"


def _required(error: Any) -> str:
    # The library makes an error for each; its message begins with the member's name, quoted.
    missing = str(error.message).removesuffix(" is a required property")
    return f"{cut(missing)} is missing"


def _enum(error: Any) -> str:
    return f"expected one of {_listed(error.validator_value)}, found {_quoted(error.instance)}"


def _const(error: Any) -> str:
    return f"expected {_listed([error.validator_value])}, found {_quoted(error.instance)}"


def _note(error: Any) -> str:
    return f"{_quoted(error.instance)} is not among the values that the document knows"


def _additional(error: Any) -> str:
    schema = error.schema if isinstance(error.schema, dict) else {}
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    extra = [
        key
        for key in error.instance
        if key not in known and not any(re.search(pattern, key) for pattern in patterns)
    ]
    return f"has members that are not allowed, such as {cut(repr(extra[0]))}" if extra else _otherwise(error)


def _otherwise(error: Any) -> str:
    """A limit such as `minimum` names itself; our own keywords bring their words."""
    if error.validator in ("oneOf", "anyOf", "not", "contains"):
        return str(error.message)
    if error.validator is None:
        return "nothing is allowed here"
    return f"breaks {error.validator}: {cut(repr(error.validator_value))}"


def _quoted(value: object) -> str:
    """A word as it was found; of anything else only the type."""
    return repr(cut(value, _SHOWN)) if isinstance(value, str) else type_name(value)


def _listed(values: Any) -> str:
    words = [cut(repr(value), 40) for value in values[:_LISTED]]
    return ", ".join(words) + (f" and {len(values) - _LISTED} more" if len(values) > _LISTED else "")


_WORDS: dict[str, Callable[[Any], str]] = {
    "type": _type,
    "required": _required,
    "enum": _enum,
    "const": _const,
    "additionalProperties": _additional,
    NOTE: _note,
}
