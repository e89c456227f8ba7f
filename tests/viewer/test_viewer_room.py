"""A widget is told of its room, whoever asked before how much that is: Textual's own word may not come."""

from __future__ import annotations

import asyncio

from textual.app import App
from textual.widget import Widget

from playhead_viewer.widgets.room import Roomed


class Told(Roomed, Widget):
    """Notes what it is told."""

    def __init__(self):
        super().__init__()
        self.by_us = []
        self.by_textual = []

    def given_room(self):
        self.by_us.append(self.size)

    def on_resize(self, event):
        self.by_textual.append(event.size)


def play(scenario, size=(60, 10)):
    async def run():
        app = App()
        async with app.run_test(size=size) as pilot:
            await scenario(app, pilot)

    asyncio.run(run())


async def until(pilot, holds):
    async with asyncio.timeout(30):
        while not holds():
            await pilot.pause(0.01)


def test_one_whose_size_was_asked_for_before_the_screen_was_arranged_is_told_of_it():
    async def scenario(app, pilot):
        await pilot.pause()
        told = Told()
        with app.batch_update():
            await app.screen.mount(told)
            app.screen._compositor._full_map_invalidated = True  # as by drawing what was mounted just now
            assert told.size == (60, 10)
        await until(pilot, lambda: told.by_us)
        await pilot.pause()
        assert told.by_textual == [], "the reason for all this is gone"
        assert told.by_us == [(60, 10)]

    play(scenario)


def test_each_change_is_told_once():
    async def scenario(app, pilot):
        told = Told()
        await app.screen.mount(told)
        await pilot.pause()
        app.screen.refresh(layout=True)
        await pilot.pause()
        assert told.by_us == [(60, 10)]
        await pilot.resize_terminal(40, 8)
        await pilot.pause()
        assert told.by_us == [(60, 10), (40, 8)]
        told.display = False
        await until(pilot, lambda: told.by_us[2:] == [(0, 0)])
        told.display = True
        await until(pilot, lambda: told.by_us[3:] == [(40, 8)])

    play(scenario)
