"""Content encodings, delivery by delivery: what a flushing server sends, in any cuts, and lies."""

from __future__ import annotations

import gzip
import sys
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playhead import encodings
from playhead.encodings import ContentDecoder

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Zlib:
    def __init__(self, wbits):
        self._made = zlib.compressobj(wbits=wbits)

    def flushed(self, data):
        return self._made.compress(data) + self._made.flush(zlib.Z_SYNC_FLUSH)

    def last(self):
        return self._made.flush()


class Brotli:
    def __init__(self):
        self._made = pytest.importorskip("brotli").Compressor()

    def flushed(self, data):
        return self._made.process(data) + self._made.flush()

    def last(self):
        return self._made.finish()


class Zstd:
    def __init__(self):
        self._made = zstd.ZstdCompressor()

    def flushed(self, data):
        return self._made.compress(data, zstd.ZstdCompressor.FLUSH_BLOCK)

    def last(self):
        return self._made.flush()


COMPRESSORS = {
    "gzip": lambda: Zlib(31),
    "x-gzip": lambda: Zlib(31),
    "deflate": lambda: Zlib(15),
    "deflate (raw)": lambda: Zlib(-15),
    "br": Brotli,
    "zstd": Zstd,
}
codings = st.sampled_from(list(COMPRESSORS))


def name_of(coding):
    return coding.partition(" ")[0]


@pytest.mark.parametrize("coding", COMPRESSORS)
def test_a_flushed_event_is_decoded_with_its_delivery(coding):
    compressor, decoder = COMPRESSORS[coding](), ContentDecoder(f" {name_of(coding).upper()} ")
    events = [b"data: %d\n\n" % number for number in range(20)]
    assert decoder.is_encoded
    assert [decoder.feed(compressor.flushed(event)) for event in events] == [
        (event, False) for event in events
    ]
    assert decoder.feed(compressor.last()) == (b"", False)


@settings(deadline=None)
@given(
    coding=codings, events=st.lists(st.binary(max_size=200), max_size=5), cuts=st.lists(st.integers(1, 40))
)
def test_any_cuts_decode_to_the_same_bytes(coding, events, cuts):
    compressor, decoder = COMPRESSORS[coding](), ContentDecoder(name_of(coding))
    wire = b"".join(compressor.flushed(event) for event in events) + compressor.last()
    decoded, at = b"", 0
    for cut in [*cuts, *[7] * len(wire)]:
        piece = decoder.feed(wire[at : at + cut])
        assert not piece.undecoded
        decoded += piece.data
        at += cut
    assert decoded == b"".join(events)


@settings(deadline=None)
@given(coding=codings, body=st.binary(max_size=300), cut=st.integers(1, 30))
def test_a_lie_loses_no_byte(coding, body, cut):
    """Bytes that are not what the header says: all of them come out, decoded or raw."""
    decoder = ContentDecoder(name_of(coding))
    pieces = [decoder.feed(body[at : at + cut]) for at in range(0, len(body), cut)]
    raw = [piece for piece in pieces if piece.undecoded]
    if raw:
        before = [piece for piece in pieces if not piece.undecoded]
        assert pieces == before + raw, "once raw, raw for good"
        if not any(piece.data for piece in before):
            assert b"".join(piece.data for piece in raw) == body


def test_stacked_encodings_come_off_in_reverse():
    body = b"data: 1\n\n" * 10
    decoder = ContentDecoder("deflate, identity, gzip")
    assert decoder.feed(gzip.compress(zlib.compress(body))) == (body, False)


def test_members_and_frames_one_after_another():
    assert ContentDecoder("gzip").feed(gzip.compress(b"a") + gzip.compress(b"b")) == (b"ab", False)
    assert ContentDecoder("zstd").feed(zstd.compress(b"a") + zstd.compress(b"b")) == (b"ab", False)


@pytest.mark.parametrize("value", [None, "", "identity", " , identity,"])
def test_no_encoding_is_nothing_to_remove(value):
    decoder = ContentDecoder(value)
    assert not decoder.is_encoded
    assert decoder.feed(b"data") == (b"data", False)
    decoder.lose()
    assert decoder.feed(b"data") == (b"data", False)


def test_an_unknown_encoding_stays_raw():
    assert ContentDecoder("compress").feed(b"data") == (b"data", True)
    assert ContentDecoder("gzip, made-up").feed(b"data") == (b"data", True)


def test_what_follows_a_loss_stays_raw():
    compressor, decoder = Zlib(31), ContentDecoder("gzip")
    assert decoder.feed(compressor.flushed(b"one")).data == b"one"
    compressor.flushed(b"lost")
    decoder.lose()
    wire = compressor.flushed(b"three")
    assert decoder.feed(wire) == (wire, True)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_stays_raw(coding, monkeypatch):
    monkeypatch.setattr(encodings, "MAX_DECODED", 100_000)
    compressor = COMPRESSORS[coding]()
    wire = compressor.flushed(bytes(10_000_000)) + compressor.last()
    assert ContentDecoder(coding).feed(wire) == (wire, True)
