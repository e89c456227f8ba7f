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


def chosen(select: Iterable[str] | None = None, ignore: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules that `select` names, without those that `ignore` names, in the table's order."""
    wanted = table.ids() if select is None else _named(select)
    refused = _named(ignore)
    return tuple(table.rule_of(name) for name in table.ids() if name in wanted and name not in refused)


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


def _named(names: Iterable[str]) -> frozenset[str]:
    """The ids that `names` stand for: a rule's own, or those of a group."""
    known = table.ids()
    found: set[str] = set()
    for name in names:
        if name in known:
            found.add(name)
        elif name in list(Group):
            found.update(each for each in known if table.rule_of(each).group == name)
        else:
            raise _unknown(name, known)
    return frozenset(found)


def _unknown(name: str, known: Sequence[str]) -> UsageError:
    near = difflib.get_close_matches(name, [*known, *Group], n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else "List them with: playhead lint --rules"
    return UsageError(f"no rule and no group of rules is named {name!r}", hint=hint)
