"""Cassettes made for the viewer's tests, and a viewer without a terminal that is driven by keys."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.geometry import Size
from textual.pilot import Pilot
from textual.strip import Strip

import playhead
from playhead import EndingKind, ExchangeWriter, Request, Response
from playhead_viewer import stage
from playhead_viewer.app import PlayheadApp
from playhead_viewer.source.loader import Loader, open_path
from playhead_viewer.source.stream import Stream
from playhead_viewer.widgets.lines import LinePane

from .calm import drawn, quick
from .tmux import Tmux

pytest.register_assert_rewrite(*(f"{__package__}.keys_{each}" for each in ("moving", "showing", "choosing")))

SSE = (("content-type", "text/event-stream"),)
WIDE = (120, 40)
NARROW = (80, 24)
_POLL = 0.005
_FOR_EVER = 3600.0


class Made:
    """A cassette in the making, exchange by exchange."""

    def __init__(self, writer: playhead.CassetteWriter) -> None:
        self.writer = writer

    def begin(
        self,
        *,
        url: str = "https://api.example.com/v1/messages",
        status: int = 200,
        headers: Sequence[tuple[str, str]] = SSE,
        t: float | None = 1.0,
    ) -> ExchangeWriter:
        exchange = self.writer.exchange()
        exchange.request(Request(method="POST", url=url, t=t, body=b"{}"))
        response_t = None if t is None else t + 0.25
        exchange.response(Response(status=status, headers=tuple(headers), t=response_t))
        return exchange

    def texts(self, texts: Sequence[str], *, gap: float = 0.01) -> None:
        """An exchange whose chunks are one text delta each, the first 0.5 s after its request."""
        exchange = self.begin()
        for place, text in enumerate(texts):
            exchange.chunk(delta(text), 1.5 + place * gap)
        exchange.end(EndingKind.COMPLETE, 1.6 + len(texts) * gap)


def delta(text: str) -> bytes:
    """A text delta as Anthropic sends it."""
    event = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
    return f"event: content_block_delta\ndata: {json.dumps(event)}\n\n".encode()


@pytest.fixture(autouse=True, scope="session")
def _quick_pilots() -> Iterator[None]:
    with quick():
        yield


@pytest.fixture(autouse=True)
def _own_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the keys of whoever runs it."""
    monkeypatch.setenv("PLAYHEAD_KEYS", os.devnull)


