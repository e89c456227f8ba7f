"""What recorders noted of an error: the words of h11, h2, httpcore and mitmproxy, and all others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead import Ending, EndingKind, Framing, How
from playhead.plan import Finish
from playhead.plan.endings import finish_of
from playhead.plan.noted import Goaway, Malformed, is_http2_fin, noted

STATUS = b"HTTP/1.1 200 OK\r\n"
END = b"\r\n\r\n"
TERMINATED = "<ConnectionTerminated error_code:%s, last_stream_id:%s, additional_data:%s>"
HOSTILE = ("\\xZZ", "é", "a\nb", "a\0b", "\\q", "\\x1", "\\N{DIGIT ONE}")
"""Nothing that Python writes for bytes."""
KNOWN = [
    ("RemoteProtocolError: " + TERMINATED % (0, 1, None), Goaway(0, 1)),
    (
        "HTTP/2 connection closed: " + TERMINATED % (11, 2147483647, "63616c6d"),
        Goaway(11, 2147483647, b"calm"),
    ),
    (TERMINATED % (99, None, None), Goaway(99)),
    ("illegal status line: bytearray(b'not http')", Malformed(b"not http" + END, in_head=True)),
    ("RemoteProtocolError: illegal status line: bytearray(b'…')", Malformed(b"?" + END, in_head=True)),
    ("Cannot parse HTTP response: Bad HTTP response line: b'…'", Malformed(b"?" + END, in_head=True)),
    ('illegal header line: bytearray(b"it\'s")', Malformed(STATUS + b"it's" + END, in_head=True)),
    ("Cannot parse HTTP response: Invalid header line: b'…'", Malformed(STATUS + b"?" + END, in_head=True)),
    ("HTTP/1 protocol error: illegal chunk header: bytearray(b'zz\\r\\n')", Malformed(b"zz\r\n")),
    ("RemoteProtocolError: illegal chunk header: bytearray(b'…')", Malformed(b"?\r\n")),
    (
        "RemoteProtocolError: malformed chunk footer: bytearray(b'…') (expected b'…')",
        Malformed(b"??", ends_chunk=True),
    ),
    (
        "RemoteProtocolError: bad Content-Length",
        Malformed(STATUS + b"content-length: ?" + END, in_head=True),
    ),
    ("illegal chunk header: b'\\t\\\\\\x00\\xff\\'\"\\r\\n'", Malformed(b"\t\\\x00\xff'\"\r\n")),
    *((f"illegal chunk header: b'{hostile}'", Malformed(b"?\r\n")) for hostile in HOSTILE),
]


@pytest.mark.parametrize(("error", "meant"), KNOWN, ids=[error for error, _ in KNOWN])
def test_what_is_told(error: str, meant: Goaway | Malformed) -> None:
    assert noted(error) == meant


@pytest.mark.parametrize(
    "error",
    [
        None,
        "",
        "stream reset by client (CANCEL)",
        "ReadError: [Errno 104] Connection reset by peer",
        "RemoteProtocolError: peer closed connection without sending complete message body",
        "a bad Content-Length",
        "<ConnectionTerminated error_code:2, last_stream_id:1>",
        "unexpected server response: b'…'",
        "illegal status line: bytearray(b'not http)",
    ],
)
def test_what_tells_nothing(error: str | None) -> None:
    assert noted(error) is None


@given(
    st.sampled_from([error for error, _ in KNOWN]), st.integers(0, 90), st.text(max_size=4), st.integers(0, 9)
)
def test_no_text_does_harm(error: str, at: int, put: str, left: int) -> None:
    noted(error[:at] + put + error[at + left :])


def test_a_connection_that_spoke_http2() -> None:
    assert is_http2_fin("RemoteProtocolError: Server disconnected")
    assert not is_http2_fin("RemoteProtocolError: Server disconnected without sending a response.")
    assert not is_http2_fin(None)


@pytest.mark.parametrize(("error", "meant"), KNOWN, ids=[error for error, _ in KNOWN])
@pytest.mark.parametrize("head", [True, False])
def test_it_decides_the_ending_where_it_can_be(error: str, meant: Goaway | Malformed, head: bool) -> None:
    ending = Ending(kind=EndingKind.SERVER_CLOSED, how=How.UNKNOWN, facts={"error": error})
    if isinstance(meant, Goaway):
        wanted = Finish.GOAWAY
    else:
        wanted = Finish.INCOMPLETE if meant.in_head is head else Finish.MALFORMED
    assert finish_of(ending, head=head) is wanted
    whole = Ending(kind=EndingKind.COMPLETE, facts={"error": error})
    assert finish_of(whole, head=True) is Finish.CLEAN


def test_a_stream_that_was_reset_before_the_head() -> None:
    facts = {"how": "reset", "error_code": "7", "server_open": "false"}
    ending = Ending(kind=EndingKind.SERVER_CLOSED, how=How.RESET, facts=facts)
    assert finish_of(ending, head=False) is Finish.STREAM_RESET
    chunked = Ending(kind=EndingKind.SERVER_CLOSED, how=How.RESET, framing=Framing.CHUNKED, facts=facts)
    assert finish_of(chunked, head=True) is Finish.RESET
