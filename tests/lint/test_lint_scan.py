"""The pass over the bytes: what it finds does not depend on how the body was cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.lint import scan
from playhead.lint.scan import LONG_LINE, Mark

tokens = st.sampled_from(
    [b"\r", b"\n", b"\r\n", b"\n\n", b"\r\n\r\n", b"id:", b"\0", b"retry:", b"1", b"-", b"data: a", b"\xff"]
    + [part.encode() for part in ("ü", "\u2028", "\x85", "\x0b", "\ufeff", "😀")]
)
bodies = st.lists(tokens, max_size=30).map(b"".join)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(scan, "_PIECE", 4)


@given(bodies, st.lists(st.integers(0, 80), max_size=20))
def test_no_cut_changes_what_is_found(body, cuts):
    places = sorted({0, *(cut for cut in cuts if cut < len(body)), len(body)})
    chunks = [body[start:end] for start, end in pairwise(places)]
    assert scan.scan(chunks) == scan.scan([body])


@given(bodies)
def test_pieces_are_the_body_and_begin_with_lines(body):
    found = list(scan.pieces([body[at : at + 3] for at in range(0, len(body), 3)]))
    assert b"".join(piece for _, piece in found) == body
    for offset, piece in found[1:]:
        assert body[offset - 1 : offset] in (b"\r", b"\n")
        assert piece[:1] not in (b"\r", b"\n")


@given(st.lists(st.integers(LONG_LINE - 2, LONG_LINE + 2), max_size=4), st.sampled_from([b"\n", b"\r\n"]))
def test_long_lines_are_those_that_are_long(lengths, end):
    body = end.join(b"x" * length for length in lengths)
    starts = [sum(lengths[:at]) + at * len(end) for at in range(len(lengths))]
    wanted = [start for start, length in zip(starts, lengths, strict=True) if length >= LONG_LINE]
    assert scan.scan([body])[Mark.LONG_LINE] == wanted


@given(bodies)
def test_bytes_that_are_no_utf8_are_found_in_every_line(body):
    lines = [line for line in body.replace(b"\r", b"\n").split(b"\n") if _broken(line)]
    assert len(scan.scan([body])[Mark.BAD_UTF8]) == len(lines)


def _broken(line: bytes) -> bool:
    return "\ufffd" in line.decode("utf-8", "replace")


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_no_byte_is_searched_for_each_long_line(end):
    """Lines end in one way, and the other end stands nowhere: it is looked for once."""

    class Counted(bytes):
        searched = 0

        def find(self, what, start):
            found = super().find(what, start)
            self.searched += (found if found >= 0 else len(self)) - start
            return found

    piece = Counted((b"x" * (LONG_LINE + 5) + end) * 40)
    assert len(list(scan._long_lines(piece))) == 40
    assert piece.searched <= 2 * len(piece)
