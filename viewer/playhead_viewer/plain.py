"""The viewer's reading as text: what the panes say, one below the other. Knows no terminal but its width."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import PurePath

from playhead_viewer.numbers import seconds
from playhead_viewer.panes import findings, headers, raw, state, timing
from playhead_viewer.panes.document import Document
from playhead_viewer.source.analysing import analyse
from playhead_viewer.source.loader import Loader
from playhead_viewer.source.moment import Moment
from playhead_viewer.source.stream import STALL, Stream
from playhead_viewer.source.words import no_frames, nothing_read, notices, verdict
from playhead_viewer.wrapping import fit

_WIDTH = 100


def print_file(loader: Loader, exchange: int | None, write: Callable[[str], object]) -> None:
    """All exchanges of a cassette, or the one of that number. Raises `InputError` where there is none.

    Of a file that is still recorded, what is there now.
    """
    while loader.advance():
        pass
    chosen = loader.cassette.exchanges if exchange is None else (loader.cassette[exchange],)
    every = loader.cassette.exchanges
    if not every:
        write("\n".join(nothing_read(PurePath(loader.name).name)) + "\n")
    for each in chosen:
        _print(Stream(loader, every.index(each)), len(every), write)


def _print(stream: Stream, count: int, write: Callable[[str], object]) -> None:
    width = shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH
    analysis = analyse(stream)
    told = verdict(PurePath(stream.loader.name).name, count, stream, analysis)
    facts = (
        told.file,
        told.place,
        told.request,
        told.model,
        told.status,
        f"{told.severity.value} {told.ending}",
    )
    write("  ".join(part for part in (*facts, told.timing, told.findings) if part) + "\n")
    for notice in notices(stream, stream.loader):
        write(f"{notice.severity.value} {notice.text}\n")
    if not stream.count:
        write("\n".join(no_frames(stream)) + "\n")
        moment = Moment(stream, 0, analysis)
        for make in (raw.document, headers.document) if stream.body_size else (headers.document,):
            _write(make(moment, width), write)
        write("\n")
        return
    write("\n")
    for number in range(1, stream.count + 1):
        write(_row(stream, number, width) + "\n")
    moment = Moment(stream, stream.count, analysis)
    for make in (state.document, findings.document, timing.document, headers.document):
        _write(make(moment, width), write)


def _row(stream: Stream, number: int, width: int) -> str:
    row = stream.row(number)
    gap = "" if row.gap is None else f"{'‼' if row.gap > STALL else ''}{row.gap * 1000:+.0f}"
    block = "" if row.block is None else str(row.block)
    line = f"{number:>7} {seconds(row.t):>9} {gap:>8}  {row.kind.value:<8} {block:>2} {row.preview}"
    return fit(line, width).rstrip()


def _write(document: Document, write: Callable[[str], object]) -> None:
    write(f"\n── {document.title} ──\n")
    for spans in document.lines:
        write("".join(text for text, _ in spans).rstrip() + "\n")
