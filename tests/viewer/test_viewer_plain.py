"""The reading as text, held against the screen; what comes through a pipe printed as it comes."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from rich.cells import cell_len

import playhead
from playhead import EndingKind
from playhead.samples import names
from playhead_viewer.widgets.event_list import EventList

_DEADLINE = 60.0
_COMMAND = (sys.executable, "-m", "playhead")
_PATIENT = f"""
from playhead.cli.main import main
from playhead_viewer import plain
plain._AT_ONCE = {_DEADLINE}
main()
"""


def run(
    *args: object, stdin: bytes = b"", command: Sequence[str] = _COMMAND
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*command, *map(str, args)], input=stdin, capture_output=True, timeout=_DEADLINE, check=False
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def plain(run_here, tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`plain(ARG…)` is what `playhead view --plain ARG…` prints, in this process."""

    def call(*args: object) -> subprocess.CompletedProcess[str]:
        done = run_here("view", "--plain", *args, cwd=tmp_path)
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return call


def rows_of(text: str) -> list[str]:
    """The lines of the list: between the names of the columns and the first section."""
    lines = text.split("\n")
    first = next(at for at, line in enumerate(lines) if line.lstrip().startswith("#  "))
    return lines[first + 1 : lines.index("", first)]


@pytest.mark.parametrize("name", names())
def test_each_row_is_that_of_the_screen(view, name, tmp_path, plain):
    path = tmp_path / "made.cassette.jsonl"
    path.write_bytes(playhead.sample(name).read_bytes())
    marks = [{"type": "mark", "exchange": 1, "frame": 2, "note": "odd\x1b]0;t\x07"}]
    (tmp_path / "made.notes.jsonl").write_text("".join(f"{json.dumps(mark)}\n" for mark in marks))
    printed = plain("--exchange", 1, path)
    assert printed.returncode == 0
    assert "♦" in printed.stdout
    assert "← odd␛]0;t␇" in printed.stdout

    async def scenario(seen):
        await seen.until(lambda: seen.app.viewing.analysis is not None)
        await seen.settle()
        events = seen.app.query_one(EventList)
        width = events.scrollable_content_region.width
        drawn = []
        for number in range(1, seen.app.viewing.cursor.count + 1):
            seen.app.viewing.cursor.go(number)
            events.show(seen.app.viewing)
            line = events.render_line(number - 1 - events.scroll_offset.y).text
            drawn.append(line.replace("▸", " ", 1))
        rows = rows_of(printed.stdout)
        assert len(rows) == len(drawn)
        for row, line in zip(rows, drawn, strict=True):
            before, cut, _ = line.partition("…")
            if cut:
                assert row.startswith(before)
            else:
                assert row == line.rstrip()
        assert width > 60

    view(scenario, of=path, size=(200, 60))


def test_rows_say_stalls_findings_and_errors(plain):
    stalled = rows_of(plain(playhead.sample("stalled-keepalives")).stdout)
    assert sum("‼+" in row for row in stalled) == 6
    assert [row.split()[0] for row in stalled if " ⚠ " in row] == ["26"]
    broken = plain(playhead.sample("midstream-error")).stdout
    assert any(" ✖ " in row for row in rows_of(broken))


def test_nothing_is_cut_where_no_terminal_is_written_to(make, path, plain):
    long, message = "x" * 3000, [f"w{number} " * 40 for number in range(200)]
    with make() as made:
        made.texts([long, *message])
    text = plain(path).stdout
    assert f'"{long}"' in text
    state = text.partition("── State")[2].partition("── Lint")[0]
    assert long + "".join(message).rstrip() in state


def test_what_is_longer_than_all_that_is_printed_says_how_much_more(make, path, plain):
    with make() as made:
        exchange = made.begin()
        exchange.chunk(b"data: " + b"y" * 200_000 + b"\n\n", 2.0)
        exchange.chunk(b"data: " + b"z" * 60_000 + b"\n\n", 2.1)
        exchange.end(EndingKind.COMPLETE, 3.0)
    first, second = rows_of(plain(path).stdout)
    assert first.endswith("… 200,008 bytes in all")
    assert second.endswith("z" * 60_000)


