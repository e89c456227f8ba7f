"""How the openai SDK adds a delta to what it has: strings and numbers add up, objects merge, lists by index.

Source: openai 3.51.0 `lib/streaming/_deltas.py` (`accumulate_delta`). What is wrong in a delta raises what
it raises there. Knows JSON; no chunk.
"""

from __future__ import annotations

from typing import Any

_REPLACED = ("index", "type")


def merge(held: dict[str, Any], delta: dict[str, Any]) -> dict[str, Any]:
    """`held` with `delta` in it; `held` itself is changed.

    Raises RuntimeError (an item without `index`), TypeError (an item that is no object, an index that is no
    integer), as the SDK does.
    """
    for name, new in delta.items():
        old = held.get(name)
        if old is None and not _is_indexed(new):
            held[name] = new
        else:
            held[name] = _joined(name, [] if old is None else old, new)
    return held


def _joined(name: str, old: Any, new: Any) -> Any:
    """What a member becomes; where the two do not go together the old one stays."""
    if name in _REPLACED:
        return new
    if isinstance(old, str) and isinstance(new, str):
        return old + new
    if isinstance(old, int | float) and isinstance(new, int | float):
        return old + new
    if isinstance(old, dict) and isinstance(new, dict):
        return merge(old, new)
    if isinstance(old, list) and isinstance(new, list):
        _extend(old, new)
    return old


def _extend(old: list[Any], new: list[Any]) -> None:
    if all(isinstance(item, str | int | float) for item in old) and (old or not _is_indexed(new)):
        old.extend(new)
        return
    for item in new:
        if not isinstance(item, dict):
            raise TypeError(f"an item of a list of objects is none: {item!r}")
        if "index" not in item:
            raise RuntimeError(f"an item of a list of objects has no index: {item!r}")
        index = item["index"]
        if not isinstance(index, int):
            raise TypeError(f"an index is no integer: {index!r}")
        try:
            before = old[index]
        except IndexError:
            old.insert(index, item)
            continue
        if not isinstance(before, dict):
            raise TypeError("an object meets what is none")
        old[index] = merge(before, item)


def _is_indexed(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, dict) and "index" in item for item in value)
