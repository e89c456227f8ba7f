"""What keys are called, and what people call them else. Knows Textual's names; no command.

Source: `textual.keys`, and `textual._xterm_parser`, which puts modifiers in the order of the alphabet.
"""

from __future__ import annotations

import string
from collections.abc import Iterable

from textual.keys import KEY_ALIASES, Keys, _character_to_key, key_to_character

MODIFIERS = ("alt", "ctrl", "hyper", "meta", "shift", "super")
_NEVER_SENT = ("<", "return")
_NAMES = sorted(
    {
        name
        for name in (
            *(key.value.rpartition("+")[2] for key in Keys),
            *map(_character_to_key, string.punctuation),
        )
        if len(name) > 1 and not name.startswith(_NEVER_SENT)
    }
)
_ELSEWHERE = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "page_up": "pageup",
    "page_down": "pagedown",
    "bs": "backspace",
    "control": "ctrl",
    "option": "alt",
    "cmd": "super",
}
_SAME = {alias: key for key, aliases in KEY_ALIASES.items() for alias in aliases}


def named(key: str) -> str | None:
    """A key's own name, as it is told of when it is pressed; `None` where no key is called so.

    >>> named("?"), named("shift+ctrl+left"), named("ctrl+i"), named("pgdn")
    ('question_mark', 'ctrl+shift+left', 'tab', None)
    """
    *modifiers, name = key.split("+") if key != "+" else ["+"]
    if not set(modifiers) <= set(MODIFIERS) or len(set(modifiers)) < len(modifiers):
        return None
    if len(name) == 1:
        name = _character_to_key(name) if name.isprintable() else ""
    elif name not in _NAMES and not _is_of_character(name):
        return None
    whole = "+".join([*sorted(modifiers), name])
    return _SAME.get(whole, whole) if name else None


def types(key: str) -> bool:
    """Whether a key, by its own name, puts a character into a line.

    >>> types("question_mark"), types("f1"), types("ctrl+n")
    (True, False, False)
    """
    character = key_to_character(key)
    return character is not None and character.isprintable()


def like(key: str) -> str | None:
    """The key that was meant, perhaps."""
    if named(key.lower()) is not None:
        return key.lower()
    parts = key.replace("-", "+").lower().split("+")
    *modifiers, name = (_ELSEWHERE.get(part, part) for part in parts)
    found = [_near(each, MODIFIERS) for each in modifiers]
    found.append(name if named(name) is not None else _near(name, _NAMES))
    meant = "+".join(each for each in found if each)
    return meant if all(found) and named(meant) is not None else None


def _is_of_character(name: str) -> bool:
    character = key_to_character(name)
    return character is not None and len(character) == 1 and _character_to_key(character) == name


def _near(name: str, names: Iterable[str]) -> str | None:
    import difflib

    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)), None)
