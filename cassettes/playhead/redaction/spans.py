"""A span of text that is a secret, and the text that takes its place.

Knows characters one byte wide (headers read as ISO-8859-1, URLs in ASCII), so that a character is a byte.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

import msgspec

from playhead.model import Redaction

MARK = "REDACTED"


class Span(msgspec.Struct, frozen=True):
    """The characters `start` to `end` of a text, and the rule that found them."""

    start: int
    end: int
    rule: str


def placeholder(secret: str, key: bytes) -> str:
    """As long as `secret`, with `REDACTED` in it where that fits; the rest is derived with `key`.

    `key` has 1 to 64 bytes. The derived characters are letters, digits, `-` and `_`: legal in a header
    and in a URL.

    >>> placeholder("hunter2", b"k")
    'REDACTE'
    >>> len(placeholder("a longer secret", b"k"))
    15
    """
    room = len(secret) - len(MARK) - 1
    if room < 1:
        return (MARK + "-")[: len(secret)]
    return f"{MARK}-{_derived(secret, key, room)}"


def merge(spans: Sequence[Span]) -> list[Span]:
    """`spans` in order, those that overlap as one, under the rule of the one that begins first."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Span(last.start, max(last.end, span.end), last.rule)
        else:
            merged.append(span)
    return merged


def replace(text: str, spans: Sequence[Span], name: str, key: bytes) -> tuple[str, tuple[Redaction, ...]]:
    """`text` with placeholders for `spans`, which are in order and do not overlap."""
    parts: list[str] = []
    found: list[Redaction] = []
    done = 0
    for span in spans:
        parts += (text[done : span.start], placeholder(text[span.start : span.end], key))
        found.append(Redaction(name, span.rule, span.start, span.end - span.start))
        done = span.end
    parts.append(text[done:])
    return "".join(parts), tuple(found)


def _derived(secret: str, key: bytes, length: int) -> str:
    """`length` characters that depend on the secret and the key, and tell neither."""
    data = secret.encode("utf-8", "surrogatepass")
    blocks = (
        hashlib.blake2b(data, key=key, digest_size=48, salt=number.to_bytes(8, "big")).digest()
        for number in range(length // 64 + 1)
    )
    return base64.urlsafe_b64encode(b"".join(blocks)).decode("ascii")[:length]
