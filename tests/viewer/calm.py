"""When a viewer without a terminal has nothing left to do: asked of its loop and its threads, not of a clock.

Textual's own pilot sleeps for twenty milliseconds, and again until the process has used little of the
processor meanwhile: several times for each key, and up to a second each where a thread works.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from textual._context import active_app
from textual.css.stylesheet import Stylesheet

from playhead_viewer.app import PlayheadApp

_ENDING = ("playhead-again", "playhead-analysis", "playhead-compare", "playhead-timeline")
"""Threads that end when they have told what they were asked for."""
_POLL = 0.002
_ROUNDS = 8
"""What is drawn may ask for more to be drawn; what moves by itself does so for ever."""


def _is_working() -> bool:
    """Whether a thread of the viewer has something left to tell, or Textual waits for the size to settle."""
    app = active_app.get(None)
    if getattr(app, "_resize_event", None) is not None:
        return True
    if any(thread.name in _ENDING for thread in threading.enumerate()):
        return True
    work = app.opening._work if isinstance(app, PlayheadApp) else None
    # What sets the event takes the one that waits for it off the list.
    return work is not None and work._thread.is_alive() and not work._wake._cond._waiters


async def calm(_least: float = 0, max_sleep: float = 1) -> None:
    """Wait until no message is left to handle; it stands in for Textual's `wait_for_idle`."""
    ready = asyncio.get_running_loop()._ready
    until = time.monotonic() + max_sleep
    while time.monotonic() < until:
        await asyncio.sleep(0)
        if _is_working():
            await asyncio.sleep(_POLL)
        elif not ready:
            return


async def drawn(app) -> None:
    """Wait until nothing is left to draw."""
    for _ in range(_ROUNDS):
        await calm()
        screen = app.screen
        if not (
            screen._layout_required
            or screen._scroll_required
            or screen._repaint_required
            or screen._recompose_required
            or screen._dirty_widgets
            or screen._callbacks
        ):
            return
        screen._on_timer_update()
    await calm()


@contextmanager
def quick() -> Iterator[None]:
    """Pilots wait by `calm`, and one stylesheet is parsed once for all apps of the process."""
    parsed = {}
    parse = Stylesheet._parse_rules

    def parse_once(self, *args, **options):
        key = (args, tuple(options.items()), tuple(self._variables.items()))
        if key not in parsed:
            parsed[key] = parse(self, *args, **options)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textual.app.wait_for_idle", calm)
        patch.setattr("textual.pilot.wait_for_idle", calm)
        patch.setattr(Stylesheet, "_parse_rules", parse_once)
        yield
