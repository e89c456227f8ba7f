"""Places in a JSON value, told as JSONPath: `$.metadata.user_id`, `$.messages[*].id`, `$..cache_control`.

The part of RFC 9535 that names places: members, indexes, wildcards, descendants. Slices and filters choose by
what is there, and are refused. Knows JSON values; nothing of requests.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from playhead.errors import UsageError
from playhead.sanitise import sanitise

_STEP: Final = re.compile(
    r"""
    (?P<deep>\.\.)?
    (?: \.?(?P<name>[^\W\d][\w-]*) | \.?(?P<every>\*)
      | \[\s*(?: (?P<all>\*) | (?P<index>-?\d{1,9})
              | '(?P<single>(?:[^'\\]|\\.)*)' | "(?P<double>(?:[^"\\]|\\.)*)" )\s*\] )
    """,
    re.VERBOSE,
)
_NAME: Final = re.compile(r"[^\W\d][\w-]*")
_ESCAPED: Final = re.compile(r"\\(?:u(?P<code>[0-9A-Fa-f]{4})|(?P<sign>.))")
_SHORT: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}
_ESCAPES: Final = {"\\": "\\\\", "'": "\\'"} | {sign: f"\\{letter}" for letter, sign in _SHORT.items()}
_HINT: Final = (
    "What is understood: $.name, $['any name'], $.list[0], $.list[-1], $.list[*], $.object.*, $..name."
)


class Every(enum.Enum):
    """Each member, or each item."""

    EVERY = "*"


@dataclass(frozen=True, slots=True)
class Step:
    """A member's name, an item's index or all; `deep`: here, and at any depth below."""

    key: str | int | Every
    deep: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A place, or several."""

    text: str
    steps: tuple[Step, ...]


Json: TypeAlias = Any


def parse(text: str) -> Path:
    """Raises `UsageError` for anything that is no such path."""
    if not text.startswith("$"):
        raise UsageError(f"{text!r} is no JSONPath: it does not begin with $", hint=_HINT)
    steps: list[Step] = []
    at = 1
    while at < len(text):
        match = _STEP.match(text, at)
        # `$name` lacks its point, and behind `..` another point is too many.
        if match is None or not (match["deep"] or text[at] in ".[") or text.startswith("...", at):
            raise UsageError(f"{text!r} is no JSONPath that is understood: {text[at:]!r}", hint=_HINT)
        steps.append(Step(_key(match), match["deep"] is not None))
        at = match.end()
    if not steps:
        raise UsageError("the JSONPath $ is the whole body", hint="Leave `body` out of match_on instead.")
    return Path(text, tuple(steps))


def member(path: str, name: str) -> str:
    """The path of a member, which `parse` understands and any terminal can show (RFC 9535, 2.7)."""
    if _NAME.fullmatch(name) and sanitise(name) == name:
        return f"{path}.{name}"
    return f"{path}['{''.join(map(_escaped, name))}']"


def _escaped(sign: str) -> str:
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    if sanitise(sign) == sign:
        return sign
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    found = _ESCAPED.sub(_meant, text)
    # Two escapes of a pair are one character.
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _meant(match: re.Match[str]) -> str:
    if match["code"]:
        return chr(int(match["code"], 16))
    return _SHORT.get(match["sign"], match["sign"])


def remove(value: Json, path: Path) -> Json:
    """`value`, which is changed, without the places of `path`."""
    _remove(value, path.steps)
    return value


def _key(match: re.Match[str]) -> str | int | Every:
    if match["every"] or match["all"]:
        return Every.EVERY
    if match["index"] is not None:
        return int(match["index"])
    for group in ("single", "double"):
        if match[group] is not None:
            return _unescaped(match[group])
    return match["name"]


def _remove(value: Json, steps: tuple[Step, ...]) -> None:
    step, rest = steps[0], steps[1:]
    if step.deep:
        # What is below goes first: a place may lie in another.
        for part in _parts(value):
            _remove(part, steps)
    keys = _keys(value, step.key)
    if rest:
        for key in keys:
            _remove(value[key], rest)
    else:
        for key in sorted(keys, reverse=True) if isinstance(value, list) else keys:
            del value[key]


def _parts(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _keys(value: Json, key: str | int | Every) -> list[Any]:
    """The names or indexes in `value` that the key stands for."""
    if isinstance(value, dict):
        if key is Every.EVERY:
            return list(value)
        return [key] if isinstance(key, str) and key in value else []
    if isinstance(value, list):
        if key is Every.EVERY:
            return list(range(len(value)))
        return [key % len(value)] if isinstance(key, int) and -len(value) <= key < len(value) else []
    return []
