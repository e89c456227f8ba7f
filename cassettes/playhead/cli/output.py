"""How commands write: JSON lines for programs, aligned and sanitised text for people."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Mapping
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

FORMATS = ("text", "jsonl")


def json_line(row: Mapping[str, Scalar]) -> str:
    """A JSON object on one line, ASCII only: no terminal, encoding or line splitter can hurt it."""
    import json  # much that counts and aligns writes none

    return json.dumps(row, ensure_ascii=True, allow_nan=False, separators=(",", ":")) + "\n"


def json_document(value: object, *, indent: int | None = None) -> str:
    """Any JSON value, ASCII only. What JSON has no number for becomes a string: `"NaN"`, `"Infinity"`."""
    import json

    separators = None if indent else (",", ":")
    return json.dumps(
        _finite(value), ensure_ascii=True, allow_nan=False, indent=indent, separators=separators
    )


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    return value


def line_width() -> int | None:
    """How many characters fit on a line of standard output; `None` where it is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def cut(text: str, width: int | None) -> str:
    """`text`, shortened to `width` characters with an ellipsis."""
    return text if width is None or len(text) <= width else text[: max(width - 1, 0)] + "…"


def seconds(t: float | None) -> str:
    """A time as people read it; `?` where it is unknown."""
    return "?" if t is None else f"{t:.3f}"


def milliseconds(gap: float | None) -> str:
    """A gap in milliseconds, with its sign."""
    return "" if gap is None else f"+{gap * 1000:.0f}"


def counted(count: int, what: str) -> str:
    """`1 chunk`, `1,204 chunks`."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
