"""All exchanges of a cassette, each a bar in the same time: what ran at once is seen to.

Waiting is told from streaming by the character, not by the colour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playhead import Exchange, PlayheadError
from playhead_viewer.numbers import counted, duration
from playhead_viewer.panes.document import Line, Style
from playhead_viewer.safe import Safe, safe, shortened
from playhead_viewer.screens.choices import Choice, ChoiceScreen
from playhead_viewer.source.words import ENDINGS, path_of
from playhead_viewer.wrapping import fit

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer

_WAITING, _STREAMING = "░", "█"
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


def open_waterfall(app: Viewer) -> None:
    """Choose an exchange by when it ran."""
    viewing = app.viewing
    if viewing is None:
        return
    with viewing.loader.lock:
        bars = [bar_of(exchange) for exchange in viewing.loader.cassette.exchanges]
    times = [t for bar in bars for t in (bar.start, bar.end) if t is not None]
    scale = (min(times), max(times)) if times else (0.0, 0.0)
    rows = [
        Choice(str(place), f"{bar.number} {bar.request} {bar.status}", _drawer(bar, scale))
        for place, bar in enumerate(bars)
    ]

    def chosen(id_: str | None) -> None:
        if id_ is not None:
            app.opening.go(int(id_))

    took = duration(scale[1] - scale[0])
    title = f"{counted(len(bars), 'exchange')} in {took}   {_WAITING} waiting  {_STREAMING} streaming"
    screen = ChoiceScreen(title, rows, at=str(viewing.place))
    screen.add_class("-whole")
    app.push_screen(screen, chosen)


def bar_of(exchange: Exchange) -> Bar:
    """What there is to draw of an exchange; one that is damaged has no times."""
    try:
        request, response, ending = exchange.request, exchange.response, exchange.ending
    except PlayheadError:
        return Bar(exchange.number, Safe("damaged"), None, "✖", None, None, None)
    chunks = exchange.chunks
    first = chunks.time(1) if len(chunks) else None
    last = chunks.time(len(chunks)) if len(chunks) else None
    start = _first(request.t_start, request.t) if request is not None else None
    told = f"{request.method} {path_of(request.url)}" if request is not None else "request unknown"
    return Bar(
        number=exchange.number,
        request=safe(shortened(told, 200)),
        status=response.status if response is not None else None,
        sign=ENDINGS[ending.kind][0].value,
        start=_first(start, response.t if response is not None else None, first),
        body=first,
        end=_first(ending.t, last),
    )


def _drawer(bar: Bar, scale: tuple[float, float]) -> Callable[[int], Line]:
    def draw(width: int) -> Line:
        took = bar.end - bar.start if bar.start is not None and bar.end is not None else None
        name = max(min(width // 4, 32), 8)
        room = max(width - name - _NUMBER - _STATUS - _TOOK - _END - 3, 4)
        return (
            (Safe(f"{bar.number:>{_NUMBER}} "), Style.FAINT),
            (Safe(fit(bar.request, name) + " "), Style.PLAIN),
            (Safe(f"{bar.status or '-':>{_STATUS}} {bar.sign} "), Style.BOLD),
            *_drawn(bar, scale, room),
            (Safe(f"{duration(took):>{_TOOK}}"), Style.FAINT),
        )

    return draw


def _drawn(bar: Bar, scale: tuple[float, float], room: int) -> Line:
    if bar.start is None or bar.end is None or scale[1] <= scale[0]:
        return ((fit("  time unknown" if bar.start is None else "", room), Style.FAINT),)

    def column(t: float) -> int:
        return min(max(int((t - scale[0]) / (scale[1] - scale[0]) * room), 0), room - 1)

    first, last = column(bar.start), column(bar.end)
    body = column(bar.body) if bar.body is not None else last + 1
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
