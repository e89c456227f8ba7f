"""Policies: what a file may add and take away, how it is refused, and what a cassette says of it."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import msgspec
import pytest

from playhead.errors import UsageError
from playhead.redaction import read_policy, redact_request_headers, redact_url, rules
from playhead.redaction.allowed import HEADERS
from playhead.redaction.body import find_in_body
from playhead.redaction.patterns import compile_pattern
from playhead.redaction.policy import DEFAULT, RULES
from playhead.redaction.switches import Switches
from playhead.redaction.texts import find_in_text

KEY = b"0123456789abcdef"
FULL = """
name = "team"
[headers]
allow = ["X-Team-Trace", "x-build-*", "x-session-kind"]
secret = ["user-agent"]
[query]
secret = ["Customer"]
[body]
secret = ["metadata.tenant", "items[].card"]
[rules]
off = ["account", "body-field"]
[shapes]
team-key = "team_[a-z0-9]{8}"
"""


def test_what_a_policy_adds():
    policy = read_policy(FULL.replace(', "body-field"', ""), "p.toml")
    given = (
        ("X-Team-Trace", "a"),
        ("x-build-number", "7"),
        ("user-agent", "me"),
        ("openai-organization", "o"),
    )
    _, found = redact_request_headers((*given, ("x-session-kind", "b")), KEY, policy=policy)
    assert [each.name for each in found] == ["request.headers.user-agent"]
    assert redact_url("https://h/?customer=joe&a=b", KEY, policy=policy)[0] == "https://h/?customer=RED&a=b"
    body = json.dumps({"metadata": {"tenant": "t1"}, "items": [{"card": 5}], "x": "team_abcd1234"}).encode()
    rules = [secret.rule for secret in find_in_body(body, (), policy).secrets]
    assert sorted(rules) == ["body-field", "body-field", "team-key"]
    assert [span.rule for span in find_in_text("see team_abcd1234.", policy)] == ["team-key"]
    assert [span.rule for span in find_in_text("see dGVhbV9hYmNkMTIzNDU2Nw== .", policy)] == ["team-key"]


def test_what_a_policy_takes_away():
    policy = read_policy(FULL, "p.toml")
    assert find_in_body(b'{"user": "joe", "metadata": {"tenant": "t1"}}', (), policy).secrets == []
    for rule in RULES:
        policy = read_policy(f'[rules]\noff = ["{rule}"]', "p.toml")
        assert rule not in policy.rules
    nothing = read_policy("off = true", "p.toml")
    assert redact_request_headers((("cookie", "a=b"), ("x", "y")), KEY, policy=nothing)[1] == ()
    assert redact_url("https://h/?key=hunter22hunter22", KEY, policy=nothing)[1] == ()
    assert find_in_text("sk-ant-api03-0123456789abcdef", nothing) == []


def test_what_a_cassette_says_of_a_policy():
    assert read_policy("", "p.toml") is DEFAULT or read_policy("", "p.toml") == DEFAULT
    assert DEFAULT.label == "default/1"
    assert read_policy("off = true", "p.toml").label == "off"
    team = read_policy(FULL, "p.toml").label
    assert team.startswith("team/1+")
    assert read_policy(FULL, "other.toml").label == team
    assert read_policy(FULL.replace("t1", "t2").replace("Customer", "Buyer"), "p.toml").label != team


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("colour = 1", 1, "colour: no such key"),
        ("off = 1", 1, "off: expected true or false"),
        ('name = "A B"', 1, "name: expected words"),
        ("headers = 1", 1, "headers: expected a table"),
        ("[headers]\nalow = []", 2, "headers.alow: no such key; there are: allow, secret"),
        ('[headers]\n\nallow = "x"', 3, "headers.allow: expected a list of strings"),
        ("[headers]\nallow = [1]", 2, "headers.allow: expected a list of strings"),
        ('[headers]\nallow = [\n  "a",\n  "b c",\n]', 4, "headers.allow: 'b c': not the name of a header"),
        ('[headers]\nallow = ["a*b"]', 2, "not the name of a header"),
        ('[headers]\nallow = ["accept",\n "Authorization"]', 3, "what authorization holds is never shown"),
        ('[body]\nsecret = ["a..b"]', 2, "body.secret: 'a..b': not a path"),
        ('[body]\nsecret = ["a[0]"]', 2, "not a path"),
        ('[rules]\noff = ["acount"]', 2, "did you mean account?"),
        ('[shapes]\nFoo = "abcd"', 2, "shapes.Foo: expected a new rule's name"),
        ('[shapes]\ncookie = "abcd"', 2, "shapes.cookie: expected a new rule's name"),
        ("[shapes]\nx = 1", 2, "shapes.x: expected a regular expression"),
        ('[shapes]\nx = "(abcd"', 2, "shapes.x: not a regular expression"),
        ('[shapes]\nx = "abcd+"', 2, "may match more than 4096 characters"),
        ('[shapes]\nx = "abc"', 2, "may match fewer than 4 characters"),
        ('[shapes]\nx = "(a{1,9}){1,9}bbbb"', 2, "too many ways"),
        ('[shapes]\nx = "(abcd)\\\\1"', 2, "holds a backreference"),
    ],
)
def test_a_policy_that_is_none(text, line, says):
    with pytest.raises(UsageError) as caught:
        read_policy(text, "my.toml")
    assert str(caught.value).startswith(f"my.toml, line {line}: ")
    assert says in str(caught.value)


def test_a_file_that_is_no_toml():
    with pytest.raises(UsageError, match=r"my\.toml: not TOML: .*line 2"):
        read_policy("off = true\nx = = 1", "my.toml")


@pytest.mark.parametrize(
    "source",
    [
        *["(a|b)*cccc", "(a|aa){1,20}b{4}", "[a-z]{1,400}[a-z]{1,400}[a-z]{1,400}X{4}", "(?:a?){30}a{30}"],
        *["(x+x+)+y", "((a{1,30}){1,30}){1,30}", ".{0,3}", "(?=a{4})", "a{4}" * 200],
        *["[a-z]{4,4000}[a-z]{0,20}Z", "[a-z]{4,400}[a-z]{0,400}Z", "[a-z]{1,100}[a-z0-9]{1,100}"],
    ],
)
def test_patterns_that_may_not_run(source):
    with pytest.raises(ValueError, match=r"may match|longer than"):
        compile_pattern(source)


@pytest.mark.parametrize(
    "source", ["acme_[a-z0-9]{32}", r"\d{3}-\d{2}-\d{4}", r"(?i)\bkey-(?:a|b)[\w-]{8,80}"]
)
def test_patterns_that_may(source):
    text = "acme_" + "a" * 200_000 + "1-" * 1000
    start = time.process_time()
    list(compile_pattern(source).finditer(text))
    assert time.process_time() - start < 60  # not a measure: an exponential one would never end


def test_the_documentation_names_everything():
    text = (Path(__file__).parents[2] / "docs" / "redaction.md").read_text("utf-8")
    assert [rule for rule in sorted(RULES) if f"`{rule}`" not in text] == []
    assert [name for name in sorted(HEADERS) if f"`{name}`" not in text] == []
    stays = text.partition("## The headers that stay")[2]
    assert set(re.findall(r"`([^`]+)`", stays)) == set(HEADERS)
    for step in (".".join(field.path).replace(".[]", "[]") for field in DEFAULT.fields):
        step = re.sub(r"^(?:response|requests\[\]\.params|body)\.", "", step)
        assert f"`{step}`" in text
    policy = text.partition("```toml\n")[2].partition("```")[0]
    assert read_policy(policy, "docs").label.startswith("team/1+")
    for prefix, _ in rules.PREFIXES:
        assert f"`{prefix}…`" in text or prefix in ("eyJ", "gho_", "ghu_", "ghs_", "ghr_")


def test_switches_add_to_a_file_and_to_none():
    switches = Switches(
        allow_headers=("X-Team", "x-build-*"),
        secret_headers=("X-Tenant",),
        secret_parameters=("customer",),
        secret_fields=("items[].card",),
        rules_off=("account", "own"),
        shapes=("own=own_[0-9]{5}", "other=other_[0-9]{5}"),
    )
    text = """
