"""Playing: on and off, speed, the cap on long waits, following what is recorded now."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from playhead_viewer.command import Command, Group, has_events, has_exchange
from playhead_viewer.core.player import IDLE_CAP
from playhead_viewer.source.words import not_followed

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer


def _play(app: Viewer) -> None:
    if app.viewing is not None:
        app.viewing.play(time.monotonic())
        app.playing.changed()


def _speed(app: Viewer, by: int) -> None:
    if app.viewing is not None:
        app.viewing.player.faster(by, time.monotonic())
        app.playing.changed()


def _cap(app: Viewer) -> None:
    if app.viewing is not None:
        player = app.viewing.player
        player.idle_cap = None if player.idle_cap is not None else IDLE_CAP
        told = (
            f"Waits are cut to {IDLE_CAP:g} s."
            if player.idle_cap is not None
            else "Waits are as long as they were."
        )
        app.say(told)
        app.playing.changed()


def _follow(app: Viewer) -> None:
    viewing = app.viewing
    if viewing is None:
        return
    viewing.follows = not viewing.follows
    if viewing.follows and viewing.loader.is_over:
        app.say(not_followed(viewing.stream, viewing.loader, app.key_of("reload")))
        viewing.follows = False
    if viewing.follows:
        viewing.player.pause()
        viewing.cursor.last()
    app.moved()


COMMANDS = (
    Command("play", "space", "Play, pause", Group.PLAY, _play, has_events),
    Command(
        "slower", "less_than_sign", "Slower: down to 0.25×", Group.PLAY, partial(_speed, by=-1), has_events
    ),
    Command(
        "faster",
        "greater_than_sign",
        "Faster: up to 8×, then max",
        Group.PLAY,
        partial(_speed, by=1),
        has_events,
    ),
    Command("idle", "i", f"Cut waits to {IDLE_CAP:g} s, or not", Group.PLAY, _cap, has_events),
    Command("follow", "F", "Follow a live stream, or not", Group.PLAY, _follow, has_exchange),
)
