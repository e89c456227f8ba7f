"""`playhead ls`: a line for every exchange."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

import click

from playhead.cli import inputs, output
from playhead.exchange import Exchange
from playhead.sanitise import sanitise

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
        "status": response.status if response else None,
        "frames": len(exchange.frames),
        "chunks": len(exchange.chunks),
        "bytes": exchange.size,
        "t": start,
        "duration": round(last - start, 6) if last is not None and start is not None else None,
        "ending": ending.kind.value,
        "detail": ending.detail,
    }


def _text(row: Mapping[str, output.Scalar], width: int | None) -> str:
    url = row["url"]
    where = "(request unknown)"
    if isinstance(url, str):
        parts = urlsplit(url)
        where = f"{row['method']} {parts.netloc}{parts.path}"
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
    width = output.line_width()
    out = sys.stdout
    for path in inputs.expand(paths):
        cassette = inputs.open_cassette(path)
        if format_ == "text":
            out.write(f"{sanitise(cassette.name)}\n{_HEADING if cassette else '  no exchanges'}\n")
        for exchange in cassette.exchanges:
            row = facts(exchange)
            if format_ == "jsonl":
                out.write(output.json_line({"path": cassette.name, **row}))
            else:
                out.write(_text(row, width) + "\n")
        inputs.say_torn(cassette.name, cassette.torn)
