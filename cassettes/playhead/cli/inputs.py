"""Where commands read from: paths, folders, standard input by the name `-`.

Knows files and `-`; says a torn tail on standard error, once a file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BufferedReader
from pathlib import Path

import click

from playhead.errors import InputError, UsageError
from playhead.format import MAX_LINE
from playhead.sanitise import sanitise, sanitise_lines
from playhead.store.cassette import Cassette, load, open_data
from playhead.store.header import ZSTD_MAGIC
from playhead.store.lines import TornTail

STDIN = "-"
STDIN_NAME = "<stdin>"
SUFFIX = ".cassette.jsonl"
UNREADABLE = 3
"""The exit code of input that cannot be read."""


def open_cassette(path: str) -> Cassette:
    """The cassette at `path`, or on standard input."""
    if path != STDIN:
        return load(path)
    return open_data(stdin().read(), STDIN_NAME)


@contextmanager
def open_readline(path: str) -> Iterator[tuple[Callable[[], bytes], str]]:
    """A `readline` for `path` or standard input, and the name for messages."""
    if path == STDIN:
        yield _lines_of(stdin(), STDIN_NAME), STDIN_NAME
        return
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - closed below, once it is known to be open
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    with file:
        yield _lines_of(file, path), path


def stdin() -> BufferedReader:
    """Standard input as bytes."""
    if sys.stdin is None:
        raise InputError(f"{STDIN_NAME} is closed")
    buffer = sys.stdin.buffer
    assert isinstance(buffer, BufferedReader)
    return buffer


def _lines_of(file: BufferedReader, name: str) -> Callable[[], bytes]:
    """The file's lines, decompressed; what the system says of it becomes an `InputError`."""
    try:
        readline = _readline_of(file, name)
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}") from None

    def guarded() -> bytes:
        try:
            return readline()
        except OSError as error:
            raise InputError(f"{name}: {error.strerror}") from None

    return guarded


def _readline_of(file: BufferedReader, name: str) -> Callable[[], bytes]:
    if file.peek(len(ZSTD_MAGIC)).startswith(ZSTD_MAGIC):
        from playhead.store.zst import ZstdStream

        return partial(ZstdStream(file.read1, name).readline, MAX_LINE)
    return partial(file.readline, MAX_LINE + 1)


def expand(paths: tuple[str, ...]) -> list[str]:
    """Each folder replaced by the cassettes in it, recordings in progress included."""
    found: list[str] = []
    for path in paths:
        if not path:
            raise UsageError("an empty path")
        if path == STDIN or not Path(path).is_dir():
            found.append(path)
            continue
        # A pipe would be waited for; why a link leads nowhere is worth saying.
        inside = sorted(
            str(file)
            for file in Path(path).rglob("*")
            if file.name.endswith(_ENDINGS) and (file.is_file() or file.is_symlink())
        )
        if not inside:
            raise InputError(f"{path}: no cassettes in this folder", hint=f"Cassettes are named *{SUFFIX}")
        found.extend(inside)
    return found


_ENDINGS = (SUFFIX, SUFFIX + ".partial", SUFFIX + ".zst", SUFFIX + ".zst.partial")


def say_torn(name: str, torn: TornTail | None) -> None:
    """Tell the reader that the last line of a file was dropped."""
    if torn is not None:
        click.echo(f"Warning: {sanitise(name)}: {torn}", err=True)


class Each:
    """Several files, one after another: one that cannot be read is said, and does not stop the others."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self._paths = expand(paths)
        self.several: bool = len(self._paths) > 1
        self._failed: InputError | None = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Around the work on one file."""
        try:
            yield
        except InputError as error:
            if not self.several:
                raise
            self._failed = self._failed or error
            click.echo(f"Error: {sanitise_lines(str(error))}", err=True)

    def finish(self) -> None:
        """Leave with exit code 3 if a file could not be read; it was said when it happened."""
        if self._failed is not None:
            raise click.exceptions.Exit(UNREADABLE)