def test_a_terminal_gets_lines_of_its_width():
    code, text = in_terminal(["view", "--plain", str(playhead.sample("anthropic-tools"))], width=72)
    assert code == 0
    lines = text.replace("\r", "").split("\n")
    assert max(map(cell_len, lines)) == 72
    assert any(line.endswith("…") for line in rows_of("\n".join(lines)))


def test_damage_is_explained_where_it_is_met_and_at_the_end(make, path, tmp_path, plain):
    with make() as made:
        made.texts(["one", "two", "three"])
    whole = tmp_path / "whole.cassette.jsonl"
    lines = path.read_bytes().split(b"\n")
    whole.write_bytes(b"\n".join(lines))
    lines[5] = lines[5][:30]
    path.write_bytes(b"\n".join(lines))
    done = plain(path)
    assert done.returncode == 3
    assert '"one"' in done.stdout
    assert "✖ Damaged: line 6 " in done.stdout
    assert "── Headers" in done.stdout
    assert done.stderr.startswith(f"Error: {path}, line 6 (byte ")
    assert done.stderr.count("\n") == 1
    both = plain(path, whole)
    assert both.returncode == 3
    assert '"two"' in both.stdout.partition("whole.cassette.jsonl <==")[2]
    assert both.stderr == done.stderr


def test_a_damaged_chunk_is_explained_too(make, path, plain):
    with make() as made:
        made.texts(["one", "two"])
    path.write_bytes(path.read_bytes().replace(b'"text":"event: content_block_delta', b'"base64":"!', 1))
    done = plain(path)
    assert done.returncode == 3
    assert "✖ Damaged: line " in done.stdout
    assert done.stderr.startswith("Error: ")


