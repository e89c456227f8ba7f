"""Validation against an AsyncAPI document as rules, chosen and reported as all others are.

Knows lint's rules and contracts. An exchange is validated once for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from playhead.asyncapi import EXPLANATION, SEVERITY, Breach, Contract
from playhead.exchange import Exchange
from playhead.findings import Finding
from playhead.lint.rule import Group, Rule, Spot

_SOURCE = "the document given by --asyncapi; AsyncAPI 2 and 3, JSON Schema"


def document_rules(contract: Contract | None = None) -> tuple[Rule, ...]:
    """The rules that hold events against `contract`; without one they find nothing, and can be listed."""
    validated = _Validated(contract)
    return tuple(
        Rule(
            id=breach.value,
            group=Group.ASYNCAPI,
            severity=SEVERITY[breach],
            title=breach.value.removeprefix("asyncapi-").replace("-", " "),
            explanation=EXPLANATION[breach],
            source=_SOURCE,
            find=partial(validated.spots, breach),
        )
        for breach in Breach
    )


class _Validated:
    """What was found in the exchange that was asked for last."""

    def __init__(self, contract: Contract | None) -> None:
        self._contract = contract
        self._exchange: Exchange | None = None
        self._found: list[Finding] = []

    def spots(self, breach: Breach, exchange: Exchange) -> Sequence[Spot]:
        """Where the events break the document in this way."""
        if self._contract is None:
            return ()
        if exchange is not self._exchange:
            self._found = list(self._contract.validate(exchange))
            self._exchange = exchange
        return [
            Spot(found.message, found.frame, severity=found.severity)
            for found in self._found
            if found.rule == breach.value
        ]
