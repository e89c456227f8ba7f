"""Lint: what is wrong, doubtful or worth knowing in a recorded exchange, by rules with stable ids. Pure.

A rule is a module in `rules/`; `table` names them all. Knows exchanges, frames and what readers remarked;
knows no provider, no file, and no way to print.
"""

from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.runner import check
from playhead.lint.table import ids, rule_of

__all__ = ["Group", "Rule", "Spot", "check", "ids", "rule_of"]
