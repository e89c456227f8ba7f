"""`playhead ls`: a line for every exchange."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

import click

from playhead.cli import inputs, output
from playhead.exchange import Exchange
from playhead.model import EndingKind
from playhead.sanitise import sanitise
from playhead.store import lock
from playhead.store.files import PARTIAL

_RECORDING = "recording"  # no ending of the format: nobody knows yet how it will end
_HEADING = "  #  status  frames  chunks     bytes  duration  ending            request"


def facts(exchange: Exchange) -> Mapping[str, output.Scalar]:
    """What one line says of an exchange. Times are seconds; `None` is unknown."""
    request, response, ending = exchange.request, exchange.response, exchange.ending
    times = [exchange.chunks.time(number) for number in (1, len(exchange.chunks)) if exchange.chunks]
    last = ending.t if ending.t is not None else (times[-1] if times else None)
    start = request.t if request else None
    return {
        "exchange": exchange.number,
        "method": request.method if request else None,
        "url": request.url if request else None,
        "attempt": exchange.attempt,
        "status": response.status if response else None,
        "frames": len(exchange.frames),
        "chunks": len(exchange.chunks),
        "bytes": exchange.size,
        "t": start,
        "duration": round(last - start, 6) if last is not None and start is not None else None,
        "ending": ending.kind.value,
        "detail": ending.detail,
    }


def _short(url: str) -> str:
    """A URL without scheme and query; the whole of one that is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return parts.netloc + parts.path


def _text(row: Mapping[str, output.Scalar], width: int | None) -> str:
    url = row["url"]
    where = "(request unknown)"
    if isinstance(url, str):
        again = f"  (retry {row['attempt']})" if row["attempt"] else ""
        where = f"{row['method']} {_short(url)}{again}"
    duration = row["duration"]
    took = f"{duration:.3f} s" if isinstance(duration, float) else "?"
    line = (
        f"{row['exchange']:>3}  {row['status'] or '-':>6}  {row['frames']:>6}  {row['chunks']:>6}"
        f"  {row['bytes']:>8}  {took:>8}  {row['ending']:<16}  {sanitise(where)}"
    )
    return output.cut(line, width)


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--format", "format_", type=click.Choice(output.FORMATS), default="text", show_default=True)
def ls(paths: tuple[str, ...], format_: str) -> None:
    """List the exchanges of cassettes and of the folders that hold them, `-` for standard input."""
    files = inputs.Each(paths)
    for path in files:
        with files.reading():
            _list(path, format_)
    files.finish()


def _list(path: str, format_: str) -> None:
    cassette = inputs.open_cassette(path)
    live = path != inputs.STDIN and lock.is_live(path)
    if format_ == "text":
        heading = _HEADING if cassette else "  no exchanges"
        mark = "  (unfinished)" if path.endswith(PARTIAL) and not live else ""
        sys.stdout.write(f"{sanitise(cassette.name)}{mark}\n{heading}\n")
    for exchange in cassette.exchanges:
        row = dict(facts(exchange))
        if live and row["ending"] == EndingKind.TRUNCATED.value:
            row["ending"] = _RECORDING
        if format_ == "jsonl":
            sys.stdout.write(output.json_line({"path": cassette.name, **row}))
        else:
            sys.stdout.write(_text(row, output.line_width()) + "\n")
    if not live:
        inputs.say_torn(cassette.name, cassette.torn)
