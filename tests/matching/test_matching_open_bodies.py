"""Many recorded bodies with redacted places: what is asked is read once, whatever it is compared with."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from playhead.matching import Book, Entry, bodies
from playhead.model import Redaction, Request

USER = "U" * 20


def asked(question: int) -> Request:
    messages = [{"role": "user", "content": f"{place}"} for place in range(5)]
    body = {
        "metadata": {"user_id": USER},
        "messages": [*messages, {"role": "user", "content": f"q{question}"}],
    }
    headers = (("content-type", "application/json"),)
    return Request(method="POST", url="/v1/messages", headers=headers, body=json.dumps(body).encode())


def recorded(question: int) -> Entry:
    made = asked(question)
    assert made.body is not None
    at = made.body.index(USER.encode())
    body = made.body.replace(USER.encode(), b"REDACTED-" + b"a" * 11)
    request = Request(method="POST", url=made.url, headers=made.headers, body=body)
    return Entry(request, (Redaction("request.body", "body-field", at, len(USER)),))


def counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[object]:
    """A call a line, of a function of `bodies`."""
    calls: list[object] = []
    function: Callable[..., Any] = getattr(bodies, name)

    def noted(*args: Any) -> Any:
        calls.append(args[0])
        return function(*args)

    monkeypatch.setattr(bodies, name, noted)
    return calls


@pytest.mark.parametrize("count", [1, 30])
def test_what_is_asked_is_read_for_its_digest_and_once_more(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    book = Book([recorded(question) for question in range(count)])
    reads = counted(monkeypatch, "value_of")
    assert book.fitting(asked(count - 1)) == [count - 1]
    assert len(reads) == 2


def test_requests_that_begin_alike_are_told_apart_at_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book([recorded(question) for question in range(30)])
    compared = counted(monkeypatch, "fits")
    assert book.fitting(asked(29)) == [29]
    # What the messages have in common is compared with the one that answers, and with none of the others.
    assert [compared.count(str(place)) for place in range(5)] == [1] * 5
