"""The table of members is the SDK's, and values are coerced as pydantic coerces them."""

from __future__ import annotations

import pytest
from anthropic.types.beta import BetaContainer, BetaUsage
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from playhead.protocols.anthropic import members
from playhead.protocols.anthropic.construct import shape
from playhead.protocols.lax import Refused
from playhead.protocols.payload import finite

from .make_members_anthropic import table
from .reads import canonical


@pytest.mark.parametrize("beta", [True, False])
def test_the_table_is_that_of_the_installed_sdk(beta: bool) -> None:
    ours = members.table(beta)
    assert {name: ours.get(name) for name in table(beta=beta)} == table(beta=beta)


def test_the_table_holds_nothing_that_the_sdk_does_not() -> None:
    assert members.table(True).keys() == table(beta=True).keys()


words = st.sampled_from(["1", " 1 ", "+1", "1.0", "1.", "1_0", "1__0", "0x1", "yes", "ON", "2", "", "T", "é"])
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**65), 2**65), st.floats(), words, st.text(max_size=3)
)


@given(scalars, st.sampled_from([(int, "int"), (bool, "bool"), (str, "str")]))
def test_scalars_are_coerced_as_pydantic_coerces_them(value: object, types: tuple[type, str]) -> None:
    kind, name = types
    try:
        expected: object = TypeAdapter(kind).validate_python(value)
    except ValidationError:
        expected = Refused
    try:
        found: object = shape(name, True).validate(value)  # type: ignore[arg-type]
    except Refused:
        found = Refused
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "time",
    [
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.25+00:00",
        "2026-01-02T03:04:05.123456789+02:30",
        "2026-01-02 03:04",
        "2026-01-02T03:04:05",
        "soon",
        "1767322800",
        1767322800,
        1767322800000,
        1767322800.5,
        None,
        True,
        1e15,
        1e25,
        [],
    ],
)
def test_times_are_written_as_the_model_writes_them(time: object) -> None:
    given_ = {"id": "box", "expires_at": time}
    theirs = BetaContainer.construct(**given_).model_dump(mode="json", exclude_unset=True, warnings=False)
    ours = shape("Container", True).construct(given_)  # type: ignore[arg-type]
    assert canonical(finite(ours)) == canonical(theirs)


@given(st.dictionaries(st.sampled_from(["input_tokens", "speed", "server_tool_use", "other"]), scalars))
def test_a_model_is_built_as_the_sdk_builds_it(usage: dict[str, object]) -> None:
    theirs = BetaUsage.construct(**usage).model_dump(mode="json", exclude_unset=True, warnings=False)
    ours = shape("Usage", True).construct(usage)  # type: ignore[arg-type]
    assert canonical(finite(ours)) == canonical(theirs)
