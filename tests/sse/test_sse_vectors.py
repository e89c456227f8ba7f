"""Sixty streams and what the standard makes of them, cut in every way."""

from __future__ import annotations

import base64

import pytest

from playhead.sse import Decoder, FrameKind


def stream_of(vector):
    return base64.b64decode(vector["base64"]) if "base64" in vector else vector["text"].encode()


def interpret(chunks):
    decoder = Decoder()
    frames = [frame for chunk in chunks for frame in decoder.feed(chunk)] + decoder.close()
    events = [[frame.event, frame.data, frame.id] for frame in frames if frame.kind is FrameKind.EVENT]
    return events, decoder.retry, decoder.last_event_id


def expected(vector):
    return vector["events"], vector["retry"], vector["last_event_id"]


def test_the_reference_agrees(vector, reference):
    events, retry, last_event_id = reference(stream_of(vector))
    assert (list(map(list, events)), retry, last_event_id) == expected(vector)


def test_whole(vector):
    assert interpret([stream_of(vector)]) == expected(vector)


def test_as_given(vector, chunked):
    assert interpret(chunked(stream_of(vector), vector.get("cuts", []))) == expected(vector)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_in_small_chunks(vector, size, chunked):
    stream = stream_of(vector)
    assert interpret(chunked(stream, range(size, len(stream), size))) == expected(vector)


def test_cut_at_every_point(vector, chunked):
    stream = stream_of(vector)
    for cut in range(len(stream) + 1):
        assert interpret(chunked(stream, [cut])) == expected(vector), f"cut at {cut}"


def test_frames_are_the_same_however_it_is_cut(vector, decoded, reference_frames):
    stream = stream_of(vector)
    every_byte = range(1, len(stream))
    assert decoded(stream) == reference_frames(stream)
    assert decoded(stream, every_byte) == reference_frames(stream, every_byte)
    step = max(len(stream) // 200, 1)  # one vector has a comment of 2000 bytes
    for cut in range(0, len(stream) + 1, step):
        assert decoded(stream, [cut]) == reference_frames(stream, [cut]), f"cut at {cut}"
