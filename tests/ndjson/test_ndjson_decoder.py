"""Lines of JSON as frames: cut anywhere they are the same, and read again they are the same."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from playhead.bodies import BodyKind, kind_of, read_frame
from playhead.ndjson import Decoder
from playhead.sse import Frame, FrameKind

lines = st.lists(st.sampled_from([b"{}", b'{"a":"\xc3\xa9"}', b"", b" ", b"x\xff", b"a\rb"]), max_size=6)
ends = st.sampled_from([b"\n", b"\r\n"])


def decode(chunks: list[bytes]) -> list[Frame]:
    decoder = Decoder()
    frames = [frame for chunk in chunks for frame in decoder.feed(chunk)]
    return frames + decoder.close()


def test_a_line_is_a_frame() -> None:
    frames = decode([b'{"a":1}\n\n', b'{"b"', b":2}\r\n", b'{"c":3}'])
    assert [(frame.data, frame.start, frame.end, frame.chunk) for frame in frames] == [
        ('{"a":1}', 0, 8, 1),
        ('{"b":2}', 9, 18, 3),
        ('{"c":3}', 18, 25, 4),
    ]
    assert {(frame.kind, frame.event, frame.id) for frame in frames} == {(FrameKind.EVENT, "message", "")}


def test_an_unterminated_line_comes_at_the_end() -> None:
    decoder = Decoder()
    assert decoder.feed(b'{"a"') == []
    (frame,) = decoder.close()
    assert (frame.kind, frame.data, frame.end) == (FrameKind.EVENT, '{"a"', 4)
    assert decoder.close() == []


@given(st.lists(st.tuples(lines, ends), max_size=3), st.binary(max_size=3), st.data())
def test_cuts_change_nothing_but_the_chunk(
    blocks: list[tuple[list[bytes], bytes]], rest: bytes, data: st.DataObject
) -> None:
    body = b"".join(end.join([*found, b""]) for found, end in blocks) + rest
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=6)))
    edges = [0, *cuts, len(body)]
    chunks = [body[a:b] for a, b in pairwise(edges)]
    whole, pieces = decode([body]), decode(chunks)
    assert [(f.start, f.end, f.data) for f in pieces] == [(f.start, f.end, f.data) for f in whole]
    assert [line.strip(b" \t\r") for line in body.split(b"\n") if line.strip(b" \t\r\n")] == [
        body[f.start : f.end].strip(b" \t\r\n") for f in whole
    ]
    for frame in pieces:
        part = body[frame.start : frame.end]
        assert read_frame(BodyKind.NDJSON, part, frame.start, frame.chunk) == frame
        ends_at = sum(cut < frame.end for cut in cuts) + 1
        assert frame.chunk == ends_at or body[frame.end - 1 : frame.end] != b"\n"


def test_the_content_type_tells_what_a_body_is() -> None:
    kinds = {
        "text/event-stream; charset=utf-8": BodyKind.SSE,
        "Application/X-NDJSON": BodyKind.NDJSON,
        "application/jsonl;charset=utf-8": BodyKind.NDJSON,
        "application/json": BodyKind.WHOLE,
        "application/json-seq": BodyKind.WHOLE,
        "": BodyKind.WHOLE,
    }
    for name, kind in kinds.items():
        assert kind_of((("Content-Type", name),)) is kind
    assert kind_of(()) is BodyKind.SSE
