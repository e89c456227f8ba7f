"""Numbers as people read them: times, sizes, counts. `?` is unknown."""

from __future__ import annotations

from playhead.cli import output
from playhead_viewer.text.safe import Safe


def seconds(t: float | None, reference: float | None = None) -> Safe:
    """`3.107`; from a reference `+0.318`"""
    if t is None:
        return Safe("?")
    return Safe(f"{t:.3f}" if reference is None else f"{t - reference:+.3f}")


def duration(t: float | None) -> Safe:
    """`469 ms`, `1.2 s`, `3 min 5 s`"""
    if t is None:
        return Safe("?")
    if t < 0:
        return Safe(f"-{duration(-t)}")
    if t < 0.0995:
        return Safe(f"{t * 1000:.3g} ms")
    if t < 0.9995:
        return Safe(f"{t * 1000:.0f} ms")
    if t < 59.995:
        return Safe(f"{t:.2f} s")
    minutes, rest = divmod(round(t), 60)
    return Safe(f"{minutes:,} min {rest} s")


def size(count: int) -> Safe:
    """`128 B`, `1,024 B`, `2.1 MB`"""
    if count < 100_000:
        return Safe(f"{count:,} B")
    return Safe(f"{count / 1e3:,.0f} kB" if count < 10_000_000 else f"{count / 1e6:,.1f} MB")


def counted(count: int, word: str) -> Safe:
    """`1 event`, `12 events`"""
    return Safe(output.counted(count, word))
