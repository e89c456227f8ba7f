"""Headers and URLs without secrets: lengths hold, readable things stay readable, nothing secret is left."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.redaction import redact_request_headers, redact_response_headers, redact_url
from playhead.redaction.rules import REQUEST_HEADERS, RESPONSE_HEADERS
from playhead.redaction.spans import MARK, Span, placeholder, replace

KEY = b"0123456789abcdef"
secrets = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=16, max_size=120)
latin = st.text(st.characters(max_codepoint=255), max_size=60)
names = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGH-_", min_size=1, max_size=20)
headers = st.lists(st.tuples(names, latin), max_size=6).map(tuple)
secret_names = st.sampled_from(
    [
        *REQUEST_HEADERS,
        "x-auth",
        "My-Access-Token",
        "x_session_id",
        "x-client-secret",
        "x-apikey",
        "x-api_key",
        "Cookie2",
        "x-credential",
    ]
)


def in_some_case(name, draw):
    return "".join(letter.upper() if draw(st.booleans()) else letter for letter in name)


@given(st.data(), secrets, secret_names, headers, headers)
def test_no_named_secret_is_left_in_a_request(data, secret, name, before, after):
    name = in_some_case(name, data.draw)
    given_ = (*before, (name, secret), *after)
    safe, found = redact_request_headers(given_, KEY)
    assert secret not in safe[len(before)][1]
    assert f"request.headers.{name.lower()}" in [each.name for each in found]


@given(headers)
def test_names_order_and_lengths_hold(given_):
    for redact in (redact_request_headers, redact_response_headers):
        safe, _ = redact(given_, KEY)
        assert [name for name, _ in safe] == [name for name, _ in given_]
        assert [len(value) for _, value in safe] == [len(value) for _, value in given_]


@given(headers)
def test_what_is_listed_is_what_changed(given_):
    safe, found = redact_request_headers(given_, KEY)
    for (name, old), (_, new) in zip(given_, safe, strict=True):
        spans = [each for each in found if each.name == f"request.headers.{name.lower()}"]
        for place, (one, other) in enumerate(zip(old, new, strict=True)):
            if one != other:
                assert any(each.byte_offset <= place < each.byte_offset + each.size for each in spans)


@given(secrets)
def test_a_placeholder_is_marked_as_long_and_depends_on_the_key(secret):
    made = placeholder(secret, KEY)
    assert len(made) == len(secret)
    assert MARK in made
    assert made == placeholder(secret, KEY)
    assert made != placeholder(secret, b"another key") or len(secret) < 12
    assert made.isascii()


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 10, 63, 64, 65, 500])
def test_a_placeholder_of_any_length(size):
    made = placeholder("s" * size, KEY)
    assert len(made) == size
    assert (MARK in made) == (size >= len(MARK))


@pytest.mark.parametrize(
    ("name", "value", "kept", "rule"),
    [
        ("Authorization", "Bearer sk-ant-api03-abcdefgh12345678", "Bearer sk-ant-REDACTED-", "anthropic-key"),
        ("authorization", "Bearer abcdefgh12345678", "Bearer REDACTED-", "authorization"),
        ("authorization", "basic dXNlcjpwYXNzd29yZA==", "basic REDACTED-", "authorization"),
        ("authorization", "abcdefgh12345678", "REDACTED-", "authorization"),
        ("x-api-key", "sk-ant-abcdefgh12345678", "sk-ant-REDACTED-", "anthropic-key"),
        ("x-api-key", "sk-short", "REDACTED", "api-key"),
        ("X-Goog-Api-Key", "AIzaSyA-abcdefghijklmnop", "AIzaREDACTED-", "google-key"),
        ("x-whatever", "Bearer abcdefgh12345678", "Bearer REDACTED-", "auth-scheme"),
        (
            "x-whatever",
            "AWS4-HMAC-SHA256 Credential=x/y, Signature=z",
            "AWS4-HMAC-SHA256 REDACTED-",
            "auth-scheme",
        ),
        ("x-whatever", "the key sk-proj-abcdefgh12345678 it is", "the key sk-proj-REDACTED-", "openai-key"),
        ("cookie", "a=b; session=abcdefgh12345678", "REDACTED-", "cookie"),
        ("openai-organization", "org-abcdefgh12345678", "REDACTED-", "account"),
        ("x-request-token", "abcdefgh12345678", "REDACTED-", "secret-name"),
    ],
)
def test_scheme_and_prefix_stay(name, value, kept, rule):
    [(_, new)], [found] = redact_request_headers(((name, value),), KEY)
    assert new.startswith(kept)
    assert found.rule == rule
    assert value[: found.byte_offset] == new[: found.byte_offset]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("content-type", "application/json"),
        ("anthropic-version", "2023-06-01"),
        ("user-agent", "Anthropic/Python 2.10.0"),
        ("x-stainless-retry-count", "0"),
        ("authorization", ""),
        ("accept", "task-force, ask-me"),
    ],
)
def test_harmless_request_headers_stay(name, value):
    assert redact_request_headers(((name, value),), KEY) == (((name, value),), ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("anthropic-ratelimit-tokens-remaining", "4000"),
        ("x-ratelimit-limit-tokens", "150000"),
        ("request-id", "req_011CSHoEeqs5C35K2UUqR7Fy"),
        ("content-type", "text/event-stream"),
        ("www-authenticate", "Bearer realm"),
    ],
)
def test_harmless_response_headers_stay(name, value):
    assert redact_response_headers(((name, value),), KEY) == (((name, value),), ())


@pytest.mark.parametrize("name", RESPONSE_HEADERS)
def test_listed_response_headers_go(name):
    [(_, new)], [found] = redact_response_headers(((name.title(), "abcdefgh12345678"),), KEY)
    assert new.startswith("REDACTED-")
    assert found.name == f"response.headers.{name}"


def test_trailers_have_their_own_name():
    _, [found] = redact_response_headers((("set-cookie", "a=b"),), KEY, "response.trailers")
    assert found.name == "response.trailers.set-cookie"


@pytest.mark.parametrize(
    "name",
    [
        "key",
        "KEY",
        "api_key",
        "access_token",
        "accessToken",
        "sig",
        "X-Amz-Signature",
        "X-Amz-Credential",
        "x-amz-security-token",
        "client_secret",
        "%6bey",
    ],
)
@pytest.mark.parametrize("before", ["?", "?a=b&", "?a=b;"])
def test_secret_parameters_go(name, before):
    url = f"https://host/v1/x{before}{name}=hunter22hunter22&max_tokens=5#part"
    safe, [found] = redact_url(url, KEY)
    assert "hunter22" not in safe
    assert safe.endswith("&max_tokens=5#part")
    assert len(safe) == len(url)
    assert url[found.byte_offset : found.byte_offset + found.size] == "hunter22hunter22"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://user:pass@host/", "https://REDA:REDA@host/"),
        ("https://keykeykey@host/", "https://REDACTED-@host/"),
        ("https://u:p@ss@host/", "https://R:REDA@host/"),
        ("https://user:@host/", "https://REDA:@host/"),
        ("https://host/a@b", "https://host/a@b"),
        ("https://host:80/?q=a@b", "https://host:80/?q=a@b"),
        ("https://host/?max_tokens=1&monkey=2&key=", "https://host/?max_tokens=1&monkey=2&key="),
        ("", ""),
        ("not a url", "not a url"),
    ],
)
def test_user_information_goes_and_the_rest_stays(url, safe):
    assert redact_url(url, KEY)[0] == safe


def test_a_key_in_a_path_goes():
    safe, [found] = redact_url("https://host/bot/sk-proj-abcdefgh12345678/x", KEY)
    assert safe.startswith("https://host/bot/sk-proj-REDACTED-")
    assert found.rule == "openai-key"


@given(st.text(max_size=80))
def test_any_text_keeps_its_length(url):
    safe, found = redact_url(url, KEY)
    assert len(safe) == len(url)
    ends = [(each.byte_offset, each.byte_offset + each.size) for each in found]
    assert all(end <= start for (_, end), (start, _) in pairwise(ends))


@given(st.text(max_size=40), st.lists(st.integers(0, 40), max_size=6))
def test_replacing_touches_the_spans_only(text, cuts):
    places = sorted(min(cut, len(text)) for cut in cuts)
    spans = [Span(start, end, "rule") for start, end in zip(places[::2], places[1::2], strict=False)]
    new, found = replace(text, spans, "name", KEY)
    assert len(new) == len(text)
    assert [(each.byte_offset, each.size) for each in found] == [
        (span.start, span.end - span.start) for span in spans
    ]
    kept = [place for place in range(len(text)) if not any(s.start <= place < s.end for s in spans)]
    assert [new[place] for place in kept] == [text[place] for place in kept]
