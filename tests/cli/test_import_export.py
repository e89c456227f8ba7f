"""`playhead import` and `export`: the bytes come back, and what nobody recorded stays unknown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import playhead

STREAMS = Path(__file__).parents[1] / "protocols" / "streams"


def test_the_bytes_come_back(run, tmp_path):
    source = tmp_path / "a.sse"
    source.write_bytes(b"\xef\xbb\xbfdata: \xff\x00\r\n\r\rdata: caf\xc3")
    assert run("import", source, "--from", "sse").returncode == 0
    done = run("export", tmp_path / "a.cassette.jsonl", "--to", "sse")
    assert (done.returncode, done.stdout) == (0, source.read_bytes())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.binary(max_size=2000))
def test_any_bytes_come_back(tmp_path_factory, body):
    from playhead.convert.sse import Head, import_sse

    path = tmp_path_factory.mktemp("any") / "x.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        try:
            import_sse([body] if body else [], Head(), writer, "x")
        except playhead.InputError:
            return
    assert playhead.load(path)[1].body == body


def test_what_is_not_known_is_not_invented(run, tmp_path):
    (tmp_path / "a.sse").write_bytes(b"data: x\n\n")
    run("import", "a.sse", "--from", "sse")
    cassette = playhead.load(tmp_path / "a.cassette.jsonl")
    exchange = cassette[1]
    assert cassette.header.clock == "none"
    assert cassette.header.created is None
    assert exchange.request is None
    assert exchange.response.facts["assumed"] == "content-type status"
    assert [chunk.t for chunk in exchange.chunks] == [None]
    assert exchange.ending.kind is playhead.EndingKind.UNKNOWN
    assert exchange.ending.t is None


def test_what_is_told_is_kept(run, tmp_path):
    (tmp_path / "a.sse").write_bytes(b"data: x\n\n")
    done = run(
        "import", "a.sse", "--from", "sse", "-o", "b.cassette.jsonl", "--url", "https://api.example/v1/messages",
        "--status", 201, "--header", "Content-Type: text/event-stream; charset=utf-8", "--header", "x-a:b:c",
    )  # fmt: skip
    assert done.returncode == 0
    exchange = playhead.load(tmp_path / "b.cassette.jsonl")[1]
    assert exchange.request.url == "https://api.example/v1/messages"
    assert (exchange.request.method, exchange.request.facts) == ("POST", {"assumed": "method"})
    assert exchange.response.status == 201
    assert exchange.response.headers == (("Content-Type", "text/event-stream; charset=utf-8"), ("x-a", "b:c"))


def test_several_sources_go_to_a_folder_under_their_names(run, tmp_path):
    for name in ("a.sse", "b.txt"):
        (tmp_path / name).write_bytes(name.encode().join([b"data: ", b"\n\n"]))
    assert run("import", "a.sse", "b.txt", "--from", "sse", "-o", "out").returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "a.cassette.jsonl",
        "b.cassette.jsonl",
    ]


def test_sources_that_would_collide_are_refused_before_anything_is_written(run, tmp_path):
    for folder in ("p", "q"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.sse").write_bytes(b"data: x\n\n")
    done = run("import", "p/a.sse", "q/a.sse", "--from", "sse", "-o", "out")
    assert done.returncode == 2
    assert list((tmp_path / "out").iterdir()) == []


def test_an_existing_cassette_is_not_replaced_unless_told(run, tmp_path):
    (tmp_path / "a.sse").write_bytes(b"data: x\n\n")
    assert run("import", "a.sse", "--from", "sse").returncode == 0
    before = (tmp_path / "a.cassette.jsonl").read_bytes()
    (tmp_path / "a.sse").write_bytes(b"data: y\n\n")
    assert run("import", "a.sse", "--from", "sse").returncode == 2
    assert (tmp_path / "a.cassette.jsonl").read_bytes() == before
    assert run("import", "a.sse", "--from", "sse", "--force").returncode == 0
    assert playhead.load(tmp_path / "a.cassette.jsonl")[1].body == b"data: y\n\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x1f\x8b\x08rest", b"gunzip"),
        (b'{"type":"header","format":"playhead-cassette","version":1}\n', b"already"),
    ],
)
def test_other_formats_are_refused_and_leave_nothing(run, tmp_path, content, says):
    (tmp_path / "a.sse").write_bytes(content)
    done = run("import", "a.sse", "--from", "sse")
    assert done.returncode == 3
    assert says in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.sse"]


def test_a_missing_source_leaves_nothing(run, tmp_path):
    done = run("import", "nowhere.sse", "--from", "sse")
    assert done.returncode == 3
    assert b"nowhere.sse" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_json_answer_is_kept_with_a_warning(run, tmp_path):
    (tmp_path / "a.sse").write_bytes(b'{"error": {"message": "no"}}')
    done = run("import", "a.sse", "--from", "sse")
    assert done.returncode == 0
    assert b"no line of an event stream" in done.stderr


def test_export_wants_one_exchange(run, tmp_path):
    path = tmp_path / "two.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        for body in (b"data: 1\n\n", b"data: 2\n\n"):
            exchange = writer.exchange()
            exchange.chunk(body)
            exchange.end(playhead.EndingKind.COMPLETE)
    assert run("export", path, "--to", "sse").returncode == 2
    assert run("export", path, "--to", "sse", "--exchange", 2).stdout == b"data: 2\n\n"
    done = run("export", path, "--to", "sse", "--exchange", 2, "-o", "out.sse")
    assert (done.returncode, done.stdout) == (0, b"")
    assert (tmp_path / "out.sse").read_bytes() == b"data: 2\n\n"


IN_A_TERMINAL = """
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn({command!r})))
"""


@pytest.mark.parametrize(("raw", "code"), [((), 2), (("--raw",), 0)])
def test_recorded_bytes_reach_a_terminal_only_when_told(write, raw, code):
    pytest.importorskip("pty")
    path = write([(1.0, b"data: \x1b]0;owned\x07\n\n")])
    command = [sys.executable, "-m", "playhead", "export", str(path), "--to", "sse", *raw]
    done = subprocess.run(
        [sys.executable, "-c", IN_A_TERMINAL.format(command=command)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code
    assert (b"\x1b]0;owned" in done.stdout) is bool(raw)


def test_every_stream_of_many_comes_back(run, tmp_path):
    # Streams of two protocols may have the same name, and a cassette is named by its stream.
    sources = list({source.stem: source for source in sorted(STREAMS.glob("*/*.sse"))}.values())
    assert len(sources) > 50
    assert run("import", *sources, "--from", "sse", "-o", "out").returncode == 0
    for source in sources:
        cassette = playhead.load(tmp_path / "out" / (source.stem + ".cassette.jsonl"))
        assert cassette[1].body == source.read_bytes()


def test_ls_names_what_a_cassette_holds(run, write, tmp_path):
    write([(1.5, b"data: a\n\n")])
    (row,) = [json.loads(line) for line in run("ls", tmp_path, "--format", "jsonl").stdout.splitlines()]
    assert row["path"].endswith("made.cassette.jsonl")
    del row["path"]
    assert row == {
        "exchange": 1, "method": "POST", "url": "http://h/v1/x", "attempt": None, "status": 200, "frames": 1,
        "chunks": 1, "bytes": 9, "t": 1.0, "duration": 8.0, "ending": "complete", "detail": None,
    }  # fmt: skip
    assert b"POST h/v1/x" in run("ls", tmp_path).stdout
