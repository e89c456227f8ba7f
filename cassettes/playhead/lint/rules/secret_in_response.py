"""Credentials in what was answered. Knows frames and blocks."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.scan import frame_at, pieces
from playhead.lint.secrets import Secret, in_text


def _find(exchange: Exchange) -> Iterator[Spot]:
    """In the bytes, then in the blocks: a key in small deltas stands in no event as a whole."""
    said: set[str] = set()
    for offset, piece in pieces(chunk.data for chunk in exchange.chunks if not chunk.undecoded):
        text = piece.decode("latin-1")
        for secret in in_text(text, "response body"):
            said.add(text[secret.start : secret.start + secret.size])
            start = offset + secret.start
            frame = frame_at(exchange, start) if exchange.is_stream else None
            yield Spot(_words(Secret(secret.where, secret.kind, start, secret.size)), frame)
    for block in exchange.final().blocks:
        text = block.text
        for secret in in_text(text, f"the text of block {block.number}"):
            if text[secret.start : secret.start + secret.size] not in said:
                yield Spot(_words(secret), block=block.number)


def _words(secret: Secret) -> str:
    return f"what looks like a credential: {secret}"


RULE = Rule(
    id="secret-in-response",
    group=Group.SECRETS,
    severity=Severity.WARNING,
    title="what looks like a credential in the response",
    explanation=(
        "The model, or a tool whose result is part of the stream, wrote something that has the shape of a"
        " well-known key. Bodies are recorded as they are, so it is in the file. Withdraw it if it is real,"
        " and find out how the model came to know it."
    ),
    source="playhead.redaction.rules: prefixes of well-known keys",
    find=_find,
)
