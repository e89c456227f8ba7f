"""A policy kept as text, and two that hold together: neither is loosened."""

from __future__ import annotations

import itertools
import re

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playhead.redaction import kept, redact_request_headers, redact_url
from playhead.redaction.fields import Field
from playhead.redaction.policy import DEFAULT, Policy, Shape
from playhead.redaction.policy_file import read_policy

OFF = Policy(off=True)
TEXTS = (
    "",
    'name = "team"\n[headers]\nallow = ["x-team-trace", "x-build-*"]\nsecret = ["x-tenant", "accept"]',
    'name = "other"\n[headers]\nallow = ["x-build-number", "x-*"]\nsecret = ["x-build-secret"]',
    '[query]\nsecret = ["customer"]\n[body]\nsecret = ["metadata.tenant", "items[].card"]',
    '[rules]\noff = ["unlisted-header", "jwt", "query-parameter"]',
    '[rules]\noff = ["jwt"]\n[shapes]\nteam-key = "team_[a-z0-9]{32}"\ndesk = "desk_[0-9]{4}"',
)
POLICIES = [read_policy(text, "policy.toml") for text in TEXTS]
HEADERS = tuple(
    (name, "value-of-12-and-more")
    for name in ("accept", "x-team-trace", "x-build-number", "x-build-secret", "x-tenant", "x-any", "cookie")
)
KEY = b"k" * 32


@pytest.mark.parametrize("policy", POLICIES)
def test_what_is_kept_is_the_policy(policy):
    assert kept.policy_of_text(kept.text_of(policy)) == policy
    assert kept.policy_of_text(kept.text_of(policy)).label == policy.label


def test_a_policy_that_takes_from_the_built_in_one_is_kept():
    policy = Policy(name="bare", headers=frozenset({"accept"}), fields=(Field(("card",)), DEFAULT.fields[3]))
    again = kept.policy_of_text(kept.text_of(policy))
    assert again.headers == policy.headers
    assert frozenset(again.fields) == frozenset(policy.fields)


def test_the_text_is_short():
    assert len(kept.text_of(POLICIES[5])) < 200


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"name":"x","newer":1}', '{"name":"x","shapes":[["a","("]]}', '{"allowed":[]}']
)
def test_what_nobody_can_read_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says of it
        kept.policy_of_text(text)


@pytest.mark.parametrize(("one", "other"), [*itertools.product(POLICIES, repeat=2)])
def test_both_hold(one, other):
    both = kept.union(one, other)
    for name, _ in HEADERS:
        assert not both.allows(name) or (one.allows(name) and other.allows(name))
        assert both.allows(name) or not (one.allows(name) and other.allows(name))
    assert both.rules >= one.rules | other.rules
    assert both.secret_headers == one.secret_headers | other.secret_headers
    assert both.secret_query == one.secret_query | other.secret_query
    assert {*both.fields} == {*one.fields, *other.fields}
    assert {*both.shapes} == {*one.shapes, *other.shapes}
    for policy in (one, other):
        for place, found in _replaced(policy).items():
            assert found <= _replaced(both)[place], (policy.name, place)


@pytest.mark.parametrize("policy", POLICIES)
def test_one_that_is_as_strict_by_itself_is_taken_with_its_name(policy):
    assert kept.union(policy, policy) is policy
    assert kept.union(OFF, policy) is policy
    assert kept.union(policy, OFF) is policy
    stricter = msgspec.structs.replace(
        policy, name="stricter", secret_headers=policy.secret_headers | {"x-more"}
    )
    assert kept.union(policy, stricter) is stricter
    assert kept.union(stricter, policy) is stricter


def test_two_that_are_off_are_off():
    assert kept.union(OFF, OFF).off


def test_two_shapes_of_one_name_both_hold():
    one, other = (Policy(shapes=(Shape("key", re.compile(word)),)) for word in ("aaaa", "bbbb"))
    assert {shape.pattern.pattern for shape in kept.union(one, other).shapes} == {"aaaa", "bbbb"}


names = st.text("ab-", min_size=1, max_size=3)
allowed = st.frozensets(st.tuples(names, st.sampled_from(["", "*"])).map("".join), max_size=4)


@given(allowed, allowed, names)
@example(frozenset({"a"}), frozenset({"a*"}), "aa")
def test_a_header_stays_where_both_let_it(one, other, name):
    first, second = Policy(headers=one), Policy(headers=other)
    assert kept.union(first, second).allows(name) is (first.allows(name) and second.allows(name))


def _replaced(policy):
    """What a policy takes out of the headers and of a URL: names of headers, and how many parameters."""
    _, headers = redact_request_headers(HEADERS, KEY, policy=policy)
    _, query = redact_url(
        "https://a.test/?customer=joe-77-and-more&token=joe-77-and-more", KEY, policy=policy
    )
    return {"headers": {each.name for each in headers}, "query": {each.byte_offset for each in query}}
