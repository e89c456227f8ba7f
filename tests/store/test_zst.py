"""Compressed cassettes: the same content, sought as quickly, readable by others, honest when damaged."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import threading
import tracemalloc
from collections import OrderedDict

import pytest

import playhead
from playhead.errors import CassetteError
from playhead.samples import names, sample
from playhead.store import zst

LINES = [b'{"line":%d,"text":"%s"}\n' % (number, b"some words " * (number % 9)) for number in range(40000)]
TEXT = b"".join(LINES)
DATA = b"".join(zst.compress(LINES))


def read_all(data: bytes) -> list[bytes]:
    return list(iter(zst.ZstdSource(data, "x").readline, b""))


def test_there_are_several_frames_and_they_end_at_line_ends():
    frames = list(zst.compress(LINES))[:-1]
    assert len(frames) > 2
    for frame in frames:
        assert zst.zstd.decompress(frame).endswith(b"\n")


def test_lines_come_back_in_every_way_of_reading():
    assert read_all(DATA) == LINES
    for size in (1 << 16, 1000):
        source = io.BytesIO(DATA)
        stream = zst.ZstdStream(lambda _, source=source, size=size: source.read(size), "x")
        assert list(iter(lambda stream=stream: stream.readline(1 << 20), b"")) == LINES


def test_any_slice_is_found_with_and_without_the_seek_table():
    without_table = b"".join(list(zst.compress(LINES))[:-1])
    whole = zst.zstd.compress(TEXT)
    rng = random.Random(7)
    for data in (DATA, without_table, whole):
        source = zst.ZstdSource(data, "x")
        assert len(source) == len(TEXT)
        for _ in range(100):
            start = rng.randrange(len(TEXT))
            end = min(len(TEXT), start + rng.choice([1, 100, 2_000_000]))
            assert source.slice(start, end) == TEXT[start:end]


def test_threads_may_share_one():
    """One is stopped between finding a frame that is held and noting that it was used: another lets it go."""
    source = zst.ZstdSource(b"".join(zst.compress(LINES * 4)), "x")
    other = threading.Thread(target=lambda: source.slice(0, len(source)))

    class Held(OrderedDict):
        def move_to_end(self, key):
            if other.ident is None:
                other.start()
                other.join(0.1)  # as far as it comes
            super().move_to_end(key)

    source._cache = Held()
    first = source.slice(0, 10)
    assert source.slice(0, 10) == first == TEXT[:10]
    other.join()
    assert len(source._cache) == zst._CACHED_FRAMES


def test_a_wrong_seek_table_is_not_believed():
    compressed_size, decompressed_size = bytearray(DATA), bytearray(DATA)
    compressed_size[-9 - 8] ^= 1  # of the last frame: the footer is nine bytes
    decompressed_size[-9 - 4] ^= 1
    assert read_all(bytes(compressed_size)) == LINES
    with pytest.raises(playhead.CassetteError, match="seek table"):
        read_all(bytes(decompressed_size))


def test_the_zstd_program_reads_it(program, tmp_path):
    path = tmp_path / "x.zst"
    path.write_bytes(DATA)
    done = subprocess.run([program("zstd"), "-dc", path], capture_output=True, check=True)
    assert done.stdout == TEXT


@pytest.mark.parametrize("name", names())
def test_a_sample_is_the_same_compressed(name, tmp_path, model_of):
    plain = sample(name)
    path = tmp_path / "x.cassette.jsonl.zst"
    path.write_bytes(b"".join(zst.compress(plain.read_bytes().splitlines(keepends=True))))
    assert model_of(playhead.load(path)) == model_of(playhead.load(plain))


def test_a_writer_compresses_when_it_is_done(tmp_path):
    path = tmp_path / "x.cassette.jsonl.zst"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.chunk(b"data: a\n\n", 0.5)
        assert writer.partial.read_bytes().startswith(b'{"type":"header"')
        exchange.end(playhead.EndingKind.COMPLETE, 1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["x.cassette.jsonl.zst"]
    assert path.read_bytes().startswith(b"\x28\xb5\x2f\xfd")
    assert playhead.load(path)[1].body == b"data: a\n\n"


def test_commands_read_it_from_a_file_and_from_a_pipe(tmp_path):
    path = tmp_path / "x.cassette.jsonl.zst"
    path.write_bytes(b"".join(zst.compress(sample("cut").read_bytes().splitlines(keepends=True))))
    command = [sys.executable, "-m", "playhead", "events", "--format", "jsonl"]
    plain = subprocess.run([*command, sample("cut")], capture_output=True, check=True).stdout
    assert subprocess.run([*command, path], capture_output=True, check=True).stdout == plain
    piped = subprocess.run([*command, "-"], input=path.read_bytes(), capture_output=True, check=True)
    assert piped.stdout == plain


def test_every_flipped_byte_is_found_or_harmless(tmp_path, model_of):
    lines = sample("cut").read_bytes().splitlines(keepends=True)
    data = b"".join(zst.compress(lines))
    path = tmp_path / "x.cassette.jsonl.zst"
    path.write_bytes(data)
    whole = model_of(playhead.load(path))
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= 1 << (at % 8)
        path.write_bytes(damaged)
        try:
            found = model_of(playhead.load(path))
        except playhead.CassetteError:
            continue
        assert found == whole, at


def test_any_cut_gives_a_prefix():
    for cut in range(1, len(DATA), 4999):
        try:
            lines = read_all(DATA[:cut])
        except playhead.CassetteError:
            pytest.fail(f"cut at {cut} is an error")
        assert TEXT.startswith(b"".join(lines))


def test_salvage_keeps_the_frames_that_are_whole():
    frames = list(zst.compress(LINES))
    start = len(frames[0])
    damaged = bytearray(DATA)
    damaged[start + 100] ^= 0xFF
    problems = []
    kept = zst.salvage(bytes(damaged), problems.append)
    first, second = (zst.zstd.decompress(frame) for frame in frames[:2])
    assert kept == first + TEXT[len(first) + len(second) :]
    assert [problem.byte for problem in problems] == [start]


def test_a_frame_that_is_too_large_is_refused_and_left_out(monkeypatch):
    """A few bytes of a file may stand for more than there is memory."""
    monkeypatch.setattr(zst, "LARGEST_FRAME", 3 << 20)
    bomb = zst.zstd.compress(bytes(4 << 20))
    small = b"".join(list(zst.compress(LINES[:10]))[:-1])
    for data in (bomb, small + bomb):
        with pytest.raises(CassetteError, match=r"decompresses to more than"):
            zst.ZstdSource(data, "x")
    table = zst._ENTRY.pack(len(bomb), 4 << 20) + zst._FOOTER.pack(1, 0, zst._SEEKABLE)
    with pytest.raises(CassetteError, match="decompresses to more than"):
        zst.ZstdSource(bomb + zst._SKIP_HEAD.pack(zst._SKIPPABLE_TABLE, len(table)) + table, "x")
    problems = []
    assert zst.salvage(small + bomb + small, problems.append) == b"".join(LINES[:10]) * 2
    assert "decompresses to more than" in problems[0].what


def test_a_frame_is_decompressed_no_further_than_the_table_says():
    bomb = zst.zstd.compress(bytes(64 << 20))
    table = zst._ENTRY.pack(len(bomb), 1000) + zst._FOOTER.pack(1, 0, zst._SEEKABLE)
    source = zst.ZstdSource(bomb + zst._SKIP_HEAD.pack(zst._SKIPPABLE_TABLE, len(table)) + table, "x")
    tracemalloc.start()
    try:
        with pytest.raises(CassetteError, match="its size is not what"):
            source.slice(0, 10)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_many_beginnings_of_frames_take_no_copies_of_the_file():
    """Each was tried with all that is behind it: 400 KB took minutes of a slow machine."""

    class Counted(bytes):
        read = 0

        def __getitem__(self, key):
            part = super().__getitem__(key)
            Counted.read += len(part)
            return part

    data = Counted((zst.ZSTD_MAGIC + b"\xff" * 4) * 2000 + bytes(4 << 20))
    problems = []
    assert zst.salvage(data, problems.append) == b""
    assert len(problems) == 2000
    assert Counted.read <= 2000 * zst._READ
