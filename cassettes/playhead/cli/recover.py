"""`playhead recover`: save what is readable of damaged or unfinished cassettes."""

from __future__ import annotations

from pathlib import Path

import click

from playhead.cli import inputs, output
from playhead.errors import UsageError
from playhead.sanitise import sanitise
from playhead.store.recover import Recovery, default_target, needs_recovery
from playhead.store.recover import recover as recover_file

_LOST = 1


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("-o", "--output", "target", metavar="OUT", help="The cassette to write, for a single PATH.")
@click.option("--force", is_flag=True, help="Replace cassettes that exist.")
def recover(paths: tuple[str, ...], target: str | None, force: bool) -> int:
    """Save what is readable of cassettes whose recorder was killed, or that were damaged since.

    NAME.partial becomes NAME; a damaged NAME.cassette.jsonl is left alone, and what is readable goes to
    NAME.recovered.cassette.jsonl. Of a folder, only what is unfinished or damaged is taken, and never what
    is being written. Exit code 1 where something could not be saved.
    """
    if inputs.STDIN in paths:
        raise UsageError("recover works on files, not on standard input")
    files = inputs.Each(paths)
    if target is not None and (files.several or Path(paths[0]).is_dir()):
        raise UsageError("-o names one cassette, and there may be several to recover")
    lost = False
    for path in files:
        with files.reading():
            if path not in paths and not needs_recovery(Path(path)):
                continue  # it was not asked for by name, and is well or being written
            lost = _recover(Path(path), target, force) or lost
    files.finish()
    return _LOST if lost else 0


def _recover(source: Path, target: str | None, force: bool) -> bool:
    """Recover one file; whether anything was lost."""
    done = recover_file(source, Path(target) if target else default_target(source), overwrite=force)
    _report(str(source), done)
    return bool(done.problems)


def _report(path: str, done: Recovery) -> None:
    saved = ", ".join(
        output.counted(count, what)
        for count, what in ((done.exchanges, "exchange"), (done.chunks, "chunk"), (done.size, "byte"))
    )
    click.echo(f"{sanitise(path)}: saved {saved} to {sanitise(str(done.target))}", err=True)
    for number in done.ended:
        click.echo(f"  exchange {number} had no end: marked truncated", err=True)
    for problem in done.problems:
        where = f"line {problem.line} (byte {problem.byte}): " if problem.line is not None else ""
        click.echo(f"  not saved: {where}{sanitise(problem.what)}", err=True)
