"""Bodies by meaning: JSON in any spelling, redacted spans open, everything else byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.matching.bodies import body_of, open_body
from playhead.matching.jsonpath import parse

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"a":1,"b":[1,2]}', b'{ "b": [1, 2],\n "a": 1 }'),
        (b'{"a":1.0}', b'{"a":1}'),
        (b'{"a":1e2}', b'{"a":100}'),
        (b'{"a":-0.0}', b'{"a":0}'),
        (b'{"a":1e16}', b'{"a":10000000000000000}'),
        (b'{"a":-1.5E300}', b'{"a":-15%b}' % (b"0" * 299)),
        (b'{"a":9007199254740993.0}', b'{"a":9007199254740993}'),
        (b'{"a":"\\u00e9"}', '{"a":"é"}'.encode()),
        (b'{"a":"\\ud800"}', b'{"a": "\\uD800"}'),
        (b'{"a":NaN,"b":1}', b'{"b":1,"a":NaN}'),
        (b'{"a":1e400,"b":1}', b'{"b":1,"a":1e400}'),
        (b'{"a":%s1%s}' % (b"[" * 127, b"]" * 127), b'{"a": %s1%s}' % (b"[" * 127, b"]" * 127)),
        (b"", b""),
        (b"a=1&b=2", b"a=1&b=2"),
    ],
)
def test_bodies_that_mean_the_same(one: bytes, other: bytes) -> None:
    assert body_of(one) == body_of(other)
    assert hash(body_of(one)) == hash(body_of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"a":1}', b'{"a":true}'),
        (b'{"a":1}', b'{"a":"1"}'),
        (b'{"a":null}', b"{}"),
        (b"[1,2]", b"[2,1]"),
        (b'{"a":1.5}', b'{"a":1.25}'),
        (b'{"a":1e16}', b'{"a":10000000000000001}'),
        (b"", b"{}"),
        (b"a=1&b=2", b"b=2&a=1"),
        (b'{"a":1', b'{"a": 1'),
        (b'{"a":NaN}', b'{"a":null}'),
        (b'{"a":NaN}', b'{"a":"NaN"}'),
        (b'{"a":Infinity}', b'{"a":null}'),
        (b'{"a":Infinity}', b'{"a":-Infinity}'),
        (b'{"a":Infinity}', b'{"a":NaN}'),
        (b'{"a":1e400}', b'{"a":"1e400"}'),
        (b'{"a":1e400}', b'{"a":1e401}'),
        (b'"x"', b"x"),
        (b"[" * 100_000, b"[" * 100_001),
    ],
)
def test_bodies_that_do_not(one: bytes, other: bytes) -> None:
    assert body_of(one) != body_of(other)


@given(JSON, st.booleans())
def test_a_value_is_itself_in_any_spelling(value: Any, ascii_only: bool) -> None:
    spelled = json.dumps(value, indent=2, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert body_of(spelled) == body_of(json.dumps(_reversed(value)).encode())


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(part) for part in value] if isinstance(value, list) else value


def redacted(body: bytes, *secrets: bytes) -> tuple[bytes, list[tuple[int, int]]]:
    """The body with its secrets overwritten, as the recorder does it, and where they stood."""
    spans = sorted((body.index(secret), body.index(secret) + len(secret)) for secret in secrets)
    for start, end in spans:
        body = body[:start] + b"R" * (end - start) + body[end:]
    return body, spans


@pytest.mark.parametrize(
    ("recorded", "secrets", "asked"),
    [
        (b'{"key":"sesame","a":1}', [b"sesame"], b'{"a":1,"key":"another one"}'),
        (b'{"key":"sesame"}', [b"sesame"], b'{"key":""}'),
        (b'{"text":"use sesame now"}', [b"sesame"], b'{"text":"use x now"}'),
        (b'{"text":"a one b two c"}', [b"one", b"two"], b'{"text":"a 1 b 22222 c"}'),
        (b'{"pin":12345,"a":1}', [b"12345"], b'{"pin":"x","a":1}'),
        (b'{"list":["sesame",2]}', [b"sesame"], b'{"list":["other",2]}'),
        (b'{"sesame":1,"a":2}', [b"sesame"], b'{"a":2,"open":1}'),
        (b'{"inner":"{\\"key\\":\\"sesame\\"}"}', [b"sesame"], b'{"inner":"{\\"key\\":\\"x\\"}"}'),
        (b"key=sesame&a=1", [b"sesame"], b"key=other&a=1"),
        (b'{"key":"sesame","a":NaN}', [b"sesame"], b'{"a":NaN,"key":"x"}'),
        (b'{"sesame":1,"abcdoor":1}', [b"sesame", b"door"], b'{"abc1":1,"z":1}'),
        (b'{"sesame":1,"abcdoor":1}', [b"sesame", b"door"], b'{"z":1,"abc1":1}'),
    ],
)
def test_a_redacted_span_may_be_anything(recorded: bytes, secrets: list[bytes], asked: bytes) -> None:
    assert open_body(*redacted(recorded, *secrets)).fits(body_of(asked))
    assert open_body(*redacted(recorded, *secrets)).fits(body_of(recorded))


@pytest.mark.parametrize(
    ("recorded", "secrets", "asked"),
    [
        (b'{"key":"sesame","a":1}', [b"sesame"], b'{"a":2,"key":"x"}'),
        (b'{"key":"sesame"}', [b"sesame"], b'{"key":7}'),
        (b'{"key":"sesame"}', [b"sesame"], b'{"key":"x","more":1}'),
        (b'{"text":"use sesame now"}', [b"sesame"], b'{"text":"use x later"}'),
        (b'{"text":"a one b two c"}', [b"one", b"two"], b'{"text":"a 1 c"}'),
        (b'{"text":"aa sesame aa"}', [b" sesame "], b'{"text":"aaa"}'),
        (b'{"sesame":1,"a":2}', [b"sesame"], b'{"a":2,"open":3}'),
        (b'{"a":true,"key":"sesame"}', [b"sesame"], b'{"a":1,"key":"x"}'),
        (b"key=sesame&a=1", [b"sesame"], b"key=other&a=2"),
    ],
)
def test_the_rest_must_be_equal(recorded: bytes, secrets: list[bytes], asked: bytes) -> None:
    assert not open_body(*redacted(recorded, *secrets)).fits(body_of(asked))


@pytest.mark.parametrize("depth", [1500, 3000, 100_000])
def test_what_is_nested_too_deep_is_compared_as_bytes(depth: int) -> None:
    deep = b'{"x":' * depth + b'"sesame"' + b"}" * depth
    recorded = open_body(*redacted(deep, b"sesame"), [parse("$..x")])
    assert recorded.fits(body_of(deep.replace(b"sesame", b"other"), [parse("$..x")]))
    assert not recorded.fits(body_of(deep.replace(b"x", b"y", 1)))


BODY = b'{"a":{"id":1,"x":2},"list":[{"id":1,"t":"a"},{"id":2,"t":"b"}],"id":9,"odd name":{"y":[1,2,3]}}'


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("$.a.id", {"a": {"x": 2}}),
        ("$.list[*].id", {"list": [{"t": "a"}, {"t": "b"}]}),
        ("$.list[0]", {"list": [{"id": 2, "t": "b"}]}),
        ("$.list[-1]['id']", {"list": [{"id": 1, "t": "a"}, {"t": "b"}]}),
        ("$['odd name'].y[1]", {"odd name": {"y": [1, 3]}}),
        ('$["odd name"].*', {"odd name": {}}),
        ("$.a.*", {"a": {}}),
        ("$.list[*]", {"list": []}),
        ("$.nothing.here", {}),
        ("$.list[7]", {}),
        ("$.a[0]", {}),
        ("$.list.id", {}),
    ],
)
def test_a_place_that_is_ignored(path: str, left: dict[str, Any]) -> None:
    assert body_of(BODY, [parse(path)]).read() == {**json.loads(BODY), **left}


def test_a_place_at_any_depth() -> None:
    without = body_of(BODY, [parse("$..id")]).read()
    assert without == {
        "a": {"x": 2},
        "list": [{"t": "a"}, {"t": "b"}],
        "odd name": {"y": [1, 2, 3]},
    }
    nested = b'{"x":{"x":{"x":1},"y":2}}'
    assert body_of(nested, [parse("$..x")]).read() == {}
    assert body_of(b"[[1],[2]]", [parse("$..[0]")]).read() == [[]]


def test_an_ignored_place_may_be_there_or_not() -> None:
    ignored = [parse("$.metadata")]
    assert body_of(b'{"a":1,"metadata":{"user":"x"}}', ignored) == body_of(b'{"a":1}', ignored)
    recorded = redacted(b'{"a":1,"metadata":{"user":"sesame"}}', b"sesame")
    assert open_body(*recorded, ignored).fits(body_of(b'{"a":1}', ignored))
