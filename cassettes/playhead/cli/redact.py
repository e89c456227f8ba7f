"""`playhead redact`: take secrets out of cassettes, or tell whether any are left."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from playhead.cli import inputs, output
from playhead.cli.policies import policy_of, policy_options
from playhead.errors import UsageError
from playhead.redaction.policy import UNSCANNED, Policy
from playhead.sanitise import sanitise
from playhead.store.files import PARTIAL
from playhead.store.redact import Left, Redacted, redact_file, secrets_left

_FINDINGS = 1
_FORMATS = ("text", "json")


@click.command(
    epilog=(
        "JSON of --check is one object: ok, and findings (path, exchange, place, frame, rule, byte_offset,"
        " bytes, pieces), in which rule is unscanned where nobody could look. Without it: cassettes (path,"
        " target, exchanges, replaced by rule, unscanned). Values are never printed."
        " Exit codes: 0 fine, 1 secrets left (--check), 2 usage, 3 a file that cannot be read, 4 cannot run."
    )
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("-o", "--output", "target", metavar="OUT", help="Write to OUT; a single PATH is left as it is.")
@click.option("--force", is_flag=True, help="Replace OUT where it exists.")
@policy_options
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 where a secret is left.")
@click.option("--format", "format_", type=click.Choice(_FORMATS), default="text", show_default=True)
def redact(
    paths: tuple[str, ...],
    target: str | None,
    force: bool,
    policy_file: str | None,
    check: bool,
    format_: str,
    **switches: tuple[str, ...],
) -> int:
    """Replace the secrets in cassettes by placeholders of the same length.

    Headers that are on no list, known parameters and members, well-known keys anywhere: also those that only
    the text of a stream holds as a whole, delta by delta, and in base64. Chunks, times and framing stay as
    they are. Without -o the file itself is replaced. What cannot be read for secrets, such as bytes that are
    still compressed, is marked unscanned.

    What counts as a secret is the built-in policy, with what --policy and the switches add to it or take
    from it; these may be repeated.
    """
    policy = policy_of(policy_file, switches)
    files = inputs.Each(paths)
    if check:
        if target is not None:
            raise UsageError("--check writes nothing: leave out -o")
        return _check(files, policy, format_)
    if inputs.STDIN in paths:
        raise UsageError("redact works on files, not on standard input", hint="--check reads it, though.")
    if target is not None and (files.several or Path(paths[0]).is_dir()):
        raise UsageError("-o names one cassette, and there are several to redact")
    _redact(files, paths, target, policy, force, format_)
    return 0


def _redact(
    files: inputs.Each, paths: tuple[str, ...], target: str | None, policy: Policy, force: bool, format_: str
) -> None:
    rows: list[Mapping[str, object]] = []
    for path in files:
        if path.endswith(PARTIAL) and path not in paths:
            click.echo(f"{sanitise(path)}: unfinished, left to `playhead recover`", err=True)
            continue
        with files.reading():
            done = redact_file(path, target or path, policy, overwrite=force)
            inputs.say_torn(path, done.torn)
            rows.append(_row(path, done))
            if format_ == "text":
                _report(path, done)
    if format_ == "json":
        sys.stdout.write(output.json_document({"cassettes": rows}) + "\n")
    files.finish()


def _row(path: str, done: Redacted) -> Mapping[str, object]:
    return {
        "path": path,
        "target": str(done.target),
        "exchanges": done.exchanges,
        "replaced": done.replaced,
        "unscanned": [{"exchange": number, "place": place} for number, place in done.unscanned],
    }


def _report(path: str, done: Redacted) -> None:
    spans = output.counted(sum(done.replaced.values()), "span")
    rules = ", ".join(f"{rule} {count:,}" for rule, count in done.replaced.items())
    what = f"replaced {spans}" + (f" ({rules})" if rules else "")
    where = "" if str(done.target) == path else f", written to {sanitise(str(done.target))}"
    click.echo(f"{sanitise(path)}: {what}{where}", err=True)
    for number, place in done.unscanned:
        click.echo(f"  exchange {number}: {sanitise(place)} could not be read for secrets", err=True)


def _check(files: inputs.Each, policy: Policy, format_: str) -> int:
    rows: list[Mapping[str, object]] = []
    for path in files:
        with files.reading():
            cassette = inputs.open_cassette(path)
            for left in secrets_left(cassette, policy):
                rows.append(_found(cassette.name, left))
                if format_ == "text":
                    sys.stdout.write(_line(cassette.name, left))
            inputs.say_torn(cassette.name, cassette.torn)
    if format_ == "json":
        sys.stdout.write(output.json_document({"ok": not rows, "findings": rows}) + "\n")
    files.finish()
    return _FINDINGS if rows else 0


def _found(path: str, left: Left) -> Mapping[str, object]:
    return {
        "path": path,
        "exchange": left.exchange,
        "place": left.place,
        "frame": left.frame,
        "rule": left.rule,
        "byte_offset": left.byte_offset,
        "bytes": left.bytes,
        "pieces": left.pieces,
    }


def _line(path: str, left: Left) -> str:
    exchange = f"exchange {left.exchange}, " if left.exchange is not None else ""
    frame = f", frame {left.frame}" if left.frame is not None else ""
    size = f", {output.counted(left.bytes, 'byte')}" if left.bytes is not None else ""
    at = f" at {left.byte_offset:,}" if left.byte_offset is not None else ""
    pieces = f" in {left.pieces} pieces" if left.pieces > 1 else ""
    if left.rule == UNSCANNED:
        size, at = ", not readable for secrets", f" from byte {left.byte_offset:,} on" if at else ""
    return f"{sanitise(path)}: {exchange}{sanitise(left.place)}{frame}: {left.rule}{size}{at}{pieces}\n"
