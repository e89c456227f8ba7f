"""JSON Schema draft 7 by the `jsonschema` library, with what streams ask for on top.

Three things are ours. Validators of inner schemas are made once and kept (the library makes them anew for
each value). Of alternatives told apart by a constant, the one that is meant is tried first and reported.
`x-extensible-enum` notes values that came after the document. Results for standard keywords are the
library's own. Knows schemas and values; no event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from playhead.errors import MissingExtra

NOTE = "x-extensible-enum"
"""The keyword whose breach is no breach: a value that is allowed, and not known."""

Errors: TypeAlias = Iterator[Any]
"""Of `jsonschema.ValidationError`, which is imported late."""
Check: TypeAlias = Callable[[Any, Any, Any, Any], Errors]
"""`(validator, keyword's value, instance, schema)`, as the library calls it."""


def compile_(schema: object) -> Any:
    """A validator for a schema that stands for itself. Raises `MissingExtra`."""
    try:
        from jsonschema import validators  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise MissingExtra("Validating against AsyncAPI", "lint", "jsonschema") from None
    keywords = _Keywords()
    made = validators.extend(validators.Draft7Validator, keywords.table())
    return made(schema)


def check_schema(schema: object) -> tuple[str, str] | None:
    """Where a schema is none and why; `None` where it is one. Raises `MissingExtra`."""
    try:
        from jsonschema import Draft7Validator
        from jsonschema.exceptions import best_match  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise MissingExtra("Validating against AsyncAPI", "lint", "jsonschema") from None
    error = best_match(Draft7Validator(Draft7Validator.META_SCHEMA).iter_errors(schema))
    if error is None:
        return None
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in error.absolute_path)
    return pointer, str(error.message)[:200]


def is_note(error: Any) -> bool:
    return bool(error.validator == NOTE)


class _Keywords:
    """The keywords of one compiled schema, and the validators of its inner schemas."""

    def __init__(self) -> None:
        self._children: dict[int, Any] = {}
        self._plans: dict[int, Plan] = {}

    def table(self) -> dict[str, Check]:
        return {
            "properties": self._properties,
            "items": self._items,
            "additionalItems": self._additional_items,
            "allOf": self._all_of,
            "anyOf": self._any_of,
            "oneOf": self._one_of,
            "not": self._not,
            "if": self._if,
            "contains": self._contains,
            NOTE: _known,
        }

    def _errors(self, validator: Any, schema: Any, instance: Any) -> Errors:
        key = id(schema)  # the schema lives as long as its validator
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = validator.evolve(schema=schema)
        found: Errors = child.iter_errors(instance)
        return found

    def _fits(self, validator: Any, schema: Any, instance: Any) -> bool:
        return all(is_note(error) for error in self._errors(validator, schema, instance))

    def _properties(self, validator: Any, properties: Any, instance: Any, schema: Any) -> Errors:
        if not isinstance(instance, dict):
            return
        for name, inner in properties.items():
            if name in instance:
                for error in self._errors(validator, inner, instance[name]):
                    error.path.appendleft(name)
                    yield error

    def _items(self, validator: Any, items: Any, instance: Any, schema: Any) -> Errors:
        if not isinstance(instance, list):
            return
        for place, value in enumerate(instance):
            if isinstance(items, list):
                if place == len(items):
                    return  # `additionalItems` has the rest
                inner = items[place]
            else:
                inner = items
            for error in self._errors(validator, inner, value):
                error.path.appendleft(place)
                yield error

    def _additional_items(self, validator: Any, inner: Any, instance: Any, schema: Any) -> Errors:
        items = schema.get("items")  # the library fails where this is true or false
        if isinstance(instance, list) and isinstance(items, list):
            for place in range(len(items), len(instance)):
                for error in self._errors(validator, inner, instance[place]):
                    error.path.appendleft(place)
                    yield error

    def _all_of(self, validator: Any, all_of: Any, instance: Any, schema: Any) -> Errors:
        for inner in all_of:
            yield from self._errors(validator, inner, instance)

    def _any_of(self, validator: Any, any_of: Any, instance: Any, schema: Any) -> Errors:
        return self._alternatives(validator, any_of, instance, exactly_one=False)

    def _one_of(self, validator: Any, one_of: Any, instance: Any, schema: Any) -> Errors:
        return self._alternatives(validator, one_of, instance, exactly_one=True)

    def _alternatives(self, validator: Any, schemas: Any, instance: Any, *, exactly_one: bool) -> Errors:
        plan = self._plans.get(id(schemas))
        if plan is None:
            plan = self._plans[id(schemas)] = Plan(schemas)
        candidates = plan.candidates(instance)
        fitting = 0
        tried: list[list[Any]] = []
        for place in candidates:
            errors = list(self._errors(validator, schemas[place], instance))
            if all(map(is_note, errors)):
                fitting += 1
                if fitting == 1:
                    yield from errors
                if not exactly_one:
                    return
            else:
                tried.append(errors)
        if not fitting:
            yield from _closest(tried, plan, instance)
        elif fitting > 1:
            yield _error(f"fits {fitting} of the alternatives, of which only one may fit")

    def _not(self, validator: Any, schema: Any, instance: Any, _: Any) -> Errors:
        if self._fits(validator, schema, instance):
            yield _error("is what the schema excludes")

    def _if(self, validator: Any, condition: Any, instance: Any, schema: Any) -> Errors:
        branch = "then" if self._fits(validator, condition, instance) else "else"
        if branch in schema:
            yield from self._errors(validator, schema[branch], instance)

    def _contains(self, validator: Any, inner: Any, instance: Any, schema: Any) -> Errors:
        if isinstance(instance, list) and not any(self._fits(validator, inner, item) for item in instance):
            yield _error("no item is of the kind that one must be")


class Plan:
    """How alternatives can be told apart: by a member that each of them fixes to one word."""

    def __init__(self, schemas: Sequence[Any]) -> None:
        self._all = range(len(schemas))
        self.key: str | None = None
        self._by_word: dict[str, list[int]] = {}
        self._others: list[int] = []
        constants = [_constants(schema) for schema in schemas]
        keys = [key for each in constants for key in each]
        if not keys or len(schemas) < 2:
            return
        self.key = max(dict.fromkeys(keys), key=keys.count)
        for place, each in enumerate(constants):
            if self.key in each:
                self._by_word.setdefault(each[self.key], []).append(place)
            else:
                self._others.append(place)

    @property
    def words(self) -> list[str]:
        return list(self._by_word)

    def candidates(self, instance: Any) -> Sequence[int]:
        """The alternatives that `instance` may fit; none of the rest can fit."""
        word = instance.get(self.key) if self.key is not None and isinstance(instance, dict) else None
        if not isinstance(word, str):
            return self._all
        return [*self._by_word.get(word, ()), *self._others]

    def meant(self, instance: Any) -> bool:
        """Whether `instance` says which alternative it is."""
        return isinstance(instance, dict) and self.key is not None and instance.get(self.key) in self.words


def _constants(schema: Any) -> dict[str, str]:
    """The members that a schema fixes to one word."""
    found = {}
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for key, inner in properties.items() if isinstance(properties, dict) else ():
        if isinstance(inner, dict):
            listed = inner.get("enum")
            only = listed[0] if isinstance(listed, list) and len(listed) == 1 else inner.get("const")
            if isinstance(only, str):
                found[key] = only
    return found


def _closest(tried: list[list[Any]], plan: Plan, instance: Any) -> Errors:
    """What to say of a value that fits no alternative: what is wrong with the one that it means."""
    if plan.meant(instance) or len(tried) == 1:
        yield from min(tried, key=len)
        return
    if not tried:
        found = _error(f"expected one of {', '.join(plan.words)}")
        if plan.key is not None:
            found.path.appendleft(plan.key)
        yield found
        return
    within = [errors for errors in tried if all(error.path or error.validator != "type" for error in errors)]
    if len(within) == 1:
        yield from within[0]
        return
    yield _error(f"fits none of {len(tried)} alternatives")


def _known(validator: Any, words: Any, instance: Any, schema: Any) -> Errors:  # noqa: ARG001 - as it is called
    if isinstance(instance, str) and isinstance(words, list) and instance not in words:
        yield _error("unknown value")


def _error(message: str) -> Any:
    from jsonschema import ValidationError

    return ValidationError(message)
