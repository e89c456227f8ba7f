"""A chunk as google-genai's models read it and write it again: known members in camel case, nulls left away.

Total: a value that the SDK refuses is left away too, and the exception that it raises is named. Knows the
tables; knows no stream. Source: google-genai 3.3.0 `models.py` (`_GenerateContentResponse_from_mldev`,
`_from_vertex`) and `_common.py` (`_remove_extra_fields`, `_from_response`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

from playhead.protocols.gemini.tables import MODELS
from playhead.protocols.gemini.values import SCALARS, RefusedEnum
from playhead.protocols.lax import Refused
from playhead.protocols.ledger import Json

VALIDATION_ERROR = "pydantic.ValidationError"

_SNAKE = re.compile("[A-Z]")
# What the SDK takes over by name before it validates. The Gemini API's candidates are taken apart, and
# lose what is not listed; Vertex AI's are not.
_RESPONSE_GEMINI = (
    "sdkHttpResponse candidates modelVersion promptFeedback responseId usageMetadata modelStatus"
)
_RESPONSE_VERTEX = (
    "sdkHttpResponse candidates createTime modelVersion promptFeedback responseId usageMetadata"
)
_CANDIDATE_GEMINI = (
    "content citationMetadata tokenCount finishReason groundingMetadata avgLogprobs index logprobsResult "
    "safetyRatings urlContextMetadata continuationToken"
)


@dataclass
class Taken:
    """What the SDK makes of a chunk. `raises` is the class of the exception where it makes nothing of it."""

    chunk: dict[str, Json] = field(default_factory=dict)
    raises: str | None = None
    reasons: list[str] = field(default_factory=list)
    """What it refuses: a path and what it wants there."""

    def refuse(self, path: str, error: Refused) -> None:
        if self.raises is None or isinstance(error, RefusedEnum):
            self.raises = "AttributeError" if isinstance(error, RefusedEnum) else VALIDATION_ERROR
        self.reasons.append(f"{path} is not {error}")


def take(chunk: Json, *, vertex: bool) -> Taken:
    """`chunk` as the SDK's client for the Gemini API, or for Vertex AI, hands it on."""
    taken = Taken()
    try:
        response = _from_vertex(chunk) if vertex else _from_gemini(chunk)
    except TypeError as error:
        taken.raises = "TypeError"
        taken.reasons.append(str(error))
        return taken
    taken.chunk = _model("Response", response, "", taken)
    taken.chunk.pop("sdkHttpResponse", None)
    return taken


def _from_gemini(chunk: Json) -> dict[str, Json]:
    found = _members(chunk, _RESPONSE_GEMINI.split())
    if "candidates" in found:
        found["candidates"] = [_candidate(item) for item in _items(found["candidates"])]
    return found


def _from_vertex(chunk: Json) -> dict[str, Json]:
    found = _members(chunk, _RESPONSE_VERTEX.split())
    if "candidates" in found:
        found["candidates"] = list(_items(found["candidates"]))
    return found


def _candidate(item: Json) -> Json:
    found = _members(item, _CANDIDATE_GEMINI.split())
    if "citationMetadata" in found:
        sources = _members(found["citationMetadata"], ["citationSources"])
        citations = [list(_items(part)) for part in sources.values()]
        found["citationMetadata"] = {"citations": citations[0]} if citations else {}
    if "safetyRatings" in found:
        found["safetyRatings"] = list(_items(found["safetyRatings"]))
    return found


def _members(value: Json, names: Iterable[str]) -> dict[str, Json]:
    """The members of those names, but null. Asked of something else than an object it is as Python has it."""
    if isinstance(value, dict):
        return {name: value[name] for name in names if value.get(name) is not None}
    if not value:
        return {}
    if not isinstance(value, str | list) or any(name in value for name in names):
        raise TypeError(f"{_kind(value)} where an object should stand")
    return {}


def _items(value: Json) -> Iterable[Json]:
    if not isinstance(value, list | dict | str):
        raise TypeError(f"{_kind(value)} where a list should stand")
    return value


def _kind(value: Json) -> str:
    match value:
        case str():
            return "text"
        case list():
            return "a list"
        case bool():
            return "true or false"
    return "a number"


@cache
def _fields(model: str) -> dict[str, tuple[str, Callable[[Json, str, Taken], Json]]]:
    """By camel-case and by snake-case name: the camel-case name, and how the member is read."""
    fields = {}
    for entry in MODELS[model].split():
        name, _, type_ = entry.partition(":")
        reader = _many(_reader(type_[:-1])) if type_.endswith("*") else _reader(type_)
        fields[name] = fields[_SNAKE.sub(lambda letter: "_" + letter[0].lower(), name)] = (name, reader)
    return fields


def _reader(type_: str) -> Callable[[Json, str, Taken], Json]:
    if type_ in SCALARS:
        scalar = SCALARS[type_]
        return lambda value, _path, _taken: scalar(value)
    return lambda value, path, taken: _model(type_, value, path, taken)


def _many(reader: Callable[[Json, str, Taken], Json]) -> Callable[[Json, str, Taken], Json]:
    def read(value: Json, path: str, taken: Taken) -> Json:
        if not isinstance(value, list):
            raise Refused("a list")
        found: list[Json] = []
        for place, item in enumerate(value):
            try:
                found.append(reader(item, f"{path}[{place}]", taken))
            except Refused as error:
                taken.refuse(f"{path}[{place}]", error)
        return found

    return read


def _model(model: str, value: Json, path: str, taken: Taken) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise Refused("an object")
    fields = _fields(model)
    found: dict[str, Json] = {}
    seen: set[str] = set()
    for key, part in value.items():
        if key not in fields:
            continue
        name, reader = fields[key]
        here = f"{path}.{name}" if path else name
        if name in seen:
            taken.refuse(here, Refused("there once: it came in camel case and in snake case"))
        seen.add(name)
        if part is None:
            continue
        try:
            found[name] = reader(part, here, taken)
        except Refused as error:
            taken.refuse(here, error)
    return found