def test_a_reader_that_leaves_early_ends_it_quietly(make, path):
    with make() as made:
        made.texts(["word " * 200] * 2000)
    process = subprocess.Popen(
        [*_COMMAND, "view", "--plain", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr as said:
        assert said.read() == b""
    assert process.wait(_DEADLINE) == 141


def test_several_exchanges_are_first_shown_in_one_time(make, path, plain):
    with make() as made:
        made.texts(["one", "two"])
        made.texts(["three"])
    text = plain(path).stdout
    first, _, rest = text.partition("\n\n")
    assert first.startswith("── 2 exchanges in ")
    assert "at once" in first
    assert first.count("POST /v1/messages") == 2
    assert "░" in first
    assert "█" in first
    assert "made  1/2  POST" in rest
    assert "made  2/2  POST" in rest
    assert "exchanges in" not in plain("--exchange", 2, path).stdout


def test_a_folder_is_first_shown_as_the_list_of_its_sessions(tmp_path):
    (tmp_path / "a.cassette.jsonl").write_bytes(playhead.sample("cut").read_bytes())
    (tmp_path / "b.cassette.jsonl").write_bytes(playhead.sample("anthropic-tools").read_bytes())
    (tmp_path / "c.cassette.jsonl").write_text("[]\n")
    (tmp_path / "folder.cassette.jsonl").mkdir()
    (tmp_path / "link.cassette.jsonl").symlink_to("nowhere")
    done = run("view", "--plain", tmp_path)
    assert done.returncode == 3
    table, _, rest = done.stdout.partition("\n\n")
    title, heading, *rows = table.split("\n")
    assert title == "── 2 sessions in 4 files ──"
    assert heading.split()[:3] == ["time▲", "host", "model"]
    assert rows[0].split() == [
        *("?", "api.anthropic.com", "claude-sonnet-4-6", "200", "✖", "server_closed"),
        *("639ms", "3", "30", "a", "1"),
    ]
    assert rows[1].rstrip().endswith("b 1")
    assert rows[2].startswith("✖ is not a cassette: ")
    assert rows[3].startswith("✖ No such file or directory")
    assert rest.count("==> ") == 4
    assert "It is a link to nowhere, which is not there" in done.stderr
    assert "sessions in" not in run("view", "--plain", tmp_path / "a.cassette.jsonl").stdout
    code, text = in_terminal(["view", "--plain", str(tmp_path)], width=60)
    assert code == 3
    assert 50 < max(map(cell_len, text.replace("\r", "").split("\n")[:6])) <= 60


def test_nothing_of_a_screen_is_imported(make, path):
    with make() as made:
        made.texts(["one"])
        made.texts(["two"])
    script = (
        "import sys\nfrom playhead.cli.main import main\n"
        "try:\n    main()\nfinally:\n    print([name for name in sys.modules if name.startswith('textual')])"
    )
    command = [sys.executable, "-c", script, "view", "--plain", str(path), str(path)]
    done = subprocess.run(command, capture_output=True, timeout=_DEADLINE, check=True, text=True)
    assert "2 exchanges" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_cassette_without_exchanges_says_so_and_what_was_damaged(make, path, plain):
    with make():
        pass
    done = plain(path)
    assert done.returncode == 0
    assert "holds no exchange" in done.stdout


# Standard input, pipes.


@contextlib.contextmanager
def printing(*args: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [*_COMMAND, *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[bytes], *words: str) -> str:
    """Read what it prints until all of these have come."""
    assert process.stdout is not None
    text, end = b"", time.monotonic() + _DEADLINE
    while not all(word.encode() in text for word in words):
        ready, _, _ = select.select([process.stdout], [], [], max(end - time.monotonic(), 0))
        assert ready, f"{words} did not come: {text.decode()}"
        data = os.read(process.stdout.fileno(), 65536)
        assert data, f"it ended without {words}: {text.decode()}"
        text += data
    return text.decode()


@pytest.fixture
def pieces(make, path) -> tuple[bytes, bytes, bytes]:
    """A cassette in three: up to the first event, up to the second, the rest."""
    with make() as made:
        made.texts(["one", "two", "three"])
        made.texts(["four"])
    lines = path.read_bytes().splitlines(keepends=True)
    chunks = [at for at, line in enumerate(lines) if line.startswith(b'{"type":"chunk"')]
    cuts = (0, chunks[0] + 1, chunks[1] + 1, len(lines))
    first, second, third = (b"".join(lines[a:b]) for a, b in itertools.pairwise(cuts))
    return first, second, third


@pytest.mark.parametrize("args", [("view", "--plain", "-"), ("-", "--plain")], ids=["view", "bare"])
def test_what_is_piped_in_is_printed_as_it_comes(pieces, args):
    with printing(*args) as process:
        assert process.stdin is not None
        process.stdin.write(pieces[0])
        process.stdin.flush()
        text = until(process, '"one"')
        assert "receiving" in text
        process.stdin.write(pieces[1][:-20])
        process.stdin.flush()
        process.stdin.write(pieces[1][-20:])
        process.stdin.flush()
        text = until(process, '"two"')
        assert "── State" not in text
        process.stdin.write(pieces[2])
        process.stdin.close()
        text = until(process, '"three"', '"four"')
        text += process.stdout.read().decode()
        assert text.count("✓ complete") == 2
        assert text.count("── Lint") == 2
        assert process.wait(_DEADLINE) == 0
        assert process.stderr.read() == b""


def test_what_comes_at_once_is_printed_as_a_file_is(make, path):
    with make() as made:
        made.texts(["one"])
        made.texts(["two"])
    of_file = run("view", "--plain", path)
    # On a slow machine what comes at once is not read at once.
    patient = (sys.executable, "-c", _PATIENT)
    of_pipe = run("view", "--plain", "-", stdin=path.read_bytes(), command=patient)
    assert of_pipe.returncode == 0
    assert of_pipe.stdout == of_file.stdout.replace("made  ", "<stdin>  ")


def test_a_named_pipe_is_printed_as_it_comes(tmp_path, pieces):
    fifo = tmp_path / "pipe.cassette.jsonl"
    os.mkfifo(fifo)
    with printing("view", "--plain", fifo) as process, fifo.open("wb", buffering=0) as writer:
        writer.write(pieces[0])
        until(process, '"one"')
        writer.write(pieces[1])
        until(process, '"two"')
        writer.close()
        assert "truncated" in until(process, "── Headers ──")
        process.stdout.read()
        assert process.wait(_DEADLINE) == 0


def test_a_recording_is_printed_as_it_grows(tmp_path):
    path = tmp_path / "made.cassette.jsonl"
    with playhead.open_writer(path, clock="monotonic") as writer:
        partial = next(tmp_path.glob("*.partial"))
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="https://h/x", t=1.0, body=b"{}"))
        headers = (("content-type", "text/event-stream"),)
        exchange.response(playhead.Response(status=200, headers=headers, t=1.1))
        with printing("view", "--plain", "--follow", partial) as process:
            exchange.chunk(b"data: one\n\n", 2.0)
            assert "recording" in until(process, "one")
            exchange.chunk(b"data: two\n\n", 3.0)
            exchange.end(EndingKind.COMPLETE, 3.5)
            assert "✓ complete" in until(process, "two", "── Headers ──")
            writer.close()
            process.stdout.read()
            assert process.wait(_DEADLINE) == 0


def test_of_a_recording_that_is_not_followed_is_printed_what_is_there(tmp_path, plain):
    with playhead.open_writer(tmp_path / "made.cassette.jsonl", clock="monotonic") as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="https://h/x", t=1.0, body=b"{}"))
        headers = (("content-type", "text/event-stream"),)
        exchange.response(playhead.Response(status=200, headers=headers, t=1.1))
        exchange.chunk(b"data: one\n\n", 2.0)
        done = plain(next(tmp_path.glob("*.partial")))
        assert done.returncode == 0
        assert done.stdout.count("✓ recording") == 1
        assert [row.split()[-1] for row in rows_of(done.stdout)] == ["one"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "<stdin> is empty"),
        (b"hello\n", "<stdin> is not a cassette"),
        (b"data: 1\n\n", "playhead import"),
        (b'{"type":"header","format":"playhead-cassette"}', "<stdin>"),
    ],
)
def test_what_is_no_cassette_is_told_of_standard_input_too(data, said):
    done = run("view", "--plain", "-", stdin=data)
    assert done.returncode == 3
    assert done.stderr.startswith("Error: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_of_several_the_one_that_is_recorded_is_followed(tmp_path, plain):
    (tmp_path / "a.cassette.jsonl").write_bytes(playhead.sample("cut").read_bytes())
    done = plain("--follow", tmp_path)
    assert done.returncode == 3
    assert "no recorder writes any of these files now" in done.stderr
    with playhead.open_writer(tmp_path / "b.cassette.jsonl", clock="monotonic") as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="https://h/x", t=1.0, body=b"{}"))
        headers = (("content-type", "text/event-stream"),)
        exchange.response(playhead.Response(status=200, headers=headers, t=1.1))
        with printing("view", "--plain", "--follow", tmp_path) as process:
            exchange.chunk(b"data: one\n\n", 2.0)
            assert "b  1/1+" in until(process, "one")


@pytest.mark.parametrize("args", [("view", "-"), ("-",), ("view", "--plain", "-")])
def test_a_terminal_is_no_cassette(args):
    code, text = in_terminal(list(args), width=80)
    assert code == 2
    assert "standard input is a terminal" in text
    assert "playhead view -" in text


def in_terminal(args: list[str], *, width: int) -> tuple[int, str]:
    """Run it in a terminal of so many columns; how it left, and what it wrote."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    env = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [*_COMMAND, *args], stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
    )
    os.close(theirs)
    written = b""
    with contextlib.suppress(OSError):  # how Linux says that the other end was closed
        while data := os.read(ours, 65536):
            written += data
    os.close(ours)
    return process.wait(_DEADLINE), written.decode()
