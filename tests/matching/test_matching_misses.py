"""What a miss says: the nearest request, where it differs, how to mend it, and no secrets."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead import Request, UsageError
from playhead.matching import Book, Entry, Rules
from playhead.matching.jsonpath import parse
from playhead.matching.misses import told, without_secrets
from playhead.matching.nearest import nearest
from playhead.model import Redaction
from playhead.sanitise import sanitise

SECRET = "sk-ant-api03-" + "Ab1" * 20


def _hide(request: Request) -> Request:
    return without_secrets(request, b"a random key")


def ask(body: object = None, path: str = "/v1/messages", method: str = "POST") -> Request:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = (("content-type", "application/json"),)
    return Request(method=method, url=f"https://api.example{path}", body=data, headers=kind)


def chat(*texts: str, **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": text} for text in texts], **more}


def miss(
    recorded: Sequence[Request | Entry | None],
    request: Request,
    *,
    played: Sequence[int] | None = None,
    rules: Rules | None = None,
) -> str:
    entries = [each if isinstance(each, Entry) else Entry(each) for each in recorded]
    book = Book(entries, rules or Rules())
    counts = played or [0] * len(entries)
    return told(book, request, counts, range(1, len(entries) + 1), "agent", _hide)


def test_one_text_that_differs_is_shown_with_its_place() -> None:
    text = miss([ask(chat("Rome?")), ask(chat("Paris?", "and then?"))], ask(chat("Oslo?", "and then?")))
    assert text.splitlines() == [
        "No exchange of agent answers POST /v1/messages",
        "Nearest is exchange 2: POST /v1/messages (not played yet). What differs:",
        "  body $.messages[0].content",
        '    recorded  "Paris?"',
        '    made now  "Oslo?"',
        "To mend: make the recorded request, or record this one.",
        '  Where that does not matter: ignore=["$.messages[0].content"]',
        "It holds (2 of 2 are left to play):",
        "  1 to 2. POST /v1/messages (not played yet)",
    ]


def test_an_item_more_is_one_difference() -> None:
    text = miss([ask(chat("a", "b", "c"))], ask(chat("a", "x", "b", "c")))
    assert text.count("recorded  ") == 1
    assert "recorded  (nothing)" in text
    assert 'made now  {"role": "user", "content": "x"}' in text


def test_a_member_that_is_missing_and_one_that_is_new() -> None:
    text = miss([ask(chat("a", stream=True))], ask(chat("a", seed=1)))
    assert "  body $.stream\n    recorded  true\n    made now  (nothing)" in text
    assert "  body $.seed\n    recorded  (nothing)\n    made now  1" in text
    assert 'ignore=["$.stream", "$.seed"]' in text


def test_odd_names_are_written_so_that_they_can_be_ignored() -> None:
    text = miss([ask({"odd name": {"it's": 1}})], ask({"odd name": {"it's": 2}}))
    assert "ignore=[\"$['odd name']['it\\\\'s']\"]" in text
    rules = Rules.of(ignore=["$['odd name']['it\\'s']"])
    assert Book([Entry(ask({"odd name": {"it's": 1}}))], rules).fitting(ask({"odd name": {"it's": 2}})) == [0]


@given(st.text(max_size=9) | st.sampled_from(["a.b", "filter[name]", "", "\x1b[2J", "\u202e", "\U000e0041"]))
def test_any_name_is_shown_so_that_it_can_be_ignored(name: str) -> None:
    one, other = ask({name: {"x": [1]}}), ask({name: {"x": [2]}})
    text = miss([one], other)
    assert all(line.isprintable() or sanitise(line) == line for line in text.split("\n"))
    places = ast.literal_eval(text.partition("ignore=")[2].partition("\nIt holds")[0])
    assert Book([Entry(one)], Rules.of(ignore=places)).fitting(other) == [0]
    assert parse(places[0]).steps[0].key == name


def test_names_that_are_no_plain_words() -> None:
    text = miss([ask({"a.b": 1, "": 1, "f[x]": 1, "\n": 1})], ask({"a.b": 2, "": 2, "f[x]": 2, "\n": 2}))
    for path in ("$['a.b']", "$['']", "$['f[x]']", "$['\\n']"):
        assert f"  body {path}\n" in text


def test_nothing_is_offered_that_would_not_help() -> None:
    assert "ignore=" not in miss([ask(chat("a"))], ask(chat("b"), path="/v2"))
    many = {f"n{number}": number for number in range(20)}
    text = miss([ask(many)], ask(dict.fromkeys(many, -1)))
    assert "and 12 more places of the body" in text
    assert "ignore=" not in text


def test_other_parts_are_shown_one_by_one() -> None:
    text = miss([ask(chat("a"), "/v1/messages?beta=1")], ask(chat("a"), "/v1/messages?beta=2", "PUT"))
    assert "  method\n    recorded  POST\n    made now  PUT" in text
    assert '  query beta\n    recorded  "1"\n    made now  "2"' in text
    assert "  body" not in text


def test_a_parameter_that_is_no_text_can_be_shown() -> None:
    text = miss([ask(chat("a"), "/v1?k=%FF")], ask(chat("a"), "/v1?k=%FE"))
    assert "  query k\n" in text
    assert text.encode()


def test_only_the_parameters_that_differ_are_shown() -> None:
    url = f"/v1?api_key={'R' * 64}&alt=sse&tag=a&tag=b"
    entry = Entry(ask(chat("a"), url), (Redaction("url", "key", len("https://api.example/v1?api_key="), 64),))
    text = miss([entry], ask(chat("a"), f"/v1?tag=a&tag=c&alt=ssezz&new=%1B&api_key={SECRET}"))
    assert '  query alt\n    recorded  "sse"\n    made now  "ssezz"\n' in text
    assert '  query tag\n    recorded  "b"\n    made now  "c"\n' in text
    assert '  query new\n    recorded  (nothing)\n    made now  "\\u001b"\n' in text
    assert "query api_key" not in text
    assert 'ignore=["query.alt", "query.tag", "query.new"]' in text
    rules = Rules.of(ignore=["query.alt", "query.tag"])
    text = miss([entry], ask(chat("a"), f"/v1?alt=x&new=1&api_key={SECRET}"), rules=rules)
    assert "query alt" not in text
    assert 'ignore=["query.new"]' in text


def test_values_in_another_order_differ() -> None:
    text = miss([ask(chat("a"), "/v1?t=1&t=2")], ask(chat("a"), "/v1?t=2&t=1"))
    assert '  query t\n    recorded  "1", "2"\n    made now  "2", "1"\n' in text


def test_bodies_that_are_no_json() -> None:
    text = miss([ask(b"a=1")], ask(b"a=2"))
    assert "  body\n    recorded  3 bytes that are no JSON: b'a=1'" in text
    text = miss([ask(chat("a"))], ask(b""))
    assert "  body\n    recorded  JSON\n    made now  empty" in text


def test_one_request_too_many() -> None:
    text = miss([ask(chat("a")), ask(chat("b"))], ask(chat("a")), played=[1, 0])
    assert "Exchange 1 answers it, and was played: it is made more often than recorded." in text
    assert 'repeats="repeat"' in text
    assert "Nearest" not in text


def test_an_empty_cassette_and_one_of_imports() -> None:
    assert "It holds no exchange." in miss([], ask())
    assert "any request (played)" in miss([None], ask(), played=[1])


def test_a_matcher_that_refuses_is_named() -> None:
    def same_tenant(made: Request, recorded: Request) -> bool:
        return made.method != recorded.method

    text = miss([ask(chat("a"))], ask(chat("a")), rules=Rules.of(["path", "body", same_tenant]))
    assert "the matcher same_tenant refuses it" in text


def test_a_number_that_is_none_is_shown_as_it_is_written() -> None:
    recorded = Request(method="POST", url="/v1", body=b'{"a":NaN,"b":1}')
    text = miss([recorded], Request(method="POST", url="/v1", body=b'{"a":1e400,"b":1}'))
    assert "recorded  NaN" in text
    assert "made now  1e400" in text


def test_secrets_of_neither_side_are_told() -> None:
    made = ask({"api_key": SECRET, "text": f"use {SECRET}", "n": 1}, f"/v1?key={SECRET}")
    text = miss([ask({"api_key": SECRET + "x", "text": "use none", "n": 2}, "/v1?key=a")], made)
    assert "Ab1" not in text
    assert "body $.n" in text
    assert "REDACTED" in text


def test_a_secret_that_both_have_is_no_difference() -> None:
    text = miss([ask({"api_key": SECRET, "n": 1})], ask({"api_key": SECRET, "n": 2}))
    assert "api_key" not in text


def test_what_was_redacted_is_no_difference() -> None:
    body = b'{"api_key":"RRRRRRRR","n":1}'
    entry = Entry(ask(body), (Redaction("request.body", "api-key", body.index(b"RRRRRRRR"), 8),))
    text = miss([entry], ask({"api_key": SECRET, "n": 2}))
    assert "api_key" not in text
    assert 'ignore=["$.n"]' in text


def test_a_number_that_was_redacted_is_no_difference() -> None:
    body = b'{"pin":12345,"n":1}'
    entry = Entry(ask(body), (Redaction("request.body", "pin", body.index(b"12345"), 5),))
    assert "pin" not in miss([entry], ask({"pin": 77, "n": 2}))


def test_recorded_text_cannot_drive_the_terminal() -> None:
    text = miss([ask({"\x1b[2J": "\x1b]0;x\x07"})], ask({"\x1b[2J": "\u202e"}))
    assert text.isprintable() or all(line.isprintable() for line in text.splitlines())


@pytest.mark.parametrize("wanted", range(0, 200, 23))
def test_the_nearest_is_found_among_many(wanted: int) -> None:
    turns = [f"turn {number} of a long talk" for number in range(6)]
    bodies = [
        chat(*turns[: 1 + number % 6], f"question {number}", user=f"u{number}") for number in range(200)
    ]
    book = Book([Entry(ask(body)) for body in bodies])
    asked = ask({**bodies[wanted], "temperature": 0.5})
    assert nearest(book, asked, [0] * 200) == wanted


def test_a_turn_that_was_changed_is_still_the_nearest() -> None:
    """The first request shares everything but the message; the second shares what the message holds."""
    call = {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "t1", "name": "weather", "input": {}}],
    }
    first, second = chat("What is it like in Paris?"), chat("What is it like in Paris?")
    second["messages"].append(call)
    made = json.loads(json.dumps(second).replace("Paris", "Rome").replace('"t1"', '"t2"'))
    text = miss([ask(first), ask(second)], ask(made), played=[1, 0])
    assert "Nearest is exchange 2" in text
    assert 'body $.messages[1].content[0].id\n    recorded  "t1"\n    made now  "t2"' in text


def test_no_line_is_wider_than_a_terminal() -> None:
    """Long texts show where they begin to differ; many places to ignore stand below each other."""
    words = " ".join(f"word{number}" for number in range(16))
    recorded = {f"a_member_{number}": words for number in range(6)} | {"system": words * 9, "n": [words * 3]}
    made = {**{name: text_.replace("word14", "WORD") for name, text_ in recorded.items() if name != "n"},
            "n": [words * 3, {"more": words * 3}]}  # fmt: skip
    text = miss([ask(recorded)], ask(made))
    assert max(map(len, text.splitlines())) <= 96
    assert "    recorded  …" in text
    assert ' word13 word14 word15"\n    made now  …' in text
    assert ' word13 WORD word15"\n' in text
    assert 'made now  {"more": "word0 word1' in text
    assert " characters)\n" in text
    places = text.partition("ignore=[\n")[2].partition("\n  ]")[0]
    names = [json.loads(line.strip().rstrip(",")) for line in places.splitlines()]
    assert Book([Entry(ask(recorded))], Rules.of(ignore=names)).fitting(ask(made)) == [0]


def test_texts_that_look_the_same_are_escaped() -> None:
    text = miss([ask(chat("caf\u00e9"))], ask(chat("cafe\u0301")))
    assert 'recorded  "caf\\xe9"' in text
    assert 'made now  "cafe\\u0301"' in text
    assert '"Käse"' in miss([ask(chat("Käse"))], ask(chat("Kuchen")))


def test_a_matcher_that_fails_is_told_with_its_line() -> None:
    def fails(made: Request, recorded: Request) -> bool:
        return bool(len(recorded.url) / len(made.method[9:]))

    line = fails.__code__.co_firstlineno + 1
    with pytest.raises(UsageError, match="the matcher fails failed at ") as met:
        miss([ask(chat("a"))], ask(chat("a")), rules=Rules.of([fails]))
    assert f"test_matching_misses.py:{line}: ZeroDivisionError" in str(met.value)


def test_a_matcher_that_is_in_no_list() -> None:
    matcher: Any = lambda *requests: bool(requests)  # noqa: E731 - as it is written in a marker
    with pytest.raises(UsageError) as met:
        Rules.of(matcher)
    assert str(met.value) == "match_on is a list, not <lambda>\nPut it into one: match_on=[…]."
