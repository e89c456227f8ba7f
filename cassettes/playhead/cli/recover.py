"""`playhead recover`: save what is readable of damaged or unfinished cassettes."""

from __future__ import annotations

from pathlib import Path

import click

from playhead.cli import inputs, output
from playhead.cli.policies import policy_of, policy_options
from playhead.errors import UsageError
from playhead.redaction.policy import Policy
from playhead.sanitise import sanitise
from playhead.store import lock
from playhead.store.recover import Recovery, default_target, needs_recovery
from playhead.store.recover import recover as recover_file

_LOST = 1


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("-o", "--output", "target", metavar="OUT", help="The cassette to write, for a single PATH.")
@click.option("--force", is_flag=True, help="Replace cassettes that exist.")
@policy_options
def recover(
    paths: tuple[str, ...],
    target: str | None,
    force: bool,
    policy_file: str | None,
    **switches: tuple[str, ...],
) -> int:
    """Save what is readable of cassettes whose recorder was killed, or that were damaged since.

    NAME.partial becomes NAME, and what is in the folder `unfinished` of a recorder goes up into the
    recorder's; that was never read for secrets, and is redacted now: by the policy that it was recorded under
    and by the one that is given, together. A damaged NAME.cassette.jsonl is left
    alone, and what is readable goes to NAME.recovered.cassette.jsonl, as it stands. Of a folder, only what is
    unfinished or damaged is taken, and never what is being written. Exit code 1 where something could not be
    saved.
    """
    if inputs.STDIN in paths:
        raise UsageError("recover works on files, not on standard input")
    files = inputs.Each(paths)
    if target is not None and (files.several or Path(paths[0]).is_dir()):
        raise UsageError("-o names one cassette, and there may be several to recover")
    policy = policy_of(policy_file, switches)
    lost = False
    for path in files:
        with files.reading():
            if path not in paths and not _is_due(Path(path)):
                continue
            lost = _recover(Path(path), target, policy, force) or lost
    files.finish()
    return _LOST if lost else 0


def _is_due(path: Path) -> bool:
    """Whether a file of a folder, which was not asked for by name, is to be recovered."""
    if lock.is_live(path):
        click.echo(f"{sanitise(str(path))}: being written, left alone", err=True)
        return False
    return needs_recovery(path)


def _recover(source: Path, target: str | None, policy: Policy, force: bool) -> bool:
    """Recover one file; whether anything was lost."""
    goal = Path(target) if target else default_target(source)
    done = recover_file(source, goal, policy, overwrite=force)
    _report(str(source), done)
    return bool(done.problems)


def _report(path: str, done: Recovery) -> None:
    saved = ", ".join(
        output.counted(count, what)
        for count, what in ((done.exchanges, "exchange"), (done.chunks, "chunk"), (done.size, "byte"))
    )
    if done.is_empty:
        click.echo(f"{sanitise(path)}: nothing was recorded in it; removed", err=True)
        return
    click.echo(f"{sanitise(path)}: saved {saved} to {sanitise(str(done.target))}", err=True)
    if done.redacted:
        click.echo(f"  replaced in bodies: {output.counted(done.redacted, 'span')}", err=True)
    for number, place in done.unscanned:
        click.echo(f"  exchange {number}: {sanitise(place)} could not be read for secrets", err=True)
    for number in done.ended:
        click.echo(f"  exchange {number} had no end: marked truncated", err=True)
    for problem in done.problems:
        where = f"line {problem.line} (byte {problem.byte}): " if problem.line is not None else ""
        click.echo(f"  not saved: {where}{sanitise(problem.what)}", err=True)
