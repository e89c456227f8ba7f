"""AsyncAPI 2.x and 3.x: where messages stand, what they are called, which channel a URL belongs to."""

from __future__ import annotations

import json

import pytest

from playhead import asyncapi
from playhead.asyncapi import judge
from playhead.errors import UsageError

TIDE = {"type": "object", "required": ["level"], "properties": {"level": {"type": "number"}}}
STORM = {"type": "object", "required": ["force"], "properties": {"force": {"type": "integer"}}}
GOOD = (("tide", {"level": 1.5}), ("storm", {"force": 9}))
BAD = (("tide", {"force": 9}), ("storm", {"level": 1.5}), ("quake", {}))
RULES = ["asyncapi-invalid-message", "asyncapi-invalid-message", "asyncapi-unknown-message"]


def two(channels, **members):
    return {"asyncapi": "2.6.0", "info": {"title": "t", "version": "1"}, "channels": channels, **members}


def three(**members):
    return {"asyncapi": "3.0.0", "info": {"title": "t", "version": "1"}, **members}


def ref(pointer):
    return {"$ref": pointer}


COMPONENTS = {
    "messages": {
        "tide": {"payload": ref("#/components/schemas/Tide")},
        "Sturm": {"name": "storm", "payload": ref("#/components/schemas/Storm")},
    },
    "schemas": {"Tide": TIDE, "Storm": STORM},
}
BOTH = {"oneOf": [ref("#/components/messages/tide"), ref("#/components/messages/Sturm")]}

