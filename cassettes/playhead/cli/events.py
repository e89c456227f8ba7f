"""`playhead events`: a line for every frame, as soon as its chunk has been read.

Decodes the way a client would, in file order: interleaved exchanges come out interleaved. Holds no more
than one decoder for each exchange that is open.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
import msgspec

from playhead.cli import inputs, output
from playhead.errors import InputError
from playhead.exchange import is_event_stream
from playhead.format import codec, records
from playhead.sanitise import sanitise
from playhead.sse import Decoder, Frame, FrameKind
from playhead.store.stream import RecordReader

_HEADING = "exchange     #         t     gap  chunk  kind      preview"


class Row(msgspec.Struct, frozen=True):
    """A frame with its place in exchange and time. `t` and `gap` are seconds; `None` is unknown."""

    exchange: int
    n: int
    t: float | None
    gap: float | None
    since_request: float | None
    frame: Frame


class _Stream:
    """The frames of one exchange, numbered and timed as its chunks come in."""

    def __init__(self, exchange: int) -> None:
        self._exchange = exchange
        self._decoder: Decoder | None = Decoder()
        self._frames = 0
        self._last_t: float | None = None  # of the last chunk
        self._last_frame_t: float | None = None
        self._request_t: float | None = None

    def started(self, t: float | None) -> None:
        self._request_t = t

    def not_sse(self) -> None:
        self._decoder = None

    def chunk(self, data: bytes, t: float | None) -> Iterator[Row]:
        self._last_t = t
        if self._decoder is not None:
            yield from map(self._row, self._decoder.feed(data))

    def close(self) -> Iterator[Row]:
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            yield from map(self._row, decoder.close())

    def _row(self, frame: Frame) -> Row:
        self._frames += 1
        t, before = self._last_t, self._last_frame_t
        self._last_frame_t = t
        gap = round(t - before, 6) if t is not None and before is not None else None
        origin = self._request_t
        since = t - origin if t is not None and origin is not None else t
        return Row(self._exchange, self._frames, t, gap, since, frame)


def rows(reader: RecordReader, only: int | None = None) -> Iterator[Row]:
    """The frames of a cassette, in the order in which they were complete."""
    streams: dict[int, _Stream] = {}
    seen = False
    for line, record in reader:
        number = getattr(record, "exchange", None)
        if number is None or (only is not None and number != only):
            continue
        seen = True
        stream = streams.get(number)
        if stream is None:
            stream = streams[number] = _Stream(number)
        match record:
            case records.Request():
                stream.started(record.t)
            case records.Response() if not is_event_stream(record.headers):
                stream.not_sse()
            case records.Chunk(undecoded=True):
                yield from stream.close()
            case records.Chunk():
                try:
                    data = codec.data_of(record)
                except codec.LineError as error:
                    reader.damaged(line, str(error))
                yield from stream.chunk(data, record.t)
            case records.End():
                yield from stream.close()
    if only is not None and not seen:
        raise InputError(f"{reader.name} has no exchange {only}")
    for stream in streams.values():
        yield from stream.close()


def _json_row(row: Row, path: str | None) -> str:
    frame = row.frame
    named: dict[str, output.Scalar] = {"path": path} if path is not None else {}
    return output.json_line(
        named
        | {
            "exchange": row.exchange,
            "n": row.n,
            "kind": frame.kind.value,
            "t": row.t,
            "gap": row.gap,
            "chunk": frame.chunk,
            "offset": frame.start,
            "length": frame.end - frame.start,
            "event": frame.event,
            "data": frame.data,
            "id": frame.id,
            "retry": frame.retry,
            "comment": frame.comment,
        }
    )


def preview(frame: Frame) -> str:
    """What a frame says, on one line, safe to show."""
    parts: list[str] = []
    if frame.event is not None and not (frame.event == "message" and frame.kind is FrameKind.EVENT):
        parts.append(frame.event)
    if frame.data is not None:
        parts.append(frame.data)
    if frame.retry is not None:
        parts.append(f"retry: {frame.retry}")
    if frame.kind is FrameKind.ID:
        parts.append(f"id: {frame.id}")
    if frame.comment is not None:
        parts.append(f": {frame.comment}")
    return sanitise("  ".join(parts))


def _text_row(row: Row, width: int | None) -> str:
    frame = row.frame
    line = (
        f"{row.exchange:>8} {row.n:>5} {output.seconds(row.since_request):>9}"
        f" {output.milliseconds(row.gap):>7} {frame.chunk:>6}  {frame.kind.value:<8}  {preview(frame)}"
    )
    return output.cut(line, width) + "\n"


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--exchange", type=click.IntRange(min=1), metavar="N", help="Only this exchange.")
@click.option("--format", "format_", type=click.Choice(output.FORMATS), default="text", show_default=True)
def events(paths: tuple[str, ...], exchange: int | None, format_: str) -> None:
    """List the frames of cassettes, a line each, `-` for standard input.

    Frames of every kind are numbered from 1 in their exchange. In text, times count from the request and
    gaps are milliseconds; in JSON lines both are seconds and times count from the cassette's start. Bytes
    are those after transfer and content decoding.
    """
    files = inputs.Each(paths)
    for path in files:
        with files.reading():
            _list(path, exchange, format_, files.several)
    files.finish()


def _list(path: str, exchange: int | None, format_: str, several: bool) -> None:
    width = output.line_width()
    out = sys.stdout
    with inputs.open_readline(path) as (readline, name):
        if format_ == "text":
            out.write((f"==> {sanitise(name)} <==\n" if several else "") + _HEADING + "\n")
        reader = RecordReader(readline, name)
        for row in rows(reader, exchange):
            if format_ == "jsonl":
                out.write(_json_row(row, name if several else None))
            else:
                out.write(_text_row(row, width))
            if path == inputs.STDIN:
                out.flush()  # whoever pipes a live recording in wants each frame now
        inputs.say_torn(name, reader.torn)
