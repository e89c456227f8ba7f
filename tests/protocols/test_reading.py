"""A reading: its protocol is recognised as events come, any can be asked for, none can break it."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import playhead
from playhead import plugins
from playhead.protocols import registry
from playhead.protocols.base import Certainty, Clues, StreamProtocol
from playhead.protocols.reading import Answer, Reading
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Decoder, Frame

from .reads import read

SAMPLES = [
    "anthropic-tools",
    "openai-tools",
    "gateway-anthropic",
    "gateway-openai",
    "stalled-keepalives",
    "cut",
]


def summary(reading: Reading) -> object:
    states = [reading.at(frame) for frame in range(len(reading) + 1)]
    return [(state.message, [block.text for block in state.blocks], state.is_complete) for state in states]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_reading_is_the_same_however_frames_come(name: str) -> None:
    """Listening from the start, from the middle, and frame by frame."""
    exchange = playhead.load(playhead.sample(name)).exchanges[0]
    whole = summary(exchange.reading)
    single = Reading(Answer(exchange.request, exchange.response))
    for frame in exchange.frames:
        single.feed([frame])
    single.close()
    assert summary(single) == whole
    assert summary(exchange.read_as(exchange.reading.protocol.name)) == whole


@pytest.mark.parametrize("name", SAMPLES)
def test_a_live_reading_grows_with_its_exchange(name: str, tmp_path: Path) -> None:
    """Looked at after each record is written, it ends as the reading of the finished cassette."""
    whole = playhead.load(playhead.sample(name)).exchanges[0]
    assert whole.request is not None
    assert whole.response is not None
    path = tmp_path / "live.cassette.jsonl"
    with playhead.open_writer(path) as writer, playhead.follow(path) as follower:
        written = writer.exchange()
        written.request(whole.request)
        follower.poll()
        live = follower.cassette[1]
        assert live.final().frame == 0
        written.response(whole.response)
        for chunk in whole.chunks:
            written.chunk(chunk.data, chunk.t)
            follower.poll()
            assert live.final().frame == len(live.frames)
        written.end(whole.ending.kind)
        follower.poll()
        assert summary(live.reading) == summary(whole.reading)
        assert list(live.reading.remarks) == list(whole.reading.remarks)


def test_before_the_first_frame_and_behind_the_last() -> None:
    exchange = playhead.load(playhead.sample("anthropic-tools")).exchanges[0]
    assert exchange.at(0).message is None
    assert len(exchange.at(0).blocks) == 0
    assert exchange.final().frame == len(exchange.frames)
    with pytest.raises(IndexError):
        exchange.at(len(exchange.frames) + 1)
    with pytest.raises(IndexError):
        exchange.at(-1)


def test_a_protocol_that_nobody_has_is_a_clear_error() -> None:
    with pytest.raises(playhead.UsageError, match=r"no protocol is named 'morse'[\s\S]*plain"):
        read(b"data: 1\n\n", "morse")


class Failing:
    """A reader that somebody added, with a bug in it."""

    name = "failing"
    title = "Failing"

    def recognise(self, clues: Clues) -> Certainty:
        return Certainty.NO

    def reader(self, record: Record, clues: Clues) -> Failing:
        return self

    def feed(self, number: int, frame: Frame) -> None:
        raise ZeroDivisionError("as it happens")

    close = feed
    read_body = feed


def test_a_reader_that_fails_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "protocol", lambda _: Failing())
    reading = Reading(Answer(), protocol="failing")
    reading.feed(Decoder().feed(b"data: 1\n\ndata: 2\n\n"))
    reading.close()
    assert len(reading) == 2
    assert [(remark.kind, remark.frame) for remark in reading.remarks] == [
        (RemarkKind.READER_FAILED, 1),
        (RemarkKind.READER_FAILED, 2),
        (RemarkKind.READER_FAILED, 2),
    ]
    assert "ZeroDivisionError: as it happens" in reading.remarks[0].text


def test_anyone_can_add_a_protocol(tmp_path: Path) -> None:
    """A package with an entry point, in a process of its own: detection asks it, and it reads."""
    (tmp_path / "telegraph.py").write_text(
        textwrap.dedent(
            """
            from playhead.protocols.base import Certainty
            from playhead.protocols.blocks import BlockKind

            class Reader:
                def __init__(self, record):
                    self.record = record
                    self.block = record.open_block(1, BlockKind.TEXT, "telegram")

                def feed(self, number, frame):
                    self.record.grow(number, self.block, (frame.data or "").removesuffix("STOP"))
                    if frame.data == "STOP":
                        self.block.closed = self.record.completed = number

                def close(self, number): ...
                def read_body(self, body): ...

            class Telegraph:
                name = "telegraph"
                title = "Telegraph"

                def recognise(self, clues):
                    found = any(event.event == "telegram" for event in clues.events)
                    return Certainty.CONTENT if found else Certainty.NO

                def reader(self, record, clues):
                    return Reader(record)

            PROTOCOL = Telegraph()
            """
        )
    )
    info = tmp_path / "telegraph-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: telegraph\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[playhead.protocols]\ntelegraph = telegraph:PROTOCOL\n")
    code = """
        import sys
        from playhead.protocols.reading import Answer, Reading
        from playhead.sse import Decoder
        reading = Reading(Answer())
        for data in (b"arrive monday ", b"STOP"):
            reading.feed(Decoder().feed(b"event: telegram\\ndata: " + data + b"\\n\\n"))
        reading.close()
        final = reading.final()
        print(final.protocol, final.text, final.is_complete)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert done.stdout == "telegraph arrive monday  True\n", done.stderr


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("no_such_module:PROTOCOL", "cannot be imported: ModuleNotFoundError"),
        ("json:dumps", "is no .*StreamProtocol"),
    ],
)
def test_an_entry_point_that_is_no_protocol_is_said(
    monkeypatch: pytest.MonkeyPatch, target: str, why: str
) -> None:
    entry = importlib.metadata.EntryPoint("broken", target, registry.GROUP)
    monkeypatch.setattr(plugins, "entry_points", lambda **_: [entry])
    monkeypatch.setattr(
        registry, "_PROTOCOLS", plugins.Plugins(registry.GROUP, {}, StreamProtocol, "protocol")
    )
    with pytest.raises(playhead.CannotRun, match=rf"the protocol 'broken' from {target} {why}"):
        registry.protocol("broken")