@pytest.fixture(autouse=True)
def _said_to_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said stands, and a second ctrl+c is waited for, however slow the machine is."""
    monkeypatch.setattr(stage, "_SAID", _FOR_EVER)
    monkeypatch.setattr(stage, "_SECOND_PRESS", _FOR_EVER)


@dataclass
class Seen:
    """A running viewer and its screen."""

    app: PlayheadApp
    pilot: Pilot[None]

    async def press(self, *keys: str) -> None:
        """Press keys and wait until their effects are drawn."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def settle(self) -> None:
        """Wait until the threads have done what they were asked for, and it is drawn."""
        async with asyncio.timeout(60):
            while self.app.return_code is None and self._is_busy():
                await asyncio.sleep(_POLL)
            if self.app.return_code is None:
                await drawn(self.app)

    def _is_busy(self) -> bool:
        app, viewing = self.app, self.app.viewing
        if viewing is None:
            return False
        loader, stream = viewing.loader, viewing.stream
        if app.opening._asked is not None or app.scrubbing.is_drawing:
            return True
        if not app.query_one("#detail").children:  # the panes come when the first rows are drawn
            return True
        if stream is None:
            return not loader.is_over or len(loader.cassette) > 0
        if viewing.filter is not None and viewing.filter.done < stream.count - (not stream.is_over):
            return True
        if viewing.search is not None and viewing.search.search.done < stream.count - (not stream.is_over):
            return True
        if viewing.search is not None and viewing.search.search.may_find_more and stream.is_over:
            return True
        if not stream.is_over:
            return not loader.is_live
        # One that was begun before the end is followed by that of the whole.
        return stream.record is None or viewing.analysis is None or not viewing.analysis.is_whole

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(60):
            while not holds():
                await asyncio.sleep(_POLL)
                await drawn(self.app)

    async def ended(self) -> None:
        """Wait until the app was told to end."""
        async with asyncio.timeout(60):
            while self.app.return_code is None:
                await asyncio.sleep(_POLL)

    @property
    def cursor(self) -> int:
        """The number of the event at the cursor."""
        return self.app.viewing.number

    @property
    def segments(self) -> list[list[Segment]]:
        """The screen's lines, as styled text."""
        compositor = self.app.screen._compositor
        return [list(strip) for strip in compositor.render_strips(Size(*self.app.size))]

    @property
    def lines(self) -> list[str]:
        """The screen's lines."""
        return ["".join(segment.text for segment in line) for line in self.segments]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def reversed(self) -> str:
        """What the state's pane shows in reverse, line by line."""
        name = "#state" if self.app.query_one("#state").display else "#tab-pane"
        found = (
            "".join(segment.text for segment in line if segment.style and segment.style.reverse)
            for line in self.pane(name)
        )
        return "\n".join(part for part in found if part)

    def pane(self, name: str) -> list[Strip]:
        """The lines of a detail as they are drawn, without border and scroll bar."""
        pane = self.app.query_one(name, LinePane)
        return [pane.render_line(y) for y in range(pane.scrollable_content_region.height)]

    def line(self, of: str) -> str:
        """The one line that holds `of`; for ▸, that of the event at the cursor."""
        cursors = [line for line in self.lines if line.lstrip("│").startswith("▸")]
        found = cursors if of == "▸" else [line for line in self.lines if of in line]
        assert len(found) == 1, f"{of!r} is in {len(found)} lines of:\n{self.text}"
        return found[0]


@pytest.fixture
def seen() -> type[Seen]:
    """For tests that open a viewer of their own: `seen(app, pilot)`."""
    return Seen


Scenario = Callable[[Seen], Awaitable[None]]


@pytest.fixture
def read() -> Iterator[Callable[[object], Stream]]:
    """`read(path)` is the stream of the first exchange, all of it read, without a screen."""
    loaders: list[Loader] = []

    def open_stream(path: object) -> Stream:
        loader = open_path(str(path))
        loaders.append(loader)
        while loader.advance():
            pass
        stream = Stream(loader, 0)
        stream.read()
        return stream

    yield open_stream
    for loader in loaders:
        loader.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made.cassette.jsonl"


@pytest.fixture
def make(path: Path) -> Callable[[], object]:
    """`with make() as made:` writes a cassette at `path`."""

    @contextmanager
    def making() -> Iterator[Made]:
        with playhead.open_writer(path, clock="monotonic") as writer:
            yield Made(writer)

    return making


@pytest.fixture
def app_class() -> type[PlayheadApp]:
    """What `view` runs; a module may have its own."""
    return PlayheadApp


@pytest.fixture
def view(path: Path, app_class: type[PlayheadApp]) -> Callable[..., PlayheadApp]:
    """`view(scenario, size=…)` opens the cassette at `path` or `of`, plays the scenario, returns the app."""

    def run(
        scenario: Scenario,
        *,
        size: tuple[int, int] = WIDE,
        exchange: int | None = None,
        of: Path = path,
        **options: object,
    ) -> PlayheadApp:
        async def play() -> PlayheadApp:
            app = app_class(open_path(str(of)), exchange, **options)
            async with app.run_test(size=size, notifications=True) as pilot:
                seen = Seen(app, pilot)
                await seen.settle()
                await scenario(seen)
            return app

        return asyncio.run(play())

    return run


@pytest.fixture
def terminal(program, tmp_path) -> Iterator[Callable[[tuple[int, int]], Tmux]]:
    opened: list[Tmux] = []

    def open_terminal(size: tuple[int, int]) -> Tmux:
        opened.append(Tmux(program("tmux"), tmp_path, size))
        return opened[-1]

    yield open_terminal
    for tmux in opened:
        tmux.close()
