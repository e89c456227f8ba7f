"""Filters: globs for every part of a request, read from the settings as a user gives them."""

from __future__ import annotations

import fnmatch
import gzip
import json
import re
import zlib
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.model import Request
from playhead_recorder.options.globs import Globs
from playhead_recorder.options.selection import MAX_BODY, Reason, Selection, models_of
from playhead_recorder.options.settings import from_options

from .options_of import options_of

URL = "https://api.anthropic.com/v1/messages?beta=true"


def selection(**chosen: object) -> Selection:
    return from_options(SimpleNamespace(**options_of(**chosen))).selection


def request(url: str = URL, body: bytes | None = b"", method: str = "POST", **headers: str) -> Request:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Request(method=method, url=url, headers=pairs, body=body)


def asking(model: object) -> bytes:
    return json.dumps({"max_tokens": 5, "messages": [{"model": "inner"}], "model": model}).encode()


def test_as_it_comes_everything_is_recorded():
    assert selection() == Selection()
    assert selection().why_not(request("no url at all", None), 0.999) is None


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    ("globs", "url", "passes"),
    [
        (["api.anthropic.com"], URL, True),
        (["API.Anthropic.COM"], URL, True),
        (["anthropic.com"], URL, False),
        (["*.anthropic.com"], URL, True),
        (["*.anthropic.com"], "https://anthropic.com/", False),
        (["*.openai.com", "*.anthropic.com"], URL, True),
        (["api?anthropic?com"], URL, True),
        (["!*.anthropic.com"], URL, False),
        (["!*.openai.com"], URL, True),
        (["*", "!api.*"], URL, False),
        (["api.anthropic.com:443"], URL, True),
        (["api.anthropic.com:80"], URL, False),
        (["*:8080"], "http://localhost:8080/x", True),
        (["localhost"], "http://user:pw@LOCALHOST:8080/x", True),
        (["!localhost:8080"], "http://localhost:8080/x", False),
        (["::1"], "http://[::1]:9/x", True),
        (["[::1]:9"], "http://[::1]:9/x", True),
        (["[::1]"], "http://[::1]:9/x", False),
        (["a[bc]"], "http://ab/", False),
    ],
)
def test_hosts(globs, url, passes):
    assert selection(hosts=globs).why_not_head(request(url)) is (None if passes else Reason.HOST)


@pytest.mark.parametrize(
    ("globs", "passes"),
    [
        (["/v1/messages"], True),
        (["/v1"], False),
        (["/v1/*"], True),
        (["*"], True),
        (["/V1/*"], False),
        (["*beta*"], False),
        (["/v1/*", "!/v1/messages"], False),
        (["!/v1/files*"], True),
    ],
)
def test_paths_without_the_query_in_their_case(globs, passes):
    assert selection(paths=globs).why_not_head(request()) is (None if passes else Reason.PATH)


def test_an_empty_path_is_the_root():
    assert selection(paths=["/"]).why_not_head(request("http://h?q=1")) is None


@pytest.mark.parametrize(
    ("globs", "passes"), [(["post"], True), (["GET"], False), (["GET", "P*"], True), (["!POST"], False)]
)
def test_methods(globs, passes):
    assert selection(methods=globs).why_not_head(request()) is (None if passes else Reason.METHOD)


@pytest.mark.parametrize(
    ("globs", "passes"),
    [
        (["X-Team"], True),
        (["x-team=red"], True),
        (["x-team=Red"], False),
        (["x-team=r*", "x-env=prod"], True),
        (["x-team=r*", "x-env=test"], False),
        (["x-team=blue", "x-team=red"], True),
        (["x-none"], False),
        (["!x-none"], True),
        (["!x-team"], False),
        (["!x-team=blue"], True),
        (["!x-team=red"], False),
        (["x-team", "!x-team=red"], False),
        (["x-url=a=b*"], True),
    ],
)
def test_headers(globs, passes):
    found = selection(headers=globs).why_not_head(
        request(X_Team="red", x_env="prod", x_url="a=b/c", x_empty="")
    )
    assert found is (None if passes else Reason.HEADER)


def test_any_value_of_a_header_that_comes_twice():
    twice = Request(method="GET", url=URL, headers=(("x-team", "red"), ("X-TEAM", "blue")))
    assert selection(headers=["x-team=blue"]).why_not_head(twice) is None
    assert selection(headers=["!x-team=blue"]).why_not_head(twice) is Reason.HEADER
    assert selection(headers=["x-empty"]).why_not_head(request(x_empty="")) is None


