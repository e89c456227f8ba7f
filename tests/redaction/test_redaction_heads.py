"""Headers and URLs without secrets: lengths hold, readable things stay readable, nothing secret is left."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.redaction import Policy, redact_request_headers, redact_response_headers, redact_url
from playhead.redaction.allowed import HEADERS as ALLOWED
from playhead.redaction.rules import HEADERS
from playhead.redaction.spans import MARK, Span, placeholder, replace

KEY = b"0123456789abcdef"
OPEN = Policy(headers=ALLOWED | {"x-*", "author"})
"""Lists names that the built-in policy does not: what they hold is judged by the other rules."""
secrets = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=16, max_size=120)
latin = st.text(st.characters(max_codepoint=255), max_size=60)
names = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGH-_", min_size=1, max_size=20)
headers = st.lists(st.tuples(names, latin), max_size=6).map(tuple)
secret_names = st.sampled_from(
    [
        *HEADERS,
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
    [(_, new)], [found] = redact_request_headers(((name, value),), KEY, policy=OPEN)
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
        ("accept", "text/html;q=0.9, */*;q=0.1"),
        ("idempotency-key", "stainless-python-retry-abcdefgh"),
        ("X-Idempotency-Key", "abcdefgh12345678"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("x-key-type", "rsa"),
        ("x-max-tokens", "4096"),
        ("author", "me"),
        ("x-keyboard", "querty"),
        ("referer", "https://app/chat?model=x&page=2"),
        ("anthropic-beta", "token-counting-2024-11-01"),
        ("access-control-request-headers", "authorization,x-api-key"),
    ],
)
def test_harmless_request_headers_stay(name, value):
    assert redact_request_headers(((name, value),), KEY, policy=OPEN) == (((name, value),), ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("anthropic-ratelimit-tokens-remaining", "4000"),
        ("x-ratelimit-limit-tokens", "150000"),
        ("request-id", "req_011CSHoEeqs5C35K2UUqR7Fy"),
        ("content-type", "text/event-stream"),
        ("www-authenticate", "Bearer realm"),
        ("proxy-authenticate", 'Digest realm="x", nonce="abcdefgh12345678", token="abcdefgh"'),
        ("www-authenticate", 'Bearer authorization_uri="https://login/abcdefgh"'),
        ("x-ratelimit-reset-tokens", "6m0s"),
        ("anthropic-ratelimit-tokens-reset", "2026-11-20T09:00:00Z"),
        ("anthropic-ratelimit-input-tokens-status", "allowed"),
        ("x-usage-output-tokens", "512"),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-headers", "authorization, x-api-key"),
        ("surrogate-key", "page/1 page/2"),
        ("permissions-policy", "publickey-credentials-get=(self), geolocation=()"),
        ("cache-control", 'no-cache="set-cookie"'),
        ("content-security-policy", "default-src 'self'; report-uri https://host/r?s=1"),
        ("location", "https://host/v1/files?after=file_1&limit=20#author=me"),
        ("link", '<https://host/?page=2&max_tokens=5>; rel="next"'),
        ("x-error", "Token limit exceeded"),
        ("keep-alive", "timeout=5"),
    ],
)
def test_harmless_response_headers_stay(name, value):
    assert redact_response_headers(((name, value),), KEY, policy=OPEN) == (((name, value),), ())


@pytest.mark.parametrize(
    "name",
    [
        *["Accept", "Content-Type", "content-encoding", "date", "User-Agent", "host", "retry-after", "etag"],
        *["anthropic-version", "anthropic-beta", "anthropic-ratelimit-requests-limit", "request-id"],
        *["openai-version", "openai-processing-ms", "x-request-id", "x-ratelimit-limit-requests"],
        *["x-stainless-retry-count", "idempotency-key", "mcp-protocol-version", "Last-Event-ID", "cf-ray"],
        *["x-goog-api-client", "traceparent", "server-timing", "sec-fetch-mode", "access-control-max-age"],
    ],
)
def test_what_debugging_and_replay_need_is_on_the_list(name):
    for redact in (redact_request_headers, redact_response_headers):
        assert redact(((name, "anything at all"),), KEY) == (((name, "anything at all"),), ())


@pytest.mark.parametrize(
    "name",
    ["x-acme", "From", "x-forwarded-for", "x-real-ip", "acme-customer", "mcp-session-id", "x-key-type"],
)
def test_what_is_on_no_list_goes(name):
    for redact in (redact_request_headers, redact_response_headers):
        [(kept, new)], [found] = redact(((name, "joe@acme.test"),), KEY)
        assert (kept, len(new), found.size) == (name, 13, 13)
        assert new.startswith("REDACTED-")
        assert found.rule == ("secret-name" if "session" in name else "unlisted-header")


@given(names, st.text(st.characters(max_codepoint=255), min_size=1, max_size=60))
def test_a_header_stays_only_by_its_name(name, value):
    _, found = redact_response_headers(((name, value),), KEY)
    listed = Policy().allows(name.lower())
    assert listed or found or value in "REDACTED" or not value.strip()


@given(headers)
def test_what_was_redacted_is_not_redacted_again(given_):
    for redact in (redact_request_headers, redact_response_headers):
        safe, _ = redact(given_, KEY)
        assert redact(safe, b"another key") == (safe, ())


@pytest.mark.parametrize("name", HEADERS)
def test_listed_response_headers_go(name):
    [(_, new)], [found] = redact_response_headers(((name.title(), "abcdefgh12345678"),), KEY)
    assert new.startswith("REDACTED-")
    assert found.name == f"response.headers.{name}"


# Words that make a header or a parameter secret, and what may stand around them.
CREDENTIALS = [
    *["key", "api-key", "apikey", "access-key", "functions-key", "master_key", "partnerKey", "AccessKeyId"],
    *[
        "AWSAccessKeyId",
        "subscription-key",
        "auth",
        "authorization",
        "oauth2",
        "auth-token",
        "token",
        "tokens",
    ],
    *[
        "id_token",
        "refreshToken",
        "secret",
        "client_secret",
        "password",
        "passwd",
        "pwd",
        "pass",
        "passphrase",
    ],
    *["session", "sessionid", "session_id", "sid", "PHPSESSID", "jwt", "jwt-assertion", "sig", "signature"],
    *[
        "sas",
        "sign",
        "hmac",
        "credential",
        "credentials",
        "cookie",
        "csrf",
        "xsrf-token",
        "otp",
        "saml",
        "dpop",
    ],
    *["bearer", "private-key", "key1", "password2", "user[password]", "auth.token", "idempotency-key-secret"],
    *["x-public-api-key", "keys", "ratelimit-key", "client_assertion"],
]
HEADER_NAMES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "x-", "X-Acme-", "My_"]),
    st.sampled_from([name for name in CREDENTIALS if "[" not in name]),
    st.sampled_from(["", "-id", "-value", "_2", "-For-Them"]),
)
PARAMETER_NAMES = st.one_of(
    HEADER_NAMES,
    st.sampled_from([*CREDENTIALS, "code", "code_verifier", "device_code", "%6Bey", "SAMLResponse"]),
)
redactions = st.sampled_from([redact_request_headers, redact_response_headers])


@given(redactions, HEADER_NAMES, st.booleans(), secrets, st.sampled_from(["", "Bearer ", "sk-", "a b=c; "]))
def test_what_looks_like_a_credential_by_its_name_goes(redact, name, shout, secret, before):
    given_ = ((name.upper() if shout else name, before + secret),)
    [(_, new)], _ = redact(given_, KEY)
    assert secret not in new
    assert len(new) == len(before + secret)


@given(
    PARAMETER_NAMES,
    secrets,
    st.sampled_from(["?", "?a=b&", "?a=b;", "#", "?a=b#", "/x?&"]),
    st.sampled_from(["", "&model=x", "#part", ";a=b", ";tail", ",tail"]),
)
def test_what_looks_like_a_credential_goes_from_any_url(name, secret, before, after):
    url = f"https://host/v1{before}{name}={secret}{after}"
    safe, _ = redact_url(url, KEY)
    assert secret not in safe
    assert safe.endswith(after) or "tail" not in safe
    for redact in (redact_request_headers, redact_response_headers):
        for value in (url, f'<{url}>; rel="next"', url.removeprefix("https://host"), f"0; url={url}"):
            [(_, new)], _ = redact((("x-place", value),), KEY)
            assert secret not in new
            assert len(new) == len(value)


@pytest.mark.parametrize(
    "header", ["Referer", "Location", "Link", "Content-Location", "Origin", "x-forwarded-uri"]
)
@pytest.mark.parametrize(
    "value",
    [
        "https://app/?key=hunter22hunter22",
        "https://app/?model=x&token=hunter22hunter22",
        "https://app/cb#access_token=hunter22hunter22&token_type=bearer",
        "https://app/x;jsessionid=hunter22hunter22/y?z=1",
        "/cb?code=hunter22hunter22",
        "https://me:hunter22hunter22@app/",
        "//me:hunter22hunter22@app/",
        "https://app/?next=https%3A%2F%2Fb%2F%3Ftoken%3Dhunter22hunter22",
        "https://app/?next=https%3A%2F%2Fb%2F%3Fto%3Dhttps%253A%252F%252Fme%253Ahunter22hunter22%2540c",
        "https://app/?next=https://b/?token=hunter22hunter22",
    ],
)
def test_urls_in_headers_lose_their_secrets(header, value):
    for redact in (redact_request_headers, redact_response_headers):
        [(_, new)], found = redact(((header, value),), KEY)
        assert "hunter22" not in new
        assert len(new) == len(value)
        assert found


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ('{"provider":"x","api_key":"abcdefgh"}', '{"provider":"x","api_key":"REDACTED"}'),
        ('{"max_tokens": "5", "token" : "abcdefgh', '{"max_tokens": "5", "token" : "REDACTED'),
        ("a=b, session_id=abcdefgh,c=d", "a=b, session_id=REDACTED,c=d"),
        ('for=me; secret="abcdefgh"; by=you', 'for=me; secret="REDACTED"; by=you'),
        ("authorization: Bearer abcdefgh; a=b", "authorization: Bearer REDACTED; a=b"),
    ],
)
def test_named_values_in_headers_go(value, safe):
    for redact in (redact_request_headers, redact_response_headers):
        assert redact((("x-config", value),), KEY, policy=OPEN)[0] == (("x-config", safe),)


@pytest.mark.parametrize(
    "query",
    [
        "model=x&limit=5&encode=1&tokens=5&key_type=rsa&max_tokens=100&stream=true",
        "api-version=2024-06-01&page=2&after=msg_1&order=desc&include[]=usage&alt=sse",
        "author=me&authors=a,b&tokenizer=cl100k&monkey=1&keyword=x&country_code=de&state=open&design=2",
        "token_type=bearer&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=1&X-Amz-SignedHeaders=host",
        "sort_key=a&maxTokens=5&bypass=1&passage=2&signal=3&insider=4&assign=5",
    ],
)
def test_harmless_parameters_stay(query):
    assert redact_url(f"https://host/v1/x?{query}", KEY) == (f"https://host/v1/x?{query}", ())


@pytest.mark.parametrize(
    "text", ["a" * 60_000, "?a=;" * 15_000, "://@" * 15_000, '"a":"' * 12_000, "a=" * 30_000]
)
def test_a_long_head_takes_no_longer_than_it_is(text):
    for redact in (redact_request_headers, redact_response_headers):
        [(_, new)], _ = redact((("x-long", text),), KEY)
        assert len(new) == len(text)
    assert len(redact_url(text, KEY)[0]) == len(text)


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