[headers]
allow = ["x-team", "x-build-*"]
secret = ["x-tenant"]
[query]
secret = ["customer"]
[body]
secret = ["items[].card"]
[rules]
off = ["account", "own"]
[shapes]
own = "own_[0-9]{5}"
other = "other_[0-9]{5}"
"""
    assert read_policy("", "p", switches) == read_policy(text, "p")
    first = text.partition("[body]")[0]
    assert read_policy(first, "p", Switches(**{**_said(switches), **_HEADS})) == read_policy(text, "p")
    named = read_policy('name = "team"\n' + first, "p", Switches(rules_off=("cookie",)))
    assert named.label.startswith("team/1+")
    assert named.rules_off == {"cookie"}
    other = read_policy('[shapes]\nown = "xyz_[0-9]{5}"', "p", Switches(shapes=("own=own_[0-9]{5}",)))
    assert [shape.pattern.pattern for shape in other.shapes] == ["own_[0-9]{5}"]


_HEADS = {"allow_headers": (), "secret_headers": (), "secret_parameters": ()}


def _said(switches):
    return msgspec.structs.asdict(switches)


@pytest.mark.parametrize(
    ("switches", "says"),
    [
        ({"rules_off": ("acount",)}, "--rule-off acount: no rule is named 'acount'; did you mean account"),
        ({"allow_headers": ("Authorization",)}, "--allow-header authorization: what authorization holds"),
        ({"allow_headers": ("a b",)}, "--allow-header a b: 'a b': not the name of a header"),
        ({"secret_headers": ("",)}, "--secret-header: expected a name"),
        ({"secret_fields": ("a..b",)}, "--secret-field a..b: 'a..b': not a path"),
        ({"shapes": ("abc",)}, "--shape: expected NAME=REGEX"),
        ({"shapes": ("jwt=abcd",)}, "--shape jwt: expected a new rule's name"),
        ({"shapes": ("own=a+",)}, "--shape own: may match fewer than 4 characters"),
        ({"shapes": ("own=(a{1,9}){1,9}b{4}",)}, "--shape own: may match in too many ways"),
    ],
)
def test_switches_that_are_none(switches, says):
    with pytest.raises(UsageError, match=re.escape(says)):
        read_policy("", "p", Switches(**switches))
    with pytest.raises(UsageError, match=r"p, line 1: headers: expected a table"):
        read_policy("headers = 3", "p", Switches(allow_headers=("x-a",)))
