"""The keys: the table's, and what a config file makes of them. Knows names of keys; not what they do.

The file is TOML, `keys.toml` in the folder `playhead` of the user's configuration; see `docs/viewer.md`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from playhead.errors import UsageError
from playhead_viewer.chooser import Place
from playhead_viewer.command import Command

VARIABLE = "PLAYHEAD_KEYS"
"""The environment variable that names another file."""
_TABLE = "keys"
_EXAMPLE = '[keys]\nstep = "j,down"'
_UNTYPED = "Name one that types nothing, such as f1 or ctrl+n."
_KEYS = "A character, or a name such as down, pageup, f2, ctrl+n, shift+left; a comma is named comma."


def config_path() -> Path | None:
    """Where the file is looked for; `None` where nobody has said, and the user has no home.

    Raises `UsageError` where somebody has, and there is none.
    """
    given = os.environ.get(VARIABLE)
    if given:
        try:
            os.stat(given)  # noqa: PTH116 - of a name that no file can have `Path` raises something else
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            hint = f"Name a file that there is, or take {VARIABLE} out of the environment."
            raise UsageError(f"{VARIABLE} names {given}: {reason}", hint=hint) from None
        return Path(given)
    base = os.environ.get("XDG_CONFIG_HOME")
    try:
        folder = Path(base) if base else Path.home() / ".config"
    except RuntimeError:
        return None
    return folder / "playhead" / "keys.toml"


def load_keymap(path: Path | None, commands: Sequence[Command]) -> dict[str, str]:
    """Keys by the id of a command; none without a file. Raises `UsageError` for one that is wrong."""
    if path is None:
        return {}
    try:
        data = path.read_bytes()
    except OSError as error:
        # Also where a home is no folder, or another user's: what cannot be there is not.
        if not os.path.exists(path):  # noqa: PTH110 - of a folder that is closed `Path` raises
            return {}
        raise UsageError(f"{path}: {error.strerror}") from None
    import tomllib  # most have no file

    try:
        tables = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", hint=_EXAMPLE) from None
    _only_keys(path, tables, commands)
    found = tables.get(_TABLE, {})
    if not isinstance(found, dict):
        raise UsageError(f"{path}: `{_TABLE}` must be a table", hint=_EXAMPLE)
    keymap = {id_: _keys(path, id_, keys, commands) for id_, keys in found.items()}
    for command in commands:
        _untyped(path, command, keymap.get(command.id))
    _unique(path, keymap, commands)
    return keymap


def _only_keys(path: Path, tables: Mapping[str, object], commands: Sequence[Command]) -> None:
    for name in tables:
        if name == _TABLE:
            continue
        if any(command.id == name for command in commands):
            raise UsageError(f"{path}: {name} stands in no table", hint=f"Write [{_TABLE}] above it.")
        what = "table" if isinstance(tables[name], dict) else "setting"
        raise UsageError(f"{path}: there is no {what} {name!r}", hint=f"There is one table, [{_TABLE}].")


def _keys(path: Path, id_: str, keys: object, commands: Sequence[Command]) -> str:
    ids = [command.id for command in commands]
    if id_ not in ids:
        import difflib

        near = difflib.get_close_matches(id_, ids, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(ids)}"
        raise UsageError(f"{path}: no command is named {id_!r}", hint=hint)
    parts = [part.strip() for part in keys.split(",")] if isinstance(keys, str) else []
    if not parts or not all(parts):
        raise UsageError(f'{path}: the keys of {id_} must be a text such as "j,down"')
    return ",".join(_key(path, id_, part) for part in parts)


def _key(path: Path, id_: str, key: str) -> str:
    from playhead_viewer.key_names import like, named

    name = named(key)
    if name is None:
        meant = like(key)
        hint = f"Did you mean {meant}?" if meant else _KEYS
        raise UsageError(f"{path}: {id_}: no key is named {key!r}", hint=hint)
    return name


def _untyped(path: Path, command: Command, keys: str | None) -> None:
    """A key that types is none where a line is typed in: beside it a command needs another."""
    from playhead_viewer.key_names import types

    typed = [key for key in keys.split(",") if types(key)] if keys else []
    holds_elsewhere = Place.EVENTS in command.places
    if not keys or command.places == {Place.EVENTS} or not typed:
        return
    if not holds_elsewhere:
        raise UsageError(f"{path}: {command.id}: {typed[0]} is typed where this holds", hint=_UNTYPED)
    if len(typed) == len(keys.split(",")):
        raise UsageError(f"{path}: {command.id} has no key where a line is typed in", hint=_UNTYPED)


def _unique(path: Path, keymap: Mapping[str, str], commands: Sequence[Command]) -> None:
    taken: dict[tuple[str, Place], str] = {}
    for command in commands:
        for key in keymap.get(command.id, command.keys).split(","):
            for place in command.places:
                other = taken.setdefault((key, place), command.id)
                if other != command.id:
                    raise UsageError(
                        f"{path}: the key {key} is for both {other} and {command.id}",
                        hint="Give one of them another key.",
                    )
