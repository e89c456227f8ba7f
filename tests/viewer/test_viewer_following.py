"""Following a recording: from one exchange to the next, and to the cassette that its recorder makes of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import playhead
from playhead import EndingKind, open_writer
from playhead.store import places
from playhead_viewer.source.files import open_text


@pytest.fixture
def live(make, path):
    """`path` is a cassette that is being recorded."""
    with make() as made:
        path.symlink_to(made.writer.partial)
        yield made
        path.unlink(missing_ok=True)


def begun(made, text: str, t: float = 1.5):
    exchange = made.begin()
    exchange.chunk(f"data: {text}\n\n".encode(), t)
    return exchange


def test_a_viewer_that_follows_goes_on_to_the_next_exchange(live, view):
    first = begun(live, "first")

    async def scenario(seen):
        await seen.until(lambda: "1/1" in seen.lines[0] and "first" in seen.line("▸"))
        first.end(EndingKind.COMPLETE, 2.0)
        second = begun(live, "second", 3.0)
        await seen.until(lambda: "2/2" in seen.lines[0] and "second" in seen.line("▸"))
        second.chunk(b"data: newest\n\n", 3.5)
        await seen.until(lambda: "newest" in seen.line("▸"))
        # Several at once: it stays until the shown one ends, then goes to the one begun last.
        third, fourth = begun(live, "third", 4.0), begun(live, "fourth", 4.5)
        await seen.until(lambda: "Exchange 4 began; } shows the next one." in seen.text)
        assert "2/4" in seen.lines[0]
        second.end(EndingKind.COMPLETE, 5.0)
        await seen.until(lambda: "4/4" in seen.lines[0] and "fourth" in seen.line("▸"))
        third.end(EndingKind.COMPLETE, 6.0)
        fourth.end(EndingKind.COMPLETE, 6.0)

    view(scenario, follow=True)


def test_a_reader_who_has_taken_over_is_told_and_left_alone(live, view):
    first = begun(live, "first")
    first.chunk(b"data: more\n\n", 1.75)

    async def scenario(seen):
        await seen.until(lambda: "more" in seen.line("▸"))
        await seen.press("k")
        first.end(EndingKind.COMPLETE, 2.0)
        second = begun(live, "second", 3.0)
        await seen.until(lambda: "Exchange 2 began; } shows the next one." in seen.text)
        assert "1/2" in seen.lines[0]
        await seen.press("}")
        await seen.until(lambda: "second" in seen.line("▸"))
        second.end(EndingKind.COMPLETE, 4.0)

    view(scenario, follow=True)


def test_a_reader_who_goes_back_while_following_stays_there(live, view):
    begun(live, "first").end(EndingKind.COMPLETE, 2.0)
    second = begun(live, "second", 3.0)

    async def scenario(seen):
        await seen.until(lambda: "2/2" in seen.lines[0] and "second" in seen.line("▸"))
        await seen.press("{")
        await seen.until(lambda: "1/2" in seen.lines[0])
        second.chunk(b"data: later\n\n", 3.5)
        await seen.until(lambda: seen.app.viewing.loader.exchange(1).frames and not seen.app.viewing.follows)
        await seen.settle()
        assert "1/2" in seen.lines[0]
        second.end(EndingKind.COMPLETE, 4.0)

    view(scenario, follow=True)


def test_nothing_can_be_followed_in_a_finished_cassette(make, view):
    with make() as made:
        made.texts(["one", "two"])

    async def scenario(seen):
        await seen.until(lambda: "No recorder holds this file, so it is not followed." in seen.text)
        await seen.press("F")
        await seen.until(lambda: "The recording is over: there is nothing to follow." in seen.text)
        assert not seen.app.viewing.follows

    view(scenario, follow=True)


def test_a_finished_recording_is_gone_on_with_where_it_was_read(tmp_path, view):
    finished = tmp_path / "root" / "name.cassette.jsonl"
    partial = places.unfinished(tmp_path / "root", finished.name)
    partial.parent.mkdir(parents=True)

    def write(writer):
        for number in range(2):
            exchange = writer.exchange()
            for event in range(5):
                exchange.chunk(b"data: %d.%d\n\n" % (number, event), 1.0 + event)
            exchange.end(EndingKind.COMPLETE, 9.0)

    with open_writer(tmp_path / "same.cassette.jsonl", clock="monotonic") as writer:
        write(writer)
    made = (tmp_path / "same.cassette.jsonl").read_bytes()
    partial.write_bytes(made)

    async def scenario(seen):
        await seen.press("}", "j", "j", "m")
        await seen.until(lambda: seen.cursor == 3 and seen.app.viewing.marks.frames(2) == [3])
        finished.write_bytes(made)
        partial.unlink()
        await seen.until(lambda: "The recording was finished as name.cassette.jsonl." in seen.text)
        await seen.until(lambda: seen.app.viewing.loader.name == str(finished))
        await seen.until(lambda: "2/2" in seen.lines[0] and seen.cursor == 3)
        await seen.until(lambda: "The file was removed" not in seen.text)
        assert seen.app.viewing.marks.frames(2) == [3]
        assert (finished.parent / "name.notes.jsonl").exists()

    view(scenario, of=partial)


_RECORDER = """
import sys
from playhead import Request, Response, open_writer
with open_writer(sys.argv[1], clock="monotonic") as writer:
    exchange = writer.exchange()
    exchange.request(Request(method="POST", url="https://h/v1/x", t=1.0))
    exchange.response(Response(status=200, headers=(("content-type", "text/event-stream"),), t=1.1))
    exchange.chunk(b"data: one\\n\\n", 2.0)
    print(writer.partial, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "narrow"])
