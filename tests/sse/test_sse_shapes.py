"""Shapes that make a careless decoder quadratic. At these sizes one would be at it for minutes."""

from __future__ import annotations

import pytest

from playhead.sse import Decoder

MIB = 1 << 20


def decode(stream, size):
    decoder = Decoder()
    frames = []
    for start in range(0, len(stream), size):
        frames += decoder.feed(stream[start : start + size])
    return frames + decoder.close()


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_one_long_line(line_end):
    value = b"x" * (16 * MIB)
    (frame,) = decode(b"data: " + value + line_end * 2, 4096)
    assert len(frame.data) == len(value)
    assert frame.chunk == 4097


def test_one_long_line_byte_by_byte():
    (frame,) = decode(b"data: " + b"x" * MIB + b"\n\n", 1)
    assert (len(frame.data), frame.chunk) == (MIB, MIB + 8)


@pytest.mark.parametrize("size", [4096, 64 * MIB])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_one_event_of_many_lines(line_end, size):
    (frame,) = decode((b"data: x" + line_end) * 500_000 + line_end, size)
    assert frame.data == "\n".join("x" * 500_000)


def test_one_event_of_many_lines_byte_by_byte():
    (frame,) = decode(b"data: x\n" * 50_000 + b"\n", 1)
    assert frame.data.count("\n") == 49_999


@pytest.mark.parametrize("size", [1, 4096, 64 * MIB])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_nothing_but_blank_lines(line_end, size):
    assert decode(line_end * (200_000 if size == 1 else 300_000), size) == []


@pytest.mark.parametrize("size", [4096, 64 * MIB])
def test_event_types_that_never_repeat(size):
    frames = decode(b"".join(b"event: e%d\ndata: x\n\n" % n for n in range(100_000)), size)
    assert [frame.event for frame in frames] == [f"e{n}" for n in range(100_000)]


@pytest.mark.parametrize("size", [4096, 64 * MIB])
def test_line_ends_that_alternate(size):
    frames = decode(b"data: a\n\ndata: b\r\n\r\ndata: c\r\r" * 50_000, size)
    assert [frame.data for frame in frames] == list("abc") * 50_000


@pytest.mark.parametrize("size", [4096, 64 * MIB])
def test_prefixes_without_an_end(size):
    (frame,) = decode(b"event: a\ndata: \n" * 200_000, size)
    assert frame.data == "\n" * 199_999


def test_a_byte_order_mark_in_every_place():
    """Only the first is one; the decoder must not look for it again and again."""
    frames = decode(b"\xef\xbb\xbf\n" * 300_000, 4096)
    assert frames[0].start == 4
    assert len(frames) == 1
