"""`playhead samples`: the cassettes that ship with Playhead, and where they are."""

from __future__ import annotations

import click

from playhead.samples import names, sample


@click.command()
@click.argument("name", required=False)
def samples(name: str | None) -> None:
    """List the cassettes that ship with Playhead; with NAME, print its path.

    For example: playhead events "$(playhead samples cut)"
    """
    if name is not None:
        click.echo(sample(name))
        return
    for each in names():
        click.echo(f"{each:<22} {sample(each)}")
