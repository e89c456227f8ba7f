"""A span of text that is a secret, and the text that takes its place.

Knows characters one byte wide (headers read as ISO-8859-1, URLs in ASCII, bodies as their bytes), so that
a character is a byte.
"""

from __future__ import annotations

import base64
import enum
import hashlib
import re
from collections.abc import Sequence

import msgspec

from playhead.model import Redaction

MARK = "REDACTED"
_OURS = re.compile(f"(?:{MARK})+" + r"(?:-[A-Za-z0-9_-]*|x[A-Za-z0-9]*)?")
_NINES = re.compile(r"9+")


class Form(enum.Enum):
    """What may take the place of a secret."""

    TEXT = enum.auto()
    BASE64 = enum.auto()
    """Letters and digits only: what stands around is base64 of either alphabet."""
    NUMBER = enum.auto()
    """Nines: a JSON number must stay one."""


class Span(msgspec.Struct, frozen=True):
    """The characters `start` to `end` of a text, and the rule that found them."""

    start: int
    end: int
    rule: str
    form: Form = Form.TEXT
    value: str | None = None
    """The secret itself, where it is not the text as it stands: its escapes are undone."""


def placeholder(secret: str, key: bytes) -> str:
    """As long as `secret`, with `REDACTED` in it where that fits; the rest is derived with `key`.

    `key` has 1 to 64 bytes. The derived characters are letters, digits, `-` and `_`: legal in a header,
    in a URL and in a JSON string.

    >>> placeholder("hunter2", b"k")
    'REDACTE'
    >>> len(placeholder("a longer secret", b"k"))
    15
    """
    return filler(secret, key, len(secret))


def filler(secret: str, key: bytes, length: int, form: Form = Form.TEXT) -> str:
    """The placeholder of `secret` in any length: shorter ones are beginnings of longer ones."""
    if form is Form.NUMBER:
        return "9" * length
    room = length - len(MARK) - 1
    if room < 1:
        return (MARK + ("-" if form is Form.TEXT else "x"))[:length]
    derived = _derived(secret, key, room)
    if form is Form.TEXT:
        return f"{MARK}-{derived}"
    return f"{MARK}x{derived.replace('-', 'x').replace('_', 'y')}"


def is_ours(value: str, form: Form = Form.TEXT) -> bool:
    """Whether `value` is what a placeholder looks like.

    >>> is_ours("REDACTED-k7Qd"), is_ours("REDA"), is_ours("REDACTED; a=b")
    (True, True, False)
    """
    if form is Form.NUMBER:
        return _NINES.fullmatch(value) is not None
    return (bool(value) and MARK.startswith(value)) or _OURS.fullmatch(value) is not None


def merge(spans: Sequence[Span]) -> list[Span]:
    """`spans` in order, those that overlap as one, under the rule of the one that begins first."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            longer = last if last.end - last.start >= span.end - span.start else span
            value = None if longer.end < max(last.end, span.end) else longer.value
            merged[-1] = Span(last.start, max(last.end, span.end), last.rule, last.form, value)
        else:
            merged.append(span)
    return merged


def foreign(text: str, spans: Sequence[Span]) -> list[Span]:
    """`spans` without those that hold a placeholder already: redacting twice changes nothing."""
    return [span for span in spans if not is_ours(text[span.start : span.end], span.form)]


def replace(text: str, spans: Sequence[Span], name: str, key: bytes) -> tuple[str, tuple[Redaction, ...]]:
    """`text` with placeholders for `spans`, which are in order and do not overlap."""
    parts: list[str] = []
    found: list[Redaction] = []
    done = 0
    for span in spans:
        secret = span.value if span.value is not None else text[span.start : span.end]
        parts += (text[done : span.start], filler(secret, key, span.end - span.start, span.form))
        found.append(Redaction(name, span.rule, span.start, span.end - span.start))
        done = span.end
    parts.append(text[done:])
    return "".join(parts), tuple(found)


def _derived(secret: str, key: bytes, length: int) -> str:
    """`length` characters that depend on the secret and the key, and tell neither."""
    data = hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), key=key).digest()
    blocks = (
        hashlib.blake2b(data, key=key, digest_size=48, salt=number.to_bytes(8, "big")).digest()
        for number in range(length // 64 + 1)
    )
    return base64.urlsafe_b64encode(b"".join(blocks)).decode("ascii")[:length]
