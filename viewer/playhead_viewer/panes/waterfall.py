"""All exchanges of a cassette, each a bar in the same time: what ran at once is seen to.

Waiting is told from streaming by the character, not by the colour. Above the bars stand the times, and how
many exchanges ran at once. Knows exchanges and widths; no screen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from playhead import Exchange, PlayheadError
from playhead_viewer.panes.document import Document, Line, Style, line
from playhead_viewer.source.chunks import is_damaged
from playhead_viewer.source.models import begun_with, model_of
from playhead_viewer.source.words import ended, path_of
from playhead_viewer.text.numbers import counted, duration
from playhead_viewer.text.ruler import ruler
from playhead_viewer.text.safe import Safe, safe, shortened
from playhead_viewer.text.wrapping import fit

Scale = tuple[float, float]
"""The first and the last time of all bars, in seconds of the cassette's clock."""
_WAITING, _STREAMING = "░", "█"
GOES_ON, IS_READ = "●", "…"
_READ = 10_000
_NUMBER, _STATUS, _TOOK, _END = 4, 4, 9, 2


@dataclass(frozen=True, slots=True)
class Bar:
    """When an exchange began, when its body began and when it was over; `None` is unknown."""

    number: int
    request: Safe
    status: int | None
    sign: str
    start: float | None
    body: float | None
    end: float | None


def document(exchanges: Sequence[Exchange], width: int) -> Document:
    """The ruler, how many were under way at once, a line an exchange."""
    bars = bars_of(exchanges, {})
    scale = scale_of(bars)
    lines = [*map(line, ruled(bars, scale, width)), *(drawer(bar, scale)(width) for bar in bars)]
    return Document(lines, title=headline(bars, scale))


def bars_of(
    exchanges: Sequence[Exchange], known: dict[int, Bar], *, read: int = _READ, growing: str = ""
) -> list[Bar]:
    """A bar an exchange. At most `read` chunks are read for damage; of the others, what is known is said.

    `known` keeps the bars of those that are over, by number. Of a cassette that grows those that are not over
    are under way at the last time there is, with `growing` for their sign.
    """
    bars, open_, left = [], set(), 0 if growing else read
    for exchange in exchanges:
        bar = known.get(exchange.number) or bar_of(exchange, read=left)
        left -= min(len(exchange.chunks), left)
        bars.append(bar)
        if exchange.is_over:
            known[exchange.number] = bar
        elif growing:
            open_.add(exchange.number)
    return [_going_on(bar, scale_of(bars)[1], growing) if bar.number in open_ else bar for bar in bars]


def _going_on(bar: Bar, now: float, sign: str) -> Bar:
    return replace(bar, sign=sign, end=now if bar.start is not None else None)


def scale_of(bars: Sequence[Bar]) -> Scale:
    times = [t for bar in bars for t in (bar.start, bar.end) if t is not None]
    return (min(times), max(times)) if times else (0.0, 0.0)


def headline(bars: Sequence[Bar], scale: Scale, *, has_all: bool = True) -> Safe:
    """How many there are and how long all took; at least, where the file was not read to its end yet."""
    took = duration(scale[1] - scale[0])
    if not has_all or any(bar.start is None or bar.end is None for bar in bars):
        # Before or behind what is known there was more.
        took = Safe(f"≥ {took}") if scale[1] > scale[0] else duration(None)
    count = f"{'' if has_all else '≥ '}{counted(len(bars), 'exchange')}"
    return Safe(f"{count} in {took}   {_WAITING} waiting  {_STREAMING} streaming")


def ruled(bars: Sequence[Bar], scale: Scale, width: int) -> Sequence[Safe]:
    """The times, and how many ran at once; nothing where no time is known."""
    if scale[1] <= scale[0]:
        return ()
    name, room = _room(width)
    before = name + _NUMBER + _STATUS + _END + 3
    at_once = Safe(fit(f"{'':>{_NUMBER}} at once", before))
    rows = (Safe(" " * before) + ruler(0.0, scale[1] - scale[0], room), at_once + _at_once(bars, scale, room))
    return [Safe(row[:width]) for row in rows]


