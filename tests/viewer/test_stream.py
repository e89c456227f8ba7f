"""What the panes are given: text pages, raw pieces, wrapping, without a screen."""

from __future__ import annotations

import random
import unicodedata
from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import playhead
from playhead import EndingKind
from playhead.chunks import Chunks
from playhead_viewer.source.chunks import ReadableChunks
from playhead_viewer.source.facts import Kind
from playhead_viewer.source.loader import open_path
from playhead_viewer.source.stream import Stream
from playhead_viewer.text.safe import safe_bytes, safe_lines, shortened
from playhead_viewer.text.wrapping import fit, wrap


def test_a_frame_across_chunks_keeps_its_cut_characters_apart(make, path, read):
    body = 'data: {"delta":"5 €"}\r\n\r\n'.encode()
    cut = body.index(b"\xe2") + 1
    with make() as made:
        exchange = made.begin()
        exchange.chunk(body[:cut], 2.0)
        exchange.chunk(body[cut:], 2.5)
        exchange.end(EndingKind.COMPLETE, 3.0)
    stream = read(path)
    first, second = stream.raw(1).pieces
    assert (first.chunk, first.size, first.chunk_size, first.t) == (1, cut, cut, 1.0)
    assert first.lines == (('data: {"delta":"5 ⟨E2⟩', ""),)
    assert (second.chunk, second.t) == (2, 1.5)
    assert second.lines == (('⟨82 AC⟩"}', "␍␊"), ("", "␍␊"))
    assert stream.row(1).preview == '{"delta":"5 €"}'


def test_every_byte_of_a_body_is_in_some_frame(make, path, read):
    body = b": hi\n\n\nevent: a\n\ndata: 1\rdata: 2\r\rid: 7\n\n\r\nretry: 5\n\ndata: tail"
    with make() as made:
        exchange = made.begin()
        for place in range(0, len(body), 5):
            exchange.chunk(body[place : place + 5], 2.0)
        exchange.end(EndingKind.COMPLETE, 3.0)
    stream = read(path)
    rows = [stream.row(at) for at in range(1, len(stream) + 1)]
    assert [row.kind.value for row in rows] == ["comment", "dataless", "event", "id", "retry", "tail"]
    assert [row.preview for row in rows] == [": hi", "event: a", "1␊2", "id: 7", "retry: 5", "data: tail"]
    raw = [stream.raw(at) for at in range(1, len(stream) + 1)]
    assert sum(piece.size for frame in raw for piece in frame.pieces) == len(body)


def test_chunks_asked_for_again_are_not_decoded_again(make, path, monkeypatch):
    with make() as made:
        made.texts([str(number) for number in range(9)])
    monkeypatch.setattr("playhead.store.index.KEPT", 0)  # of a short recording nothing is decoded again
    decoded = []
    read = Chunks._read
    monkeypatch.setattr(
        Chunks, "_read", lambda self, number, *rest: decoded.append(number) or read(self, number, *rest)
    )
    chunks = ReadableChunks(playhead.load(path)[1].chunks)
    for _ in range(100):
        assert chunks[3].number == 4
        assert chunks[4].number == 5
    assert decoded == [4, 5]
    assert [chunk.number for chunk in chunks.after(0)] == list(range(1, 10))
    assert len(decoded) == 11


def test_a_row_made_while_the_exchange_is_read_is_not_kept(make, path, monkeypatch):
    with make() as made:
        made.texts(["a0 ", "a1 "])
    with closing(open_path(str(path))) as loader:
        while loader.advance():
            pass
        stream = Stream(loader, 0)
        made_of = Stream._row

        def read_meanwhile(stream, number):
            row = made_of(stream, number)
            stream.read()
            return row

        monkeypatch.setattr(Stream, "_row", read_meanwhile)
        assert stream.row(1).kind is Kind.EVENT
        assert stream.row(1).kind is Kind.TEXT
        assert stream.row(1) is stream.row(1)


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


def test_random_access_equals_walking(make, path, read):
    with make() as made:
        made.texts([f" {number}" for number in range(1000)])
    stream = read(path)
    walked = [(stream.row(at), stream.added(at), stream.raw(at)) for at in range(1, len(stream) + 1)]
    other = read(path)
    places = list(range(1, len(stream) + 1))
    random.Random(5).shuffle(places)
    for at in places:
        assert (other.row(at), other.added(at), other.raw(at)) == walked[at - 1]
