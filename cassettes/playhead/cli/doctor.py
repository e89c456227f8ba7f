"""`playhead doctor`: can this machine record, and what is in the way?"""

from __future__ import annotations

import importlib
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click

from playhead.cli import extras, output
from playhead.doctor import CHECKS, Finding, Level, Surroundings, examine
from playhead.sanitise import sanitise

RECORDER = "playhead_recorder.doctor"
"""The recorder's own checks: named, not imported, as its commands are."""
_LAST_PORT = 65535
_WORDS = {Level.OK: "ok", Level.NOTE: "note", Level.WARN: "WARN", Level.FAIL: "FAIL"}


@click.command()
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("recordings"),
    show_default=True,
    help="The folder for cassettes that is looked at.",
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    default="127.0.0.1:8765",
    show_default=True,
    help="Where a recorder would listen.",
)
@click.option(
    "--confdir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path("~/.mitmproxy"),
    show_default=True,
    help="mitmproxy's folder, with its CA.",
)
@click.option("--live", is_flag=True, help="Record a small stream on this machine too, and look at it.")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
def doctor(folder: Path, listen: str, confdir: Path, live: bool, format_: str) -> int:
    """Check what recording needs: installation, folder, port, proxy and CA variables, certificates, clients.

    Nothing is changed, and nothing leaves this machine. Exit code 1 where something does not work as it is
    (FAIL), else 0.
    """
    host, number = _address(listen)
    surroundings = Surroundings(
        environ=os.environ,
        folder=Path(os.path.abspath(folder.expanduser())),  # noqa: PTH100 - links as the user wrote them
        host=host,
        port=number,
        confdir=confdir.expanduser(),
    )
    recorder: Any = importlib.import_module(RECORDER)
    if live:
        extras.need_record("`playhead doctor --live`")
    found = examine((*CHECKS, *recorder.CHECKS), surroundings)
    if live:
        found += recorder.live()
    sys.stdout.write(_json(found) if format_ == "json" else _text(found))
    return 1 if any(finding.level is Level.FAIL for finding in found) else 0


def _address(text: str) -> tuple[str, int]:
    host, colon, number = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not number.isascii() or not number.isdigit() or int(number) > _LAST_PORT:
        raise click.BadParameter(f"{sanitise(text)!r} is not HOST:PORT", param_hint="--listen")
    return host, int(number)


def _text(found: list[Finding]) -> str:
    """A row for each finding, with what to do below it."""
    width = max(len(finding.name) for finding in found)
    lines = []
    for finding in found:
        lines.append(f"{_WORDS[finding.level]:<4}  {finding.name:<{width}}  {sanitise(finding.what)}")
        if finding.fix is not None:
            lines.append(f"{'':<4}  {'':<{width}}  fix: {sanitise(finding.fix)}")
    counts = Counter(finding.level for finding in found)
    lines.append(", ".join(f"{counts[level]} {_WORDS[level]}" for level in Level if counts[level]))
    return "\n".join(lines) + "\n"


def _json(found: list[Finding]) -> str:
    return (
        output.json_document(
            {
                "ok": all(finding.level is not Level.FAIL for finding in found),
                "findings": [
                    {
                        "name": finding.name,
                        "level": finding.level.value,
                        "what": sanitise(finding.what),
                        "fix": sanitise(finding.fix) if finding.fix is not None else None,
                    }
                    for finding in found
                ],
            },
            indent=2,
        )
        + "\n"
    )
