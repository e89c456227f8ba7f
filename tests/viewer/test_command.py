"""`playhead view` where there is no terminal: what it says, how it ends, what it imports."""

from __future__ import annotations

import gc
import shlex
import subprocess
import sys

import pytest

from playhead.errors import InputError
from playhead_viewer import commands


def run(*args, code=None, stdin=b"", cwd=None):
    command = [sys.executable, *(["-c", code] if code else ["-m", "playhead"]), *map(str, args)]
    return subprocess.run(
        command, input=stdin, capture_output=True, timeout=60, check=False, cwd=cwd, start_new_session=True
    )


def test_without_a_terminal_it_names_the_command_to_use_instead(make, path):
    with make() as made:
        made.texts(["one"])
    for args, stdin in ((["view", path], b""), ([path], b""), (["view", "-"], path.read_bytes())):
        done = run(*args, stdin=stdin)
        assert done.returncode == 4
        assert done.stdout == b""
        message = done.stderr.decode()
        assert "needs a terminal" in message
        assert f"playhead view --plain {args[-1]}" in message


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.cassette.jsonl", None, "No such file"),
        ("empty.cassette.jsonl", b"", "is empty"),
        ("text.cassette.jsonl", b"hello\n", "is not a cassette"),
        ("stream.cassette.jsonl", b"data: 1\n\n", "playhead import"),
        ("bad.cassette.jsonl", b'{"type":"header","format":"playhead-cassette"}\n', "line 1"),
    ],
)
def test_what_cannot_be_read_is_an_error_before_the_app_starts(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = run("view", name, cwd=tmp_path)
    assert done.returncode == 3
    message = done.stderr.decode()
    assert message.startswith(f"Error: {name}")
    assert said in message
    assert "Traceback" not in message


def test_garbage_is_collected_again_when_nothing_could_be_opened(monkeypatch):
    collects = []

    def fail(*_paths, **_options):
        collects.append(gc.isenabled())
        raise InputError("it cannot be read")

    monkeypatch.setattr(commands, "_open", fail)
    with pytest.raises(InputError):
        commands.view.main(["one"], standalone_mode=False)
    assert collects == [False]
    assert gc.isenabled()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "</dev/null", "| cat"])
def test_closed_and_redirected_streams_are_an_error_without_a_traceback(make, path, closed):
    with make() as made:
        made.texts(["one"])
    command = f"{shlex.join([sys.executable, '-m', 'playhead', 'view', str(path)])} {closed}"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, timeout=60, check=False, start_new_session=True
    )
    assert done.returncode == (0 if "|" in closed else 4)
    assert b"Traceback" not in done.stderr
    assert b"\x1b" not in done.stdout


@pytest.mark.parametrize("encoding", ["ascii:strict", "latin-1:strict"])
def test_the_reading_as_text_is_whole_in_any_encoding(make, path, encoding, monkeypatch):
    with make() as made:
        made.texts(["zwei ü 日本"])
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    done = run("view", "--plain", path)
    assert done.returncode == 0
    assert done.stderr == b""
    assert b"zwei" in done.stdout
    assert rb"\u65e5\u672c" in done.stdout


def test_a_compressed_file_that_was_cut_says_so(make, path, tmp_path):
    zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    with make() as made:
        made.texts(["one"])
    cut = tmp_path / "cut.cassette.jsonl.zst"
    cut.write_bytes(zstd.compress(path.read_bytes())[:40])
    done = run("view", "--plain", cut)
    assert done.returncode == 3
    assert b"holds nothing that can be decompressed" in done.stderr


@pytest.mark.parametrize("exchange", ["0", "x"])
def test_an_exchange_number_is_checked(exchange):
    assert run("view", "any", "--exchange", exchange).returncode == 2


def test_the_command_imports_textual_only_to_run():
    code = "import sys, playhead_viewer.commands; print(*sys.modules)"
    loaded = run(code=code).stdout.decode().split()
    assert "playhead_viewer.commands" in loaded
    assert not {"textual", "rich", "mitmproxy", "httpx", "httpx2"} & set(loaded)


def test_the_app_imports_no_recorder_and_no_client():
    code = "import sys, playhead_viewer.app; print(*sys.modules)"
    loaded = run(code=code).stdout.decode().split()
    assert "textual" in loaded
    assert not {"mitmproxy", "httpx", "httpx2", "playhead_recorder"} & set(loaded)


def test_without_textual_it_says_what_to_install(make, path):
    with make() as made:
        made.texts(["one"])
    code = f"""
import sys
sys.modules["textual"] = None
import playhead_viewer.commands as commands
commands._need_terminal = lambda path: None
sys.argv = ["playhead", "view", {str(path)!r}]
from playhead.cli.main import main
main()
"""
    done = run(code=code)
    assert done.returncode == 4
    assert b"pip install 'playhead[view]'" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_told_with_one_that_is(make, path, tmp_path):
    with make() as made:
        made.texts(["one"])
    done = run("view", tmp_path / "mdae.cassette.jsonl")
    assert done.returncode == 3
    assert f"Did you mean {path}?" in done.stderr.decode()
    done = run("view", f"{path}.partial")
    assert f"It was finished as {path}" in done.stderr.decode()
    done = run("view", tmp_path / "nothing" / "at.all")
    assert b"playhead ls FOLDER" in done.stderr


@pytest.mark.parametrize(
    ("name", "said"), [("*.nothing", b"no file fits this pattern"), ("empty", b"no cassettes in this folder")]
)
def test_what_names_no_file_is_an_error_that_says_how_they_are_called(tmp_path, name, said):
    (tmp_path / "empty").mkdir()
    done = run("view", "--plain", tmp_path / name)
    assert done.returncode == 3
    assert said in done.stderr
    assert b"*.cassette.jsonl" in done.stderr


def test_a_compressed_file_that_was_cut_behind_its_first_part_says_so(make, path, tmp_path):
    zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    with make() as made:
        made.texts([f"word{number}" for number in range(50)])
    lines = path.read_bytes().splitlines(keepends=True)
    first, second = zstd.compress(b"".join(lines[:20])), zstd.compress(b"".join(lines[20:]))
    cut = tmp_path / "cut.cassette.jsonl.zst"
    cut.write_bytes(first + second[: len(second) // 2])
    done = run("view", "--plain", cut)
    assert done.returncode == 0
    assert '"word9"' in done.stdout.decode()
    assert "⚠ The compressed file is cut short" in done.stdout.decode()
