"""Validation as rules of lint, so that findings are chosen, counted and reported as all others are.

Knows lint's rules and a contract. An exchange is validated once for all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from playhead.asyncapi.rules import ABOUT, Breach
from playhead.asyncapi.validate import Contract
from playhead.exchange import Exchange
from playhead.lint.rule import Group, Rule, Spot


def rules(contract: Contract | None = None) -> tuple[Rule, ...]:
    """The rules that hold exchanges against `contract`; without one they find nothing, and can be listed."""
    found = _Found(contract)
    return tuple(
        Rule(
            id=breach.value,
            group=Group.ASYNCAPI,
            severity=about.severity,
            title=about.title,
            explanation=about.explanation,
            source=about.source,
            find=partial(found.spots, breach),
        )
        for breach, about in ABOUT.items()
    )


class _Found:
    """What was found in the exchange that was asked for last."""

    def __init__(self, contract: Contract | None) -> None:
        self._contract = contract
        self._exchange: Exchange | None = None
        self._spots: dict[str, list[Spot]] = {}

    def spots(self, breach: Breach, exchange: Exchange) -> Sequence[Spot]:
        if self._contract is None:
            return ()
        if exchange is not self._exchange:
            spots: dict[str, list[Spot]] = defaultdict(list)
            for finding in self._contract.validate(exchange):
                spots[finding.rule].append(Spot(finding.message, finding.frame))
            self._exchange, self._spots = exchange, spots
        return self._spots.get(breach.value, ())
