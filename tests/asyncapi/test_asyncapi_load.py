"""Reading documents: JSON and YAML, what is refused and where, extras that are missing."""

from __future__ import annotations

import json
import sys

import pytest

from playhead import asyncapi
from playhead.asyncapi import syntax
from playhead.errors import InputError, MissingExtra

SMALL = {
    "asyncapi": "2.6.0",
    "info": {"title": "Tides", "version": "1"},
    "channels": {"/tides": {"subscribe": {"message": {"name": "tide", "payload": {"type": "object"}}}}},
}
SMALL_YAML = """\
asyncapi: 2.6.0
info: {title: Tides, version: '1'}
channels:
  /tides:
    subscribe:
      message:
        name: tide
        payload:
          type: object
          properties:
            on: {const: yes}
            since: {const: 2026-11-20}
            wet: {const: true}
            level: {const: 1.5}
            404: {type: string}
"""


def load(value, name="made.json"):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return asyncapi.load(data, name)


def with_payload(payload, **components):
    made = json.loads(json.dumps(SMALL))
    made["channels"]["/tides"]["subscribe"]["message"]["payload"] = payload
    return made | {"components": components}


def test_yaml_and_json_read_alike():
    documents = [
        load(SMALL),
        load(json.dumps(SMALL).encode(), "made.yaml"),
        load(b"\xef\xbb\xbf" + json.dumps(SMALL).encode()),
    ]
    assert {(each.version, each.title, each.channels[0].messages[0].name) for each in documents} == {
        ("2.6.0", "Tides", "tide")
    }


def test_yaml_has_the_types_of_json_only(findings):
    document = load(SMALL_YAML.encode(), "made.yaml")
    fits = {"on": "yes", "since": "2026-11-20", "wet": True, "level": 1.5, "404": "x"}
    assert findings(document, ("tide", fits)) == []
    found = findings(document, ("tide", {"on": True, "since": "2026-11-21", "wet": "true", "404": 1}))
    assert [each.message.split(":")[1] for each in found] == [" $.on", " $.since", " $.wet", " $['404']"]


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b'{"asyncapi": "2.6.0",\n "info": }', "a.json", "a.json, line 2, column 10: no JSON"),
        (b"asyncapi: 2.6.0\ninfo: [1, 2\nchannels: {}\n", "a.yaml", "a.yaml, line 3, column 9: no YAML"),
        (b"a: !!python/object/apply:os.getcwd []\n", "a.yaml", "a.yaml, line 1, column 4: no YAML"),
        (b"a: !!binary aGk=\n", "a.yaml", "YAML type bytes"),
        (b"a: &x {b: 1}\nc: {<<: *x}\n", "a.yaml", "a.yaml, line 2, column 5: no YAML: merge keys"),
        (b"a: &x [*x]\n", "a.yaml", "alias"),
        (b"? [1]\n: 2\n", "a.yaml", "a.yaml"),
        (b"a: 1\n---\nb: 2\n", "a.yaml", "a.yaml, line 2, column 1: no YAML"),
        (b"a: \x00", "a.yaml", "a.yaml: no YAML"),
        (b"a: *x", "a.yaml", "a.yaml, line 1, column 4: no YAML"),
        (b"\xff{}", "a.json", "byte 0 is not UTF-8"),
        (b" \n", "a.json", "is empty"),
        (b'{"a": NaN}', "a.json", "NaN is no number"),
        (b"[" * 200_000 + b"]" * 200_000, "a.json", "nested"),
        (b"[" * 300 + b"]" * 300, "a.json", "nested more than 200 deep"),
        (b"a: [" + b"[" * 900 + b"]" * 900 + b"]", "a.yaml", "nested"),
        (b"[1]", "a.json", "no member `asyncapi`"),
        (b'{"openapi": "3.1.0"}', "a.json", "no member `asyncapi`"),
        (b'{"asyncapi": "1.2.0"}', "a.json", "AsyncAPI version 1.2.0 cannot be read"),
        (b'{"asyncapi": 2.6}', "a.json", "AsyncAPI version 2.6 cannot be read"),
        (b'{"asyncapi": "2.6.0"}', "a.json", "#/channels: a document has an object here"),
        (b'{"asyncapi": "2.6.0", "channels": {"/a": 1}}', "a.json", "#/channels/~1a: a channel is an object"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(data, name, says):
    with pytest.raises(InputError) as raised:
        asyncapi.load(data, name)
    assert says in str(raised.value)


def test_aliases_that_stand_for_a_billion_values_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(InputError, match="more than 1,000,000 values"):
        asyncapi.load("\n".join(lines).encode(), "bomb.yaml")


def test_a_document_of_many_megabytes_is_refused():
    with pytest.raises(InputError, match="larger than 10 MiB"):
        asyncapi.load(b" " * (syntax.MAX_BYTES + 1), "big.json")


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("https://example.test/tide.json", "leads out of the document"),
        ("other.yaml#/tide", "leads out of the document"),
        ("#tide", "no JSON Pointer"),
        ("#/components/schemas/Gone", "leads nowhere: #/components/schemas has no 'Gone'"),
        ("#/components/schemas/Round", "leads round in a circle"),
    ],
)
def test_references_that_cannot_be_followed_are_told(reference, says):
    schemas = {
        "Round": {"$ref": "#/components/schemas/Square"},
        "Square": {"$ref": "#/components/schemas/Round"},
    }
    with pytest.raises(InputError) as raised:
        load(with_payload({"properties": {"a": {"$ref": reference}}}, schemas=schemas))
    assert says in str(raised.value)
    assert "made.json, #/" in str(raised.value)


