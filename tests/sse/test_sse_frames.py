"""Frames: their kinds, spans and chunks; what is left at the end of a stream."""

from __future__ import annotations

import pytest

from playhead.sse import Decoder, Frame, FrameKind
from playhead.sse.lines import read_block


def feed_all(decoder, chunks):
    return [frame for chunk in chunks for frame in decoder.feed(chunk)]


@pytest.mark.parametrize(
    ("block", "kind"),
    [
        (b"data: x\n\n", FrameKind.EVENT),
        (b"data\n\n", FrameKind.EVENT),
        (b"event: a\ndata: x\n\n", FrameKind.EVENT),
        (b"id: 1\nretry: 5\ndata: x\nnonsense\n\n", FrameKind.EVENT),
        (b": keep-alive\n\n", FrameKind.COMMENT),
        (b":\n:\n\n", FrameKind.COMMENT),
        (b"id: 1\n\n", FrameKind.ID),
        (b"id: 1\n: why\nid: 2\n\n", FrameKind.ID),
        (b"retry: 5\n\n", FrameKind.RETRY),
        (b"retry: 5\n:\n\n", FrameKind.RETRY),
        (b"event: ping\n\n", FrameKind.DATALESS),
        (b"id: 1\nretry: 5\n\n", FrameKind.DATALESS),
        (b"id: a\0b\n\n", FrameKind.DATALESS),
        (b"retry: soon\n\n", FrameKind.DATALESS),
        (b"Data: x\n\n", FrameKind.DATALESS),
        (b"nonsense\n\n", FrameKind.DATALESS),
    ],
)
def test_kinds(block, kind, reference_frames):
    (frame,) = Decoder().feed(block)
    assert (frame.kind, frame.start, frame.end) == (kind, 0, len(block))
    assert [frame] == reference_frames(block)


def test_every_field_of_a_frame():
    (frame,) = Decoder().feed(b": one\n:two\nevent: e\nid: 7\nretry: 30\ndata: a\ndata:b\nx\n\n")
    assert frame == Frame(FrameKind.EVENT, 0, 54, 1, "e", "a\nb", "7", 30, "one\ntwo", "x")


def test_only_an_event_is_named_message_by_default():
    frames = Decoder().feed(b"data: x\n\nid: 1\n\nevent:\n\nevent:\ndata: y\n\n")
    assert [frame.event for frame in frames] == ["message", None, "", "message"]


def test_the_id_is_the_one_at_the_blank_line():
    frames = Decoder().feed(b"data: a\n\nid: 1\n\ndata: b\n\nid\ndata: c\n\n")
    assert [frame.id for frame in frames] == ["", "1", "1", ""]


def test_spans_leave_blank_lines_between_blocks_out():
    stream = b"\n\ndata: a\n\n\n\n: b\n\n\ndata: c\n\n"
    frames = Decoder().feed(stream)
    assert [stream[frame.start : frame.end] for frame in frames] == [
        b"data: a\n\n",
        b": b\n\n",
        b"data: c\n\n",
    ]


def test_a_span_ends_where_the_block_was_dispatched():
    """Behind the CR of the last CRLF, whether or not its LF came in the same chunk."""
    stream = b"data: a\r\n\r\ndata: b\r\n\r\n"
    for cut in range(len(stream)):
        decoder = Decoder()
        frames = feed_all(decoder, [stream[:cut], stream[cut:]])
        assert [(frame.start, frame.end) for frame in frames] == [(0, 10), (11, 21)], f"cut at {cut}"


def test_a_byte_order_mark_belongs_to_the_first_block_that_shares_its_line():
    assert [frame.start for frame in Decoder().feed(b"\xef\xbb\xbfdata: a\n\n")] == [0]
    assert [frame.start for frame in Decoder().feed(b"\xef\xbb\xbf\ndata: a\n\n")] == [4]


@pytest.mark.parametrize("end", [b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r\n", b"\r\n\n", b"\n\r"])
def test_a_chunk_that_completes_a_block_is_its_chunk(end):
    """Nothing waits for a byte that need not come: a CR acts at once."""
    decoder = Decoder()
    chunks = [b"data: a" + end, b"dat", b"a: b", end[:1], end[1:]]
    found = [[frame.data for frame in decoder.feed(chunk)] for chunk in chunks]
    assert found == [["a"], [], [], [], ["b"]]
    decoder = Decoder()
    assert [frame.chunk for frame in feed_all(decoder, chunks)] == [1, 5]


def test_the_cr_of_a_cut_crlf_dispatches():
    decoder = Decoder()
    assert [frame.data for frame in decoder.feed(b"data: a\r\n\r")] == ["a"]
    assert decoder.feed(b"\n") == []
    assert decoder.close() == []


def test_an_empty_chunk_counts():
    decoder = Decoder()
    frames = feed_all(decoder, [b"", b"data: a", b"", b"\n\n", b"", b"data: b\n\n"])
    assert [frame.chunk for frame in frames] == [4, 6]


@pytest.mark.parametrize(
    ("tail", "event", "data", "comment", "other"),
    [
        (b"data: b", None, "b", None, None),
        (b"data: b\n", None, "b", None, None),
        (b"data: b\r", None, "b", None, None),
        (b"data: b\r\n", None, "b", None, None),
        (b"event: e\ndata: b\ndata: c", "e", "b\nc", None, None),
        (b": half a com", None, None, "half a com", None),
        (b"dat", None, None, None, "dat"),
        (b"\n\ndata", None, "", None, None),
    ],
)
def test_what_is_unterminated_is_a_tail(tail, event, data, comment, other):
    decoder = Decoder()
    stream = b"id: 1\ndata: a\n\n" + tail
    assert len(decoder.feed(stream)) == 1
    (frame,) = decoder.close()
    start = 15 + len(tail) - len(tail.lstrip(b"\n"))
    assert frame == Frame(FrameKind.TAIL, start, len(stream), 1, event, data, "1", None, comment, other)


def test_a_tail_commits_no_id_but_its_retry():
    decoder = Decoder()
    decoder.feed(b"id: 1\ndata: a\n\nid: 2\nretry: 7\nretry: 8")
    (tail,) = decoder.close()
    assert (decoder.last_event_id, decoder.retry) == ("1", 7)
    assert (tail.id, tail.retry) == ("1", 8)


@pytest.mark.parametrize(
    "stream", [b"", b"\n", b"\r\n\r\n\n", b"data: a\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"]
)
def test_without_a_tail_the_end_gives_nothing(stream):
    decoder = Decoder()
    decoder.feed(stream)
    assert decoder.close() == []
    assert decoder.close() == []


def test_a_retry_too_long_for_any_clock_is_kept_out():
    """Python refuses to convert digit strings without end; nobody waits that long."""
    decoder = Decoder()
    (frame,) = decoder.feed(b"retry: 5\nretry: " + b"9" * 100_000 + b"\n\n")
    assert (frame.retry, decoder.retry) == (5, 5)
    (frame,) = decoder.feed(b"retry: " + b"9" * 4000 + b"\n\n")
    assert frame.retry == int("9" * 4000)


def test_a_span_read_again_is_the_frame():
    stream = b"\xef\xbb\xbfdata: a\n\n\n: c\r\n\r\nid: 3\r\rdata: b\n\nevent: t"
    decoder = Decoder()
    frames = [*decoder.feed(stream), *decoder.close()]
    assert len(frames) == 5
    for frame in frames:
        again = read_block(stream[frame.start : frame.end], frame.start, frame.chunk, frame.id)
        assert again == frame
