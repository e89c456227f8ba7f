"""What is said while a recorder runs: without a secret, without waiting, whatever standard error is."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from playhead.capture.log import warn
from playhead_recorder.operation import Counters, Level, Operation, console, counters_file, counting_warnings
from playhead_recorder.operation.logs import Forward, safe, text_line
from playhead_recorder.options.readers import Log

KEY = "sk-ant-api03-" + "aB3dE6gH9jK2mN5pQ8sT1vW4xY7z" * 3


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("not even that")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("listening on http://127.0.0.1:8765", "listening on http://127.0.0.1:8765"),
        ("listening on http://[::1]:8765", "listening on http://[::1]:8765"),
        ("of https://h/v1/x?key=1 now", "of https://h/… now"),
        ("of https://me:pw@h now", "of https://h now"),
        ("of https://h/ now", "of https://h/ now"),
        ("of 'https://h?x=1'", "of 'https://h/…'"),
        ("x" * 40 + "https://h/v1/x?key=1", "x" * 40 + "https://h/…"),
        ("GET /v1/x?access_token=abc failed", "GET /v1/x?… failed"),
        ("why? x=1", "why? x=1"),
        ("into /home/me/recordings", "into /home/me/recordings"),
        ("20261120T090000.000001Z-api.openai.com-1a2b3c4d.cassette.jsonl: 3 chunks",) * 2,
        ("a\x1b[2Jb\nc", "a␛[2Jb␊c"),
    ],
)
def test_a_line_is_made_safe(text, expected):
    assert safe(text) == expected


def test_a_key_in_a_line_is_taken_out():
    assert KEY[13:] not in safe(f"bad header: x-api-key: {KEY}, and more")
    assert safe("x" * 10_000).endswith("x…")
    assert len(safe("x" * 10_000)) < 5_000


def test_levels_in_text():
    assert text_line("all is well", Level.INFO) == "all is well"
    assert text_line("not quite", Level.WARNING) == "warning: not quite"


def test_text_lines_are_for_people():
    stream = io.StringIO()
    with Operation(log=Log.TEXT, stream=stream) as operation:
        operation.say("listening on http://127.0.0.1:8765", event="listening", url="http://127.0.0.1:8765")
    assert stream.getvalue() == "listening on http://127.0.0.1:8765\n"


def test_json_where_there_is_no_terminal():
    stream = io.StringIO()
    with Operation(stream=stream) as operation:
        operation.say(
            "listening on http://127.0.0.1:8765",
            event="listening",
            url="http://127.0.0.1:8765",
            port=8765,
            style=Log.JSON,
            lost={"queue full\x1b": {"gaps": 1}, "where": [Path("/a"), None]},
            message="other",
        )
    (line,) = stream.getvalue().splitlines()
    found = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", found.pop("time"))
    assert found == {
        "level": "info",
        "event": "listening",
        "message": "listening on http://127.0.0.1:8765",
        "url": "http://127.0.0.1:8765",
        "port": 8765,
        "style": "json",
        "lost": {"queue full␛": {"gaps": 1}, "where": ["/a", None]},
    }


@pytest.fixture(autouse=True)
def _time_for_the_last_line(monkeypatch):
    """Whoever ends a run waits no longer than a reader or a disk may take: a busy machine may take longer."""
    for each in (console, counters_file):
        monkeypatch.setattr(each, "_STOP_SECONDS", 60.0)


def test_lines_come_in_order_from_before_to_after():
    stream = io.StringIO()
    operation = Operation(log=Log.TEXT, stream=stream)
    operation.say("before")
    with operation:
        for n in range(200):
            operation.say(f"line {n}")
    operation.say("after")
    assert stream.getvalue().split("\n") == ["before", *(f"line {n}" for n in range(200)), "after", ""]


class Late(io.StringIO):
    """Takes nothing before somebody reads."""

    def __init__(self):
        super().__init__()
        self.is_read = threading.Event()

    def write(self, text):
        assert self.is_read.wait(60)
        return super().write(text)


def test_a_late_reader_gets_what_is_said_after_the_stop(monkeypatch):
    leaving = []
    monkeypatch.setattr(console, "_STOP_SECONDS", 0.01)
    monkeypatch.setattr(console, "atexit", SimpleNamespace(register=lambda *call: leaving.append(call)))
    stream = Late()
    with Operation(log=Log.TEXT, stream=stream) as operation:
        operation.say("wrote a cassette")
    operation.say("Recorded 1 stream.")
    stream.is_read.set()
    [(join, seconds)] = leaving
    assert seconds == 0.01
    join(60)
    operation.say("after")
    assert stream.getvalue() == "wrote a cassette\nRecorded 1 stream.\nafter\n"


def test_others_warnings_are_said_and_counted():
    stream = io.StringIO()
    with Operation(log=Log.JSON, stream=stream) as operation:
        try:
            raise ValueError(f"quotes {KEY}")
        except ValueError:
            logging.getLogger("mitmproxy.proxy.server").exception("crashed on https://h/secret?x=%s", 1)
        warn("disk full")
        logging.getLogger("playhead").info("not of interest")
    logging.getLogger("playhead").warning("nobody listens any more")
    crash, full = map(json.loads, stream.getvalue().splitlines())
    assert crash["message"] == "crashed on https://h/…"
    assert (crash["level"], crash["logger"], crash["exception"]) == (
        "error",
        "mitmproxy.proxy.server",
        "ValueError",
    )
    assert (full["level"], full["message"], full["event"]) == ("warning", "disk full", "log")
    assert operation.counters.snapshot().warnings == 2
    assert KEY not in stream.getvalue()


def test_warnings_are_counted_without_an_operation():
    counters = Counters()
    with counting_warnings(counters.warned):
        logging.getLogger("playhead").warning("one")
        logging.getLogger("playhead").info("none")
        logging.getLogger("mitmproxy").warning("somebody else's")
    logging.getLogger("playhead").warning("later")
    assert counters.snapshot().warnings == 1


def test_what_cannot_be_said_is_not_raised():
    stream = io.StringIO()
    with Operation(log=Log.JSON, stream=stream) as operation:
        operation.say("one", event="e", value=Hostile(), number=float("nan"))
        for format_, value in (("%s", Hostile()), ("%d", "no number")):
            Forward(lambda *_: None).handle(
                logging.LogRecord("x", logging.ERROR, "file", 1, format_, (value,), None)
            )
        operation.say("two", number=float("nan"))
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["two"]


def test_a_closed_stream_ends_nothing():
    stream = io.StringIO()
    with Operation(log=Log.TEXT, stream=stream) as operation:
        stream.close()
        operation.say("anybody?")
    operation.say("nobody")
    assert operation.counters.snapshot().warnings == 0


def test_a_full_device_ends_nothing(tmp_path):
    counters = tmp_path / "c.json"
    with Path("/dev/full").open("w") as stream:
        with Operation(log=Log.TEXT, stream=stream, counters_file=counters) as operation:
            operation.say("anybody?")
            operation.counters.opened()
        operation.say("nobody")
    assert json.loads(counters.read_text())["exchanges_open"] == 1


def test_a_pipe_that_nobody_reads_holds_up_nobody():
    """Far more than a pipe and the queue hold; a `say` that waited would wait for ever."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as reading, os.fdopen(writer, "w") as stream:
        with Operation(log=Log.TEXT, stream=stream) as operation:
            for n in range(5000):
                operation.say(f"{n} " + "x" * 200)
            lines: list[bytes] = []
            drained = threading.Thread(target=lambda: lines.extend(reading))
            drained.start()
        operation.say("the end")
        stream.close()
        drained.join()
    text = b"".join(lines).decode()
    assert re.search(r"\(\d+ lines dropped: nobody read them\)", text)
    assert text.endswith("the end\n")


