"""Our keywords against the library's own: the same schemas and values, the same verdicts."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from playhead.asyncapi import keywords
from playhead.asyncapi.words import json_path, sentence

NAMES = st.sampled_from(["a", "b", "type"])
WORDS = st.sampled_from(["x", "y", "z"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.5, 1.0]) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])


def _schemas(inner):
    few = st.lists(inner, min_size=1, max_size=3)
    tagged = st.lists(
        st.builds(
            lambda word, rest: {"properties": {"type": {"const": word}, **rest}},
            WORDS,
            st.dictionaries(NAMES, inner, max_size=2),
        ),
        min_size=1,
        max_size=4,
    )
    keys = {
        "properties": st.dictionaries(NAMES, inner, max_size=3),
        "required": st.lists(NAMES, unique=True, max_size=2),
        "additionalProperties": inner,
        "items": inner | few,
        "additionalItems": inner,
        "allOf": few,
        "anyOf": few | tagged,
        "oneOf": few | tagged,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "contains": inner,
        "dependencies": st.dictionaries(NAMES, inner | st.lists(NAMES, unique=True, max_size=2), max_size=2),
        "propertyNames": inner,
    }
    return st.fixed_dictionaries({}, optional=keys)


SCHEMAS = st.recursive(
    st.booleans()
    | st.fixed_dictionaries({"type": TYPES})
    | st.fixed_dictionaries({"const": VALUES})
    | st.fixed_dictionaries({"enum": st.lists(VALUES, min_size=1, max_size=3)})
    | st.fixed_dictionaries({"minimum": st.integers(-1, 1)}),
    _schemas,
    max_leaves=10,
)


def agree(schema, value):
    try:
        theirs = jsonschema.Draft7Validator(schema).is_valid(value)
    except TypeError:  # it fails where `additionalItems` stands beside `items` of true or false
        reject()
    ours = not any(not keywords.is_note(error) for error in keywords.compile_(schema).iter_errors(value))
    assert ours == theirs


@settings(max_examples=100, deadline=None)
@given(schema=SCHEMAS, value=VALUES)
def test_verdicts_are_the_librarys(schema, value):
    agree(schema, value)


@pytest.mark.soak
def test_verdicts_are_the_librarys_at_length(soak):
    @settings(max_examples=5000 if soak else 20, deadline=None)
    @given(schema=SCHEMAS, value=VALUES)
    def trial(schema, value):
        agree(schema, value)

    trial()


@pytest.mark.parametrize(("items", "fits"), [(True, True), (False, False)])
def test_items_of_true_or_false_leave_no_additional_ones(items, fits):
    schema = {"items": items, "additionalItems": {"type": "null"}}
    assert (not list(keywords.compile_(schema).iter_errors([1]))) is fits


@pytest.mark.parametrize(
    ("value", "path", "says"),
    [
        ({"type": "x"}, "$", "'a' is a required property"),
        ({"type": "x", "a": "1"}, "$.a", "'1' is not of type 'integer'"),
        ({"type": "w"}, "$.type", "expected one of x, y"),
        ({}, "$", "fits none of 2 alternatives"),
    ],
)
def test_of_alternatives_the_one_that_is_meant_is_reported(value, path, says):
    one_of = [
        {"required": ["type", "a"], "properties": {"type": {"const": "x"}, "a": {"type": "integer"}}},
        {"required": ["type"], "properties": {"type": {"enum": ["y"]}}},
    ]
    (error,) = keywords.compile_({"oneOf": one_of}).iter_errors(value)
    assert (error.json_path, error.message) == (path, says)


def test_places_are_json_paths():
    assert json_path([]) == "$"
    assert json_path(["a", 0, "b c", "d'e\\", "_f1"]) == "$.a[0]['b c']['d\\'e\\\\']._f1"


def test_the_member_that_is_not_allowed_is_named():
    schema = {"properties": {"a": {}}, "patternProperties": {"^x-": {}}, "additionalProperties": False}
    (error,) = keywords.compile_(schema).iter_errors({"a": 1, "x-1": 2, "b": 3})
    assert sentence(error) == "$: has members that are not allowed, such as 'b'"
