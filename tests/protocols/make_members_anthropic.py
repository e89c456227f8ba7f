"""Print the table of `playhead.protocols.anthropic.members` from the installed SDK, where that has changed.

Run it from the root: `python -m tests.protocols.make_members_anthropic`.
"""

from __future__ import annotations

import inspect
import re
import typing
from datetime import datetime
from types import UnionType

from anthropic._models import UnionDiscriminator
from anthropic.types import RawMessageStreamEvent
from anthropic.types.beta import BetaRawMessageStreamEvent
from anthropic.types.beta.parsed_beta_message import ParsedBetaMessage
from anthropic.types.parsed_message import ParsedMessage
from pydantic import BaseModel

# A tool's definition inside a compaction: a hundred models of requests, which are left to come as they are.
_OPAQUE = {("BetaToolChangeToolDefinition", "definition")}
_SCALARS = {str: "str", int: "int", bool: "bool", object: "any", datetime: "time", type(None): "null"}
# The same model under two names, in the two clients.
_RENAMED = {"CitationsSearchResult": "CitationSearchResult", "CitationsConfig": "CitationConfig"}
# Unions that several models ask for, named by their first member.
_ALIASES = {
    "CacheMissModelChanged": "CacheMiss",
    "CitationCharLocation": "Citation",
    "ClearToolUses20250919EditResponse": "Edit",
    "DirectCaller": "Caller",
    "MessageIterationUsage": "IterationUsage",
    "ParsedTextBlock": "ParsedBlock",
    "RawMessageStartEvent": "Event",
    "TextBlock": "Block",
    "TextDelta": "BlockDelta",
    "ThinkingDroppedInputTransformation": "InputTransformation",
}
_WIDTH = 108


def table(*, beta: bool) -> dict[str, str]:
    """Every model's line by its name, as the SDK defines it."""
    lines: dict[str, str] = {}
    _write(BetaRawMessageStreamEvent if beta else RawMessageStreamEvent, lines)
    _add(ParsedBetaMessage if beta else ParsedMessage, lines)
    return dict(sorted(lines.items()))


def _name(model: type[BaseModel]) -> str:
    name = model.__name__.partition("[")[0].replace("Beta", "")
    for theirs, ours in _RENAMED.items():
        name = name.replace(theirs, ours)
    return name


def _add(model: type[BaseModel], lines: dict[str, str]) -> None:
    if _name(model) in lines:
        return
    lines[_name(model)] = ""  # models hold one another
    written = []
    for name, field in model.model_fields.items():
        opaque = (model.__name__, name) in _OPAQUE
        shape = "any" if opaque else _write(field.annotation, lines, tuple(field.metadata))
        written.append(f"{field.alias or name}{'' if field.is_required() else '='}:{shape}")
    lines[_name(model)] = " ".join(sorted(written)).replace(":any?", ":any")


def _write(shape: object, lines: dict[str, str], metadata: tuple[object, ...] = ()) -> str:
    shape = getattr(shape, "__value__", shape)
    origin, inner = typing.get_origin(shape), typing.get_args(shape)
    if origin is typing.Annotated:
        return _write(inner[0], lines, inner[1:])
    if inspect.isclass(shape) and issubclass(shape, BaseModel):
        _add(shape, lines)
        return _name(shape)
    if origin is typing.Literal:
        return f"literal({'|'.join(inner)})"
    if origin is list:
        return f"[{_write(inner[0], lines)}]"
    if origin is dict:
        return f"{{{_write(inner[1], lines)}}}"
    if origin in (typing.Union, UnionType):
        return _write_union([_write(part, lines) for part in inner], lines, metadata)
    return _SCALARS.get(shape, "any") if inspect.isclass(shape) else "any"


def _write_union(parts: list[str], lines: dict[str, str], metadata: tuple[object, ...]) -> str:
    if any(isinstance(note, UnionDiscriminator) for note in metadata):
        written = f"by_type({'|'.join(parts)})"
        alias = _ALIASES.get(parts[0])
        if alias is None:
            return written
        lines[alias] = written
        return alias
    # Names of models and any other text: text.
    known = [part for part in parts if not (part.startswith("literal(") and "str" in parts)]
    optional = "?" if "null" in known else ""
    rest = [part for part in known if part != "null"]
    return (rest[0] if len(rest) == 1 else f"either({'|'.join(rest)})") + optional


def wrapped(name: str, line: str) -> str:
    """A line as it stands in the table."""
    rows, row = [], f"{name} = "
    for token in re.findall(r"[^ |]+[ |]?", line):
        if len(row) + len(token.rstrip()) > _WIDTH:
            rows.append(row.rstrip())
            row = "    "
        row += token
    return "\n".join([*rows, row.rstrip()])


if __name__ == "__main__":
    beta = table(beta=True)
    other = {name: line for name, line in table(beta=False).items() if beta.get(name) != line}
    for title, lines in (("BETA", beta), ("GA", other)):
        print(title, *(wrapped(name, line) for name, line in lines.items()), sep="\n", end="\n\n")
