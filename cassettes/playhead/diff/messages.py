"""The message of two exchanges: facts, then block by block.

Knows what readings add up to; no protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from playhead.diff.model import ABSENT, Settings
from playhead.diff.texts import runs
from playhead.diff.values import Difference, differences, texts
from playhead.protocols.blocks import Block, BlockKind
from playhead.protocols.ledger import Json
from playhead.protocols.state import State

_FACTS = ("protocol", "model", "role", "stop_reason", "is_complete", "error", "usage")


def messages(a: State, b: State, settings: Settings) -> Iterator[Difference]:
    """What two states say, in the words of every protocol. The message's own id does not count."""
    for name in _FACTS:
        if not settings.ignores(name):
            yield from differences(name, getattr(a, name), getattr(b, name), settings)
    yield from _blocks(a.blocks, b.blocks, settings)


def _blocks(a: Sequence[Block], b: Sequence[Block], settings: Settings) -> Iterator[Difference]:
    """Aligned by what they are, then compared each with its own."""
    for block_a, block_b in _paired(a, b):
        if block_a is None:
            assert block_b is not None
            yield Difference(f"block {block_b.number}", ABSENT, _described(block_b))
        elif block_b is None:
            yield Difference(f"block {block_a.number}", _described(block_a), ABSENT)
        else:
            yield from _block(block_a, block_b, settings)


def _paired(a: Sequence[Block], b: Sequence[Block]) -> Iterator[tuple[Block | None, Block | None]]:
    at_a = at_b = 0
    for run in runs([_identity(block) for block in a], [_identity(block) for block in b]):
        while at_a < run.a_from:
            yield a[at_a], b[at_b]
            at_a, at_b = at_a + 1, at_b + 1
        for at in range(run.a_from, run.a_to):
            yield a[at], None
        for at in range(run.b_from, run.b_to):
            yield None, b[at]
        at_a, at_b = run.a_to, run.b_to
    yield from zip(a[at_a:], b[at_b:], strict=True)


def _identity(block: Block) -> tuple[str, str, int, str | None]:
    return block.kind.value, block.type, block.choice, block.name


def _block(a: Block, b: Block, settings: Settings) -> Iterator[Difference]:
    path = f"block {a.number}"
    if a.kind is BlockKind.TOOL_CALL and a.input is not None and b.input is not None:
        yield from differences(f"{path}.input", a.input, b.input, settings)
    else:
        yield from texts(f"{path}.text", a.text, b.text)
        yield from differences(f"{path}.data", a.data, b.data, settings)
    yield from differences(f"{path}.citations", a.citations, b.citations, settings)
    if a.is_open is not b.is_open:
        yield Difference(f"{path}.open", a.is_open, b.is_open)


def _described(block: Block) -> Json:
    """A block that only one side has, as JSON."""
    described: dict[str, Json] = {"kind": block.kind.value, "type": block.type}
    if block.name is not None:
        described["name"] = block.name
    if block.size:
        described["text"] = block.text
    if block.data is not None:
        described["data"] = block.data
    return described