def _at_once(bars: Sequence[Bar], scale: Scale, room: int) -> Safe:
    """In each column how many exchanges were under way at a time: a dot is one, a plus more than nine."""
    turns = [
        turn
        for bar in bars
        if bar.start is not None and bar.end is not None
        for turn in ((bar.start, 1), (bar.end, -1))
    ]
    most = [0] * room
    count, before = 0, 0
    for t, change in sorted(turns):  # where one ends as another starts, they were not under way together
        at = _column(t, scale, room)
        for between in range(before, at + (change > 0)):
            most[between] = max(most[between], count)
        count += change
        most[at] = max(most[at], count, 1)
        before = at
    signs = {0: " ", 1: "·"}
    return Safe("".join(signs.get(each, str(each) if each < 10 else "+") for each in most))


def _room(width: int) -> tuple[int, int]:
    """How wide the name of an exchange is, and how wide its bar."""
    name = max(min(width // 3 + 1, 44), 8)
    return name, max(width - name - _NUMBER - _STATUS - _TOOK - _END - 3, 4)


def _column(t: float, scale: Scale, room: int) -> int:
    if scale[1] <= scale[0]:
        return 0
    return min(max(int((t - scale[0]) / (scale[1] - scale[0]) * room), 0), room - 1)


def bar_of(exchange: Exchange, *, read: int = _READ) -> Bar:
    """What there is to draw of an exchange; one whose head or end is damaged has no times.

    Of one that has more than `read` chunks none is read to see whether that can be done.
    """
    try:
        request, response, ending = exchange.request, exchange.response, exchange.ending
        severity, _ = ended(exchange, is_damaged=is_damaged(exchange, read))
    except PlayheadError:
        return Bar(exchange.number, Safe("damaged"), None, "✖", None, None, None)
    chunks = exchange.chunks
    first = chunks.time(1) if len(chunks) else None
    last = chunks.time(len(chunks)) if len(chunks) else None
    start = _first(request.t_start, request.t) if request is not None else None
    told = "request unknown"
    if request is not None:
        model = model_of(exchange, begun_with(exchange))  # of an agent's exchanges the paths are all the same
        told = f"{f'{model} ' if model else ''}{request.method} {path_of(request.url)}"
    return Bar(
        number=exchange.number,
        request=safe(shortened(told, 200)),
        status=response.status if response is not None else None,
        sign=severity.value,
        start=_first(start, response.t if response is not None else None, first),
        body=first,
        end=_first(ending.t, last),
    )


def drawer(bar: Bar, scale: Scale) -> Callable[[int], Line]:
    def draw(width: int) -> Line:
        took = bar.end - bar.start if bar.start is not None and bar.end is not None else None
        name, room = _room(width)
        return (
            (Safe(f"{bar.number:>{_NUMBER}} "), Style.FAINT),
            (Safe(fit(bar.request, name) + " "), Style.PLAIN),
            (Safe(f"{bar.status or '-':>{_STATUS}} {bar.sign} "), Style.BOLD),
            *_drawn(bar, scale, room),
            (Safe(f"{duration(took):>{_TOOK}}"), Style.FAINT),
        )

    return draw


def _drawn(bar: Bar, scale: Scale, room: int) -> Line:
    if bar.start is None or bar.end is None or scale[1] <= scale[0]:
        return ((fit("  time unknown" if bar.start is None else "", room), Style.FAINT),)

    first, last = _column(bar.start, scale, room), _column(bar.end, scale, room)
    body = _column(bar.body, scale, room) if bar.body is not None else last + 1
    waiting = _WAITING * (min(body, last + 1) - first)
    streaming = _STREAMING * max(last + 1 - max(body, first), 0)
    return (
        (Safe(" " * first), Style.PLAIN),
        (Safe(waiting), Style.FAINT),
        (Safe(streaming), Style.KEY),
        (Safe(" " * max(room - first - len(waiting) - len(streaming), 0)), Style.PLAIN),
    )


def _first(*times: float | None) -> float | None:
    return next((t for t in times if t is not None), None)
