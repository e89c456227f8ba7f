"""Reading cassettes: lazily, and with the file, the line and the reason where that is not possible."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

import playhead
from playhead import CassetteError, DamagedCassette, EndingKind, InputError, UnsupportedVersion

HEADER = b'{"type":"header","format":"playhead-cassette","version":1}\n'
CHUNK = b'{"type":"chunk","exchange":1,"t":0.1,"text":"data: a\\n\\n"}\n'
END = b'{"type":"end","exchange":1,"t":0.2,"ending":"complete"}\n'


@pytest.fixture
def file(tmp_path):
    """`file(bytes)` is the path of a file that holds them."""

    def write(data):
        path = tmp_path / "x.cassette.jsonl"
        path.write_bytes(data)
        return path

    return write


def exchanges_of(path):
    return playhead.load(path).exchanges


def test_a_cassette_is_a_mapping_of_numbers(file):
    cassette = playhead.load(file(HEADER + CHUNK + CHUNK.replace(b":1", b":7", 1) + END))
    assert list(cassette) == [1, 7]
    assert len(cassette) == 2
    assert 7 in cassette
    assert 2 not in cassette
    assert [exchange.number for exchange in cassette.exchanges] == [1, 7]
    assert cassette[7] is cassette.exchanges[1]
    with pytest.raises(InputError, match="no exchange 2") as caught:
        cassette[2]
    assert "It has: 1, 7" in str(caught.value)


def test_exchanges_come_in_request_order_not_in_file_order(file):
    path = file(HEADER + CHUNK.replace(b'"exchange":1', b'"exchange":2') + CHUNK)
    assert [exchange.number for exchange in exchanges_of(path)] == [1, 2]


def test_loading_reads_the_first_line_only(file):
    cassette = playhead.load(file(HEADER + CHUNK + b"not a record\n"))
    assert cassette.header.version == 1
    with pytest.raises(DamagedCassette) as caught:
        cassette.exchanges  # noqa: B018
    assert (caught.value.line, caught.value.byte) == (3, len(HEADER + CHUNK))


def test_a_body_is_read_when_it_is_asked_for(file):
    """A record that is legal JSON but no chunk is found where it is used, with the place it stands in."""
    path = file(HEADER + CHUNK + b'{"type":"chunk","exchange":1,"base64":"!"}\n' + END)
    (exchange,) = exchanges_of(path)
    assert exchange.ending.kind is EndingKind.COMPLETE
    assert exchange.chunks[0].data == b"data: a\n\n"
    with pytest.raises(DamagedCassette, match="base64") as caught:
        exchange.body  # noqa: B018
    assert (caught.value.path, caught.value.line) == (str(path), 3)


def test_a_chunk_keeps_the_file_alive(file):
    chunks = exchanges_of(file(HEADER + CHUNK))[0].chunks
    gc.collect()
    assert chunks[0].data == b"data: a\n\n"
    assert [chunk.number for chunk in chunks[-5:]] == [1]
    with pytest.raises(IndexError, match="no chunk at 1: there are 1"):
        chunks[1]


def test_a_torn_tail_is_left_out_and_said(file):
    path = file(HEADER + CHUNK + END[:-1])
    cassette = playhead.load(path)
    assert cassette[1].ending.kind is EndingKind.TRUNCATED
    assert str(cassette.torn) == (
        f"line 3 (byte {len(HEADER + CHUNK)}) is torn: its {len(END) - 1} bytes were dropped"
    )
    assert playhead.load(file(HEADER + CHUNK + END)).torn is None


def test_a_partial_file_is_read_as_it_stands(tmp_path):
    path = tmp_path / "x.cassette.jsonl.partial"
    path.write_bytes(HEADER + CHUNK)
    assert exchanges_of(path)[0].body == b"data: a\n\n"


@pytest.mark.parametrize(
    "data",
    [
        (HEADER + CHUNK + END).replace(b"\n", b"\r\n"),
        HEADER + b"\n\r\n  \n" + CHUNK + b"\n" + END + b"\n\n",
        HEADER + b" " + CHUNK + b"\t" + END,
    ],
    ids=["CRLF", "blank lines", "leading space"],
)
def test_what_editors_do_to_a_file_is_accepted(file, data):
    (exchange,) = exchanges_of(file(data))
    assert (exchange.body, exchange.ending.kind) == (b"data: a\n\n", EndingKind.COMPLETE)


def test_lines_are_counted_with_the_blank_ones(file):
    with pytest.raises(DamagedCassette) as caught:
        exchanges_of(file(HEADER + b"\n\n" + b"{\n"))
    assert (caught.value.line, caught.value.byte) == (4, len(HEADER) + 2)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{\n", "not a record"),
        (b"[]\n", "not a record"),
        (b'{"exchange":1}\n', "type"),
        (b'{"type":"chunk","text":"a"}\n', "without `exchange`"),
        (b'{"type":"chunk","exchange":0,"text":"a"}\n', "exchange"),
        (b'{"type":"chunk","exchange":1,"text":"a"}{"type":"note","text":"b"}\n', "not a record"),
        (b"\xef\xbb\xbf" + CHUNK, "byte order mark"),
        (HEADER, "a second `header` record"),
        (END + CHUNK, "already ended"),
        (END + END, "already ended"),
        (b'{"type":"request","exchange":1,"method":"GET","url":"http://h/"}\n', "already delivering"),
    ],
)
def test_damage_has_a_line_and_a_reason(file, line, reason):
    with pytest.raises(DamagedCassette) as caught:
        exchanges_of(file(HEADER + CHUNK + line))
    place = 4 if line.startswith(END) else 3
    assert caught.value.line == place
    assert reason in caught.value.reason
    assert f", line {place} (byte " in str(caught.value)


def test_a_line_that_is_too_long_is_damage(file):
    with pytest.raises(DamagedCassette, match="longer than 16777216 bytes"):
        exchanges_of(file(HEADER + b'{"type":"note","text":"' + b"a" * (16 << 20) + b'"}\n'))


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", CassetteError, "is empty"),
        (b"hello\n", CassetteError, "no JSON object"),
        (b"\xef\xbb\xbf" + HEADER, DamagedCassette, "starts with a byte order mark"),
        (b"data: x\n\n", CassetteError, "playhead import"),
        (b"event: x\ndata: x\n\n", CassetteError, "playhead import"),
        (b": ping\n\n", CassetteError, "playhead import"),
        (b'{"a":1}\n', CassetteError, "type"),
        (CHUNK, CassetteError, "no `playhead-cassette` header"),
        (HEADER.replace(b"playhead-", b"x-"), CassetteError, "no `playhead-cassette` header"),
        (HEADER[:-1], DamagedCassette, "torn"),
        (HEADER.replace(b":1}", b":2}"), UnsupportedVersion, "Please update Playhead"),
        (HEADER.replace(b":1}", b":0}"), DamagedCassette, "no such version"),
        (HEADER.replace(b":1}", b':"1"}'), DamagedCassette, "version"),
        (b"\x28\xb5\x2f\xfd", InputError, "x.cassette.jsonl"),
        (b"\0" * 100, CassetteError, "no JSON object"),
    ],
)
def test_what_is_no_cassette_says_what_it_is(file, data, error, words):
    with pytest.raises(error) as caught:
        exchanges_of(file(data))
    assert words in str(caught.value)
    assert "x.cassette.jsonl" in str(caught.value)


def test_what_cannot_be_opened_is_told(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            playhead.load(path)


def test_unknown_records_and_fields_are_passed_over(file):
    path = file(HEADER + b'{"type":"x","exchange":9}\n' + CHUNK.replace(b"}", b',"new":[1]}') + END)
    cassette = playhead.load(path)
    assert cassette[1].body == b"data: a\n\n"


def test_a_response_that_is_no_stream_has_no_frames(file):
    head = b'{"type":"response","exchange":1,"status":200,"headers":[["Content-Type","application/json"]]}\n'
    (exchange,) = exchanges_of(file(HEADER + head + CHUNK))
    assert not exchange.is_sse
    assert list(exchange.frames) == []
    assert exchange.body == b"data: a\n\n"


def test_reading_needs_no_locks():
    """`fcntl` is not everywhere: neither the package nor its reader and writer ask for it."""
    code = "import sys; sys.modules['fcntl'] = None; import playhead.store.cassette, playhead.store.writer"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_frames_in_one_pass_are_those_by_number(tmp_path):
    """Many frames in one chunk, frames over several chunks, every kind of frame."""
    body = b"".join(
        b"event: e\ndata: %d\n\n: c\n\nid: %d\n\nretry: 5\n\nx\n\ndata: %d\r\n\r\n" % (n, n, n)
        for n in range(60)
    )
    path = tmp_path / "x.cassette.jsonl"
    for size in (len(body), 1000, 7):
        with playhead.open_writer(path, overwrite=True) as writer:
            exchange = writer.exchange()
            for at in range(0, len(body), size):
                exchange.chunk(body[at : at + size])
            exchange.chunk(b"data: tail")
            exchange.end(playhead.EndingKind.COMPLETE)
        frames = playhead.load(path)[1].frames
        assert list(frames) == [frames[at] for at in range(len(frames))]


def test_a_chunk_is_read_once_for_the_frames_in_it(tmp_path, monkeypatch):
    from playhead.chunks import Chunks

    path = tmp_path / "x.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.chunk(b"data: x\n\n" * 500)
        exchange.end(playhead.EndingKind.COMPLETE)
    monkeypatch.setattr("playhead.store.index.KEPT", 0)  # of a short one nothing is read again
    frames = playhead.load(path)[1].frames
    reads = []
    read = Chunks._read
    monkeypatch.setattr(Chunks, "_read", lambda self, *place: reads.append(place) or read(self, *place))
    assert [frames[at].data for at in range(500)] == ["x"] * 500
    assert len(list(frames)) == 500
    assert len(reads) == 2