class Unable(Failing):
    """A protocol that fails before it reads anything."""

    def recognise(self, clues: Clues) -> Certainty:
        raise KeyError("nobody knows")

    def reader(self, record: Record, clues: Clues) -> Failing:
        raise KeyError("no reader")


def test_a_protocol_that_fails_in_recognition_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    real, real_names = registry.protocol, registry.names()
    monkeypatch.setattr(registry, "names", lambda: ("unable", *real_names))
    monkeypatch.setattr(registry, "protocol", lambda name: Unable() if name == "unable" else real(name))
    reading = read(b"data: 1\n\ndata: 2\n\n")
    assert reading.protocol.name == "plain"
    assert len(reading.final().blocks) == 2
    failed = [remark.text for remark in reading.remarks if remark.kind is RemarkKind.READER_FAILED]
    assert failed == ["the protocol unable cannot tell: KeyError: 'nobody knows'"]


def test_a_protocol_without_a_reader_leaves_the_stream_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    real = registry.protocol
    monkeypatch.setattr(registry, "protocol", lambda name: Unable() if name == "unable" else real(name))
    reading = read(b"data: 1\n\ndata: 2\n\n", "unable")
    assert [block.text for block in reading.final().blocks] == ["1", "2"]
    assert [remark.kind for remark in reading.remarks] == [RemarkKind.READER_FAILED]


def test_keep_alives_alone_do_not_gather_for_ever() -> None:
    reading = Reading(Answer())
    frames = Decoder().feed(b": wait\n\n" * 5000)
    reading.feed(frames)
    assert not reading.is_undecided
    assert len(reading) == 5000


def test_a_reading_asked_for_while_the_exchange_grows_is_closed_with_it(tmp_path: Path) -> None:
    path = tmp_path / "live.cassette.jsonl"
    with playhead.open_writer(path) as writer, playhead.follow(path) as follower:
        written = writer.exchange()
        written.response(playhead.Response(status=200, headers=(("content-type", "text/event-stream"),)))
        written.chunk(b'event: message_start\ndata: {"type":"message_start","message":{}}\n\n', 0.1)
        follower.poll()
        exchange = follower.cassette[1]
        reading = exchange.read_as("anthropic-messages")
        written.chunk(b"event: ping\ndata: {}\n\n", 0.2)
        written.end(playhead.EndingKind.COMPLETE)
        follower.poll()
        assert len(reading) == 2
        assert RemarkKind.NO_TERMINATOR in [remark.kind for remark in reading.remarks]
