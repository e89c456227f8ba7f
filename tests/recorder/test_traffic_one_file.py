"""`playhead record -o FILE`: all of a run in one cassette, under the name that the user gave."""

from __future__ import annotations

import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import playhead

SECONDS = 60
OLD = "somebody's"
GET = "import sys, urllib.request\nfor url in sys.argv[1:]: print(urllib.request.urlopen(url).read())"


def record(*arguments, env=None, cwd=None):
    pytest.importorskip("mitmproxy")
    command = [sys.executable, "-m", "playhead", "record", *map(str, arguments)]
    return subprocess.Popen(
        command,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(origin, number):
    served = origin.accept()
    served.send_head(b"content-type: text/event-stream\r\ncontent-length: 9\r\n")
    served.send(b"data: %d\n\n" % number)
    return served


def exchanges_in(growing):
    """How many there are so far; a file may not be there yet, or have no line yet."""
    try:
        return len(playhead.load(growing))
    except playhead.PlayheadError:
        return 0


@pytest.mark.parametrize("suffix", ["", ".zst"])
def test_a_program_in_a_file(proxy_env, origin, tmp_path, until, suffix):
    file = tmp_path / f"run.cassette.jsonl{suffix}"
    urls = [f"{origin.url}/{number}" for number in range(3)]
    process = record("-o", file.name, "--", sys.executable, "-c", GET, *urls, env=proxy_env, cwd=tmp_path)
    for number in range(2):
        answer(origin, number)
    growing = tmp_path / f"{file.name}.partial"
    until(lambda: exchanges_in(growing) == 3)
    assert stat.S_IMODE(growing.stat().st_mode) == 0o600
    assert not file.exists()
    answer(origin, 2)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    assert f"Recorded 3 streams: 3 events, 3 chunks, 27 bytes, 1 cassette in {file.name}." in err
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.body for each in playhead.load(file).exchanges] == [
        b"data: 0\n\n",
        b"data: 1\n\n",
        b"data: 2\n\n",
    ]


def test_a_program_that_asks_for_nothing_leaves_no_file(proxy_env, tmp_path):
    process = record("-o", "run.cassette.jsonl", "--", "true", env=proxy_env, cwd=tmp_path)
    _, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, list(tmp_path.iterdir())) == (0, []), err


def test_before_a_server_in_a_file_that_is_replaced(start_proxy, origin, tmp_path):
    file = tmp_path / "run.cassette.jsonl"
    file.write_text(OLD)
    # The last -o counts.
    proxy = start_proxy("record", origin.url, tmp_path, "-o", str(file), "--force")
    clients = [proxy.get(f"/{number}") for number in range(2)]
    for number, client in enumerate(clients):
        answer(origin, number)
        client.read_until(b"data: ")
    assert file.read_text() == OLD
    assert proxy.stop() == 0
    assert len(playhead.load(file)) == 2


def test_what_a_killed_recorder_left_is_in_the_way(start_proxy, origin, tmp_path, proxy_env, until):
    file = tmp_path / "run.cassette.jsonl"
    proxy = start_proxy("record", origin.url, tmp_path, "-o", str(file))
    client = proxy.get("/cut")
    served = origin.accept()
    served.send_chunked_head()
    served.send_chunk(b"data: 1\n\n")
    client.read_until(b"data: 1")
    until(lambda: exchanges_in(Path(f"{file}.partial")) == 1)
    busy = record("-o", file, "--", "touch", tmp_path / "ran", env=proxy_env)
    _, err = busy.communicate(timeout=SECONDS)
    assert (busy.returncode, "is being recorded by another recorder" in err) == (4, True), err
    proxy.stop(signal.SIGKILL)
    left = record("-o", file, "--", "touch", tmp_path / "ran", env=proxy_env)
    _, err = left.communicate(timeout=SECONDS)
    assert left.returncode == 4
    command = re.search("`playhead (recover [^`]+)`", err)[1].split()
    done = subprocess.run(
        [sys.executable, "-m", "playhead", *command], timeout=SECONDS, check=False, env=proxy_env
    )
    assert done.returncode == 0
    assert playhead.load(file)[1].ending.kind is playhead.EndingKind.TRUNCATED
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "old.cassette.jsonl"), "old.cassette.jsonl exists already"),
        (("-o", "a.cassette.jsonl", "--per", "exchange"), "--per exchange: a.cassette.jsonl is one cassette"),
        (("-o", "a.cassette.jsonl", "--per", "header:x"), "--per header:x"),
        (("-o", "a.cassette.jsonl", "--rotate-size", "1MB"), "--rotate-size"),
        (("-o", "a.cassette.jsonl", "--retain-age", "1d"), "--retain-age"),
        (("-o", "a.cassette.jsonl", "--dated"), "--dated"),
        (("-o", "a.cassette.jsonl", "--compress"), "end it with .zst"),
        (("-o", ""), "Invalid value for '-o' / '--output': the path of a folder or a file is expected"),
        (("-o", " "), "the path of a folder or a file is expected"),
        (("-o", "folder", "--force"), "--force is for -o FILE"),
    ],
)
def test_what_does_not_go_with_a_file(tmp_path, monkeypatch, arguments, said):
    from click.testing import CliRunner

    from playhead.errors import UsageError
    from playhead_recorder.commands import record as command

    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.cassette.jsonl").write_text(OLD)
    done = CliRunner().invoke(command, [*arguments, "--", "true"])
    text = done.exception.message if isinstance(done.exception, UsageError) else done.output
    assert done.exit_code != 0
    assert said in text
    assert [path.name for path in tmp_path.iterdir()] == ["old.cassette.jsonl"]


def test_a_folder_with_the_name_of_a_file_is_a_folder(proxy_env, origin, tmp_path):
    folder = tmp_path / "all.jsonl"
    folder.mkdir()
    process = record("-o", folder, "--", sys.executable, "-c", GET, origin.url, env=proxy_env)
    answer(origin, 1)
    process.communicate(timeout=SECONDS)
    assert len(list(folder.glob("*.cassette.jsonl"))) == 1
