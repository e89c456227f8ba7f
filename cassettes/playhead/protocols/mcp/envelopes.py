"""JSON-RPC messages as the mcp SDK reads them: which of four kinds one is, and what of it is kept.

Knows envelopes: members that an envelope has not are dropped, what lies inside `params`, `result` and `data`
is kept as it came. Source: mcp 2.3.0, the union of models behind `jsonrpc_message_adapter`, which pydantic
resolves in favour of the model that finds the most of its members.
"""

from __future__ import annotations

import enum
from collections.abc import Callable

import msgspec

from playhead.protocols.lax import Refused, as_integer
from playhead.protocols.ledger import Json


class Kind(enum.StrEnum):
    """The SDK's name of the class."""

    REQUEST = "JSONRPCRequest"
    NOTIFICATION = "JSONRPCNotification"
    RESPONSE = "JSONRPCResponse"
    ERROR = "JSONRPCError"


class Envelope(msgspec.Struct, frozen=True):
    """A message. `members` are those that the SDK keeps."""

    kind: Kind
    members: dict[str, Json]

    @property
    def is_answer(self) -> bool:
        """Whether it ends the stream of a request."""
        return self.kind in (Kind.RESPONSE, Kind.ERROR)


def _is_id(value: Json) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _is_object(value: Json) -> bool:
    return isinstance(value, dict)


def _is_params(value: Json) -> bool:
    return value is None or isinstance(value, dict)


def _is_error(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("message"), str)
        and _code(value.get("code")) is not None
    )


def _code(value: Json) -> Json:
    """A code: a whole number, or what pydantic takes for one; `None` where it does not."""
    try:
        return as_integer(value)
    except Refused:
        return None


# What each must have, and may have.
_MEMBERS: dict[Kind, dict[str, Callable[[Json], bool]]] = {
    Kind.REQUEST: {
        "id": _is_id,
        "method": lambda value: isinstance(value, str),
        "params": _is_params,
    },
    Kind.NOTIFICATION: {"method": lambda value: isinstance(value, str), "params": _is_params},
    Kind.RESPONSE: {"id": _is_id, "result": _is_object},
    Kind.ERROR: {"id": lambda value: value is None or _is_id(value), "error": _is_error},
}
_OPTIONAL = frozenset({"params"})


def envelope(value: Json) -> Envelope | None:
    """The message that `value` is; `None` where the SDK reads none in it."""
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        return None
    found = [(kind, members) for kind in Kind if (members := _members(kind, value)) is not None]
    if not found:
        return None
    kind, members = max(found, key=lambda pair: _size(pair[1]))
    return Envelope(kind, {"jsonrpc": "2.0", **members})


def _size(members: dict[str, Json]) -> int:
    """Members that the model finds, those of the error inside among them: it is a model too."""
    error = members.get("error")
    return len(members) + (len(error) if isinstance(error, dict) else 0)


def _members(kind: Kind, value: dict[str, Json]) -> dict[str, Json] | None:
    found: dict[str, Json] = {}
    for name, is_right in _MEMBERS[kind].items():
        if name not in value:
            if name in _OPTIONAL:
                continue
            return None
        if not is_right(value[name]):
            return None
        found[name] = _error(value[name]) if name == "error" else value[name]
    return found


def _error(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    kept: dict[str, Json] = {name: value[name] for name in ("message", "data") if name in value}
    kept["code"] = _code(value.get("code"))
    return kept
