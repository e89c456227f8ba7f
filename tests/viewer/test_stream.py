"""What the panes are given: text pages, raw pieces, wrapping, without a screen."""

from __future__ import annotations

import random
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import playhead
from playhead import EndingKind
from playhead.chunks import Chunks
from playhead_viewer.safe import Safe, safe_bytes, safe_lines, shortened
from playhead_viewer.source.chunks import RecentChunks, Stopped
from playhead_viewer.source.stream import Stream
from playhead_viewer.source.texts import Texts
from playhead_viewer.wrapping import fit, wrap


def watch(done, total):
    """Nobody watches."""


@given(st.lists(st.text(max_size=3), min_size=1, max_size=700), st.data())
def test_the_text_after_any_frame_is_what_folding_gives(parts, data):
    texts = Texts(len(parts), lambda at: Safe(parts[at]))
    for at in data.draw(st.lists(st.integers(0, len(parts) - 1), min_size=1, max_size=9)):
        reading = texts.at(at)
        assert reading.whole
        assert reading.added == parts[at]
        assert reading.before == "".join(parts[:at])


def test_a_step_reads_a_page_at_most_and_a_jump_a_bounded_number():
    read = []

    def added(at):
        read.append(at)
        return Safe("word " if at % 50 else "word\n")

    texts = Texts(1_000_000, added)
    assert texts.at(999_999).added == "word "
    jumped, per_page = len(read), 256
    assert jumped <= 40 * per_page
    for at in range(999_998, 990_000, -1):
        before = len(read)
        reading = texts.at(at)
        assert len(read) - before <= per_page
        assert not reading.whole
        assert reading.before.endswith("word " if (at - 1) % 50 else "word\n")
    assert len(read) == len(set(read))


def test_cut_text_begins_at_a_line_and_keeps_its_lines_while_stepping():
    texts = Texts(100_000, lambda at: Safe(f"{at} " if at % 20 else f"{at}\n"))
    lines = [texts.at(at).before.split("\n") for at in range(60_000, 61_000)]
    for before, after in pairwise(lines):
        assert int(before[0].split()[0]) % 20 == 1
        assert after[0] in before[: len(before) // 2]


def test_text_of_a_stream_without_text_stops_looking():
    read = []
    texts = Texts(1_000_000, lambda at: Safe(read.append(at) or ""))
    assert texts.at(500_000).before == ""
    assert len(read) <= 17 * 256


def test_a_frame_across_chunks_keeps_its_cut_characters_apart(make, path):
    body = 'data: {"delta":"5 €"}\r\n\r\n'.encode()
    cut = body.index(b"\xe2") + 1
    with make() as made:
        exchange = made.begin()
        exchange.chunk(body[:cut], 2.0)
        exchange.chunk(body[cut:], 2.5)
        exchange.end(EndingKind.COMPLETE, 3.0)
    stream = Stream(playhead.load(path)[1], watch)
    first, second = stream.raw(0).pieces
    assert (first.chunk, first.size, first.chunk_size, first.t) == (1, cut, cut, 1.0)
    assert first.lines == (('data: {"delta":"5 ⟨E2⟩', ""),)
    assert (second.chunk, second.t) == (2, 1.5)
    assert second.lines == (('⟨82 AC⟩"}', "␍␊"), ("", "␍␊"))
    assert stream.text(0).added == "5 €"
    assert stream.row(0).preview == '"5 €"'


def test_every_byte_of_a_body_is_in_some_frame(make, path):
    body = b": hi\n\n\nevent: a\n\ndata: 1\rdata: 2\r\rid: 7\n\n\r\nretry: 5\n\ndata: tail"
    with make() as made:
        exchange = made.begin()
        for place in range(0, len(body), 5):
            exchange.chunk(body[place : place + 5], 2.0)
        exchange.end(EndingKind.COMPLETE, 3.0)
    stream = Stream(playhead.load(path)[1], watch)
    rows = [stream.row(at) for at in range(len(stream))]
    assert [row.kind.value for row in rows] == ["comment", "dataless", "event", "id", "retry", "tail"]
    assert [row.preview for row in rows] == [": hi", "event: a", "1␊2", "id: 7", "retry: 5", "data: tail"]
    raw = [stream.raw(at) for at in range(len(stream))]
    assert sum(piece.size for frame in raw for piece in frame.pieces) == len(body)


def test_chunks_asked_for_again_are_not_decoded_again(make, path, monkeypatch):
    with make() as made:
        made.texts([str(number) for number in range(9)])
    decoded = []
    read = Chunks._read
    monkeypatch.setattr(
        Chunks, "_read", lambda self, number, line: decoded.append(number) or read(self, number, line)
    )
    chunks = RecentChunks(playhead.load(path)[1].chunks, watch)
    for _ in range(100):
        assert chunks[3].number == 4
        assert chunks[4].number == 5
    assert decoded == [4, 5]
    assert [chunk.number for chunk in chunks] == list(range(1, 10))
    assert len(decoded) == 11


def test_a_pass_over_the_chunks_tells_how_far_it_is_and_can_be_stopped(make, path, monkeypatch):
    monkeypatch.setattr("playhead_viewer.source.chunks._EVERY", 100)
    with make() as made:
        made.texts(["x"] * 450)
    told = []
    Stream(playhead.load(path)[1], lambda done, total: told.append((done, total)))
    assert told == [(0, 450), (100, 450), (200, 450), (300, 450), (400, 450)]

    def stop(done, _total):
        if done >= 200:
            raise Stopped

    with pytest.raises(Stopped):
        Stream(playhead.load(path)[1], stop)


@given(
    st.text(alphabet=st.sampled_from("ab 日本\n é\u0301🙂-"), max_size=200), st.integers(2, 30), st.booleans()
)
def test_wrapped_lines_are_the_text_and_fit(text, width, words):
    spans = list(wrap(text, width, words=words))
    lines = [text[start:end] for start, end in spans]
    assert "".join(lines) == text.replace("\n", "")
    for line in lines:
        assert "\n" not in line
        assert cell_len(line) <= width + (1 if words and line.endswith(" ") else 0)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)


@given(st.text(alphabet=st.sampled_from("ab 日本é\u0301🙂…"), max_size=60), st.integers(0, 30))
def test_fitted_text_has_exactly_the_width(text, width):
    assert cell_len(fit(text, width)) == width


def test_words_are_kept_whole_and_long_ones_cut():
    text = "the quick brown incomprehensibilities"
    assert [text[a:b] for a, b in wrap(text, 10)] == ["the quick ", "brown ", "incomprehe", "nsibilitie", "s"]


@given(st.binary(max_size=60))
def test_safe_bytes_hold_no_control_or_format_character(data):
    found = {unicodedata.category(character) for character in safe_bytes(data)}
    assert found.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})


def test_safe_lines_keep_line_ends_and_nothing_else():
    assert safe_lines("a\tb\nc\rd\x1b") == "a    b\nc␍d␛"
    assert shortened("abcdef", 4) == "abcd… 2 more"
    assert shortened("abcd", 4) == "abcd"


def test_random_access_equals_walking(make, path):
    with make() as made:
        made.texts([f" {number}" for number in range(1000)])
    stream = Stream(playhead.load(path)[1], watch)
    walked = [(stream.row(at), stream.text(at), stream.raw(at)) for at in range(len(stream))]
    other = Stream(playhead.load(path)[1], watch)
    places = list(range(len(stream)))
    random.Random(5).shuffle(places)
    for at in places:
        assert (other.row(at), other.text(at), other.raw(at)) == walked[at]
