"""`playhead describe`: an AsyncAPI document of what cassettes hold.

Knows options and files; `playhead.asyncapi` observes and writes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import click

from playhead.asyncapi.describe import TITLE, Spec
from playhead.asyncapi.describe import describe as described
from playhead.asyncapi.observe import Observer
from playhead.cli import inputs, output
from playhead.errors import MissingExtra
from playhead.protocols.ledger import Json


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--spec",
    type=click.Choice([spec.value for spec in Spec]),
    default=Spec.V2_6.value,
    show_default=True,
    help="The version of AsyncAPI.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(("json", "yaml")),
    default="json",
    show_default=True,
    help="YAML needs the extra `lint`.",
)
@click.option("--title", default=TITLE, show_default=True, help="The title of the document.")
def describe(paths: tuple[str, ...], spec: str, format_: str, title: str) -> None:
    """Write an AsyncAPI document of the streams that cassettes hold.

    Channels are the paths of the URLs, messages the names of the events; schemas are what all payloads have
    in common. No recorded value stands in it but the words that tell payloads apart (`type`, `object`).

    Then `playhead lint --asyncapi FILE` tells what is different in another recording.
    """
    dump = _dumper(format_)
    observer = Observer()
    files = inputs.Each(paths)
    for path in files:
        with files.reading():
            cassette = inputs.open_cassette(path)
            for exchange in cassette.exchanges:
                observer.add(exchange)
            inputs.say_torn(cassette.name, cassette.torn)
    if observer.left_out:
        text = f"{output.counted(observer.left_out, 'exchange')} left out: no stream of events"
        click.echo(text, err=True)
    sys.stdout.write(dump(described(observer, spec=Spec(spec), title=title)))
    files.finish()


def _dumper(format_: str) -> Callable[[Json], str]:
    """How the document is written; asked for first, so that nothing is read in vain."""
    if format_ == "json":
        return lambda document: json.dumps(document, indent=2) + "\n"
    try:
        import yaml  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise MissingExtra("playhead describe --format yaml", "lint", "pyyaml") from None
    return lambda document: yaml.safe_dump(_unshared(document), sort_keys=False)


def _unshared(document: Json) -> Json:
    """A copy in which nothing stands twice: YAML would make anchors of it."""
    copy: Json = json.loads(json.dumps(document))
    return copy
