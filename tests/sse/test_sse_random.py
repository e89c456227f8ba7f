"""Random streams, cut at random, against the plain reference; the fast reader against the line machine."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import playhead.sse.decoder
from playhead.sse import Decoder, FrameKind
from playhead.sse.lines import LineMachine, read_block

WORDS = (
    *(b"data: ", b"data:", b"data", b"event: ", b"event: delta\ndata: ", b"event: delta\r\ndata: ", b"id: "),
    *(b"retry: ", b": ", b":", b" ", b"a", b"12", b"\0", b"\n", b"\n", b"\r", b"\r\n", b"\n\n", b"\r\n\r\n"),
    *(b"data: a\n\n", b"event: delta\ndata: b\n\n", b"data: c\r\n\r\n", b"event: delta\r\ndata: d\r\n\r\n"),
    *("\ufeff".encode(), b"\xef", b"\xbb", b"\xbf", b"\xff", "é".encode(), "😀".encode(), "😀".encode()[:2]),
)
# A stream of few words repeats itself as real ones do, and so comes to the fast paths.
STREAMS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9, unique=True).flatmap(
    lambda words: st.lists(st.sampled_from(words), max_size=40).map(b"".join)
)


@st.composite
def cut_streams(draw):
    stream = draw(STREAMS)
    how = draw(st.sampled_from(["whole", "every byte", "every few", "anywhere"]))
    if how == "whole":
        return stream, []
    if how == "anywhere":
        return stream, sorted(draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    step = 1 if how == "every byte" else draw(st.integers(2, 9))
    return stream, list(range(step, len(stream), step))


@pytest.fixture(
    params=[(32 * 1024, 4 * 1024, 1024, 16), (8, 4, 3, 2), (1, 0, 1, 0)], ids=["as shipped", "small", "least"]
)
def limits(request, monkeypatch):
    """The sizes at which the decoder changes its way of reading, so small that every stream passes them."""
    for name, size in zip(("_PIECE", "_MAX_KEPT", "_MANY", "_SHORT"), request.param, strict=True):
        monkeypatch.setattr(playhead.sse.decoder, name, size)


# The limits stay the same for all examples of one test.
anything = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.usefixtures("limits")
@anything
@given(cut_streams())
def test_events_are_those_of_the_standard(chunked, reference, case):
    stream, cuts = case
    decoder = Decoder()
    frames = [frame for chunk in chunked(stream, cuts) for frame in decoder.feed(chunk)] + decoder.close()
    events = [(frame.event, frame.data, frame.id) for frame in frames if frame.kind is FrameKind.EVENT]
    assert (events, decoder.retry, decoder.last_event_id) == reference(stream)


@pytest.mark.usefixtures("limits")
@anything
@given(cut_streams())
def test_frames_are_those_of_the_reference(decoded, reference_frames, case):
    assert decoded(*case) == reference_frames(*case)


@pytest.mark.usefixtures("limits")
@anything
@given(cut_streams())
def test_the_line_machine_alone_gives_the_same(decoded, chunked, case):
    stream, cuts = case
    machine = LineMachine()
    frames = [
        frame
        for number, chunk in enumerate(chunked(stream, cuts), 1)
        for frame in machine.feed(chunk, number)
    ]
    assert frames + machine.close(len(cuts) + 1) == decoded(stream, cuts)


@pytest.mark.usefixtures("limits")
@anything
@given(cut_streams())
def test_every_span_read_again_is_its_frame(decoded, case):
    stream, cuts = case
    for frame in decoded(stream, cuts):
        assert read_block(stream[frame.start : frame.end], frame.start, frame.chunk, frame.id) == frame


@pytest.mark.usefixtures("limits")
@anything
@given(cut_streams(), st.randoms(use_true_random=False))
def test_frames_do_not_depend_on_the_cuts(decoded, case, random):
    """All but the chunk, which is the one that holds the last byte of the span."""
    stream, cuts = case
    others = sorted(random.randint(0, len(stream)) for _ in range(5))

    def content(frames):
        return [(f.kind, f.start, f.end, f.event, f.data, f.id, f.retry, f.comment) for f in frames]

    assert content(decoded(stream, cuts)) == content(decoded(stream, others))
