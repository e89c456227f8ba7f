"""Scalars in pydantic's lax mode: ours against the pydantic that is installed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import VERSION, TypeAdapter, ValidationError

from playhead.protocols.lax import Refused, as_bool, as_float, as_integer, as_text

READERS: list[tuple[Callable[[Any], Any], TypeAdapter[Any]]] = [
    (as_integer, TypeAdapter(int)),
    (as_float, TypeAdapter(float)),
    (as_bool, TypeAdapter(bool)),
    (as_text, TypeAdapter(str)),
]
DIGITS = [
    *("9" * count for count in (4298, 4299, 4300, 4301, 5000)),
    *(sign + "9" * count for sign in "+-" for count in (4300, 4301)),
    "0" * 5000 + "1",
    "0_" * 5000 + "1",
    "1" + "_1" * 4299,
    "1" + "_1" * 4300,
    "9" * 4300 + ".0",
    "1." + "0" * 5000,
    " " * 400 + "9" * 4300,
]
NUMBERS = [
    math.inf,
    -math.inf,
    math.nan,
    2.0**63,
    -(2.0**63),
    2.0**62,
    1.5,
    -0.0,
    10**400,
    -(10**400),
    10**4400,
]
OTHERS: list[Any] = [
    True,
    False,
    None,
    [],
    {},
    "",
    "\ud800",
    "_1",
    "1_",
    "1__0",
    "1_0",
    " 1_0",
    "1_0.5",
    "+_1",
    "\u0663",
]


def same(one: object, other: object) -> bool:
    return type(one) is type(other) and (one == other or (one != one and other != other))


def compare(value: object) -> None:
    for read, adapter in READERS:
        found: object
        expected: object
        try:
            found = read(value)
        except Refused:
            found = Refused
        try:
            expected = adapter.validate_python(value)
        except ValidationError:
            expected = Refused
        assert same(found, expected), read.__name__


OLD = tuple(map(int, VERSION.split(".")[:2])) < (2, 14)


@pytest.mark.skipif(OLD, reason="older pydantic has other limits")
@pytest.mark.parametrize("value", [*DIGITS, *NUMBERS, *OTHERS], ids=lambda value: ascii(str(type(value))))
def test_a_value_is_what_pydantic_makes_of_it(value: object) -> None:
    compare(value)


# A minus behind a zero is read by pydantic as a sign: an accident, and not followed.
@settings(deadline=None)
@given(st.text("0159_+. \t\n\x1f\x85\xa0\u2003eEnatrufys\u0663", max_size=7))
def test_any_text(text: str) -> None:
    compare(text)