DOCUMENTS = {
    "2, references in oneOf": two({"/w": {"subscribe": {"message": BOTH}}}, components=COMPONENTS),
    "2, inline, named by messageId": two(
        {
            "/w": {
                "subscribe": {
                    "message": {
                        "oneOf": [
                            {"messageId": "tide", "payload": TIDE},
                            {"messageId": "x", "name": "storm", "payload": STORM},
                        ]
                    }
                }
            }
        }
    ),
    "2, publish alone": two({"/w": {"publish": {"message": BOTH}}}, components=COMPONENTS),
    "2, what others send is no event": two(
        {"/w": {"subscribe": {"message": BOTH}, "publish": {"message": {"name": "quake"}}}},
        components=COMPONENTS,
    ),
    "2, the channel by reference": two(
        {"/w": ref("#/components/channels/w")},
        components=COMPONENTS | {"channels": {"w": {"subscribe": {"message": BOTH}}}},
    ),
    "2, names by traits": two(
        {
            "/w": {
                "subscribe": {
                    "message": {
                        "oneOf": [
                            {"traits": [ref("#/components/messageTraits/t")], "name": "x", "payload": TIDE},
                            {
                                "traits": [{"name": "storm", "contentType": "application/json"}],
                                "payload": STORM,
                            },
                        ]
                    }
                }
            }
        },
        components={"messageTraits": {"t": {"name": "tide"}}},
    ),
    "2.0, JSON Schema named": two(
        {
            "/w": {
                "subscribe": {
                    "message": {
                        "oneOf": [
                            {
                                "name": "tide",
                                "schemaFormat": "application/schema+json;version=draft-07",
                                "payload": TIDE,
                            },
                            {
                                "name": "storm",
                                "schemaFormat": "application/vnd.aai.asyncapi;version=2.0.0",
                                "payload": STORM,
                            },
                        ]
                    }
                }
            }
        }
    )
    | {"asyncapi": "2.0.0"},
    "3, all of the channel": three(
        channels={
            "w": {
                "address": "/w",
                "messages": {
                    "tide": ref("#/components/messages/tide"),
                    "s": ref("#/components/messages/Sturm"),
                },
            }
        },
        components=COMPONENTS,
    ),
    "3, those of the operation": three(
        channels={
            "w": {
                "address": "/w",
                "messages": {
                    "tide": {"payload": TIDE},
                    "storm": {
                        "payload": {
                            "schemaFormat": "application/schema+yaml;version=draft-07",
                            "schema": STORM,
                        }
                    },
                    "quake": {"payload": True},
                },
            }
        },
        operations={
            "get": {
                "action": "receive",
                "channel": ref("#/channels/w"),
                "messages": [
                    ref("#/channels/w/messages/tide"),
                    ref("#/channels/w/messages/storm"),
                ],
            }
        },
    ),
    "3, the reply": three(
        channels={
            "w": {
                "address": "/w",
                "messages": {
                    "tide": {"payload": ref("#/components/schemas/Tide")},
                    "storm": {"payload": STORM},
                    "quake": {},
                },
            },
            "ask": {"address": "/ask", "messages": {"question": {}}},
        },
        operations={
            "ask": {
                "action": "send",
                "channel": ref("#/channels/ask"),
                "reply": {
                    "channel": ref("#/channels/w"),
                    "messages": [ref("#/channels/w/messages/tide"), ref("#/channels/w/messages/storm")],
                },
            }
        },
        components={
            "schemas": {
                "Tide": {"schemaFormat": "application/vnd.aai.asyncapi+json;version=3.0.0", "schema": TIDE}
            }
        },
    ),
    "3, a reply that names no messages beside one that does": three(
        channels={
            "w": {"address": "/w", "messages": {"tide": {"payload": TIDE}, "storm": {"payload": STORM}}},
            "ask": {"address": "/ask", "messages": {"question": {}}},
        },
        operations={
            "one": {
                "channel": ref("#/channels/ask"),
                "reply": {
                    "channel": ref("#/channels/w"),
                    "messages": [ref("#/channels/w/messages/tide")],
                },
            },
            "all": {"channel": ref("#/channels/ask"), "reply": {"channel": ref("#/channels/w")}},
        },
    ),
    "3, several channels of one address": three(
        channels={
            "a": {"address": "/w", "messages": {"tide": {"payload": TIDE}}},
            "b": {"address": "https://h.test/w", "messages": {"storm": {"payload": STORM}}},
            "c": {"address": "/c", "messages": {"quake": {}}},
        },
    ),
    "3, its own name before a trait's": three(
        channels={
            "w": {
                "messages": {
                    "x": {"name": "tide", "traits": [{"name": "quake"}], "payload": TIDE},
                    "y": {"traits": [{"name": "storm"}], "payload": STORM},
                }
            }
        },
    ),
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_messages_are_found_wherever_they_stand(document, findings):
    url = "https://h.test/w"
    assert findings(document, *GOOD, url=url) == []
    found = findings(document, *BAD, url=url)
    assert sorted({(each.frame, each.rule) for each in found}) == list(enumerate(RULES, 1))


@pytest.mark.parametrize(
    "format_", ["application/vnd.apache.avro;version=1.9.0", "application/schema+json;version=2020-12"]
)
@pytest.mark.parametrize("generation", [2, 3])
def test_a_payload_in_another_language_is_told_once(format_, generation, findings):
    if generation == 2:
        message = {"name": "tide", "schemaFormat": format_, "payload": {"type": "record"}}
        document = two({"/w": {"subscribe": {"message": message}}})
    else:
        message = {"payload": {"schemaFormat": format_, "schema": {"type": "record"}}}
        document = three(channels={"w": {"messages": {"tide": message}}})
    (found,) = findings(document, ("tide", {"level": "?"}), ("tide", {}))
    assert (found.rule, found.severity.value, found.frame) == ("asyncapi-unchecked-message", "warning", 1)
    assert format_[:30] in found.message


@pytest.mark.parametrize(
    ("payload", "fits"), [(True, True), (False, False), ({}, True), ({"not": {}}, False), (None, True)]
)
def test_schemas_that_say_all_or_nothing(payload, fits, findings):
    message = {"name": "tide"} | ({} if payload is None else {"payload": payload})
    found = findings(two({"/w": {"subscribe": {"message": message}}}), ("tide", {"a": 1}))
    assert not found if fits else [each.rule for each in found] == ["asyncapi-invalid-message"]


@pytest.mark.parametrize(
    ("message", "default", "data", "rule"),
    [
        ({"contentType": "application/json"}, None, "low", "asyncapi-not-json"),
        ({"contentType": "application/problem+json; charset=utf-8"}, None, "low", "asyncapi-not-json"),
        ({}, "application/json", "low", "asyncapi-not-json"),
        ({}, None, "low", None),
        ({}, None, "7", "asyncapi-invalid-message"),
        ({"contentType": "text/plain"}, "application/json", "7", None),
        ({"contentType": "text/plain"}, None, "high", "asyncapi-invalid-message"),
    ],
)
def test_the_content_type_says_what_data_is(message, default, data, rule, findings):
    message = {"name": "tide", "payload": {"type": "string", "enum": ["low", "7"]}, **message}
    document = two(
        {"/w": {"subscribe": {"message": message}}}, **({"defaultContentType": default} if default else {})
    )
    assert {each.rule for each in findings(document, ("tide", data))} == ({rule} if rule else set())


UNNAMED = three(
    channels={
        "w": {
            "messages": {
                "Tide": {
                    "payload": {**TIDE, "properties": {**TIDE["properties"], "kind": {"const": "tide"}}}
                },
                "Storm": {
                    "payload": {**STORM, "properties": {**STORM["properties"], "kind": {"const": "storm"}}}
                },
                "End": {"contentType": "text/plain", "payload": {"const": "over"}},
            }
        }
    }
)


def test_events_without_a_name_are_known_by_what_they_hold(findings):
    fits = ((None, {"kind": "tide", "level": 1}), (None, {"force": 9}), ("message", "over"))
    assert findings(UNNAMED, *fits) == []
    found = findings(
        UNNAMED,
        (None, {"kind": "storm", "force": "9"}),
        (None, {"kind": "tide"}),
        (None, {"kind": "quake"}),
        (None, "{"),
    )
    assert [(each.frame, each.rule, each.message) for each in found[:3]] == [
        (1, "asyncapi-invalid-message", "Storm: $.force: expected integer, found string"),
        (2, "asyncapi-invalid-message", "Tide: $: 'level' is missing"),
        (3, "asyncapi-unknown-message", "fits none of the 3 messages that it could be"),
    ]
    assert [each.rule for each in found[3:]] == ["asyncapi-invalid-message"]


def test_one_message_without_a_name_takes_every_event(findings):
    document = two({"/w": {"subscribe": {"message": {"payload": TIDE}}}})
    assert findings(document, ("tide", {"level": 1}), (None, {"level": 2}), ("any", {"level": 3})) == []
    assert len(findings(document, ("tide", {}), (None, {}), ("any", {}))) == 3


def many(addresses, **members):
    return two(
        {
            address: {"subscribe": {"message": {"name": "tide", "payload": {"const": number}}}}
            for number, address in enumerate(addresses)
        },
        **members,
    )


SERVERS = {"servers": {"a": {"url": "https://{region}.h.test/v{number}/", "protocol": "https"}}}


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://h.test/tides", 0),
        ("https://h.test/tides/?since=1#x", 0),
        ("https://eu.h.test/v7/tides", 0),
        ("https://gateway.test/any/where/tides", 0),
        ("https://h.test/tides/kiel", 1),
        ("https://h.test/v2/tides/kiel", 1),
        ("https://h.test/tides/all", 2),
        ("https://h.test/storms/north-sea.json", 3),
    ],
)
def test_the_url_chooses_the_channel(url, place, findings):
    document = many(["tides", "/tides/{port}", "/tides/all", "/storms/{sea}.json"], **SERVERS)
    assert findings(document, ("tide", place), url=url) == []
    others = [number for number in range(4) if number != place]
    assert len(findings(document, *[("tide", number) for number in others], url=url)) == 3


