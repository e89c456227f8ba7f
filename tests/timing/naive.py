"""A second computation of every figure, from rows, by plain loops: nothing of Playhead's is used.

Rows are what the test wrote: when each chunk came, and for each frame its chunk and what it does.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from itertools import pairwise

Time = float | None

EDGES = [0.0001 * 10**decade * step for decade in range(6) for step in (1, 2, 5)] + [100.0]


@dataclass(eq=False)
class Row:
    """A frame. `kind` is `event` or `comment`; `adds` is text by block."""

    chunk: int
    kind: str = "event"
    adds: list[tuple[int, str]] = field(default_factory=list)
    opens: list[int] = field(default_factory=list)
    closes: list[int] = field(default_factory=list)
    role: bool = False
    done: bool = False
    tokens: int | None = None


@dataclass
class Rows:
    request_start: Time
    request: Time
    head: Time
    ending: Time
    chunks: list[Time]
    frames: list[Row]

    @property
    def tokens(self) -> int | None:
        """The count, if no content came behind it; of a whole message, if any came before it."""
        told = [place for place, row in enumerate(self.frames) if row.tokens is not None]
        grown = [place for place, row in enumerate(self.frames) if row in content(self)]
        whole = any(row.done for row in self.frames)
        if told and (not grown or told[-1] >= grown[-1] or (whole and told[-1] > grown[0])):
            return self.frames[told[-1]].tokens
        return None

    def time(self, row: Row) -> Time:
        return self.chunks[row.chunk - 1]


def minus(a: Time, b: Time) -> Time:
    return None if a is None or b is None else a - b


def first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None


def content(rows: Rows) -> list[Row]:
    return [row for row in rows.frames if any(text for _, text in row.adds)]


def moments(rows: Rows) -> dict[str, Time]:
    def at(row: Row | None) -> Time:
        return None if row is None else rows.time(row)

    grown = content(rows)
    begun = [row for row in rows.frames if row.role or row.opens or row in grown]
    return {
        "request_start": rows.request_start,
        "request_complete": rows.request,
        "response_head": rows.head,
        "first_chunk": rows.chunks[0] if rows.chunks else None,
        "first_frame": at(first(rows.frames)),
        "first_event": at(first([row for row in rows.frames if row.kind == "event"])),
        "answer_begun": at(first(begun)),
        "first_content": at(first(grown)),
        "second_content": at(first(grown[1:])),
        "last_content": at(first(grown[::-1])),
        "last_chunk": rows.chunks[-1] if rows.chunks else None,
        "ending": rows.ending,
    }


def gaps(times: list[Time]) -> dict[str, object]:
    every = [minus(b, a) for a, b in pairwise(times)]
    known = [gap for gap in every if gap is not None]
    buckets = [0] * (len(EDGES) + 1)
    for gap in known:
        buckets[sum(gap >= edge - 1e-9 for edge in EDGES)] += 1
    return {
        "count": len(known),
        "unknown": len(every) - len(known),
        "p50": quantile(known, 50),
        "p90": quantile(known, 90),
        "p99": quantile(known, 99),
        "max": max(known, default=None),
        "total": sum(known) if known else None,
        "counts": buckets,
    }


def quantile(known: list[float], percent: int) -> Time:
    if len(known) < 2:
        return known[0] if known else None
    return statistics.quantiles(known, n=100, method="inclusive")[percent - 1]


def per_token(seconds: Time, tokens: int | None) -> Time:
    return None if seconds is None or tokens is None or tokens < 2 else seconds / (tokens - 1)


def waits(rows: Rows, threshold: float) -> list[tuple[float, float]]:
    """From head or first chunk to the first content, between contents, to the end: those too long."""
    times = [rows.time(row) for row in content(rows)]
    start = rows.head if rows.head is not None else (rows.chunks[0] if rows.chunks else None)
    done = [place for place, row in enumerate(rows.frames) if row.done]
    grown = [place for place, row in enumerate(rows.frames) if row in content(rows)]
    end = rows.ending
    if done:
        last = grown[-1] if grown else -1
        end = rows.time(rows.frames[done[-1]]) if done[-1] > last else None
    marks = [start, *times, end]
    return [
        (a, b) for a, b in pairwise(marks) if a is not None and b is not None and round(b - a, 9) > threshold
    ]
