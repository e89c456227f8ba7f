"""What is compared, which recorded request answers, and what a choice of rules may not be."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead import Request, UsageError
from playhead.matching import Book, Entry, Rules, targets
from playhead.matching.wildcards import Pieces
from playhead.model import Redaction
from playhead.redaction import redact_request_headers

URL = "https://api.example/v1/messages?a=1&b=2"


def ask(url: str = URL, body: bytes | None = b'{"m":1}', method: str = "POST", **headers: str) -> Request:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Request(method=method, url=url, body=body, headers=pairs)


def answers(recorded: Request, asked: Request, rules: Rules | None = None, *redactions: Redaction) -> bool:
    return Book([Entry(recorded, redactions)], rules or Rules()).fitting(asked) == [0]


@pytest.mark.parametrize(
    "asked",
    [
        ask(),
        ask("http://127.0.0.1:8080/v1/messages?a=1&b=2"),
        ask("/v1/messages?a=1&b=2#fragment"),
        ask("/v1/messages?b=2&a=1"),
        ask("/v1/mess%61ges?%61=1&b=2"),
        ask(body=b'{ "m": 1.0 }'),
        ask(x_api_key="another"),
    ],
)
def test_what_means_the_same_answers(asked: Request) -> None:
    assert answers(ask(), asked)


@pytest.mark.parametrize(
    "asked",
    [
        ask(method="PUT"),
        ask("/v1/Messages?a=1&b=2"),
        ask("/v1%2Fmessages?a=1&b=2"),
        ask("/v1/messages?a=1"),
        ask("/v1/messages?a=1&b=2&b=2"),
        ask("/v1/messages?a=2&b=1"),
        ask(body=b'{"m":2}'),
        ask(body=b""),
    ],
)
def test_what_means_something_else_does_not(asked: Request) -> None:
    assert not answers(ask(), asked)


def test_bytes_that_are_no_text_are_compared_as_they_are() -> None:
    assert answers(ask("/?k=%FF"), ask("/?k=%ff"))
    assert not answers(ask("/?k=%FF"), ask("/?k=%FE"))
    assert not answers(ask("/?k=%FF"), ask("/?k=%EF%BF%BD"))


def test_parameters_of_one_name_keep_their_order() -> None:
    assert not answers(ask("/?x=1&x=2"), ask("/?x=2&x=1"))
    assert answers(ask("/?x=1&y=0&x=2"), ask("/?y=0&x=1&x=2"))


def test_percent_encodings_and_wide_characters_mean_the_same() -> None:
    assert answers(ask("http://host/\u65e5?a=b+c"), ask("/%e6%97%A5?a=b%20c"))


@pytest.mark.parametrize("fact", ["incomplete", "queue_full"])
def test_a_body_that_was_not_recorded_whole_may_be_any(fact: str) -> None:
    recorded = Request(method="POST", url=URL, body=b'{"m', facts={"body": fact})
    assert answers(recorded, ask(body=b"anything"))
    assert answers(Request(method="POST", url=URL, body=None), ask())


def test_parts_that_are_chosen() -> None:
    other = ask("https://other/v1/messages?a=1&b=2", b"{}", "GET")
    assert answers(ask(), other, Rules.of(["path"]))
    assert not answers(ask(), other, Rules.of(["path", "host"]))
    assert answers(ask("https://u:p@API.example/x"), ask("https://api.example/y"), Rules.of(["host"]))
    versioned = Rules.of(["headers.X-Version"])
    assert answers(ask(x_version="1"), ask("/else", x_version="1"), versioned)
    assert not answers(ask(x_version="1"), ask(x_version="2"), versioned)
    assert not answers(ask(x_version="1"), ask(), versioned)


def test_parameters_that_are_ignored() -> None:
    rules = Rules.of(ignore=["query.b", "query.c"])
    assert answers(ask(), ask("/v1/messages?c=7&a=1"), rules)
    assert not answers(ask(), ask("/v1/messages?b=2"), rules)
    url = "/x?key=SECRET&b=1"
    at = Redaction("url", "key", url.index("SECRET"), 6)
    assert answers(ask(url), ask("/x?key=any&b=9"), rules, at)
    assert answers(ask(url), ask("/x?b=9"), Rules.of(ignore=["query.key", "query.b"]), at)


def test_a_redacted_header_may_be_anything() -> None:
    rules = Rules.of(["headers.authorization"])
    recorded = ask(authorization="Bearer RRRR")
    told = Redaction("request.headers.authorization", "bearer", 7, 4)
    assert answers(recorded, ask(authorization="Bearer mine"), rules, told)
    assert not answers(recorded, ask(authorization="Basic mine"), rules, told)
    assert not answers(recorded, ask(), rules, told)
    untold = Redaction("request.headers.authorization", "bearer")
    assert answers(recorded, ask(authorization="Basic mine"), rules, untold)


@pytest.mark.parametrize(
    ("value", "lost"),
    [
        ("alpha", True),
        ("Bearer sk-ant-api03-" + "aB3" * 20, True),
        ("https://a.example/?page=2&api_key=Q7w8E9r0T1y2U3i4", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("name", ["X-Tenant", "referer"])
def test_a_header_of_which_redaction_leaves_nothing_is_told(name: str, value: str, lost: bool) -> None:
    headers, redactions = redact_request_headers(((name, value),), b"key")
    request = Request(method="POST", url="/", headers=headers)
    is_listed = name == "referer" and not value.startswith("Bearer")
    wanted = bool(value) and (lost or name == "X-Tenant") and not is_listed
    assert Rules.of([f"headers.{name.lower()}"]).lost(request, redactions) == (
        name.lower() if wanted else None
    )
    assert Rules.of(["path", "headers.accept"]).lost(request, redactions) is None


def test_a_header_that_came_twice_and_one_without_a_place_are_lost() -> None:
    rules = Rules.of(["headers.x-a"])
    pairs = (("x-a", "RRRR"), ("x-a", "open"))
    twice = Request(method="POST", url="/", headers=pairs)
    assert rules.lost(twice, [Redaction("request.headers.x-a", "unlisted-header", 0, 4)]) == "x-a"
    assert rules.lost(ask(x_a="1"), [Redaction("request.headers.x-a", "unlisted-header")]) == "x-a"


def test_a_redacted_body_and_path_may_be_anything() -> None:
    body = b'{"token":"RRRR","m":1}'
    at = Redaction("request.body", "token", body.index(b"RRRR"), 4)
    assert answers(ask(body=body), ask(body=b'{"m":1,"token":"mine"}'), None, at)
    assert not answers(ask(body=body), ask(body=b'{"m":2,"token":"mine"}'), None, at)
    url = "https://host/bot/RRRR/send?x=1"
    in_path = Redaction("url", "token", url.index("RRRR"), 4)
    assert answers(ask(url), ask("/bot/other/send?x=1"), None, in_path)
    assert not answers(ask(url), ask("/bot/other/get?x=1"), None, in_path)
    unscanned = Redaction("request.body", "unscanned", 0, len(body))
    assert not answers(ask(body=body), ask(body=b"{}"), None, unscanned)


def test_a_matcher_of_ones_own() -> None:
    def same_model(made: Request, recorded: Request) -> bool:
        return (made.body or b"")[:5] == (recorded.body or b"")[:5]

    rules = Rules.of(["method", same_model])
    assert answers(ask(body=b"gpt-4 a"), ask("/else", b"gpt-4 b"), rules)
    assert not answers(ask(body=b"gpt-4 a"), ask(body=b"gpt-5 a"), rules)


def test_redacted_parameters_of_one_name_fit_in_any_order() -> None:
    query = targets.Query(
        (), (("k", Pieces(("", ""))), ("k", Pieces(("abc", ""))), ("k", Pieces(("ab", ""))))
    )
    for order in permutations((("k", "abc1"), ("k", "z"), ("k", "ab"))):
        assert query.fits(order)
    for order in permutations((("k", "abc1"), ("k", "z"), ("k", "y"))):
        assert not query.fits(order)
    assert not query.fits((("k", "abc1"), ("k", "ab")))
    assert not query.fits((("k", "abc1"), ("k", "ab"), ("k", "x"), ("k", "y")))


def test_the_ones_that_fit_come_in_order_the_unknown_last() -> None:
    body = b'{"m":1,"key":"RRRR"}'
    opened = Entry(ask(body=body), (Redaction("request.body", "key", body.index(b"RRRR"), 4),))
    exact = Entry(ask(body=b'{"key":"x","m":1}'))
    book = Book([Entry(None), exact, opened, Entry(ask(body=b"{}")), exact])
    assert book.fitting(ask(body=b'{"m":1,"key":"x"}')) == [1, 2, 4, 0]
    assert book.fitting(ask(body=b'{"m":1,"key":"y"}')) == [2, 0]


@pytest.mark.parametrize(
    "match_on", ["path", ["paths"], [], ["headers."], [7], 7, [None], [["path"]]], ids=repr
)
def test_parts_that_there_are_not(match_on: object) -> None:
    with pytest.raises(UsageError):
        Rules.of(match_on)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "place",
    ["metadata", "query.", "$", "$a", "$.a..", "$.a[?@.x]", "$.a[1:2]", "$.a[", "$...a", "$.", "$.a b", 7],
    ids=repr,
)
def test_places_that_are_none(place: object) -> None:
    with pytest.raises(UsageError):
        Rules.of(ignore=[place])  # type: ignore[list-item]


def test_one_place_is_no_list() -> None:
    with pytest.raises(UsageError, match="is a list"):
        Rules.of(ignore="$.a")


def test_a_redacted_path_may_hold_any_signs() -> None:
    """What is left of it is compared as the whole is, whether or not that was all ASCII."""
    url = 'http://host/"a b"/é/x'
    at = url.encode().index("é".encode())
    redaction = Redaction("url", "any", at, 2)
    assert answers(ask(url), ask(url), None, redaction)
    assert answers(ask(url), ask('http://host/"a b"/e/x'), None, redaction)
    assert answers(ask(url), ask("/%22a%20b%22/e/x"), None, redaction)
    assert not answers(ask(url), ask("/%22a%20c%22/e/x"), None, redaction)


@given(st.text(), st.text(), st.binary(max_size=40))
def test_any_request_answers_itself(path: str, query: str, body: bytes) -> None:
    recorded = ask(f"http://host/{path}?{query}", body)
    assert answers(recorded, recorded)


@given(
    st.text(max_size=30),
    st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=4),
)
def test_wherever_it_is_redacted_it_still_answers_itself(text: str, spans: list[tuple[int, int]]) -> None:
    url = f"http://host/{text}"
    redactions = [Redaction("url", "any", start, size) for start, size in spans]
    assert answers(ask(url), ask(url), None, *redactions)
