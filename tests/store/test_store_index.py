"""The index reads many lines at a time; what it finds is what reading them one by one finds."""

from __future__ import annotations

import mmap

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import playhead
from playhead import DamagedCassette
from playhead.format import MAX_LINE, codec
from playhead.plan import acts, whole
from playhead.store import index as indexes
from playhead.store import lines as reading
from playhead.store import zst
from playhead.store.cassette import open_data
from playhead.store.index import Index
from playhead.store.source import Held

HEADER = b'{"type":"header","format":"playhead-cassette","version":1}\n'
LINES = (
    b'{"type":"chunk","exchange":1,"t":0.1,"text":"data: a\\n\\n"}\n',
    b'{"type":"chunk","exchange":1,"text":"b"}\n',
    b'{"type":"chunk","exchange":2,"t":3,"base64":"/w=="}\n',
    b'{"type":"chunk","exchange":2,"t":4,"text":"\xc3\xa9","tail":"e282"}\n',
    b'{"t":1,"exchange":1,"text":"c","type":"chunk"}\r\n',
    b'{"type":"columns","format":"","exchange":0,"t":0.0}\n',
    b'{"type":"request","exchange":1,"method":"GET","url":"http://h/"}\n',
    b'{"type":"request_chunk","exchange":1,"text":"x"}\n',
    b'{"type":"response","exchange":2,"status":200}\n',
    b'{"type":"end","exchange":1,"ending":"complete"}\n',
    b'{"type":"end","exchange":2,"ending":"complete"}\n',
    b'{"type":"loss","t":9}\n',
    b'{"type":"loss","exchange":2}\n',
    b'{"type":"note","text":"n"}\n',
    b'{"type":"redaction","exchange":1,"name":"url","detail":"r"}\n',
    b'{"type":"new","exchange":3,"t":1}\n',
    b"\n",
    b" \t\r\n",
    HEADER,
    b'{"type":"chunk","exchange":1,"text":5}\n',
    b'{"type":"chunk","exchange":1,"base64":"!"}\n',
    b'{"type":"chunk","exchange":0,"text":"a"}\n',
    b'{"type":"chunk","text":"a"}\n',
    b'{"type":"chunk","exchange":1,"text":"a","type":"end","ending":"complete"}\n',
    b'{"type":"end","exchange":1,"text":"a","type":"chunk"}\n',
    b'{"type":"chunk","exchange":1,"text":"a"}{"type":"chunk","exchange":1,"text":"b"}\n',
    b'{"type":"chunk","exchange":1,\n',
    b'"text":"a"}\n',
    b"{}\n",
    b"\xff\n",
    b'{"type":"chunk","exchange":1,"t":1,"wire_bytes":9,"text":"\\u00e9\\ud83d\\ude00"}\n',
    b'{"type":"chunk","exchange":1,"text":"\\ud83d"}\n',
    b'{"type":"chunk","exchange":1,"text":"a","undecoded":true}\n',
    b'{"type":"chunk","exchange":1,"text":"a","new":{"type":"chunk"}}\n',
    b'{"type":"chunk","exchange":1,"new":\n',
    b'{"type":"chunk","exchange":1,"text":"b"},"text":"a"}\n',
)
TEXTS = st.lists(st.sampled_from(LINES), max_size=12).map(b"".join)


def found(text: bytes) -> tuple[object, ...]:
    """All that an index tells of a text, read on after damage as the viewer does."""
    index = Index(Held(HEADER + text), "x")
    told: list[object] = []
    for _ in range(text.count(b"\n") + 2):
        try:
            told.append(sorted(index.grow()))
            break
        except DamagedCassette as error:
            told.append(str(error))
    exchanges = [
        [number, *(_plain(getattr(each, name)) for name in each.__slots__)]
        for number, each in sorted(index.exchanges.items())
    ]
    lines = [(index.number(place), index[place]) for place in range(len(index))]
    return told, exchanges, lines, index.torn


def _plain(value: object) -> object:
    return repr(value)  # NaN is not equal to itself


@given(TEXTS, st.sampled_from([b"", b'{"type":"end","exch']), st.sampled_from([1, 90, 1 << 16]))
@example(LINES[0] * 3 + LINES[9] + LINES[0] * 2, b"", 1 << 16)
@example(LINES[16] + LINES[0] + LINES[17] + LINES[28], b"", 1 << 16)
@example(LINES[26] + LINES[27], b"", 1 << 16)
@example(LINES[25] + LINES[34] + LINES[35], b"", 1 << 16)
def test_many_lines_at_a_time_are_read_as_each_alone(text, tail, batch):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_BATCH", batch)
        together = found(text + tail)
        patch.setattr(codec, "decode_plain", lambda _: None)
        assert found(text + tail) == together
        patch.setattr(codec, "decode_known", lambda _: None)
        assert found(text + tail) == together