def test_pathnames_of_servers_choose_in_3(findings):
    channels = {
        key: {"address": address, "messages": {"tide": {"payload": {"const": number}}}}
        for number, (key, address) in enumerate({"a": "/x", "b": "/y/x"}.items())
    }
    document = three(
        channels=channels, servers={"s": {"host": "h.test", "protocol": "https", "pathname": "/y"}}
    )
    assert findings(document, ("tide", 1), url="https://h.test/y/x") == []
    assert findings(document, ("tide", 0), url="https://h.test/z/x") == []


def test_a_url_that_no_channel_fits_is_told_and_its_events_are_tried(findings):
    document = many(["/tides", "/storms"])
    found = findings(document, ("tide", 1), ("quake", 1), url="https://h.test/quakes")
    assert [(each.rule, each.frame) for each in found] == [
        ("asyncapi-unknown-channel", None),
        ("asyncapi-unknown-message", 2),
    ]
    assert "/quakes" in found[0].message


def test_without_a_url_all_channels_are_tried(findings):
    assert findings(many(["/tides", "/storms"]), ("tide", 1), ("tide", 0), url=None) == []


def test_a_channel_can_be_named(findings):
    document = many(["/tides", "/storms"])
    found = findings(document, ("tide", 0), url="https://h.test/tides", channel="/storms")
    assert [each.rule for each in found] == ["asyncapi-invalid-message"]
    with pytest.raises(UsageError, match="has no channel '/quakes'"):
        findings(document, ("tide", 0), channel="/quakes")


def test_only_events_are_held_against_the_document(findings):
    document = many(["/tides"])
    events = (
        ": hello\n\n",
        "id: 7\n\n",
        "retry: 9\n\n",
        "event: quake\n\n",
        ("tide", 0),
        "event: tide\ndata: 7\n",
    )
    assert findings(document, *events) == []


def test_a_body_that_is_no_stream_has_no_events(findings):
    assert findings(many(["/tides"]), ("quake", 0), content_type="application/json") == []