NOBODY_READS = """
from playhead_recorder.operation import Operation
with Operation() as operation:
    for n in range(5000):
        operation.say("x" * 200)
operation.say("the end")
print("over")
"""


def test_a_process_can_leave_whose_lines_nobody_reads():
    reader, writer = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-c", NOBODY_READS],
            stdout=subprocess.PIPE,
            stderr=writer,
            timeout=60,
            check=False,
        )
    finally:
        os.close(reader)
        os.close(writer)
    assert (done.returncode, done.stdout) == (0, b"over\n")


def test_a_reader_that_left_ends_nothing(tmp_path):
    counters = tmp_path / "c.json"
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        with Operation(log=Log.JSON, stream=stream, counters_file=counters) as operation:
            operation.say("anybody?")
            operation.counters.opened()
        operation.say("nobody")
    assert json.loads(counters.read_text())["exchanges_open"] == 1


def test_the_counters_file_is_written_and_its_failure_said(tmp_path):
    stream = io.StringIO()
    with Operation(log=Log.JSON, stream=stream, counters_file=tmp_path / "c.json") as operation:
        operation.counters.opened()
    assert json.loads((tmp_path / "c.json").read_text())["exchanges_open"] == 1
    assert stream.getvalue() == ""
    with Operation(log=Log.JSON, stream=stream, counters_file=tmp_path / "no" / "c.json") as operation:
        pass
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["event"], line["level"]) == ("counters_failed", "warning")
    assert operation.counters.snapshot().warnings == 1