def test_a_reference_through_itself_is_told():
    with pytest.raises(InputError, match="circle"):
        load(with_payload({"$ref": "#/components/a/b"}, a={"$ref": "#/components/a/b"}))


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ({"type": "objekt"}, "payload/type: no JSON Schema"),
        ({"properties": {"a": {"minimum": "1"}}}, "payload/properties/a/minimum: no JSON Schema"),
        ({"properties": {"a": 1}}, "payload/properties/a: a schema is an object, true or false"),
        ({"$ref": "#/components/schemas/Bad"}, "#/components/schemas/Bad/required: no JSON Schema"),
    ],
)
def test_what_is_no_schema_is_told_with_its_place(payload, says):
    with pytest.raises(InputError) as raised:
        load(with_payload(payload, schemas={"Bad": {"required": "a"}}))
    assert says in str(raised.value)


def test_references_are_found_behind_escapes_and_lists(findings):
    components = {
        "schemas": {
            "a/b~c": {"type": "integer"},
            "per cent%": {"type": "string"},
            "list": {"anyOf": [{"const": 1}]},
        }
    }
    properties = {
        "a": {"$ref": "#/components/schemas/a~1b~0c"},
        "b": {"$ref": "#/components/schemas/per%20cent%25"},
        "c": {"$ref": "#/components/schemas/list/anyOf/0"},
    }
    document = load(with_payload({"properties": properties}, **components))
    assert findings(document, ("tide", {"a": 1, "b": "x", "c": 1})) == []
    assert len(findings(document, ("tide", {"a": "x", "b": 1, "c": 2}))) == 3


def test_a_schema_that_holds_itself_is_checked_all_the_way_down(findings):
    node = {
        "type": "object",
        "$id": "https://example.test/node",
        "required": ["value"],
        "properties": {"value": {"type": "integer"}, "next": {"$ref": "#/components/schemas/No%20de"}},
    }
    document = load(with_payload({"$ref": "#/components/schemas/No%20de"}, schemas={"No de": node}))
    deep = {"value": 1, "next": {"value": 2, "next": {"value": 3}}}
    assert findings(document, ("tide", deep)) == []
    deep["next"]["next"]["value"] = "3"
    (found,) = findings(document, ("tide", deep))
    assert found.message == "tide: $.next.next.value: expected integer, found string"


def test_payloads_too_deep_to_check_are_told_not_raised(findings):
    node = {"properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    document = load(with_payload({"$ref": "#/components/schemas/Node"}, schemas={"Node": node}))
    for depth in (129, 400):
        (found,) = findings(document, ("tide", '{"next":' * depth + "{}" + "}" * depth))
        assert found.rule == "asyncapi-unchecked-message"


def test_an_unreadable_pattern_is_left_out_of_account(findings):
    document = load(with_payload({"properties": {"a": {"type": "string", "pattern": r"^\p{L}+$"}}}))
    assert findings(document, ("tide", {"a": "7"})) == []
    assert len(findings(document, ("tide", {"a": 7}))) == 1


@pytest.mark.parametrize(
    ("module", "data", "name"),
    [("jsonschema", json.dumps(SMALL).encode(), "a.json"), ("yaml", SMALL_YAML.encode(), "a.yaml")],
)
def test_a_missing_extra_is_named(monkeypatch, module, data, name):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra) as raised:
        asyncapi.load(data, name)
    assert raised.value.extra == "lint"
    assert "pip install 'playhead[lint]'" in str(raised.value)