def test_a_recorder_that_was_killed_is_told_and_its_cassette_gone_on_with(tmp_path, view, size):
    (tmp_path / places.UNFINISHED).mkdir()
    unfinished = tmp_path / places.UNFINISHED / "name.cassette.jsonl"
    command = [sys.executable, "-c", _RECORDER, str(unfinished)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as recorder:
        assert recorder.stdout is not None
        partial = Path(recorder.stdout.readline().rstrip())

        async def scenario(seen):
            await seen.until(lambda: "✓ recording" in seen.lines[0] and "● " in seen.lines[-1])
            recorder.kill()
            await seen.until(lambda: "The recorder died; no more will come." in words(seen))
            await seen.until(lambda: "●" not in seen.lines[-1] and "⚠ truncated" in seen.lines[0])
            assert "still at work" not in words(seen)
            recover = [sys.executable, "-m", "playhead", "recover", str(tmp_path)]
            subprocess.run(recover, check=True, timeout=60, capture_output=True)
            await seen.until(lambda: "The recording was finished as name.cassette.jsonl." in words(seen))
            told = "The recorder died before the end (recovered: the recording stops here)."
            await seen.until(lambda: told in words(seen))
            assert seen.cursor == 1

        view(scenario, of=partial, size=size, follow=True)


def words(seen) -> str:
    return " ".join(seen.text.split())


@pytest.mark.parametrize(
    "name", ["2026-01-02/20260102T000000.000000Z-h-0a0a0a0a.cassette.jsonl.zst", "a.cassette.jsonl"]
)
def test_where_a_recorder_puts_what_it_has_finished(tmp_path, name):
    finished = tmp_path / name
    partial = places.unfinished(tmp_path, Path(name.removesuffix(".zst")).name)
    partial.parent.mkdir()
    partial.write_bytes(b"{}\n")
    text, place = open_text(str(partial))
    assert place.finished() is None
    finished.parent.mkdir(exist_ok=True)
    finished.touch()
    assert place.finished() is None  # it is still there
    partial.unlink()
    assert place.finished() == str(finished)
    assert place.trouble(0) is None
    finished.unlink()
    assert place.finished() is None
    assert place.trouble(0) is not None
    place.close()
    text.close()


def test_a_file_that_is_there_again_is_not_called_removed(make, path, view):
    with make() as made:
        made.texts(["one"])
    other = path.read_bytes()

    async def scenario(seen):
        path.unlink()
        await seen.until(lambda: "The file was removed" in seen.text)
        path.write_bytes(other)
        await seen.until(lambda: "The file was replaced by another" in seen.text)
        assert "The file was removed" not in seen.text

    view(scenario)


def test_a_file_that_grows_without_a_recorder_is_told_and_read_again(make, path, view):
    with make() as made:
        made.texts(["one", "two", "three"])
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"three")])

    async def scenario(seen):
        await seen.until(lambda: "⚠ truncated" in seen.lines[0] and "Events 2" in seen.text)
        await seen.press("j", "r", "greater_than_sign", "i")
        assert "has grown" not in seen.text
        why = "No recorder holds this file, so it is not followed. R reads it as it is now."
        await seen.press("F")
        await seen.until(lambda: why in words(seen))  # it may be written by whoever locks nothing
        seen.app.unsay()
        path.write_bytes(whole)
        told = (
            "The file has grown since it was read; what has come is not shown. R reads the file as it is now."
        )
        await seen.until(lambda: told in words(seen))
        await seen.press("F")
        await seen.until(lambda: why in words(seen))
        await seen.press("R")
        await seen.until(lambda: "✓ complete" in seen.lines[0] and "Events 3" in seen.text)
        await seen.until(lambda: "has grown" not in seen.text)
        assert (seen.cursor, seen.app.viewing.reference) == (2, 2)
        assert "2×  no idle cap" in seen.lines[-1]

    view(scenario)


def test_a_file_that_was_replaced_is_read_when_it_is_asked_for(make, path, view, tmp_path):
    with make() as made:
        made.texts(["one", "two", "three"])
    whole = path.read_bytes()
    other = tmp_path / "other"
    with playhead.open_writer(tmp_path / "short.cassette.jsonl", clock="monotonic") as writer:
        exchange = writer.exchange()
        exchange.chunk(b"data: other\n\n", 1.0)
        exchange.end(EndingKind.COMPLETE, 2.0)
    other.write_bytes((tmp_path / "short.cassette.jsonl").read_bytes())

    async def scenario(seen):
        await seen.press("G", "r")
        other.rename(path)
        await seen.until(
            lambda: "what was opened is still shown. R reads the file as it is now." in words(seen)
        )
        await seen.press("R")
        await seen.until(lambda: "Events 1" in seen.text and "other" in seen.line("▸"))
        assert seen.app.viewing.reference is None
        path.unlink()
        await seen.until(lambda: "The file was removed" in seen.text)
        await seen.press("R")
        await seen.until(lambda: "No such file or directory" in words(seen))
        assert "other" in seen.line("▸")
        path.write_bytes(whole)
        await seen.press("R")
        await seen.until(lambda: "The file was read again." in words(seen) and "Events 3" in seen.text)
        assert "No such file or directory" not in words(seen)

    view(scenario)
