"""Running rules over an exchange: which of them, and their findings in the order of frames.

Knows rules by id and group; knows nothing of what they find.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from playhead.errors import CannotRun, PlayheadError, UsageError
from playhead.exchange import Exchange
from playhead.findings import Finding
from playhead.lint import table
from playhead.lint.rule import Group, Rule


def check(
    exchange: Exchange, *, select: Iterable[str] | None = None, ignore: Iterable[str] = ()
) -> list[Finding]:
    """What lint says of `exchange`, by frame; what concerns all of it comes first.

    `select` and `ignore` hold ids of rules and names of groups; `None` selects every rule. Raises
    `UsageError` for a name that is neither, `CannotRun` where a rule fails.

    >>> import playhead
    >>> cassette = playhead.load(playhead.sample("cut"))
    >>> [finding.rule for finding in playhead.check(cassette[1], select=["unterminated-tail"])]
    ['unterminated-tail']
    """
    return run(chosen(select, ignore), exchange)


def chosen(
    select: Iterable[str] | None = None, ignore: Iterable[str] = (), others: Sequence[Rule] = ()
) -> tuple[Rule, ...]:
    """The rules that `select` names, without those that `ignore` names: of the table, then of `others`."""
    choice = _Choice(others)
    wanted = choice.ids if select is None else choice.named(select)
    refused = choice.named(ignore)
    return tuple(choice.rule(name) for name in choice.ids if name in wanted and name not in refused)


def run(rules: Sequence[Rule], exchange: Exchange) -> list[Finding]:
    """The findings of `rules` in `exchange`, by frame."""
    found = [finding for rule in rules for finding in _checked(rule, exchange)]
    return sorted(found, key=lambda finding: finding.frame or 0)


def _checked(rule: Rule, exchange: Exchange) -> list[Finding]:
    try:
        return list(rule.check(exchange))
    except PlayheadError:
        raise
    except Exception as error:
        raise CannotRun(
            f"the rule {rule.id} failed on exchange {exchange.number}: {type(error).__name__}: {error}",
            hint=f"Leave it out (--ignore {rule.id}), and tell whoever wrote it.",
        ) from error


class _Choice:
    """The rules there are. One of the table is imported when it, or a group, is asked for."""

    def __init__(self, others: Sequence[Rule]) -> None:
        self._others = {rule.id: rule for rule in others}
        self.ids = (*table.ids(), *self._others)

    def rule(self, name: str) -> Rule:
        return self._others.get(name) or table.rule_of(name)

    def named(self, names: Iterable[str]) -> frozenset[str]:
        """The ids that `names` stand for: a rule's own, or those of a group."""
        found: set[str] = set()
        for name in names:
            if name in self.ids:
                found.add(name)
            elif name in list(Group):
                found.update(each for each in self.ids if self.rule(each).group == name)
            else:
                raise _unknown(name, self.ids)
        return frozenset(found)


def _unknown(name: str, known: Sequence[str]) -> UsageError:
    near = difflib.get_close_matches(name, [*known, *Group], n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else "List them with: playhead lint --rules"
    return UsageError(f"no rule and no group of rules is named {name!r}", hint=hint)
