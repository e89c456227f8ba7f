"""Objects as the openai SDK builds them out of JSON, without validation where validation fails.

The SDK types nothing strictly: an optional member is validated, and coerced where that succeeds; else it is
taken as it came, and so down to the leaves. What it then does with the objects is plain attribute access, so
that its failures are Python's own. Source: openai 3.51.0 `_models.py` (`construct`, `construct_type`) over
pydantic's lax mode. Knows shapes as data; no endpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from playhead.protocols.lax import Refused, as_bool, as_float, as_integer, as_text

_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Scalar:
    """A leaf: how it is validated, and what is made of it where it is not."""

    validate: Callable[[Any], Any]
    construct: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class Maybe:
    """A member that may be null: the only kind that the SDK validates before it takes it as it is."""

    inner: Shape


@dataclass(frozen=True, slots=True)
class ListOf:
    inner: Shape


@dataclass(frozen=True, slots=True)
class DictOf:
    inner: Shape


@dataclass(frozen=True, slots=True)
class OneOf:
    """A union told apart by `type`."""

    variants: Mapping[str, Model]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Declared members; whatever else comes is kept beside them."""

    fields: Mapping[str, Shape] = field(default_factory=dict)


Shape: TypeAlias = "Scalar | Maybe | ListOf | DictOf | OneOf | Model"


class Settled(list[Any]):
    """A list whose items were built before, and do not change: it is not built anew."""


class Built:
    """An object of the SDK's: declared members are there, sent or not; others only where they were sent."""

    __slots__ = ("_model", "_others", "_sent", "_values")

    def __init__(self, model: Model, values: dict[str, Any], sent: set[str], others: dict[str, Any]) -> None:
        put = object.__setattr__
        put(self, "_model", model)
        put(self, "_values", values)
        put(self, "_sent", sent)
        put(self, "_others", others)

    def __getattr__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        if name in self._others:
            return self._others[name]
        raise AttributeError(f"no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        self._values[name] = value
        self._sent.add(name)

    def to_dict(self, *, unsent: bool = False) -> dict[str, Any]:
        """As plain JSON, all fresh: what was sent or set, and with `unsent` every declared member."""
        kept = {
            name: plain(value, unsent) for name, value in self._values.items() if unsent or name in self._sent
        }
        return kept | {name: plain(value, unsent) for name, value in self._others.items()}


def plain(value: Any, unsent: bool = False) -> Any:
    """`value` with every object in it as a dict."""
    if isinstance(value, Built):
        return value.to_dict(unsent=unsent)
    if isinstance(value, dict):
        return {name: plain(part, unsent) for name, part in value.items()}
    if isinstance(value, Settled):
        return Settled(part if isinstance(part, dict) else plain(part, unsent) for part in value)
    if isinstance(value, list):
        return [plain(part, unsent) for part in value]
    return value


def construct(shape: Shape, value: Any) -> Any:
    """`value` as the SDK takes it: never refused."""
    match shape:
        case Maybe(inner):
            try:
                return validate(inner, value)
            except Refused:
                return construct(inner, value)
        case Model():
            if isinstance(value, list):
                return [_construct_model(shape, item) if isinstance(item, dict) else item for item in value]
            return _construct_model(shape, value) if isinstance(value, dict) else value
        case ListOf(inner):
            if isinstance(value, Settled) or not isinstance(value, list):
                return value
            return [construct(inner, item) for item in value]
        case DictOf(inner):
            if not isinstance(value, dict):
                return value
            return {name: construct(inner, item) for name, item in value.items()}
        case OneOf(variants):
            return _construct_union(variants, value)
        case Scalar():
            return shape.construct(value)


def _construct_model(model: Model, value: dict[str, Any]) -> Built:
    values: dict[str, Any] = {}
    for name, shape in model.fields.items():
        sent = value.get(name)
        values[name] = None if sent is None else construct(shape, sent)
    sent_names = {name for name in model.fields if name in value}
    return Built(
        model, values, sent_names, {name: part for name, part in value.items() if name not in values}
    )


def _construct_union(variants: Mapping[str, Model], value: Any) -> Any:
    for variant in variants.values():
        try:
            return validate(variant, value)
        except Refused:
            continue
    told = value.get("type") if isinstance(value, dict) else None
    chosen = variants.get(told) if isinstance(told, str) else None
    return construct(chosen or next(iter(variants.values())), value)


def validate(shape: Shape, value: Any) -> Any:
    """`value` as pydantic takes it in its lax mode; raises `Refused` where it refuses it."""
    match shape:
        case Maybe(inner):
            return None if value is None else validate(inner, value)
        case Model():
            return _validate_model(shape, value)
        case ListOf(inner):
            if not isinstance(value, list):
                raise Refused("no list")
            if isinstance(value, Settled):
                return value
            return [validate(inner, item) for item in value]
        case DictOf(inner):
            if not isinstance(value, dict):
                raise Refused("no object")
            return {name: validate(inner, item) for name, item in value.items()}
        case OneOf(variants):
            for variant in variants.values():
                try:
                    return validate(variant, value)
                except Refused:
                    continue
            raise Refused("no variant fits")
        case Scalar():
            return shape.validate(value)


def _validate_model(model: Model, value: Any) -> Built:
    if isinstance(value, Built) and value._model is model:
        return value
    if not isinstance(value, dict):
        raise Refused("no object")
    values: dict[str, Any] = {}
    for name, shape in model.fields.items():
        if name in value:
            values[name] = validate(shape, value[name])
        elif isinstance(shape, Maybe):
            values[name] = None
        else:
            raise Refused(f"{name} is missing")
    sent = {name for name in model.fields if name in value}
    return Built(model, values, sent, {name: part for name, part in value.items() if name not in values})


def _string(value: Any) -> Any:
    text = as_text(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused("a lone surrogate") from None
    return text


def _integer(value: Any) -> Any:
    """A float beyond what fits 64 bits stays one."""
    is_large = isinstance(value, float) and value.is_integer() and abs(value) >= _LARGEST
    return value if is_large else as_integer(value)


def _number(value: Any) -> Any:
    return as_float(value) if not isinstance(value, int | float) else _as_float(value)


def _as_float(value: Any) -> Any:
    """An integer as a float, where that loses nothing."""
    if not isinstance(value, int):
        return value
    try:
        return float(value) if float(value) == value else value
    except OverflowError:
        return value


def word(*known: str) -> Scalar:
    """One of these strings."""

    def check(value: Any) -> Any:
        if isinstance(value, str) and value in known:
            return value
        raise Refused("none of the known words")

    return Scalar(check)


STRING = Scalar(_string)
# What no validation touched is written by pydantic all the same: a truth value as 0 or 1.
INTEGER = Scalar(_integer, lambda value: int(value) if isinstance(value, bool) else value)
NUMBER = Scalar(_number, _as_float)
TRUTH = Scalar(as_bool)
ANYTHING = Scalar(lambda value: value)
