"""Codec and data fields: every byte comes back, every record round-trips, no line grows too long."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import playhead
from playhead.format import MAX_DELIVERY, MAX_LINE, codec, records
from playhead.format.data import decode_data, encode_data
from playhead.format.times import later, seconds

TEXTS = ["plain", "café €uro", "日本語のテキスト", "👩‍💻 emoji 🇫🇷", '\x00\x1f"\\\u2028\ufeff']


def chunk_of(data: bytes) -> records.Chunk:
    fields = encode_data(data)
    return records.Chunk(
        exchange=1, head=fields.head, text=fields.text, tail=fields.tail, base64=fields.base64
    )


@given(st.binary())
def test_any_bytes_come_back(data):
    assert decode_data(codec.decode(codec.encode(chunk_of(data)))) == data


@pytest.mark.parametrize("text", TEXTS)
def test_text_stays_text_at_every_cut(text):
    data = text.encode()
    for start in range(len(data) + 1):
        for end in range(start, len(data) + 1):
            piece = data[start:end]
            fields = encode_data(piece)
            assert fields.base64 is None or len(piece) <= 3
            assert decode_data(chunk_of(piece)) == piece


def test_what_is_no_utf8_is_base64():
    for data in (
        b"\xff",
        b"a\xffb",
        b"\xed\xa0\x80",
        b"\xc0\xaf",
        b"\x80\x80\x80\x80",
        b"\xf8\x88\x80\x80\x80",
    ):
        assert encode_data(data).base64 is not None
        assert decode_data(chunk_of(data)) == data


@pytest.mark.parametrize("unit", [b"\0", b'"', b"a", b"\xff", "€".encode()])
def test_the_largest_delivery_fits_a_line_whatever_it_holds(unit):
    data = (unit * MAX_DELIVERY)[:MAX_DELIVERY]
    line = codec.encode(chunk_of(data))
    assert len(line) <= MAX_LINE
    assert decode_data(codec.decode(line)) == data
    with pytest.raises(ValueError, match="fit"):
        encode_data(data + b"x")


short = st.text(max_size=20)
pairs = st.lists(st.tuples(short, short), max_size=3).map(tuple)
number = st.integers(1, 2**31)
time = st.none() | st.floats(0, 1e7, allow_nan=False).map(lambda t: round(t, 6))
optional = st.none() | short
count = st.none() | st.integers(0, 2**53)
RECORDS = st.one_of(
    st.builds(
        records.Header,
        format=st.just("playhead-cassette"),
        version=st.just(1),
        created=optional,
        writer=optional,
        clock=optional,
        facts=pairs,
    ),
    st.builds(
        records.Request,
        exchange=number,
        t=time,
        t_start=time,
        method=short,
        url=short,
        http_version=optional,
        headers=pairs,
        text=optional,
        facts=pairs,
    ),
    st.builds(records.RequestChunk, exchange=number, t=time, text=short),
    st.builds(
        records.Response,
        exchange=number,
        t=time,
        status=st.integers(100, 599),
        detail=optional,
        headers=pairs,
    ),
    st.builds(records.Chunk, exchange=number, t=time, wire_bytes=count, undecoded=st.booleans(), text=short),
    st.builds(records.End, exchange=number, t=time, ending=short, chunks=count, bytes=count, facts=pairs),
    st.builds(records.Loss, exchange=st.none() | number, t=time, t_start=time, chunks=count, detail=optional),
    st.builds(
        records.Note, exchange=st.none() | number, t=time, name=optional, text=short, byte_offset=count
    ),
    st.builds(records.Redaction, exchange=number, name=short, detail=short, byte_offset=count, bytes=count),
)


@given(RECORDS)
def test_any_record_comes_back(record):
    line = codec.encode(record)
    assert line.count(b"\n") == 1
    assert line.startswith(b'{"type":"' + codec.type_of(record).encode())
    assert codec.decode(line) == record
    found = codec.envelope(line)
    assert (found.type, found.t) == (codec.type_of(record), getattr(record, "t", None))


@given(RECORDS, st.dictionaries(st.text(min_size=1, max_size=5).map("x_".__add__), st.integers(), max_size=3))
def test_unknown_fields_change_nothing(record, extra):
    line = json.dumps(json.loads(codec.encode(record)) | extra, indent=None).encode() + b"\n"
    assert codec.decode(line) == record


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b'{"type":"chunk","exchange":1,"text":"\\ud800"}\n',
        b'{"type":"chunk","exchange":1,"text":"\xff"}\n',
        b'{"type":"chunk","exchange":1,"text":"a"}{"type":"chunk","exchange":1,"text":"b"}\n',
        b'{"type":"chunk","exchange":1,"t":NaN,"text":"a"}\n',
        b'{"type":"chunk","exchange":1.5,"text":"a"}\n',
        b'{"type":["chunk"]}\n',
        b"\xef\xbb\xbf" + b'{"type":"chunk","exchange":1,"text":"a"}\n',
    ],
)
def test_what_is_no_record_is_a_line_error(line):
    with pytest.raises(codec.LineError):
        codec.decode(line)
    if b"\xff" not in line:  # the envelope passes over the strings that it does not need
        with pytest.raises(codec.LineError):
            codec.envelope(line)


@pytest.mark.parametrize(
    "fields",
    [{"base64": "!!"}, {"base64": "YQ"}, {"head": "zz", "text": ""}, {"text": "a", "tail": "e"}, {}],
)
def test_data_fields_that_are_not_legal_are_a_line_error(fields):
    record = codec.decode(json.dumps({"type": "chunk", "exchange": 1, **fields}).encode() + b"\n")
    with pytest.raises(codec.LineError):
        codec.data_of(record)


@given(st.lists(st.integers(0, 10**12), max_size=50))
def test_times_increase_and_do_not_drift(readings):
    last = None
    for ns in sorted(readings):
        t = later(seconds(ns), last)
        assert last is None or t > last
        assert round(t, 6) == t
        last = t
    # Each reading is cut by itself: the error of the last is that of one.
    if readings:
        assert 0 <= max(readings) / 1e9 - seconds(max(readings)) < 1.1e-6


STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.binary(max_size=40), st.sampled_from([None, 0.0, 0.25, 1.0])), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.booleans())
def test_any_interleaved_exchanges_and_bytes_come_back(tmp_path_factory, steps, compressed):
    """A whole file: exchanges that take turns, any bytes, known and unknown times."""
    path = tmp_path_factory.mktemp("any") / ("x.cassette.jsonl" + (".zst" if compressed else ""))
    written: dict[int, list[bytes]] = {}
    bodies: dict[int, bytes] = {}
    with playhead.open_writer(path) as writer:
        open_ones = {}
        for which, data, t in steps:
            if which not in open_ones:
                exchange = open_ones[which] = writer.exchange()
                bodies[exchange.number] = data * 3
                exchange.request(playhead.Request(method="POST", url="http://h/", body=data * 3, t=t))
                exchange.response(playhead.Response(status=200, headers=(("a", "b"),), t=t))
                written[exchange.number] = []
            exchange = open_ones[which]
            exchange.chunk(data, t)
            written[exchange.number].append(data)
        for exchange in open_ones.values():
            exchange.end(playhead.EndingKind.COMPLETE, 5.0)
    cassette = playhead.load(path)
    assert {
        exchange.number: [chunk.data for chunk in exchange.chunks] for exchange in cassette.exchanges
    } == written
    assert {exchange.number: exchange.request.body for exchange in cassette.exchanges} == bodies
    assert {exchange.ending.kind for exchange in cassette.exchanges} <= {playhead.EndingKind.COMPLETE}
    times = [chunk.t for exchange in cassette.exchanges for chunk in exchange.chunks if chunk.t is not None]
    assert len(times) == len(set(times))


PARTS = (
    b'{"type":"chunk",',
    b'"exchange":1,',
    b'"exchange":2,',
    b'"t":0.5,',
    b'"t":1e99,',
    b'"wire_bytes":3,',
    b'"new":',
    b'"head":"e2",',
    b'"text":"a"',
    b'"text":"\\u00e9\\n\xc3\xa9"',
    b'"text":"\xc3"',
    b'"text":"\\ud83d"',
    b'"text":"',
    b'\\"',
    b"}",
    b" ",
    b",",
)
BEGUN = st.lists(st.sampled_from(PARTS), max_size=8).map(
    lambda parts: codec.CHUNK_START + b"".join(parts) + b"\n"
)
PLAIN = st.builds(
    lambda t, size, text: codec.encode(records.Chunk(exchange=1, t=t, wire_bytes=size, text=text)),
    st.none() | st.floats(0, 9),
    st.none() | st.integers(0, 9),
    st.text(st.characters(exclude_categories=["Cs"])),
)


def each(lines: list[bytes]) -> list[records.Record] | None:
    try:
        return [codec.decode(line) for line in lines]
    except codec.LineError:
        return None


@given(st.lists(PLAIN | BEGUN, min_size=1, max_size=6))
@example(
    [
        b'{"type":"chunk","exchange":1,"text":"a"}{"type":"chunk",\n',
        b'{"type":"chunk","exchange":1,"text":"a"}\n',
    ]
)
@example(
    [
        codec.CHUNK_START + b'"exchange":1,"text":"a"}{"type":"chunk","exchange":1,"text":"a"}\n',
        codec.CHUNK_START + b'"new":\n',
        codec.CHUNK_START + b'"exchange":1},"exchange":1,"text":"a"}\n',
    ]
)
def test_chunks_that_are_read_together_are_read_as_each_alone(lines):
    together = codec.decode_plain(lines)
    if together is not None:
        alone = [
            records.Chunk(
                exchange=c.exchange, t=None if math.isnan(c.t) else c.t, wire_bytes=c.wire_bytes, text=c.text
            )
            for c in together
        ]
        assert alone == each(lines)


@given(st.lists(PLAIN, min_size=1, max_size=6))
def test_what_writers_write_is_read_together(lines):
    assert codec.decode_plain(lines) is not None
