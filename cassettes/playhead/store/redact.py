"""A cassette written anew without its secrets: the same records, in as many bytes of body, at the same times.

Two passes: one finds what is secret, exchange by exchange; the other copies the lines, and encodes again
only those in which something changes. Knows files and records; what is secret, `playhead.redaction` knows.
"""

from __future__ import annotations

import os
import secrets
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from playhead.errors import CannotRun, UsageError
from playhead.exchange import Exchange
from playhead.format import codec, records
from playhead.redaction.policy import DEFAULT, UNSCANNED, Policy
from playhead.store import lock
from playhead.store.cassette import Cassette, load
from playhead.store.files import packed, write_whole
from playhead.store.lines import TornTail
from playhead.store.rewrite import Rewriter

_KEY_BYTES = 32
_NO_KEY = b"-"
"""For placeholders that are thrown away."""
_BODIES = ("request.body", "response.body")


class Redacted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a cassette."""

    target: Path
    exchanges: int
    replaced: dict[str, int]
    """How many spans, by rule."""
    unscanned: tuple[tuple[int, str], ...]
    """Bodies that could not be read for secrets, or not to their end: exchange and place."""
    torn: TornTail | None


def redact_file(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    policy: Policy = DEFAULT,
    *,
    overwrite: bool = False,
) -> Redacted:
    """Write the cassette at `source` to `target` without its secrets; the two may be the same.

    `target` appears whole or not at all. Where its name ends in `.zst` it is compressed. A torn last line
    is left out. Raises `CannotRun` where `source` is being written or `target` cannot be, `UsageError`
    where `target` is another file that exists, and what `playhead.load` raises.
    """
    origin, goal = Path(source), Path(target).resolve()
    if goal.exists() and not overwrite and not (origin.exists() and goal.samefile(origin)):
        raise UsageError(f"{goal} exists already", hint="Choose another name, or replace it with --force.")
    if lock.is_live(origin):
        raise CannotRun(f"{origin} is being written", hint="Stop its recorder first.")
    cassette = load(origin)
    rewriter = rewriter_of(cassette, policy)
    write_whole(goal, packed(goal, redacted_lines(cassette, rewriter)), overwrite=True)
    return Redacted(
        target=Path(target),
        exchanges=len(cassette),
        replaced=dict(sorted(Counter(each.rule for _, each in rewriter.replaced).items())),
        unscanned=tuple((number, place) for number, place, _ in rewriter.unscanned),
        torn=cassette.torn,
    )


def rewriter_of(
    cassette: Cassette, policy: Policy, without: Collection[int] = (), key: bytes | None = None
) -> Rewriter:
    """What takes the secrets out of a cassette, with a key that is forgotten with it: nobody can try guesses
    against the placeholders. The exchanges `without` are not looked at. `key` is one that was used in a part
    of the cassette already, and is forgotten then too.
    """
    exchanges = (each for each in cassette.exchanges if each.number not in without)
    return Rewriter(exchanges, policy, key or secrets.token_bytes(_KEY_BYTES))


def redacted_lines(cassette: Cassette, rewriter: Rewriter, without: Collection[int] = ()) -> Iterator[bytes]:
    """The lines of the cassette without its secrets and some exchanges, from the header on."""
    yield from _rewritten(cassette, rewriter, without)


def _rewritten(cassette: Cassette, rewriter: Rewriter, without: Collection[int] = ()) -> Iterator[bytes]:
    """Raises `DamagedCassette` at the first line that is no record."""
    done = -1

    def counted() -> Iterator[bytes]:
        nonlocal done
        for line in cassette.lines():
            done += 1
            if not without or codec.envelope(line).exchange not in without:
                yield line

    lines = counted()
    try:
        yield codec.encode(rewriter.header(next(lines)))
        yield codec.encode(records.Columns())
        for line in rewriter.lines(lines):
            yield line.rstrip(b"\r\n") + b"\n" if line.endswith(b"\r\n") else line
    except codec.LineError as error:
        cassette.damaged(done, str(error))


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that a cassette still holds, or what nobody could read for secrets. Never its value."""

    rule: str
    """`unscanned` where nobody could look."""
    place: str
    """As `redaction` records name it: `url`, `request.headers.cookie`, `response.body`."""
    exchange: int | None = None
    frame: int | None = None
    """In which a body's secret begins, from 1."""
    byte_offset: int | None = None
    bytes: int | None = None
    pieces: int = 1
    """In how many parts it came."""


def secrets_left(cassette: Cassette, policy: Policy = DEFAULT) -> list[Left]:
    """What `redact_file` would replace, and what it could not scan; by exchange."""
    rewriter = Rewriter(cassette.exchanges, policy, _NO_KEY)
    for _ in _rewritten(cassette, rewriter):
        pass
    left = [
        Left(exchange=number, place=each.name, rule=each.rule, byte_offset=each.byte_offset, bytes=each.size)
        for number, each in rewriter.replaced
        if each.name not in _BODIES
    ]
    for number, place, secret in rewriter.secrets():
        start = secret.pieces[0][0]
        left.append(
            Left(
                exchange=number,
                place=place,
                rule=secret.rule,
                frame=_frame(cassette[number], start) if place == "response.body" else None,
                byte_offset=start,
                bytes=secret.size,
                pieces=len(secret.pieces),
            )
        )
    left += [
        Left(exchange=number, place=place, rule=UNSCANNED, byte_offset=offset)
        for number, place, offset in rewriter.unscanned
    ]
    return sorted(left, key=lambda each: each.exchange or 0)


def _frame(exchange: Exchange, offset: int) -> int | None:
    """The frame that the byte at `offset` stands in; `None` where the body has none."""
    frames = exchange.frames
    return bisect_right(range(len(frames)), offset, key=lambda at: frames.span(at)[0]) or None
