"""`playhead diff`: two cassettes, or two exchanges, side by side.

Knows options and documents; `playhead.diff` finds the changes and tells them.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from playhead.cli import inputs, output
from playhead.diff import ABSENT, Change, Section, Settings, compare_pair, pairs, told
from playhead.errors import UsageError
from playhead.exchange import Exchange

_NUMBERED = re.compile(r"(.+)#(\d{1,9})")
_SECTIONS = [section.value for section in Section]
_SHOWN = 20
"""Changes of one section that text shows."""


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--only", multiple=True, type=click.Choice(_SECTIONS), help="Compare this part; repeatable.")
@click.option("--skip", multiple=True, type=click.Choice(_SECTIONS), help="Leave this part out; repeatable.")
@click.option(
    "--ignore", multiple=True, metavar="NAME", help="A header or JSON member that does not count; repeatable."
)
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=0.05,
    show_default=True,
    metavar="SECONDS",
    help="By how much two times may differ.",
)
@click.option("--all", "all_", is_flag=True, help=f"Show more than {_SHOWN} changes of a part.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def diff(
    a: str,
    b: str,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    ignore: tuple[str, ...],
    tolerance: float,
    all_: bool,
    format_: str,
) -> int:
    """Tell how B differs from A: request, head, message, events, ending, timing.

    A and B are cassettes, whose exchanges are compared by number, or single exchanges: `PATH#2`. `-` is
    standard input. Exit code 0 where nothing differs, 1 where something does.
    """
    sections = (set(map(Section, only)) or set(Section)) - set(map(Section, skip))
    if not sections:
        raise UsageError(
            "--only and --skip leave nothing to compare", hint="Skip less, or name more parts with --only."
        )
    if not math.isfinite(tolerance):
        raise UsageError(f"--tolerance: {tolerance} is no number of seconds")
    settings = Settings.of(sections, ignore, tolerance)
    if a == b == inputs.STDIN:
        raise UsageError("standard input cannot be both A and B")
    side_a, side_b = _open(a), _open(b)
    found = [(numbers, list(compare_pair(*pair, settings))) for numbers, pair in _pairs(side_a, side_b)]
    equal = not any(changes for _, changes in found)
    if format_ == "json":
        sys.stdout.write(output.json_document(_document(a, b, equal, found)) + "\n")
    else:
        sys.stdout.writelines(line + "\n" for line in _text(found, None if all_ else _SHOWN))
    return 0 if equal else 1


_Numbers = tuple[int | None, int | None]


def _open(name: str) -> Mapping[int, Exchange]:
    """A cassette, or one exchange of it."""
    numbered = _NUMBERED.fullmatch(name)
    if numbered is None or Path(name).exists():
        cassette = inputs.open_cassette(name)
        inputs.say_torn(cassette.name, cassette.torn)
        return cassette
    number = int(numbered[2])
    return {number: inputs.open_cassette(numbered[1])[number]}


def _pairs(
    a: Mapping[int, Exchange], b: Mapping[int, Exchange]
) -> Iterator[tuple[_Numbers, tuple[Exchange | None, Exchange | None]]]:
    """What is compared with what: the one with the one where both sides are one, else by number."""
    if len(a) == len(b) == 1:
        (one,), (other,) = a.values(), b.values()
        yield (one.number, other.number), (one, other)
        return
    for one_, other_ in pairs(a, b):
        yield (one_.number if one_ else None, other_.number if other_ else None), (one_, other_)


def _document(a: str, b: str, equal: bool, found: list[tuple[_Numbers, list[Change]]]) -> dict[str, object]:
    return {
        "a": a,
        "b": b,
        "equal": equal,
        "exchanges": [
            {"a": numbers[0], "b": numbers[1], "changes": [_row(change) for change in changes]}
            for numbers, changes in found
        ],
    }


def _row(change: Change) -> dict[str, object]:
    sides = {name: value for name, value in (("a", change.a), ("b", change.b)) if value is not ABSENT}
    offset = {} if change.offset is None else {"offset": change.offset}
    return {"section": change.section, "path": change.path, "way": change.way, **sides, **offset}


def _text(found: list[tuple[_Numbers, list[Change]]], shown: int | None) -> Iterator[str]:
    for (number_a, number_b), changes in found:
        if not changes:
            continue
        yield f"exchange {number_a}" if number_a == number_b else f"exchange {number_a} and {number_b}"
        yield from told.lines(changes, shown, ": --all shows them")
    total = sum(len(changes) for _, changes in found)
    yield output.counted(total, "difference") if total else "no differences"
