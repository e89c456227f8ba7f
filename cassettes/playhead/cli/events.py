"""`playhead events`: a line for every frame, as soon as its chunk has been read.

Knows frames and how they are shown; `as_client` does the same for what a client sees of them, `streams` is
the way through the file that both go.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
import msgspec

from playhead.bodies import BodyKind, Decoder, decoder_of, kind_of
from playhead.cli import as_client, inputs, output
from playhead.cli.streams import Clock, walk
from playhead.clients import Client
from playhead.format import records
from playhead.sanitise import sanitise
from playhead.sse import Frame, FrameKind
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


class _Frames:
    """The frames of one exchange, numbered and timed as its chunks come in."""

    def __init__(self, exchange: int) -> None:
        self._exchange = exchange
        self._decoder: Decoder | None = decoder_of(BodyKind.SSE)
        self._clock = Clock()

    def started(self, t: float | None) -> None:
        self._clock.origin = t

    def responded(self, head: records.Response) -> Iterator[Row]:
        kind = kind_of(head.headers)
        if kind is not BodyKind.SSE:
            self._decoder = decoder_of(kind)
        return iter(())

    def chunk(self, data: bytes, t: float | None) -> Iterator[Row]:
        self._clock.now = t
        if self._decoder is not None:
            yield from map(self._row, self._decoder.feed(data))

    def close(self, end: records.End | None = None) -> Iterator[Row]:
        decoder, self._decoder = self._decoder, None
        if decoder is not None:
            yield from map(self._row, decoder.close())

    def _row(self, frame: Frame) -> Row:
        tick = self._clock.tick()
        return Row(self._exchange, tick.n, tick.t, tick.gap, tick.since_request, frame)


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
@click.option(
    "--as",
    "client",
    type=click.Choice([client.value for client in Client]),
    metavar="CLIENT",
    help=f"What this client would see: {', '.join(Client)}.",
)
@click.option("--format", "format_", type=click.Choice(output.FORMATS), default="text", show_default=True)
def events(paths: tuple[str, ...], exchange: int | None, client: str | None, format_: str) -> None:
    """List the frames of cassettes, a line each, `-` for standard input.

    Frames of every kind are numbered from 1 in their exchange. In text, times count from the request and
    gaps are milliseconds; in JSON lines both are seconds and times count from the cassette's start. Bytes
    are those after transfer and content decoding.

    With --as, the events are those that the decoder of a real client makes of the same bytes, each with
    its fate: yielded to the caller, skipped, raises, ends the stream, or unread because the client had
    stopped. Then comes what it raises, and which bytes never reach its caller.
    """
    files = inputs.Each(paths)
    for path in files:
        with files.reading():
            _list(path, exchange, Client(client) if client else None, format_, files.several)
    files.finish()


def _list(path: str, exchange: int | None, client: Client | None, format_: str, several: bool) -> None:
    width = output.line_width()
    out = sys.stdout
    with inputs.open_readline(path) as (readline, name):
        named = name if several else None
        reader = RecordReader(readline, name)
        heading = _HEADING if client is None else as_client.HEADING
        if format_ == "text":
            out.write((f"==> {sanitise(name)} <==\n" if several else "") + heading + "\n")
        for line in _lines(reader, exchange, client, format_, named, width):
            out.write(line)
            if path == inputs.STDIN:
                out.flush()  # whoever pipes a live recording in wants each frame now
        inputs.say_torn(name, reader.torn)


def _lines(
    reader: RecordReader,
    exchange: int | None,
    client: Client | None,
    format_: str,
    path: str | None,
    width: int | None,
) -> Iterator[str]:
    if client is not None:
        lines = as_client.lines(reader, client, exchange)
        return (line.json(path) if format_ == "jsonl" else line.text(width) for line in lines)
    rows = walk(reader, _Frames, exchange)
    return (_json_row(row, path) if format_ == "jsonl" else _text_row(row, width) for row in rows)
