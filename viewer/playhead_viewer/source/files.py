"""The bytes of a cassette for the viewer: read, never mapped, and let out portion by portion.

A mapped file that is cut under its reader kills the process; one that is read gives less than was asked
for, and that can be said. Knows files, compression and the writer's lock; not what a line says.
"""

from __future__ import annotations

import contextlib
import enum
import os
import stat
import threading
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, ClassVar, Protocol

from playhead.errors import CassetteError, InputError
from playhead.store import lock
from playhead.store.files import PARTIAL
from playhead.store.header import ZSTD_MAGIC
from playhead.store.lines import gathered

_BUFFER = 256 * 1024
_HEADER = 1024 * 1024


class Text(Protocol):
    """A cassette's text: any part of it, and a position that one pass reads lines from."""

    @property
    def is_cut(self) -> bool:
        """Whether it is compressed, and its end was missing when it was opened."""

    def slice(self, start: int, end: int, /) -> bytes: ...
    def seek(self, offset: int, /) -> object: ...
    def readline(self) -> bytes: ...
    def end(self) -> None:
        """Wait for nothing more: whoever still reads comes to an end."""


class FileText:
    """A plain file. Slices may be asked for by several threads, lines by one.

    What is asked for after `end` or `close` raises `CassetteError`.
    """

    def __init__(self, path: str, file: BinaryIO) -> None:
        self._path = path
        self._lines = file
        self._parts = Path(path).open("rb", buffering=0)  # noqa: SIM115 - closed with the other
        self._lock = threading.Lock()
        self._has_ended = False
        self.readline: Callable[[], bytes] = file.readline
        self.is_cut: bool = False

    def slice(self, start: int, end: int, /) -> bytes:
        with self._lock:
            if self._has_ended:
                raise CassetteError(f"{self._path} is not shown any more")
            self._parts.seek(start)
            data = self._parts.read(end - start)
            while data and len(data) < end - start and (more := self._parts.read(end - start - len(data))):
                data += more
        if len(data) < end - start:
            raise CassetteError(f"{self._path} was cut while it was shown: bytes from {start} are gone")
        return data

    def seek(self, offset: int, /) -> object:
        return self._lines.seek(offset)

    def end(self) -> None:
        self._has_ended = True

    def close(self) -> None:
        with self._lock:
            self._has_ended = True
            self._parts.close()
        self._lines.close()


class HeldText:
    """Text in memory: what came through a pipe."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.is_cut: bool = False

    def slice(self, start: int, end: int, /) -> bytes:
        return self._data[start:end]

    def seek(self, offset: int, /) -> object:
        self._at = offset
        return offset

    def readline(self) -> bytes:
        end = self._data.find(b"\n", self._at) + 1 or len(self._data)
        line = self._data[self._at : end]
        self._at = end
        return line

    def end(self) -> None:
        """Nothing is waited for."""


class PackedText:
    """A compressed file, held in memory as it is and unpacked where it is read."""

    def __init__(self, data: bytes, name: str) -> None:
        from playhead.store.zst import ZstdSource

        self._parts = ZstdSource(data, name)
        self.is_cut: bool = self._parts.torn
        self._lock = threading.Lock()

    def slice(self, start: int, end: int, /) -> bytes:
        with self._lock:
            return self._parts.slice(start, end)

    def seek(self, offset: int, /) -> object:
        with self._lock:
            self._parts.seek(offset)
        return offset

    def readline(self) -> bytes:
        with self._lock:
            return self._parts.readline()

    def end(self) -> None:
        """Nothing is waited for."""


class Gate:
    """A text that ends where its allowance does, always behind a line, until more is allowed."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._allowed = _HEADER
        self._given = 0
        self.slice: Callable[[int, int], bytes] = text.slice
        self.position: int = 0
        """Where the last pass began."""
        self.is_dry: bool = False
        """Whether the text itself had no more, the last time it was asked."""

    def allow(self, size: int) -> None:
        """Let out so many bytes more, counted from now, and the rest of their last line."""
        self._allowed, self._given = size, 0
        self.is_dry = False

    def seek(self, offset: int) -> object:
        self.position = offset
        return self._text.seek(offset)

    def readline(self) -> bytes:
        if self._given >= self._allowed:
            return b""
        line = self._text.readline()
        self._given += len(line)
        if not line.endswith(b"\n"):
            self.is_dry = True
        return line

    def readlines(self, size: int) -> list[bytes]:
        return gathered(self.readline, size)


class Trouble(enum.Enum):
    """What may become of a file under its reader."""

    REMOVED = enum.auto()
    REPLACED = enum.auto()
    CUT = enum.auto()
    GREW = enum.auto()
    """Behind what was taken for its end: no recorder was seen to write it."""


