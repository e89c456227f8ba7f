"""Following a cassette that grows: every frame once, in order, and an end when the recording ends."""

from __future__ import annotations

import threading

import pytest

import playhead
from playhead.samples import sample


def test_frames_come_as_they_are_written(tmp_path):
    path = tmp_path / "x.cassette.jsonl"
    with playhead.open_writer(path) as writer, playhead.follow(path) as follower:
        exchange = writer.exchange()
        assert follower.poll() is False
        exchange.chunk(b"data: a\n\ndata: b", 0.1)
        assert follower.poll() is True
        followed = follower.cassette[1]
        assert [frame.data for frame in followed.frames] == ["a"]
        assert followed.is_over is False
        exchange.chunk(b"\n\ndata: c", 0.2)
        follower.poll()
        assert [frame.data for frame in followed.frames] == ["a", "b"]
        exchange.end(playhead.EndingKind.SERVER_CLOSED, 0.3)
        follower.poll()
        assert [frame.kind.value for frame in followed.frames] == ["event", "event", "tail"]
        assert followed.ending.kind is playhead.EndingKind.SERVER_CLOSED
        assert follower.finished is False
    with playhead.follow(path) as follower:
        follower.poll()
        assert follower.finished is True


def test_iterating_waits_for_what_comes_and_ends_with_the_recording(tmp_path):
    path = tmp_path / "x.cassette.jsonl"
    writer = playhead.open_writer(path)
    follower = playhead.follow(path)
    seen = []
    first = threading.Event()

    def read() -> None:
        for exchange, frame in follower:
            seen.append((exchange.number, frame.data))
            first.set()

    reader = threading.Thread(target=read)
    reader.start()
    one, two = writer.exchange(), writer.exchange()
    one.chunk(b"data: 1a\n\n", 0.1)
    assert first.wait(60)
    two.chunk(b"data: 2a\n\n", 0.2)
    one.chunk(b"data: 1b\n\n", 0.3)
    one.end(playhead.EndingKind.COMPLETE, 0.4)
    writer.close()
    reader.join(60)
    assert not reader.is_alive()
    assert seen[0] == (1, "1a")
    assert sorted(seen) == [(1, "1a"), (1, "1b"), (2, "2a")]
    follower.close()


def test_a_half_written_line_is_waited_for(tmp_path):
    path = tmp_path / "x.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.chunk(b"data: a\n\n", 0.1)
        whole = writer.partial.read_bytes()
        with playhead.follow(path) as follower, writer.partial.open("ab") as file:
            follower.poll()
            line = whole.splitlines(keepends=True)[-1]
            file.write(line[:30])
            file.flush()
            follower.poll()
            assert len(follower.cassette[1].chunks) == 1
            assert follower.cassette.torn is not None
            file.write(line[30:])
            file.flush()
            follower.poll()
            assert len(follower.cassette[1].chunks) == 2
            assert follower.cassette.torn is None


def test_a_dead_writer_ends_it(tmp_path):
    path = tmp_path / "x.cassette.jsonl"
    writer = playhead.open_writer(path)
    writer.exchange().chunk(b"data: a\n\ndata: cut", 0.1)
    with playhead.follow(path) as follower:
        writer.abandon()
        assert [(frame.kind.value, frame.data) for _, frame in follower] == [("event", "a"), ("tail", "cut")]
        assert follower.finished
        assert follower.cassette[1].ending.kind is playhead.EndingKind.TRUNCATED


def test_a_finished_cassette_is_read_and_over():
    with playhead.follow(sample("cut")) as follower:
        assert [frame for _, frame in follower] == list(playhead.load(sample("cut"))[1].frames)


def test_what_is_not_there_or_no_cassette_is_told(tmp_path):
    with pytest.raises(playhead.InputError, match="nowhere"):
        playhead.follow(tmp_path / "nowhere")
    (tmp_path / "x").write_bytes(b"hello\n")
    with pytest.raises(playhead.CassetteError, match="not a cassette"):
        playhead.follow(tmp_path / "x")