@given(TEXTS)
def test_what_is_kept_is_what_the_lines_say(text):
    """Chunks and acts of a short cassette, whose records are held, and of one that is decoded each time."""

    def told() -> list[object]:
        parts: list[object] = []
        cassette = open_data(HEADER + text, "x")
        try:
            exchanges = cassette.exchanges
        except DamagedCassette as error:
            return [str(error)]
        for exchange in exchanges:
            for read in (
                lambda e: list(e.chunks),
                lambda e: [e.chunks[at] for at in range(len(e.chunks))],
                lambda e: list(acts(e)),
                lambda e: list(whole(e)),
                lambda e: whole(e).data,
                lambda e: (e.request, e.responses, e.ending, e.losses, e.redactions),
            ):
                try:
                    parts.append(read(exchange))
                except DamagedCassette as error:
                    parts.append(str(error))
        return parts

    kept = told()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexes, "KEPT", 0)
        assert told() == kept


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=12), st.data())
def test_an_index_that_grows_is_the_index_of_the_whole(lines, data):
    whole = HEADER + b"".join(lines)
    try:
        expected = Index(Held(whole), "x")
        expected.grow()
    except DamagedCassette:
        return
    grown = Index(Held(b""), "x")
    for end in [*sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4))), len(whole)]:
        grown._source = Held(whole[:end])
        grown.grow()
    assert len(grown) == len(expected)
    for place in range(len(grown)):
        assert (grown.number(place), grown[place]) == (expected.number(place), expected[place])
    names = next(iter(expected.exchanges.values()), None)
    for number, each in expected.exchanges.items():
        assert names is not None
        for name in names.__slots__:
            assert repr(getattr(grown.exchanges[number], name)) == repr(getattr(each, name))


@pytest.mark.parametrize("size", [1, 30, 1 << 20])
def test_every_source_gives_the_same_lines(tmp_path, size):
    lines = [b"x" * (number % 50) + b"\n" for number in range(300)] + [b"torn"]
    path = tmp_path / "x"
    path.write_bytes(b"".join(lines))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        sources = (
            Held(mapped),
            Held(path.read_bytes()),
            zst.ZstdSource(b"".join(zst.compress(lines)), "x"),
        )
        for source in sources:
            source.seek(0)
            read: list[bytes] = []
            while some := source.readlines(size):
                assert sum(map(len, some[:-1])) < size
                read += some
            assert read == lines


def test_lines_before_one_that_is_too_long_are_taken_in():
    text = HEADER + LINES[0] * 2 + b'{"type":"note","text":"' + b"a" * MAX_LINE + b'"}\n' + LINES[0]
    index = Index(Held(text), "x")
    for _ in range(2):  # it cannot be passed
        with pytest.raises(DamagedCassette, match="longer than") as caught:
            index.grow()
        assert (caught.value.line, caught.value.byte) == (4, len(HEADER + LINES[0] * 2))
        assert len(index.exchanges[1].chunks) == 2


def test_a_long_cassette_is_mapped_and_a_short_one_held(tmp_path):
    """A short one is not kept open, so that it can be replaced while something of it is alive."""
    path = tmp_path / "x.cassette.jsonl"
    for count, kept in ((1, True), (indexes.KEPT // 1000, False)):
        with playhead.open_writer(path, overwrite=True) as writer:
            exchange = writer.exchange()
            for number in range(count):
                exchange.chunk(b"a" * 1000, number * 0.1)
            exchange.end(playhead.EndingKind.COMPLETE)
        exchange = playhead.load(path)[1]
        assert (exchange.chunks.at_hand is not None) is kept
        assert exchange.body == b"a" * 1000 * count


@given(TEXTS, st.sampled_from([1, 90, 1 << 16]), st.sampled_from([0, 150, indexes.KEPT]))
def test_where_lines_start_is_found_out_as_if_each_was_counted(text, batch, kept):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_BATCH", batch)
        patch.setattr(indexes, "KEPT", kept)
        index = Index(Held(HEADER + text), "x")
        damaged: list[tuple[int, int]] = []
        for _ in range(text.count(b"\n") + 2):
            try:
                index.grow()
                break
            except DamagedCassette as error:
                # What was asked for in between changes nothing.
                damaged.append((index.number(len(index) - 1), error.line))
    assert all(last == line for last, line in damaged)
    lines = [line for line in (HEADER + text).splitlines(keepends=True) if not line.isspace()]
    assert [index[place].splitlines(keepends=True)[0] for place in range(len(index))] == lines
