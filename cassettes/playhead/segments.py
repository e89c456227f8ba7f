"""The pieces of text that google-genai takes for JSON documents: lines in, segments out.

What stands behind `data: ` is gathered up to a blank line, and every other line is taken for a piece of bare
JSON, which is whole when its braces balance. Source: google-genai 3.3.0 `_api_client.py`,
`HttpResponse._iter_response_stream`. Knows lines and where they stand; knows no JSON, and no SSE, as the SDK.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_PREFIX: Final = "data: "


class Segment(NamedTuple):
    """A text that is whole, and the bytes that it was made of."""

    text: str
    start: int
    end: int


class Segments:
    """One instance a body. Places are for who has them."""

    __slots__ = ("_bare", "_bare_start", "_braces", "_data", "_data_start")

    def __init__(self) -> None:
        self._data: list[str] = []
        self._data_start = 0
        self._bare: list[str] = []
        self._bare_start = 0
        self._braces = 0

    @property
    def begun(self) -> int | None:
        """Where the first text begins that is not whole yet."""
        starts = [self._data_start] if self._data else []
        starts += [self._bare_start] if self._bare else []
        return min(starts, default=None)

    def take(self, line: str, start: int = 0, end: int = 0) -> list[Segment]:
        """The segments that this line completes, one at the most."""
        if not line:
            return self._whole_data(end)
        if line.startswith(_PREFIX):
            if not self._data:
                self._data_start = start
            self._data.append(line.removeprefix(_PREFIX))
            return []
        if not self._bare:
            self._bare_start = start
        self._bare.append(line)
        self._braces += line.count("{") - line.count("}")
        return [] if self._braces else self._whole_bare(end)

    def close(self, end: int = 0) -> list[Segment]:
        """The segments that the end of the body completes."""
        return self._whole_bare(end) + self._whole_data(end)

    def _whole_data(self, end: int) -> list[Segment]:
        found = [Segment("\n".join(self._data), self._data_start, end)] if self._data else []
        self._data.clear()
        return found

    def _whole_bare(self, end: int) -> list[Segment]:
        found = [Segment("".join(self._bare), self._bare_start, end)] if self._bare else []
        self._bare.clear()
        return found
