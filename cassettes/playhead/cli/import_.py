"""`playhead import`: streams in other formats become cassettes; now raw SSE."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from playhead.cli import inputs
from playhead.convert.sse import Head, import_sse
from playhead.errors import CannotRun, InputError, UsageError
from playhead.format import MAX_DELIVERY
from playhead.model import Headers
from playhead.sanitise import sanitise
from playhead.store.writer import open_writer


def _header(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> Headers:
    pairs = []
    for value in values:
        name, colon, rest = value.partition(":")
        if not colon or not name.strip():
            raise click.BadParameter(f"{value!r} is not of the form NAME:VALUE")
        try:
            value.encode("latin-1")
        except UnicodeEncodeError:
            raise click.BadParameter(f"{value!r} has characters that no header can carry") from None
        pairs.append((name.strip(), rest.strip()))
    return tuple(pairs)


@click.command("import")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--from", "format_", type=click.Choice(["sse"]), required=True, help="The format to read.")
@click.option("-o", "--output", metavar="OUT", help="The cassette; with several PATHs a folder.")
@click.option("--force", is_flag=True, help="Replace cassettes that exist.")
@click.option("--url", metavar="URL", help="What was requested, if you know.")
@click.option("--method", metavar="METHOD", help="How; POST is assumed where --url is given.")
@click.option(
    "--status", type=click.IntRange(200, 599), metavar="N", help="The response's status; 200 is assumed."
)
@click.option(
    "--header", "headers", multiple=True, callback=_header, metavar="K:V", help="A response header."
)
def import_(
    paths: tuple[str, ...],
    format_: str,
    output: str | None,
    force: bool,
    url: str | None,
    method: str | None,
    status: int | None,
    headers: Headers,
) -> None:
    """Make cassettes of raw SSE streams, `-` for standard input.

    Without -o a cassette is written beside its source; that of standard input needs -o. What the source
    does not tell stays unknown: the times, where chunks began, how the stream ended.
    """
    del format_  # there is one, and click has checked it
    if method is not None and url is None:
        raise UsageError("--method says nothing without --url")
    head = Head(method=method, url=url, status=status, headers=headers)
    for source, target in _targets(paths, output):
        _import(source, target, head, force)
        click.echo(f"Wrote {sanitise(str(target))}", err=True)


def _targets(paths: tuple[str, ...], output: str | None) -> list[tuple[str, Path]]:
    """Each source with the cassette to make of it; refuses what would collide before anything is written."""
    if len(paths) == 1 and output is not None and not Path(output).is_dir():
        return [(paths[0], Path(output))]
    folder = Path(output) if output is not None else None
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotRun(f"{output}: cannot be made a folder: {error.strerror}") from None
    targets = [(path, _target(path, folder)) for path in paths]
    names = [target for _, target in targets]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(
                f"two sources would both become {name}", hint="Import them one at a time, with -o."
            )
    return targets


def _target(path: str, folder: Path | None) -> Path:
    if path == inputs.STDIN:
        if folder is None:
            raise UsageError("standard input has no name to make one from", hint="Name the cassette with -o.")
        return folder / f"stdin{inputs.SUFFIX}"
    source = Path(path)
    stem = source.name.removesuffix(".sse").removesuffix(".txt") or source.name
    return (folder or source.parent) / (stem + inputs.SUFFIX)


def _import(source: str, target: Path, head: Head, force: bool) -> None:
    name = inputs.STDIN_NAME if source == inputs.STDIN else source
    pieces = _pieces(source)
    first = next(pieces, b"")  # an unreadable source must not leave a cassette behind
    writer = open_writer(target, clock="none", facts={"source": "import", "format": "sse"}, overwrite=force)
    try:
        if not import_sse(_chain(first, pieces), head, writer, name):
            click.echo(f"Warning: {sanitise(name)} holds no line of an event stream; kept as it is", err=True)
        writer.close()
    except OSError as error:
        raise CannotRun(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        writer.discard()


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
        yield from rest


def _pieces(source: str) -> Iterator[bytes]:
    """The bytes of a source, in the largest pieces that a chunk may have."""
    try:
        if source == inputs.STDIN:
            stdin = inputs.stdin()
            while piece := stdin.read(MAX_DELIVERY):
                yield piece
            return
        with Path(source).open("rb") as file:
            while piece := file.read(MAX_DELIVERY):
                yield piece
    except OSError as error:
        raise InputError(f"{source}: {error.strerror}") from None
