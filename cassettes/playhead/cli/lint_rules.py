"""What lint can find, as lists: for `playhead lint --rules`, and for docs/lint.md, which this module writes:

    python -m playhead.cli.lint_rules > docs/lint.md

Knows the rules of `playhead.lint`, and those that come with an AsyncAPI document.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

import click

from playhead.cli.lint_document import document_rules
from playhead.lint.rule import Group, Rule
from playhead.lint.runner import chosen


def as_text(rules: Iterable[Rule], width: int) -> str:
    """A paragraph for each rule."""
    return "\n".join(
        f"{rule.id}  ({rule.group.value}, {rule.severity.value})\n  {rule.title}\n\n"
        f"{click.wrap_text(rule.explanation, width, '  ', '  ')}\n\n  Source: {rule.source}\n"
        for rule in rules
    )


def as_json(rules: Iterable[Rule]) -> str:
    """An array of objects, ASCII only."""
    names = ("id", "group", "severity", "title", "explanation", "source")
    rows = [{name: str(getattr(rule, name)) for name in names} for rule in rules]
    return json.dumps(rows, ensure_ascii=True, indent=1) + "\n"


_OPENING = """\
# What lint finds

Written by `python -m playhead.cli.lint_rules`; a test holds that it is current.

`playhead lint PATH…` judges the streams in cassettes by the rules below. An **error** is what a client
fails on, or takes for what it is not, or a credential in clear; a **warning** is allowed and likely not
meant; **info** is worth knowing. Ids never change. `--select` and `--ignore` take ids and names of groups.
In code, `playhead.check(exchange)` gives the same findings.

Rules about order and content rest on what the reader of the stream's protocol remarks: a stream of no known
protocol has none. What is said again of later frames is one finding, with the number of times.

A package adds rules of its own by the entry point group `playhead.rules`: the name is the rule's id, the
object a `playhead.lint.Rule`.
"""
_GROUPS = {
    Group.FRAMING: "Bytes and lines: what decoders of event streams make of them.",
    Group.ORDER: "Which events follow which, and what must not be missing.",
    Group.CONTENT: "What events hold.",
    Group.TIME: "When things came.",
    Group.SECRETS: "What should not be in a file.",
    Group.RECORDING: "How far the cassette can be trusted.",
    Group.ASYNCAPI: "With `--asyncapi FILE`: each event against the messages of an AsyncAPI document.",
}


def as_markdown() -> str:
    """The page docs/lint.md."""
    rules = chosen(others=document_rules())
    parts = [_OPENING]
    for group, words in _GROUPS.items():
        if sections := [_section(rule) for rule in rules if rule.group is group]:
            parts += [f"\n## {group.value}\n\n{words}\n", *sections]
    return "".join(parts)


def _section(rule: Rule) -> str:
    title = rule.title[:1].upper() + rule.title[1:]
    return (
        f"\n### {rule.id}\n\n**{title}** ({rule.severity.value}). {rule.explanation}\n\n"
        f"Source: {rule.source}.\n"
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(as_markdown().encode())
