"""What an alteration is: a pure function from plan to plan that says in words what it does.

Knows how alterations follow one another. Knows none of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from playhead.errors import UsageError
from playhead.plan.whole import Plan


class Alteration:
    """A change of a plan: the same plan gives the same result, always. `str` names it and its point.

    `first | second` makes one change of two, from left to right. Raises `UsageError` where the plan has no
    such point, when it is applied.
    """

    __slots__ = ()

    def __call__(self, plan: Plan) -> Plan:
        """The altered plan."""
        raise NotImplementedError

    def __or__(self, other: Alteration) -> Alteration:
        check(other)
        return Chain((*_steps(self), *_steps(other)))


@dataclass(frozen=True, slots=True)
class Chain(Alteration):
    """Alterations one after the other; none leave a plan as it was recorded."""

    steps: tuple[Alteration, ...] = ()

    def __call__(self, plan: Plan) -> Plan:
        for step in self.steps:
            plan = step(plan)
        return plan

    def __str__(self) -> str:
        return ", then ".join(map(str, self.steps)) or "as recorded"


def _steps(alteration: Alteration) -> tuple[Alteration, ...]:
    return alteration.steps if isinstance(alteration, Chain) else (alteration,)


def check(alteration: object) -> None:
    """Raises `UsageError` for what is no alteration: else it would be found when it is played."""
    if not isinstance(alteration, Alteration):
        raise UsageError(
            f"no alteration: {alteration!r}", hint="Make one: playhead.cut(event=5), or another of its kind."
        )


AS_RECORDED = Chain()
"""Changes nothing."""
