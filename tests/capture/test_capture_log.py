"""What is said of errors: never their own text, never what others quote in theirs."""

from __future__ import annotations

import errno
import logging

import pytest

from playhead.capture.heads import HeadRedactor
from playhead.capture.log import say_error, unquoted, words
from playhead.errors import CannotRun, CassetteError, UsageError
from playhead.redaction.policy import DEFAULT, Policy

SECRET = "hunter2 hunter2"


class Mute(Exception):
    def __str__(self):
        raise ValueError(SECRET)


def raised(error):
    try:
        raise error
    except Exception as caught:  # noqa: BLE001 - any of them
        return caught


@pytest.mark.parametrize(
    "error", [ValueError(SECRET), KeyError(SECRET), OSError(SECRET), CassetteError(SECRET), Mute()], ids=repr
)
def test_an_error_is_told_by_its_kind_and_its_place(error, caplog):
    assert words(error) == type(error).__name__
    found = words(raised(error))
    assert found.startswith(f"{type(error).__name__} at test_capture_log.py:")
    with caplog.at_level(logging.WARNING):
        say_error("an exchange is not recorded", error)
    assert caplog.messages == [f"playhead: an exchange is not recorded: {found}"]


def test_what_is_known_to_quote_nothing_is_told_as_it_is():
    assert words(OSError(errno.ENOSPC, "No space left on device", "/x")) == "No space left on device"
    assert words(CannotRun("x: cannot be written", hint="y")) == "x: cannot be written"
    assert words(UsageError("x exists already")) == "x exists already"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"Invalid header line: b'x {SECRET}'", "Invalid header line: b'…'"),
        (f"illegal header line: bytearray(b'x {SECRET}')", "illegal header line: bytearray(b'…')"),
        (f"multiple: [b'{SECRET}', b\"it's {SECRET}\"]", "multiple: [b'…', b\"…\"]"),
        (f"invalid content-length header: '1{SECRET}'", "invalid content-length header: '…'"),
        (repr(f"'\\\"{SECRET}\n"), "'…'"),
        (f"cut off: b'\\x00{SECRET}", "cut off: b'…'"),
        ("the client's connection, or clients' connections, can't", None),
        ("[Errno 111] Connect call failed ('127.0.0.1', 9), ('::1', 9)", None),
        ("empty: b'' and ''", None),
    ],
)
def test_what_others_quote_goes(text, found):
    assert unquoted(text) == (found or text)
    assert HeadRedactor(DEFAULT).said(text) == (found or text)
    assert HeadRedactor(Policy(off=True)).said(text) == text
