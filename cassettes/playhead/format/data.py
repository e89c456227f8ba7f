"""Bytes to data fields and back: text wherever it can be, every byte recoverable."""

from __future__ import annotations

import base64
import binascii

import msgspec

from playhead.format import MAX_DELIVERY, MAX_LINE
from playhead.format.records import WithData

# What JSON may make of text at its worst (\u0000), and room for the other fields.
_SAFE_TEXT = MAX_LINE // 6 - 64 * 1024
_MAX_ENCODED_TEXT = MAX_LINE - 4 * 1024 * 1024


class DataFields(msgspec.Struct, frozen=True):
    head: str | None = None
    text: str | None = None
    tail: str | None = None
    base64: str | None = None


def plain_text(data: bytes) -> str | None:
    """ASCII as `text` alone; `None` for what needs a closer look."""
    return data.decode("ascii") if data.isascii() and len(data) <= _SAFE_TEXT else None


def encode_data(data: bytes) -> DataFields:
    """`text` with the cut characters at its edges as hex; `base64` where that would not be UTF-8.

    Linear in `data`; a delivery of up to `MAX_DELIVERY` bytes fits a line whatever it holds.
    """
    if len(data) > MAX_DELIVERY:
        raise ValueError(f"more than {MAX_DELIVERY} bytes do not fit a record")
    if (plain := plain_text(data)) is not None:
        return DataFields(text=plain)
    head, tail = _cut_characters(data)
    try:
        text = data[head : len(data) - tail].decode("utf-8")
    except UnicodeDecodeError:
        return encode_raw(data)
    if len(data) > _SAFE_TEXT and len(msgspec.json.encode(text)) > _MAX_ENCODED_TEXT:
        return encode_raw(data)
    return DataFields(
        head=data[:head].hex() or None,
        text=text,
        tail=data[len(data) - tail :].hex() or None,
    )


def encode_raw(data: bytes) -> DataFields:
    """`base64`, as bytes that are still content-encoded always are."""
    return DataFields(base64=base64.b64encode(data).decode("ascii"))


def has_data(record: WithData) -> bool:
    return record.text is not None or record.base64 is not None


def decode_data(record: WithData) -> bytes:
    """The bytes of a record. Raises `ValueError` with the reason where its fields are not legal."""
    if record.base64 is not None:
        try:
            return base64.b64decode(record.base64, validate=True)
        except binascii.Error as error:
            raise ValueError(f"`base64` is not base64: {error}") from None
    if record.head is None and record.tail is None:
        return (record.text or "").encode("utf-8")
    try:
        head = bytes.fromhex(record.head or "")
        tail = bytes.fromhex(record.tail or "")
    except ValueError:
        raise ValueError("`head` or `tail` is not hexadecimal") from None
    return head + (record.text or "").encode("utf-8") + tail


def _cut_characters(data: bytes) -> tuple[int, int]:
    """How many bytes of a character cut by the chunk's edge stand first and last: 0 to 3 each."""
    head = 0
    while head < min(3, len(data)) and data[head] & 0xC0 == 0x80:
        head += 1
    for tail in range(1, min(3, len(data) - head) + 1):
        byte = data[-tail]
        if 0xC2 <= byte <= 0xF4:  # the only bytes that begin a longer character
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return head, tail if tail < length else 0
        if byte < 0x80:
            break
    return head, 0
