"""Alterations as a command line writes them: `cut:event=5,by=reset`, `status:529,retry-after=2`.

Knows their names and arguments as data; what they do, their modules know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from playhead.errors import UsageError
from playhead.plan.alterations.base import Alteration
from playhead.plan.alterations.corruption import corrupt
from playhead.plan.alterations.encoding import encode
from playhead.plan.alterations.faults import cut, inject, slow, stall, status
from playhead.plan.alterations.rechunking import rechunk

_Read = Callable[[str], Any]


def _size_or_name(text: str) -> str | int:
    return int(text) if text.isdecimal() else text


def _true(text: str) -> bool:
    if text not in ("", "true"):
        raise ValueError
    return True


_PLACES: Final[Mapping[str, _Read]] = {"event": int, "frame": int, "chunk": int, "byte": int}
_HEAD: Final[Mapping[str, _Read]] = {"head": _true}
_Row = tuple[Callable[..., Alteration], _Read, Mapping[str, _Read]]
_TABLE: Final[Mapping[str, _Row]] = {
    "rechunk": (rechunk, _size_or_name, {"seed": int}),
    "cut": (cut, str, {**_PLACES, **_HEAD, "by": str}),
    "stall": (stall, float, {**_PLACES, **_HEAD}),
    "slow": (slow, float, {"gap": float}),
    "inject": (inject, str, {**_PLACES, "data": str, "name": str, "seed": int}),
    "status": (status, int, {"retry_after": float}),
    "corrupt": (corrupt, str, _PLACES),
    "encode": (encode, str, {}),
}
"""By name: what makes it, how its first argument is read, and its others by name."""


def parse_alteration(text: str) -> Alteration:
    """`NAME`, `NAME:FIRST`, `NAME:KEY=VALUE,…` or both. Raises `UsageError` where it is none.

    >>> str(parse_alteration("cut:event=5,by=reset"))
    'cut after event 5 (reset)'
    """
    name, _, rest = text.partition(":")
    if name not in _TABLE:
        raise UsageError(f"no such alteration: {name!r}", hint=f"There are: {', '.join(_TABLE)}.")
    make, first, named = _TABLE[name]
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for part in rest.split(",") if rest else ():
        key, sign, value = part.partition("=")
        key = key.strip().replace("-", "_")
        try:
            if key in named and (sign or named[key] is _true):
                keywords[key] = named[key](value)
            else:
                positional.append(first(part))
        except ValueError:
            raise UsageError(f"{part!r} in {text!r} cannot be read", hint=_usage(name)) from None
    try:
        return make(*positional, **keywords)
    except (TypeError, ValueError):
        raise UsageError(f"{text!r} is missing something, or has too much", hint=_usage(name)) from None


def _usage(name: str) -> str:
    keys = [f"{key.replace('_', '-')}=…" for key in _TABLE[name][2]]
    return f"{name} takes: a first value, {', '.join(keys)}" if keys else f"{name} takes a first value"