class Place:
    """Where a text came from: whether it is still written there, and whether it still stands there."""

    is_pipe: ClassVar[bool] = False
    """Whether it comes through a pipe: there is no file, and what comes is waited for."""
    growing: ClassVar[str] = "recording"
    """What is going on while it grows."""

    def __init__(self, path: str | None, file: BinaryIO | None, *, is_held: bool = False) -> None:
        self._path = path
        self._is_held = is_held  # in memory: whatever becomes of the file
        self._file = file
        self._identity = _identity(os.fstat(file.fileno())) if file is not None else None

    @property
    def is_file(self) -> bool:
        """Whether it stands in a file, beside which others can stand."""
        return self._path is not None

    def is_live(self) -> bool:
        """Whether a recorder holds the file."""
        return self._file is not None and not self._file.closed and lock.is_held(self._file.fileno())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def finished(self) -> str | None:
        """Where a cassette stands that grew here, once its recorder has finished it; see `store.places`."""
        if self._path is None or not self._path.endswith(PARTIAL) or Path(self._path).exists():
            return None
        partial = Path(self._path)
        name, root = partial.name.removesuffix(PARTIAL), partial.parent
        there = [root / name]
        from playhead.store import places  # writers stand behind it, and no first row needs them

        if root.name == places.UNFINISHED:
            there = [
                places.finished(root.parent, name, dated=dated, compressed=compressed)
                for dated in (False, True)
                for compressed in (False, True)
            ]
        return next((str(path) for path in there if path.is_file()), None)

    def size(self) -> int | None:
        """How many bytes the file holds now; `None` where there is none that is read from."""
        if self._file is None or self._file.closed or self._is_held:
            return None
        return os.fstat(self._file.fileno()).st_size

    def trouble(self, read: int, end: int | None = None) -> Trouble | None:
        """What became of the file since it was opened, of which so many bytes were read at least.

        `end` is where it was taken to end, once it was.
        """
        if self._path is None or self._identity is None or self._file is None or self._file.closed:
            return None
        size = self.size()
        if size is not None and size < read:
            return Trouble.CUT
        try:
            now = _identity(Path(self._path).stat())
        except OSError:
            return None if self.finished() else Trouble.REMOVED
        if now != self._identity:
            return Trouble.REPLACED
        return Trouble.GREW if size is not None and end is not None and size > end else None


def open_text(path: str) -> tuple[Text, Place] | BufferedReader:
    """The text of the file at `path`, plain or compressed; where it is no file but a pipe, that.

    Raises `InputError`.
    """
    try:
        file = Path(path).open("rb", buffering=_BUFFER)  # noqa: SIM115 - it stays open as long as it is shown
    except IsADirectoryError:
        raise InputError(f"{path} is a folder") from None
    except FileNotFoundError as error:
        raise InputError(f"{path}: {error.strerror}", hint=_instead(path)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{path}: {reason}") from None
    try:
        assert isinstance(file, BufferedReader)
        return _text_of(path, file)
    except OSError as error:
        file.close()
        raise InputError(f"{path}: {error.strerror}") from None
    except BaseException:
        file.close()
        raise


def _instead(path: str) -> str:
    """What may be meant by the name of a file that is not there."""
    if Path(path).is_symlink():
        return f"It is a link to {Path(path).readlink()}, which is not there"
    finished = Place(path, None).finished()
    if finished is not None:
        return f"It was finished as {finished}"
    import difflib

    try:
        names = os.listdir(Path(path).parent)  # noqa: PTH208
        beside = [name for name in names if ".cassette.jsonl" in name and name != Path(path).name]
    except (OSError, ValueError):
        beside = []
    near = difflib.get_close_matches(Path(path).name, beside, n=1)
    if near:
        return f"Did you mean {Path(path).with_name(near[0])}?"
    return "What is recorded in a folder: playhead ls FOLDER"


def _text_of(path: str, file: BufferedReader) -> tuple[Text, Place] | BufferedReader:
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    place = Place(path, file)
    start = file.read(len(ZSTD_MAGIC))
    if start == ZSTD_MAGIC:
        return held(start + file.read(), path), Place(path, file, is_held=True)
    file.seek(0)
    if not start:
        raise CassetteError(f"{path} is empty")
    return FileText(path, file), place


def held(data: bytes, name: str) -> Text:
    """The text that `data` holds, plain or compressed. Raises `CassetteError` where there is none."""
    if not data:
        raise CassetteError(f"{name} is empty")
    return PackedText(data, name) if data[: len(ZSTD_MAGIC)] == ZSTD_MAGIC else HeldText(data)


def close(text: Text, place: Place) -> None:
    """Let go of the files that a text and its place have."""
    with contextlib.suppress(OSError):
        if isinstance(text, FileText):
            text.close()
        place.close()


def _identity(info: os.stat_result) -> tuple[int, int]:
    return info.st_dev, info.st_ino
