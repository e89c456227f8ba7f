"""Which parameters of two URLs differ, one by one: what was redacted is none of them where it fits.

Knows URLs and what was redacted of the recorded one; not how a difference is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from playhead.matching import targets
from playhead.matching.wildcards import Pieces, spans_of
from playhead.model import Redaction

Values: TypeAlias = tuple[str, ...]


def unlike(
    recorded: str, redactions: Sequence[Redaction], made: str, ignored: frozenset[str]
) -> Iterator[tuple[str, Values, Values]]:
    """Each parameter that differs: its name, and the values there and here that the other side lacks."""
    ours = _by_name(_recorded(recorded, redactions))
    theirs = _by_name(targets.query_of(made[slice(*targets.split(made)[1])]))
    for name in dict.fromkeys([*ours, *theirs]):
        if name in ignored:
            continue
        left, right = _left(ours.get(name, []), theirs.get(name, []))
        if left or right:
            yield name, tuple(map(_shown, left)), tuple(map(_shown, right))


def _recorded(url: str, redactions: Sequence[Redaction]) -> Sequence[tuple[str, str | Pieces[str]]]:
    _, query = targets.split(url)
    size = len(url) if url.isascii() else len(url.encode())
    spans = targets.characters(url, spans_of(redactions, "url", size))
    found = targets.redacted_query(url, query, spans)
    return targets.query_of(url[slice(*query)]) if found is None else [*found.exact, *found.open]


def _by_name(pairs: Sequence[tuple[str, str | Pieces[str]]]) -> dict[str, list[str | Pieces[str]]]:
    found: dict[str, list[str | Pieces[str]]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _left(
    ours: Sequence[str | Pieces[str]], theirs: Sequence[str | Pieces[str]]
) -> tuple[list[str | Pieces[str]], list[str | Pieces[str]]]:
    """The values that have no partner; those that are known whole choose first."""
    right = list(theirs)
    left: list[str | Pieces[str]] = []
    for value in sorted(ours, key=lambda each: isinstance(each, Pieces)):
        partner = next((at for at, other in enumerate(right) if _fits(value, other)), None)
        if partner is None:
            left.append(value)
        else:
            del right[partner]
    # The same ones in another order differ too.
    return (
        (list(ours), list(theirs))
        if not left and not right and not _in_order(ours, theirs)
        else (left, right)
    )


def _in_order(ours: Sequence[str | Pieces[str]], theirs: Sequence[str | Pieces[str]]) -> bool:
    return any(isinstance(each, Pieces) for each in ours) or list(ours) == list(theirs)


def _fits(recorded: str | Pieces[str], made: str | Pieces[str]) -> bool:
    if isinstance(recorded, Pieces):
        return isinstance(made, str) and recorded.fits(made)
    return recorded == made


def _shown(value: str | Pieces[str]) -> str:
    return value if isinstance(value, str) else "…".join(value.kept)
