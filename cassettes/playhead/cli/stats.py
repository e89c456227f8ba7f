"""`playhead stats`: when things happened in a stream, and where it stalled.

Knows options and the shape of the JSON; `stats_text` writes for people.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Sequence

import click

from playhead.cli import inputs, output, stats_text
from playhead.exchange import Exchange
from playhead.store.cassette import Cassette
from playhead.timing import Anchor, Sample, Timing, group, measure, sample_of


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--exchange", type=click.IntRange(min=1), metavar="N", help="Only this exchange.")
@click.option(
    "--stall",
    type=click.FloatRange(min=0),
    default=0.5,
    show_default=True,
    metavar="SECONDS",
    help="A wait for content that is longer is a stall.",
)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def stats(paths: tuple[str, ...], exchange: int | None, stall: float, format_: str) -> None:
    """Show when things happened in each exchange, `-` for standard input.

    Latencies with the moment that they count from, gaps between chunks and between frames with content,
    rates, a timeline, and stalls with what came in their stead: nothing, keep-alives, events without
    content. Of several exchanges, percentiles by model and host follow. Text counts in milliseconds; JSON
    in seconds, `null` being unknown. docs/timing.md has the formulas.
    """
    files = inputs.Each(paths)
    rows: list[dict[str, object]] = []
    samples: list[Sample] = []
    for path in files:
        with files.reading():
            cassette = inputs.open_cassette(path)
            for place, (each, timing) in enumerate(_timings(cassette, exchange, stall)):
                samples.append(sample_of(each, timing))
                if format_ == "json":
                    rows.append(_row(cassette.name, each, timing, samples[-1]))
                else:
                    stats_text.write_exchange(
                        cassette.name if place == 0 else None, each, timing, samples[-1]
                    )
            inputs.say_torn(cassette.name, cassette.torn)
    groups = group(samples)
    if format_ == "json":
        document = {"exchanges": rows, "groups": [_plain(each) for each in groups]}
        sys.stdout.write(output.json_document(document) + "\n")
    elif len(samples) > 1:
        stats_text.write_groups(groups)
    files.finish()


def _timings(cassette: Cassette, only: int | None, stall: float) -> Iterator[tuple[Exchange, Timing]]:
    """One exchange at a time: what was read of the one before need not be held."""
    for number in cassette if only is None else (only,):
        exchange = cassette[number]
        yield exchange, measure(exchange, stall=stall)


def _row(path: str, exchange: Exchange, timing: Timing, sample: Sample) -> dict[str, object]:
    response = exchange.response
    return {
        "path": path,
        "exchange": exchange.number,
        "model": sample.model,
        "host": sample.host,
        "protocol": exchange.reading.protocol.name,
        "status": response.status if response else None,
        "ending": exchange.ending.kind.value,
        "failed": sample.failed,
        "frames": len(exchange.frames),
        "chunks": len(exchange.chunks),
        "since": {anchor.value: _plain(timing.since(anchor)) for anchor in Anchor},
        **_figures(timing),
    }


def _figures(timing: Timing) -> dict[str, object]:
    """The members of a `Timing`; `blocks` is null where each event is a block: there may be millions."""
    names = [field.name for field in dataclasses.fields(timing)]
    left_out = {"blocks"} if timing.blocks.is_per_event else set()
    return {name: None if name in left_out else _plain(getattr(timing, name)) for name in names}


def _plain(value: object) -> object:
    """A record of timings as JSON: members by their names, those that are nobody's business left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value) if not field.name.startswith("_")]
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Sequence):
        return [_plain(part) for part in value]
    return round(value, 9) if isinstance(value, float) else value
