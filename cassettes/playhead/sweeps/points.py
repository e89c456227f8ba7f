"""Where a sweep stops by: which alterations it makes of which exchanges, in order. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import methodcaller
from typing import Final

from playhead.errors import UsageError
from playhead.exchange import Exchange
from playhead.plan import whole
from playhead.plan.alterations import Alteration, rechunk
from playhead.plan.alterations.faults import Cut, CutBy, Stall
from playhead.plan.alterations.places import Place, Unit, ends
from playhead.sweeps.judging import Kind

__tracebackhide__: methodcaller = methodcaller("errisinstance", UsageError)
"""What is refused is told at the line that asked for it: pytest leaves these frames out."""
_SEEDS: Final = 8
_SIZES: Final = (1, 2, 3, 7, 16, 64, 1024)


@dataclass(frozen=True, slots=True)
class Case:
    """A named alteration, as data: for `pytest.mark.parametrize` and the like."""

    name: str
    alteration: Alteration

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Spot:
    """One point of a sweep: `number` counts in `unit`, or through the ways of a rechunking."""

    exchange: Exchange
    unit: str
    number: int
    alteration: Alteration

    def __str__(self) -> str:
        return f"exchange {self.exchange.number}, {self.alteration}"


def matrix(name: str = "split") -> tuple[Case, ...]:
    """A fixed list of alterations: `"split"`, every way to divide the chunks anew.

    Raises `UsageError` for any other name.
    """
    if name != "split":
        raise UsageError(f"no such matrix: {name!r}", hint="There is: split.")
    ways: list[tuple[str, Alteration]] = [
        (each, rechunk(each)) for each in ("event", "whole", "utf-8", "crlf", "field")
    ]
    ways += [(f"{size}-bytes", rechunk(size)) for size in _SIZES]
    ways += [(f"random-{seed}", rechunk("random", seed=seed)) for seed in range(_SEEDS)]
    return tuple(Case(name, alteration) for name, alteration in ways)


def spots(
    kind: Kind,
    exchanges: Sequence[Exchange],
    *,
    number: int | None = None,
    unit: str | None = None,
    by: str | None = None,
    every: int = 1,
) -> tuple[Spot, ...]:
    """The points of a sweep over the streams among `exchanges`, or over the one with `number`.

    A cut or a stall comes after each `unit` (`event`, by default, `frame`, `chunk` or `byte`) but the last,
    from 0 on; a cut `by` `clean`, by default. Of all points every `every`th. Raises `UsageError` where there
    is none, and for an option that such a sweep does not have.
    """
    if by is not None and kind is not Kind.CUT:
        raise UsageError(
            f"a sweep of {kind.value} ends nothing by {by!r}", hint="Leave `by` out: cuts have it."
        )
    if unit is not None and kind is Kind.RECHUNK:
        raise UsageError(
            f"a sweep of {kind.value} counts no {unit!r}",
            hint="Leave `unit` out: its points are ways to divide.",
        )
    unit, by = unit or Unit.EVENT.value, by or CutBy.CLEAN.value
    units = {each.value: each for each in Unit if each is not Unit.HEAD}
    ways = {way.value: way for way in CutBy}
    if unit not in units:
        raise UsageError(f"no such unit: {unit!r}", hint=f"There are: {', '.join(units)}.")
    if by not in ways:
        raise UsageError(f"no such way to cut: {by!r}", hint=f"There are: {', '.join(ways)}.")
    step: object = every
    if not isinstance(step, int) or step < 1:
        raise UsageError(f"every {step}th point is none", hint="Give a whole number, 1 or more.")
    chosen = [each for each in exchanges if number in (None, each.number)]
    found = [spot for each in chosen if each.is_stream for spot in _of(kind, each, units[unit], ways[by])]
    if not found:
        what = "exchange" if number is None else f"exchange {number}"
        raise UsageError(f"nothing to sweep: no {what} with a stream of events")
    return tuple(found[::every])


def _of(kind: Kind, exchange: Exchange, unit: Unit, by: CutBy) -> Iterator[Spot]:
    if kind is Kind.RECHUNK:
        for number, case in enumerate(matrix("split"), start=1):
            yield Spot(exchange, "way", number, case.alteration)
        return
    plan = whole(exchange)
    if plan.head is None:
        return
    found = ends(plan, unit)
    for number in range(len(found)):
        # Looked for once, not anew at every point.
        place = Place(unit, number, at=found[number - 1] if number else 0)
        alteration = Cut(place, by) if kind is Kind.CUT else Stall(place)
        yield Spot(exchange, unit.value, number, alteration)
