"""`playhead lint`: what is wrong, doubtful or worth knowing in recorded streams."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from playhead.asyncapi import Contract
from playhead.cli import inputs, lint_report, output
from playhead.cli.contract import open_contract
from playhead.cli.lint_document import document_rules
from playhead.cli.lint_report import FailOn, Linted, Placed, Report
from playhead.cli.lint_rules import as_json, as_text
from playhead.errors import InputError, UsageError
from playhead.exchange import Exchange
from playhead.lint.rule import Group, Rule
from playhead.lint.runner import chosen, run
from playhead.model import EndingKind
from playhead.sanitise import sanitise
from playhead.store import lock
from playhead.store.cassette import Cassette

_FINDINGS = 1


@click.command(
    epilog=(
        "JSON is one object: findings (path, exchange, frame, block, line, rule, severity, message),"
        " unreadable (path, reason), cassettes, exchanges, counts by severity. Exchanges, frames, blocks and"
        " lines count from 1; a frame of null means the whole exchange; line is the cassette's."
        " Exit codes: 0 fine, 1 findings from --fail-on up, 2 usage, 3 a file that cannot be read, 4 a rule"
        " that fails."
    )
)
@click.argument("paths", metavar="PATH...", nargs=-1)
@click.option(
    "--format", "format_", type=click.Choice(lint_report.FORMATS), default="text", show_default=True
)
@click.option(
    "--select", multiple=True, metavar="ID,...", help="Only these rules, or groups of rules (see --rules)."
)
@click.option("--ignore", multiple=True, metavar="ID,...", help="Not these rules or groups.")
@click.option(
    "--fail-on",
    type=click.Choice([each.value for each in FailOn]),
    default=FailOn.WARNING.value,
    show_default=True,
    help="From which severity on the exit code is 1.",
)
@click.option("--exchange", type=click.IntRange(min=1), metavar="N", help="Only this exchange.")
@click.option(
    "--asyncapi",
    metavar="FILE",
    help="Hold the events against an AsyncAPI document too (2.x or 3.x, JSON or YAML): a path, or one that"
    " ships with Playhead: anthropic-messages, openai-chat.",
)
@click.option("--channel", metavar="NAME", help="The document's channel, whatever the URL (with --asyncapi).")
@click.option("--rules", "list_rules", is_flag=True, help="List the rules (as text or JSON), and leave.")
def lint(
    paths: tuple[str, ...],
    format_: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str,
    exchange: int | None,
    asyncapi: str | None,
    channel: str | None,
    list_rules: bool,
) -> int:
    """Judge the streams in cassettes: framing, order, content, secrets, by rules with stable ids.

    An error is what a client fails on, or takes for what it is not; a warning is allowed and likely not
    meant; info is worth knowing. Exchanges that are still being recorded are left out. Whether the file
    itself is whole, `playhead check` tells.
    """
    contract = open_contract(asyncapi, channel) if asyncapi is not None else None
    if channel is not None and contract is None:
        raise click.UsageError("--channel needs --asyncapi.")
    others = document_rules(contract) if contract is not None or list_rules else ()
    rules = chosen(_split(select) if select else None, _split(ignore), others)
    if list_rules:
        _list(rules, format_)
        return 0
    if not paths:
        raise click.UsageError("Missing argument 'PATH...'.")
    _refuse_idle(rules, contract)
    limit = FailOn(fail_on)
    report = lint_report.make(format_, rules, limit)
    files = inputs.Each(paths)
    failed, unreadable = False, None
    for path in files:
        try:
            with files.reading():
                failed |= _lint(path, exchange, rules, report, limit)
        except InputError as error:
            unreadable = error  # the only file: the report is written all the same
    if unreadable is None or format_ != "text":
        report.finish()
    if unreadable is not None:
        raise unreadable
    files.finish()
    return _FINDINGS if failed else 0


def _refuse_idle(rules: Sequence[Rule], contract: Contract | None) -> None:
    """Nothing that was asked for may be passed over in silence."""
    if contract is not None and not any(rule.group is Group.ASYNCAPI for rule in rules):
        raise UsageError(
            "the document is not used: --select and --ignore leave no rule of the group asyncapi",
            hint="Add it: --select asyncapi",
        )
    if not rules:
        raise UsageError("no rule is left", hint="The group asyncapi needs a document: --asyncapi FILE")


def _split(lists: tuple[str, ...]) -> list[str]:
    return [name.strip() for names in lists for name in names.split(",") if name.strip()]


def _lint(path: str, only: int | None, rules: Sequence[Rule], report: Report, limit: FailOn) -> bool:
    """Whether anything found fails."""
    failed = False
    live = path != inputs.STDIN and lock.is_live(path)
    try:
        cassette = inputs.open_cassette(path)
        report.open(cassette.name)
        for exchange in _exchanges(cassette, only):
            if live and exchange.ending.kind is EndingKind.TRUNCATED:
                click.echo(f"{sanitise(path)}: exchange {exchange.number} is still being recorded", err=True)
                continue
            linted = _linted(cassette.name, exchange, rules)
            report.add(linted)
            failed |= any(limit.fails(placed.finding.severity) for placed in linted.found)
    except InputError as error:
        report.unreadable(path, str(error))
        raise
    if not live:
        inputs.say_torn(cassette.name, cassette.torn)
    return failed


def _exchanges(cassette: Cassette, only: int | None) -> Sequence[Exchange]:
    return cassette.exchanges if only is None else (cassette[only],)


def _linted(path: str, exchange: Exchange, rules: Sequence[Rule]) -> Linted:
    found = run(rules, exchange)
    return Linted(
        path,
        exchange.number,
        tuple(Placed(finding, exchange.line(finding.frame)) for finding in found),
    )


def _list(rules: Sequence[Rule], format_: str) -> None:
    if format_ not in ("text", "json"):
        raise click.UsageError(f"--rules has no format {format_!r}: text or json.")
    if format_ == "json":
        sys.stdout.write(as_json(rules))
    else:
        sys.stdout.write(as_text(rules, min(output.line_width() or 100, 100)))