@pytest.mark.parametrize(
    ("body", "encoding", "names"),
    [
        (asking("claude-sonnet-4-5"), None, ["claude-sonnet-4-5"]),
        (packed(asking("m")), "gzip", ["m"]),
        (zlib.compress(asking("m")), "deflate", ["m"]),
        (zlib.compress(packed(asking("m"))), "gzip, deflate", ["m"]),
        (asking("m"), "gzip", ["m"]),  # decoded already, or a lie
        (asking("m"), "identity", ["m"]),
        (packed(asking("m"))[:20], "gzip", []),
        (asking("m"), "no-such-coding", ["m"]),
        (asking(7), None, []),
        (asking(None), None, []),
        (b'{"model":"first","model":"last"}', None, ["last"]),
        (b'{"a":"\\ud800","model":"m"}', None, ["m"]),
        (b'{"a":NaN,"model":"m"}', None, ["m"]),
        (b'{"a":"\xff","model":"m"}', None, ["m"]),
        (b'[{"model":"m"}]', None, []),
        (b'{"model":"m"', None, []),
        (b"model=m", None, []),
        (b'{"x":' + b"[" * 100_000, None, []),
        (b"", None, []),
        (None, None, []),
    ],
    ids=range(20),
)
def test_the_model_of_a_body(body, encoding, names):
    headers = {} if encoding is None else {"Content_Encoding": encoding}
    assert list(models_of(request(body=body, **headers))) == names


@pytest.mark.parametrize("coding", ["br", "zstd"])
def test_the_model_of_a_body_in_newer_encodings(coding):
    if coding == "br":
        body = pytest.importorskip("brotli").compress(asking("m"))
    else:
        from playhead.store import zst

        body = b"".join(zst.compress([asking("m")]))
    assert list(models_of(request(body=body, content_encoding=coding))) == ["m"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1beta/models/gemini-2.5-pro:streamGenerateContent", "gemini-2.5-pro"),
        ("/v1/projects/p/locations/l/publishers/google/models/gemini@1:rawPredict", "gemini@1"),
        ("/openai/deployments/prod-chat/chat/completions", "prod-chat"),
        ("/model/anthropic.claude-x-v1%3A0/invoke-with-response-stream", "anthropic.claude-x-v1:0"),
    ],
)
def test_the_model_of_a_path(path, name):
    asked = request(f"https://h{path}?alt=sse")
    assert list(models_of(asked)) == [name]
    assert selection(models=[name.upper()]).wants_model(asked)
    assert not selection(models=[f"!{name}"]).wants_model(asked)


def test_both_models_count():
    asked = request("https://h/openai/deployments/prod/chat/completions", asking("gpt-5"))
    assert list(models_of(asked)) == ["prod", "gpt-5"]
    assert selection(models=["gpt-*"]).wants_model(asked)
    assert not selection(models=["prod", "!gpt-*"]).wants_model(asked)


def test_a_request_without_a_model():
    assert not selection(models=["*"]).wants_model(request())
    assert selection(models=["!gpt*"]).wants_model(request())
    assert selection().wants_model(request("http://[", b"{"))
    assert not selection(models=["*"]).wants_model(request("http://[", b"{"))


def test_only_so_much_is_read():
    padded = json.dumps({"pad": "x" * MAX_BODY, "model": "m"}).encode()
    assert list(models_of(request(body=padded))) == []
    bomb = packed(b'{"model":"m","pad":"' + b"x" * 8 * MAX_BODY + b'"}')
    assert list(models_of(request(body=bomb, content_encoding="gzip"))) == []


def test_the_first_reason_is_said():
    asked = selection(hosts=["h"], models=["m"], sample="0")
    assert asked.why_not(request(), 0.5) is Reason.HOST
    assert asked.why_not(request("http://h/"), 0.5) is Reason.SAMPLED_OUT
    assert selection(models=["m"]).why_not(request(), 0.5) is Reason.MODEL
    assert [reason.value for reason in Reason] == [
        *("host", "path", "method", "header", "model", "sampled_out", "not_a_stream")
    ]


GLOB = st.text(st.sampled_from("ab*?.[]-/!{}^$\n"), min_size=1, max_size=8).filter(
    lambda glob: not glob.startswith("!")
)
TEXT = st.text(st.sampled_from("abAB.[]-/\n"), max_size=10)


@given(GLOB, TEXT)
def test_globs_are_the_shells_but_for_brackets(glob, text):
    escaped = re.sub(r"\[", "[[]", glob)
    assert Globs.of([glob]).lets(text) is fnmatch.fnmatchcase(text, escaped)
    assert Globs.of(["!" + glob]).lets(text) is not fnmatch.fnmatchcase(text, escaped)
    assert Globs.of([glob], any_case=True).lets(text) is fnmatch.fnmatchcase(text.lower(), escaped)


@given(st.lists(GLOB, max_size=4), st.lists(GLOB, max_size=4), TEXT)
def test_one_that_includes_is_enough_and_one_that_excludes_too(including, excluding, text):
    globs = Globs.of([*including, *("!" + glob for glob in excluding)])
    one = any(Globs.of([glob]).lets(text) for glob in including) or not including
    assert globs.lets(text) is (one and not any(Globs.of([glob]).lets(text) for glob in excluding))
    assert bool(globs) is bool(including or excluding)


def test_a_glob_with_many_stars_does_not_go_back_and_forth():
    globs = Globs.of(["*a" * 30 + "b"])
    assert not globs.lets("a" * 100_000)
