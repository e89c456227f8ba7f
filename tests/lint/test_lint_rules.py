"""Each rule: streams that it finds something in, and streams that look alike and are none of its business."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Any

import pytest

import playhead
from playhead import EndingKind, Severity
from playhead.lint import ids
from playhead.protocols.plain import PlainReader
from playhead.protocols.remarks import RemarkKind

from .made import (
    CHAT,
    DONE,
    END,
    FIRST,
    LAST,
    MESSAGES,
    SPOKEN,
    START,
    STOP,
    TEXT,
    TOOL,
    WHOLE,
    WORD,
    answer,
    call,
    chat,
    chunk,
    closed,
    delta,
    event,
    exchange,
    messages,
    opened,
    responses,
    tool,
)

Make = Callable[[], playhead.Exchange]
JSON = (("content-type", "application/json"),)
KEY = "sk-ant-api03-" + "Zq7w" * 8
PING = event({"type": "ping"}, "ping")
ERROR = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def plain(body: bytes, **facts: Any) -> Make:
    return lambda: exchange(body, **facts)


def anthropic(*events: dict[str, Any], **facts: Any) -> Make:
    return lambda: messages(events, **facts)


def openai(*events: object, **facts: Any) -> Make:
    return lambda: chat(events, **facts)


def openai_responses(events: list[dict[str, Any]]) -> Make:
    return lambda: responses(events)


def without_name() -> playhead.Exchange:
    body = event(START, "message_start") + b"".join(event(each, each["type"]) for each in TEXT)
    return exchange(
        body + event(delta(0)) + event(END, END["type"]) + event(STOP, STOP["type"]), url=MESSAGES
    )


def messages_at(
    times: tuple[float | None, ...], between: dict[float, bytes] | None = None
) -> playhead.Exchange:
    """A message of three deltas. `times` are those of its start, of each delta, and of its end."""
    parts = [[START, opened(0)], [delta(0)], [delta(0)], [delta(0)], [closed(0), END, STOP]]
    chunks = [
        (t, b"".join(event(each, each["type"]) for each in part))
        for t, part in zip(times, parts, strict=True)
    ]
    chunks = sorted([*chunks, *(between or {}).items()], key=lambda chunk: chunk[0] or 0)
    return exchange(chunks, url=MESSAGES)


CLEAN: tuple[Make, ...] = (
    anthropic(*WHOLE),
    anthropic(*tool('{"a"', ": 1}")),
    openai(*SPOKEN),
    openai(FIRST, call("look", "", "call_1"), call(None, "{}"), chunk(finish="tool_calls"), DONE),
    openai_responses(answer()),
    plain(b": hello\n\nevent: tick\nid: 1\ndata: 1\n\nretry: 10\ndata: 2\n\n"),
    plain("data: ü\r\n\r\ndata: a\r\ndata: b\r\n\r\n".encode()),
)
"""No rule says anything of these."""

# rule id → (severity, stream) that it finds, and streams that it must not find.
CASES: dict[str, tuple[list[tuple[Severity, Make]], list[Make]]] = {
    "byte-order-mark": (
        [
            (Severity.ERROR, plain(codecs.BOM_UTF8 + b"data: a\n\n")),
            (Severity.ERROR, lambda: exchange([b"\xef", b"\xbb", b"\xbfdata: a\n\n"])),
        ],
        [plain(b"data: \xef\xbb\xbf\n\n"), plain(b"\xef\xbb\xbf{}", headers=JSON)],
    ),
    "dataless-frame": (
        [
            (Severity.WARNING, plain(b"event: ping\n\ndata: a\n\n")),
            (Severity.WARNING, plain(b"id: 1\n\n")),
            (Severity.WARNING, plain(b"retry: 100\n\n")),
        ],
        [plain(b": ping\n\ndata:\n\nid: 1\nretry: 1\ndata: a\n\n")],
    ),
    "empty-frame-after-id": (
        [
            (Severity.WARNING, plain(b"id: 1\ndata: a\n\n: keep-alive\n\n")),
            (Severity.WARNING, plain(b"id: 1\ndata: a\n\n\ndata: b\n\n")),
            (Severity.WARNING, plain(b"id: 1\r\ndata: a\r\n\r\n\r\n")),
        ],
        [
            plain(b"data: a\n\n\n: x\n\nid: 1\ndata: b\n\n"),
            plain(b"id: 1\ndata: a\n\nid:\ndata: b\n\n: x\n\n"),
        ],
    ),
    "unterminated-tail": (
        [
            (Severity.WARNING, plain(b"data: a\n\ndata: b\n")),
            (Severity.WARNING, plain(b"data: a")),
            (Severity.INFO, plain(b"data: a\n\n: bye")),
        ],
        [plain(b"data: a\r\r"), plain(b"")],
    ),
    "mixed-line-ends": (
        [
            (Severity.WARNING, plain(b"data: a\n\r\ndata: b\n\n")),
            (Severity.WARNING, plain(b"data: a\r\n\rdata: b\n\n")),
            (Severity.WARNING, lambda: exchange([b"data: a\n", b"\r", b"\ndata: b\n\n"])),
            (Severity.INFO, plain(b"data: a\n\ndata: b\r\n\r\n")),
        ],
        [plain(b"data: a\r\rdata: b\r\r"), lambda: exchange([b"data: a\r", b"\n\r", b"\n"])],
    ),
    "invalid-utf8": (
        [
            (Severity.ERROR, plain(b"data: a\n\ndata: \xff\n\n")),
            (Severity.ERROR, plain("data: ü".encode()[:-1])),
        ],
        [lambda: exchange([b"data: \xc3", b"\xbc\n\n"])],
    ),
    "nul-in-id": ([(Severity.WARNING, plain(b"id: a\0b\ndata: c\n\n"))], [plain(b"data: id: a\0b\n\n")]),
    "invalid-retry": (
        [
            (Severity.WARNING, plain(b"retry: -1\ndata: a\n\n")),
            (Severity.WARNING, plain(b"data: a\nretry: 3s\n\n")),
        ],
        [plain(b"retry:15\r\ndata: retry: x\r\n\r\n")],
    ),
    "line-separator-in-data": (
        [
            (Severity.INFO, plain("data: a\u2028b\n\n".encode())),
            (Severity.INFO, plain("data: a\x85b\n\n".encode())),
        ],
        [plain("data: a\u2027b\\u2028\n\n".encode())],
    ),
    "long-line": (
        [(Severity.INFO, plain(b"data: a\n\ndata: " + b"x" * 70_000 + b"\n\ndata: b\n\n"))],
        [plain((b"data: " + b"x" * 60_000 + b"\n") * 3 + b"\n")],
    ),
    "wrong-content-type": (
        [
            (Severity.ERROR, plain(b"event: a\ndata: b\n\n", headers=(("content-type", "text/plain"),))),
            (Severity.ERROR, lambda: exchange([b": hi\n\nda", b"ta: {}\n\n"], headers=JSON)),
        ],
        [plain(b'{"data: a": 1}', headers=JSON), plain(b"data: a\n\n", headers=())],
    ),
    "no-start": (
        [
            (Severity.WARNING, anthropic(*TEXT, *WHOLE)),
            (Severity.ERROR, openai_responses(answer()[1:])),
        ],
        [],
    ),
    "second-start": ([(Severity.WARNING, anthropic(START, *WHOLE))], []),
    "block-reopened": ([(Severity.ERROR, anthropic(START, opened(0), *TEXT, END, STOP))], []),
    "block-left-open": (
        [(Severity.WARNING, anthropic(START, opened(0), delta(0), END, STOP))],
        [anthropic(START, opened(0), delta(0))],
    ),
    "delta-without-block": ([(Severity.ERROR, anthropic(START, delta(0), END, STOP))], []),
    "delta-after-stop": ([(Severity.WARNING, anthropic(START, *TEXT, delta(0), END, STOP))], []),
    "delta-mismatch": (
        [(Severity.ERROR, anthropic(START, opened(0), delta(0, type_="thinking"), closed(0), END, STOP))],
        [],
    ),
    "index-gap": ([(Severity.WARNING, anthropic(START, opened(1), closed(1), END, STOP))], []),
    "sequence-gap": ([(Severity.WARNING, openai_responses(answer(skipped=2)))], []),
    "done-differs": ([(Severity.ERROR, openai_responses(answer(text="Ho")))], []),
    "no-terminator": (
        [
            (Severity.ERROR, anthropic(START, *TEXT)),
            (Severity.WARNING, anthropic(START, *TEXT, ending=EndingKind.SERVER_CLOSED)),
            (Severity.INFO, anthropic(START, *TEXT, ending=EndingKind.CLIENT_CLOSED)),
            (Severity.ERROR, openai(FIRST, WORD)),
        ],
        [],
    ),
    "missing-done": ([(Severity.WARNING, openai(FIRST, WORD, LAST))], []),
    "data-after-end": ([(Severity.WARNING, openai(*SPOKEN, WORD))], []),
    "client-raises": (
        [
            (Severity.ERROR, anthropic(*TEXT, END, STOP)),
            (Severity.ERROR, lambda: exchange(b"id: 1\n\n" + event(FIRST) + event(DONE), url=CHAT)),
        ],
        [anthropic(START, ERROR)],
    ),
    "client-ignores": ([(Severity.WARNING, without_name)], []),
    "error-event": ([(Severity.ERROR, anthropic(START, *TEXT, ERROR))], []),
    "error-body": (
        [
            (Severity.WARNING, plain(event(ERROR)[6:], url=MESSAGES, status=529, headers=JSON)),
            (Severity.ERROR, plain(event(ERROR)[6:], url=MESSAGES, headers=JSON)),
        ],
        [],
    ),
    "not-json": ([(Severity.ERROR, openai(FIRST, "{oops", LAST, DONE))], []),
    "unknown-event": ([(Severity.INFO, anthropic(START, {"type": "message_nudge"}, *TEXT, END, STOP))], []),
    "unknown-block": (
        [(Severity.INFO, anthropic(START, opened(0, {"type": "hologram"}), closed(0), END, STOP))],
        [],
    ),
    "unknown-delta": (
        [(Severity.WARNING, anthropic(START, opened(0), delta(0, type_="smell"), closed(0), END, STOP))],
        [],
    ),
    "unexpected-shape": (
        [
            (Severity.WARNING, openai(FIRST, WORD, DONE)),
            (
                Severity.ERROR,
                anthropic(START, opened(0), {**delta(0), "delta": {"type": "text_delta"}}, END, STOP),
            ),
        ],
        [],
    ),
    "unsupported-stream": (
        [
            (
                Severity.INFO,
                plain(b"\0\0\0", headers=(("content-type", "application/vnd.amazon.eventstream"),)),
            )
        ],
        [],
    ),
    "invalid-tool-input": (
        [(Severity.ERROR, anthropic(*tool('{"a": ', "}")))],
        [anthropic(*tool()), anthropic(START, opened(0, TOOL | {"input": {"a": 1}}), closed(0), END, STOP)],
    ),
    "usage-shrank": (
        [(Severity.WARNING, anthropic(START, *TEXT, END, {**END, "usage": {"output_tokens": 3}}, STOP))],
        [],
    ),
    "role-repeated": ([(Severity.WARNING, openai(FIRST, FIRST, LAST, DONE))], []),
    "id-changed": ([(Severity.WARNING, openai(FIRST, chunk({"content": "a"}, id="other"), LAST, DONE))], []),
    "tool-name-repeated": (
        [(Severity.ERROR, openai(FIRST, call("look", "{", "call_1"), call("look", "}"), LAST, DONE))],
        [],
    ),
    "stall": (
        [
            (Severity.WARNING, lambda: messages_at((1.0, 1.1, 1.2, 7.0, 7.1))),
            (Severity.INFO, lambda: messages_at((1.0, 8.0, 8.1, 8.2, 8.3))),
        ],
        [
            lambda: messages_at((1.0, 1.1, 1.2, 5.9, 6.0)),
            lambda: messages_at((None, None, None, None, None)),
            lambda: messages_at((1.0, 1.1, 1.2, 7.0, 7.1), {3.0: PING, 5.0: b": alive\n\n"}),
        ],
    ),
    "masked-stall": (
        [
            (
                Severity.WARNING,
                lambda: messages_at((1.0, 1.1, 1.2, 7.0, 7.1), {3.0: PING, 5.0: b": alive\n\n"}),
            ),
            (Severity.INFO, lambda: messages_at((0.2, 8.0, 8.1, 8.2, 8.3), {3.0: b": alive\n\n"})),
        ],
        [lambda: messages_at((1.0, 1.1, 1.2, 7.0, 7.1))],
    ),
    "secret-in-head": (
        [
            (Severity.ERROR, plain(b"", request_headers=(("X-Api-Key", KEY),))),
            (Severity.ERROR, plain(b"", url=f"https://llm.test/?key={KEY}")),
            (Severity.ERROR, plain(b"", trailers=(("set-cookie", "sid=0123456789abcdef"),))),
            (Severity.INFO, plain(b"", request_headers=(("openai-organization", "org-0123456789"),))),
        ],
        [
            plain(b"", request_headers=(("x-api-key", "sk-ant-REDACTED-" + "q" * 20), ("accept", "*/*"))),
            plain(b"", request_headers=(("authorization", "Bearer ***"), ("cookie", "a=b"))),
        ],
    ),
    "secret-in-request": (
        [
            (Severity.WARNING, plain(b"", request_body=f'{{"prompt": "use {KEY}"}}'.encode())),
            (Severity.WARNING, plain(b"", request_body=b'{"authorization_token": "q1w2e3r4t5"}')),
        ],
        [plain(b"", request_body=b'{"key": "value of a key", "max_tokens": 1, "text": "Basic arithmetic"}')],
    ),
    "secret-in-response": (
        [
            (Severity.WARNING, plain(b"data: " + KEY.encode() + b"\n\n")),
            (
                Severity.WARNING,
                anthropic(START, opened(0), delta(0, KEY[:9]), delta(0, KEY[9:]), closed(0), END, STOP),
            ),
        ],
        [plain(b"data: Basic arithmetic, sk-learn\n\n")],
    ),
    "lost-data": ([(Severity.WARNING, plain(b"data: a\n\n", loss="the queue was full"))], []),
    "unclear-ending": (
        [
            (Severity.WARNING, plain(b"data: a\n\n", ending=None)),
            (Severity.INFO, plain(b"data: a\n\n", ending=EndingKind.UNKNOWN)),
        ],
        [plain(b"", ending=EndingKind.CLIENT_CLOSED)],
    ),
    "undecoded-body": ([(Severity.WARNING, plain(b"\x1f\x8b", undecoded=True))], []),
}


def test_every_rule_has_cases():
    assert {*CASES, "reader-failed"} == set(ids())


@pytest.mark.parametrize("rule", CASES)
def test_it_finds_what_it_is_for(rule):
    for severity, make in CASES[rule][0]:
        made = make()
        found = playhead.check(made, select=[rule])
        assert [(each.rule, each.severity, each.exchange) for each in found] == [(rule, severity, 1)], (
            made.body
        )
        assert found[0].frame is None or 1 <= found[0].frame <= len(made.frames)
        assert found[0].message


@pytest.mark.parametrize("rule", CASES)
def test_it_leaves_alone_what_is_none_of_its_business(rule):
    for make in CASES[rule][1]:
        made = make()
        assert playhead.check(made, select=[rule]) == [], made.body


@pytest.mark.parametrize("make", CLEAN)
def test_healthy_streams_raise_nothing(make):
    assert playhead.check(make()) == []


def test_a_reader_that_fails_is_told(monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(PlainReader, "feed", fail)
    found = playhead.check(exchange(b"data: a\n\ndata: b\n\n"))
    assert [(each.rule, each.frame) for each in found] == [("reader-failed", 1)]
    assert "2 times, last in frame 2" in found[0].message


def test_no_secret_is_printed():
    made = exchange(
        b"data: " + KEY.encode() + b"\n\n",
        url=f"https://user:{KEY}@llm.test/?key={KEY}",
        request_headers=(("x-api-key", KEY), ("x-note", f"see {KEY}")),
        headers=(("content-type", "text/event-stream"), ("set-cookie", KEY)),
        request_body=KEY.encode(),
    )
    found = playhead.check(made, select=["secrets"])
    assert len(found) >= 7
    for finding in found:
        assert all(KEY[at : at + 6] not in finding.message for at in range(len("sk-ant-"), len(KEY) - 6))


def test_a_remark_is_said_whole_whatever_stands_in_it(monkeypatch):
    """No sentence of a reader is taken apart: one may hold a semicolon, and an exception's name."""

    def close(self, _number):
        self._record.remark(1, RemarkKind.NO_TERMINATOR, "it ends at ; here", raises=None)
        self._record.remark(1, RemarkKind.NOT_JSON, "the word KeyError; no JSON", raises="KeyError")

    monkeypatch.setattr(PlainReader, "close", close)
    found = {
        each.rule: each.message
        for each in playhead.check(exchange(b"data: a\n\n"), select=["not-json", "no-terminator"])
    }
    assert found["no-terminator"] == "it ends at ; here"
    assert found["not-json"] == "the word KeyError; no JSON; the official client raises KeyError"
    broken = exchange(b"data: a\n\n", ending=EndingKind.SERVER_CLOSED)
    (finding,) = playhead.check(broken, select=["no-terminator"])
    assert finding.message == "the message is not whole: the connection broke, which clients are told"
