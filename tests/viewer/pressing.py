"""Scenarios of commands: the stream they are played on, the keys that are pressed, what these have run."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.widgets import Input

import playhead_viewer
from playhead_viewer.actions.table import BY_ID
from playhead_viewer.app import PlayheadApp
from playhead_viewer.command import Command

SCENARIOS: dict[str, Callable[..., Awaitable[None]]] = {}
EVENTS = 30
OPENED, TOOLS, STALLED, ERRORS = [2, 14, 20], [14, 20], [21, 27], [27, 28]


def of(*ids: str) -> Callable[[Callable[..., Awaitable[None]]], Callable[..., Awaitable[None]]]:
    """The scenario of these commands."""

    def add(scenario: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        for id_ in ids:
            assert id_ not in SCENARIOS, f"{id_} has two scenarios"
            SCENARIOS[id_] = scenario
        return scenario

    return add


def _data(name: str, **fields: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n".encode()


def _block(index: int, **block: object) -> bytes:
    return _data("content_block_start", index=index, content_block=block)


def _delta(index: int, **delta: object) -> bytes:
    return _data("content_block_delta", index=index, delta=delta)


def stream() -> list[tuple[bytes, float]]:
    """Thirty events with the seconds before each: a text, two tool calls, two stalls, two errors."""
    message = {"id": "m", "type": "message", "role": "assistant", "model": "claude-x", "content": []}
    found = [(_data("message_start", message=message), 0.5), (_block(0, type="text", text=""), 0.01)]
    found += [(_delta(0, type="text_delta", text=f" word{n}"), 0.01) for n in range(10)]
    found += [(_data("content_block_stop", index=0), 0.01)]
    for index, gap in ((1, 0.01), (2, 2.0)):
        tool = {"type": "tool_use", "id": f"t{index}", "name": "find", "input": {}}
        found += [(_block(index, **tool), gap)]
        parts = ('{"a"', ":", "[1,", "2]}")
        found += [(_delta(index, type="input_json_delta", partial_json=part), 0.01) for part in parts]
        found += [(_data("content_block_stop", index=index), 0.01)]
    found += [(_data("ping"), 3.0)]
    error = {"type": "overloaded_error", "message": "Overloaded"}
    found += [(_data("error", error=error), 0.01), (_data("error", error=error | {"message": "Again"}), 0.01)]
    return [*found, (_data("ping"), 0.01), (b": bye\n\n", 0.01)]


class Pressed(PlayheadApp):
    """Counts the commands that keys have run."""

    CSS_PATH = Path(playhead_viewer.__file__).with_name("viewer.tcss")

    def __init__(self, *args: object, **options: object) -> None:
        self.ran: list[str] = []
        super().__init__(*args, **options)

    def run_command(self, command: Command) -> None:
        self.ran.append(command.id)
        super().run_command(command)


def first_key(id_: str) -> str:
    return BY_ID[id_].keys.split(",")[0]


async def press(seen, *ids: str) -> None:
    """Press the first key of each command."""
    for id_ in ids:
        await seen.press(first_key(id_))


async def type_in(seen, text: str) -> None:
    """Type a text into the line that is open, and enter it."""
    seen.app.screen.query_one(Input).value = text
    await seen.press("enter")


def rows(seen) -> int:
    return seen.app.viewing.cursor.rows