def test_lines_of_json_are_events_without_a_name(findings):
    lines = '{"level": 1}\n{"level": "2"}\n'
    document = two({"/w": {"subscribe": {"message": {"payload": TIDE}}}})
    (found,) = findings(document, lines, content_type="application/x-ndjson")
    assert (found.frame, found.message) == (2, "message: $.level: expected number, found string")


def test_a_finding_quotes_no_page_of_text(findings):
    document = two({"/w": {"subscribe": {"message": {"name": "tide", "payload": {"enum": ["low", "high"]}}}}})
    (found,) = findings(document, ("tide", json.dumps("secret " * 1000)))
    assert len(found.message) < 120


def test_a_broken_event_says_only_so_much(findings):
    payload = {"required": [f"m{number}" for number in range(40)]}
    found = findings(
        two({"/w": {"subscribe": {"message": {"name": "tide", "payload": payload}}}}), ("tide", {})
    )
    assert [each.message for each in found[4:]] == [
        "tide: $: 'm4' is missing",
        "tide: and 35 more of this kind",
    ]


def test_an_open_list_of_values_is_noted_wherever_it_stands(findings):
    word = {"type": "string", "x-extensible-enum": ["low", "high"]}
    payload = {
        "properties": {
            "plain": word,
            "list": {"type": "array", "items": word},
            "either": {"anyOf": [word, {"type": "null"}]},
            "all": {"allOf": [{"not": {"properties": {"a": word}, "required": ["a"]}}]},
        }
    }
    document = two({"/w": {"subscribe": {"message": {"name": "tide", "payload": payload}}}})
    known = {"plain": "low", "list": ["low", "high"], "either": None, "all": {}}
    assert findings(document, ("tide", known)) == []
    found = findings(document, ("tide", {"plain": "new", "list": ["low", "new"], "either": "new", "all": {}}))
    assert [(each.rule, each.message.split(":")[1]) for each in found] == [
        ("asyncapi-unknown-value", " $.plain"),
        ("asyncapi-unknown-value", " $.list[1]"),
        ("asyncapi-unknown-value", " $.either"),
    ]
    (broken,) = findings(document, ("tide", {"all": {"a": "new"}}))
    assert broken.rule == "asyncapi-invalid-message"


def test_the_public_way_is_short():
    assert {"load", "validate", "Contract", "Document"} <= set(asyncapi.__all__)


@pytest.mark.parametrize("data", ["NaN", "1e400", "-Infinity", "1" * 5000])
def test_numbers_that_cannot_be_divided_raise_nothing(data, findings):
    payload = {"type": "number", "multipleOf": 0.1}
    document = two({"/w": {"subscribe": {"message": {"name": "tide", "payload": payload}}}})
    assert {each.rule for each in findings(document, ("tide", data))} <= {
        "asyncapi-unchecked-message",
        "asyncapi-invalid-message",
        "asyncapi-not-json",
    }


def test_a_message_keyed_message_is_one_of_many_for_events_without_a_name(findings):
    messages = {
        "message": {"payload": {"required": ["text"]}},
        "hello": {"payload": {"required": ["greeting"]}},
    }
    document = three(channels={"w": {"messages": messages}})
    assert findings(document, (None, {"text": ""}), (None, {"greeting": ""})) == []
    messages["message"]["name"] = "message"
    assert len(findings(document, (None, {"text": ""}), (None, {"greeting": ""}))) == 1


def test_no_event_changes_what_is_said_of_a_later_one(findings):
    """Of messages that both fit, the first of the document counts, whichever fitted last."""
    word = {"x-extensible-enum": ["known"]}
    loose = {"name": "m", "payload": {"type": "object", "properties": {"a": word}}}
    strict = {"name": "m", "payload": {"type": "object", "required": ["b"], "properties": {"b": word}}}
    document = two({"/w": {"subscribe": {"message": {"oneOf": [strict, loose]}}}})
    both = ("m", {"a": "new", "b": "new"})
    (alone,) = findings(document, both)
    assert "$.b" in alone.message
    later = findings(document, ("m", {"a": "known"}), both)
    assert [each.message for each in later] == [alone.message]


def test_messages_that_a_constant_excludes_are_not_tried(findings, monkeypatch):
    kinds = [f"k{at}" for at in range(20)]
    messages = [{"payload": {"type": "object", "properties": {"kind": {"const": kind}}}} for kind in kinds]
    document = two({"/w": {"subscribe": {"message": {"oneOf": messages}}}})
    tried = []
    kept = judge._Kind.check
    monkeypatch.setattr(judge._Kind, "check", lambda self, content: tried.append(self) or kept(self, content))
    assert findings(document, *((None, {"kind": kind}) for kind in kinds)) == []
    assert len(tried) == len(kinds)
