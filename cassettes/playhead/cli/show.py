"""`playhead show`: the message that a stream carries, as it stood after any frame.

Knows options and layout; no protocol.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence

import click

from playhead.cli import inputs, output
from playhead.cli.lint_report.text import GLYPHS
from playhead.errors import InputError
from playhead.exchange import Exchange
from playhead.findings import Finding
from playhead.protocols.blocks import Block, BlockKind
from playhead.protocols.ledger import Json
from playhead.protocols.state import State
from playhead.sanitise import sanitise, sanitise_lines

_ADDED = ("▐", "▌")
"""What stands around the text that the frame brought."""
_SIGNATURE = 72


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--exchange", type=click.IntRange(min=1), metavar="N", help="Only this exchange.")
@click.option("--at", type=click.IntRange(min=0), metavar="N", help="After frame N; the end by default.")
@click.option("--protocol", metavar="NAME", help="Read it by this protocol, whatever it looks like.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(
    paths: tuple[str, ...], exchange: int | None, at: int | None, protocol: str | None, format_: str
) -> None:
    """Show the message in each exchange as the official client reads it, `-` for standard input.

    With --at, as it stood after that frame; what the frame added stands between ▐ and ▌. In JSON each
    exchange is an object on a line of its own: `exchange`, `protocol`, `complete`, `ending`, `message` (in
    the protocol's own shape), `error`, `findings`.
    """
    files = inputs.Each(paths)
    for path in files:
        with files.reading():
            _show(path, exchange, at, protocol, format_, files.several)
    files.finish()


def _show(
    path: str, only: int | None, at: int | None, protocol: str | None, format_: str, several: bool
) -> None:
    cassette = inputs.open_cassette(path)
    chosen = cassette.exchanges if only is None else (cassette[only],)
    if format_ == "text" and several:
        sys.stdout.write(f"==> {sanitise(cassette.name)} <==\n")
    too_short: list[str] = []
    for exchange in chosen:
        if protocol is not None:
            exchange.use_protocol(protocol)
        if at is not None and at > len(exchange.reading):
            too_short.append(
                f"exchange {exchange.number} has {output.counted(len(exchange.reading), 'frame')}"
            )
            continue
        state, found = _state(exchange, at)
        if format_ == "json":
            named = {"path": cassette.name} if several else {}
            sys.stdout.write(output.json_document(named | _row(exchange, state, found)) + "\n")
        else:
            sys.stdout.writelines(line + "\n" for line in _text(exchange, state, found, at is not None))
    inputs.say_torn(cassette.name, cassette.torn)
    if too_short:
        raise InputError(f"{cassette.name} has no frame {at}: {', '.join(too_short)}")


def _state(exchange: Exchange, at: int | None) -> tuple[State, list[Finding]]:
    from playhead import lint

    if at is None:
        return exchange.final(), lint.check(exchange)
    return exchange.at(at), [found for found in lint.check(exchange) if found.frame and found.frame <= at]


def _row(exchange: Exchange, state: State, findings: Sequence[Finding]) -> dict[str, object]:
    return {
        "exchange": exchange.number,
        "protocol": state.protocol,
        "complete": state.is_complete,
        "ending": exchange.ending.kind.value,
        "message": state.message,
        "error": state.error,
        "findings": [_finding_row(finding) for finding in findings],
    }


def _finding_row(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "frame": finding.frame,
        "block": finding.block,
    }


def _text(exchange: Exchange, state: State, findings: Sequence[Finding], mark: bool) -> Iterator[str]:
    yield _title(exchange, state)
    yield from _facts(exchange, state, mark)
    for block in state.blocks:
        yield ""
        yield _heading(block)
        yield from _body(block, mark)
    if findings:
        yield ""
    for finding in findings:
        where = f"frame {finding.frame}: " if finding.frame else ""
        yield f"{GLYPHS[finding.severity]} {finding.rule}: {where}{sanitise(finding.message)}"
    yield ""


def _title(exchange: Exchange, state: State) -> str:
    request, response = exchange.request, exchange.response
    asked = f"{request.method} {request.url}" if request else "(request unknown)"
    status = f" → {response.status}" if response else ""
    return f"exchange {exchange.number}  {state.protocol}  {sanitise(asked)}{status}"


def _facts(exchange: Exchange, state: State, mark: bool) -> Iterator[str]:
    facts = {
        "model": state.model,
        "id": state.id,
        "role": state.role,
        "stop reason": state.stop_reason,
        "usage": _compact(state.usage),
        "error": _compact(state.error),
    }
    yield from (f"  {name:<12} {sanitise(value)}" for name, value in facts.items() if value is not None)
    whole = "complete" if state.is_complete else "not complete"
    after = f" after frame {state.frame} of {len(exchange.reading)}" if mark else ""
    yield f"  {'message':<12} {whole}{after}; the response: {exchange.ending.kind.value}"


def _compact(value: Json) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _heading(block: Block) -> str:
    parts = [f"── {block.number}", block.type]
    if block.choice:
        parts.append(f"choice {block.choice}")
    parts += [sanitise(part) for part in (block.name, block.id) if part is not None]
    if block.is_open:
        parts.append("(open)")
    return sanitise(" ".join(parts)) + " ──"


def _body(block: Block, mark: bool) -> Iterator[str]:
    """What the block says; a tool's input as JSON where it can be read, unless what was added is marked."""
    if block.size:
        yield from sanitise_lines(_marked(block) if mark else _readable(block)).split("\n")
    data = block.data
    if data is not None and not (block.kind is BlockKind.TOOL_CALL and block.size):
        yield from _pretty(data).split("\n")
    if block.signature:
        yield f"signature: {output.cut(sanitise(block.signature), _SIGNATURE)}"
    for citation in block.citations:
        yield f"citation: {sanitise(_compact(citation) or '')}"


def _marked(block: Block) -> str:
    start, end = block.added
    if start == end:
        return block.text
    return block.cut(0, start) + _ADDED[0] + block.cut(start, end) + _ADDED[1]


def _readable(block: Block) -> str:
    if block.kind is BlockKind.TOOL_CALL and isinstance(block.input, dict | list):
        return _pretty(block.input)
    return block.text


def _pretty(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return sanitise_lines(text)
