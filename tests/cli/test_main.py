"""The command group: lazy imports, exit codes, errors as messages, hostile text made harmless."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from playhead.cli.table import COMMANDS

CONTROL = re.compile(
    rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]"
)

LOADED = """
import sys
sys.argv = ["playhead", *{args!r}]
from playhead.cli.main import main
try:
    main()
except SystemExit:
    pass
print("\\n".join(sys.modules), file=sys.stderr)
"""


def modules_after(*args: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(args=args)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stderr.split())


def test_help_imports_no_command():
    loaded = modules_after("--help")
    targets = {entry.target.partition(":")[0] for entry in COMMANDS.values()}
    assert not loaded & targets
    assert not loaded & {"msgspec", "textual", "mitmproxy", "httpx", "httpx2", "asyncio"}


def test_reading_commands_import_only_what_they_need(write):
    path = str(write([(1.0, b"data: a\n\n")]))
    for args in (("events", path), ("ls", path), ("samples",)):
        assert not modules_after(*args) & {
            "textual",
            "mitmproxy",
            "httpx",
            "httpx2",
            "h11",
            "asyncio",
            "rich",
        }


def test_import_playhead_imports_nothing_else():
    code = "import sys, playhead; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert not set(done.stdout.split()) & {"msgspec", "click", "mmap", "playhead.model"}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_of_the_table_can_be_called(run, name):
    done = run(name, "--help")
    assert done.returncode == 0, done.stderr
    assert b"Usage: playhead " + name.encode() in done.stdout


@pytest.mark.skipif(sys.version_info < (3, 12), reason="mitmproxy 12 needs Python 3.12")
@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("record", "mitmproxy", "record"), ("view", "textual", "view"), ("serve", "h11", "serve")],
)
def test_a_missing_extra_is_named(name, module, extra, write):
    path = str(write([(1.0, b"data: a\n\n")]))
    args = ["record", "--upstream", "http://127.0.0.1:9"] if name == "record" else [name, path]
    code = f"import sys; sys.modules[{module!r}] = None; sys.argv = {['playhead', *args]!r}\n"
    code += "from playhead.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 4, done.stderr
    assert f"playhead[{extra}]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("bogus",), 2),
        (("events",), 2),
        (("events", "--bogus", "x"), 2),
        (("events", "nowhere.cassette.jsonl"), 3),
        (("ls", "nowhere.cassette.jsonl"), 3),
        (("export", "nowhere.cassette.jsonl", "--to", "sse"), 3),
        (("samples", "nosuch"), 2),
        (("nowhere.cassette.jsonl",), 3),
    ],
)
def test_exit_codes(run, args, code):
    done = run(*args)
    assert done.returncode == code, done.stderr
    assert done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", b"is empty"),
        (b"data: x\n\n", b"playhead import"),
        (b"\x28\xb5\x2f\xfdxxxx", b"compressed"),
        (b"hello\n", b"not a cassette"),
        (b"[1]\n", b"not a cassette"),
        (b'{"type":"header","format":"playhead-cassette","version":2}\n', b"update"),
        (b'{"type":"header","format":"playhead-cassette","version":"1"}\n', b"line 1"),
        (b'{"type":"header","format":"playhead-cassette","ver', b"line 1"),
    ],
)
@pytest.mark.parametrize("command", [("events",), ("ls",), ("export", "--to", "sse")])
def test_what_is_no_cassette_is_told_so(run, tmp_path, content, says, command):
    path = tmp_path / "x.cassette.jsonl"
    path.write_bytes(content)
    done = run(*command, path)
    assert done.returncode == 3
    assert says in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b"" or done.stdout.startswith(b"exchange")


def test_nothing_hostile_reaches_the_terminal(run, write):
    hostile = "\x1b]52;c;b3duZWQ=\x07\x1b[2J\x9b31m\u202e\u200b\u2066\U000e0041\x7f"
    data = f"event: {hostile}\ndata: {hostile}\n\n: {hostile}\r\n\n".encode()
    path = write([(1.5, data)], url="http://h/\x1b[2J")
    for args in (("events", path), ("ls", path), ("events", path, "--format", "jsonl")):
        done = run(*args)
        assert done.returncode == 0
        assert not CONTROL.search(done.stdout), done.stdout
    bad = path.with_name("\x1b[2Jx.cassette.jsonl")
    bad.write_bytes(b"no")
    for args in (("events", bad), ("ls", bad), ("\x1b[2J",)):
        assert not CONTROL.search(run(*args).stderr)


def test_a_reader_that_leaves_is_no_error(write):
    path = write([(1.5, b"data: a\n\n" * 20000)])
    command = f"{sys.executable} -m playhead events {path} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False)
    assert done.stderr == b""
    assert done.stdout.splitlines()[-1] == b"141"
