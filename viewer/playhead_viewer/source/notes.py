"""Marks kept beside their cassette, in `NAME.notes.jsonl`: a line each, what is not ours left as it is.

Knows the file; what a mark is, `core.marks` knows.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from playhead.samples import is_shipped
from playhead_viewer.core.marks import Mark, Marks

_ENDINGS = (".partial", ".zst", ".cassette.jsonl")
_LONGEST = 1024 * 1024


class _Line(msgspec.Struct, tag="mark", frozen=True):
    exchange: int
    frame: int
    note: str = ""


class Notes:
    """The notes of the cassette at `path`. One that is no file has none, nor has a sample of Playhead's."""

    def __init__(self, path: str, *, is_file: bool = True) -> None:
        name = Path(path).name
        for ending in _ENDINGS:
            name = name.removesuffix(ending)
        self.path: Path = Path(path).with_name(f"{name}.notes.jsonl") if name else Path(path)
        self.is_file: bool = is_file
        self._others: list[str] = []

    def load(self) -> Marks:
        """The marks there are; none where the file cannot be read."""
        self._others.clear()
        text = ""
        if self.is_file:
            with (
                contextlib.suppress(OSError),
                self.path.open(encoding="utf-8", errors="surrogateescape") as file,
            ):
                text = file.read(_LONGEST)
        marks: list[Mark] = []
        for line in text.splitlines():
            mark = _mark(line)
            if mark is None:
                self._others.append(line)
            else:
                marks.append(mark)
        return Marks(tuple(marks))

    def save(self, marks: Marks) -> str | None:
        """Write them, the whole file at once; why that failed, where it did."""
        if not self.is_file:
            return "what came through a pipe has no file to keep marks beside"
        if is_shipped(self.path):
            return "this is a sample that ships with Playhead; marks are kept beside a copy of it"
        import secrets  # few set a mark

        lines = [_told(mark) for mark in marks.all()]
        text = "".join(f"{line}\n" for line in (*lines, *self._others))
        part = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(text.encode("utf-8", "surrogateescape"))
            part.replace(self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            return f"{self.path}: {error.strerror}"
        return None


def _mark(line: str) -> Mark | None:
    try:
        found = msgspec.json.decode(line.encode("utf-8", "surrogateescape"), type=_Line)
    except (msgspec.DecodeError, UnicodeError):
        return None
    return Mark(found.exchange, found.frame, found.note) if found.exchange > 0 and found.frame > 0 else None


def _told(mark: Mark) -> str:
    import json

    note = {"note": mark.note} if mark.note else {}
    return json.dumps({"type": "mark", "exchange": mark.exchange, "frame": mark.frame} | note)
