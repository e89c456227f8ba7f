"""Records to lines and back.

Knows one line at a time, as bytes. A line that is no record raises `LineError` with the reason; where
it stood is for the reader to add.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from playhead.format import MAX_LINE, records
from playhead.format.data import decode_data, has_data
from playhead.format.records import Known, Record, Unknown

TYPES: Final[dict[str, type[Known]]] = {
    "header": records.Header,
    "columns": records.Columns,
    "request": records.Request,
    "request_chunk": records.RequestChunk,
    "response": records.Response,
    "chunk": records.Chunk,
    "end": records.End,
    "loss": records.Loss,
    "note": records.Note,
    "redaction": records.Redaction,
}


_NAMES = {type_: name for name, type_ in TYPES.items()}


_NOT_A_RECORD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class LineError(ValueError):
    """Why a line is not a record."""


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """What every record has: enough to index a cassette without decoding what it carries."""

    type: str
    exchange: int | None = None
    t: records.Seconds | None = None


_encoder = msgspec.json.Encoder()
_envelope = msgspec.json.Decoder(Envelope)
_decoders = {name: msgspec.json.Decoder(type_) for name, type_ in TYPES.items()}
_known = msgspec.json.Decoder(Known)
_members = msgspec.json.Decoder(dict[str, Any])
CHUNK_START: Final = b'{"type":"chunk",'
"""How writers begin the line of a chunk."""
_chunk = msgspec.json.Decoder(records.Chunk)


def encode(record: Record) -> bytes:
    """The line of a record, LF included."""
    if isinstance(record, Unknown):
        return record.line.rstrip(b"\r\n") + b"\n"
    return _encoder.encode(record) + b"\n"


def encode_lines(written: Iterable[Record]) -> bytes:
    """The lines of records, one after the other."""
    each = list(written)
    if any(type(record) is Unknown for record in each):
        return b"".join(map(encode, each))
    return _encoder.encode_lines(each)


def envelope(line: bytes) -> Envelope:
    """The type, exchange and time of a line. The whole line is checked to be JSON."""
    try:
        found = _envelope.decode(line)
    except _NOT_A_RECORD as error:
        raise LineError(_reason(line, error)) from None
    if found.type == "columns":
        return Envelope("columns")
    if found.exchange is not None and found.exchange < 1:
        raise LineError(f"not a record: expected `int` >= 1 - at `$.exchange`, not {found.exchange}")
    if found.exchange is None and found.type in _NEED_EXCHANGE:
        raise LineError(f"a `{found.type}` record without `exchange`")
    return found


_NEED_EXCHANGE = frozenset({"request", "request_chunk", "response", "chunk", "end", "redaction"})


def decode(line: bytes) -> Record:
    """The record of a line; an `Unknown` where its type is not known here."""
    try:
        if line.startswith(CHUNK_START):
            return _chunk.decode(line)
        type_ = _envelope.decode(line).type
        decoder = _decoders.get(type_)
        if decoder is not None:
            return decoder.decode(line)
        found = _envelope.decode(line)
        return Unknown(type=type_, exchange=found.exchange, t=found.t, line=line)
    except _NOT_A_RECORD as error:
        raise LineError(_reason(line, error)) from None


def is_columns(line: bytes) -> bool:
    """Whether a line declares names: whatever it says of them, nobody reads it."""
    return b'"columns"' in line and envelope(line).type == "columns"


def fields(line: bytes) -> dict[str, Any]:
    """Every member of a line, those that nobody knows too; the line is one that `decode` took."""
    try:
        return dict(_members.decode(line))
    except _NOT_A_RECORD as error:
        raise LineError(_reason(line, error)) from None


def decode_known(lines: Iterable[bytes]) -> list[Known] | None:
    """The records of lines, each as `decode` reads it; `None` where one of them is none that is known here.

    Takes a quarter of the time: whoever gets `None` asks line by line.
    """
    try:
        return list(map(_known.decode, lines))
    except _NOT_A_RECORD:
        return None


class PlainChunk(
    msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="chunk", forbid_unknown_fields=True
):
    """A chunk as nearly all are: text and nothing else. `t` is NaN where it is unknown."""

    exchange: records.Number
    text: str
    t: records.Seconds = math.nan
    wire_bytes: int | None = None


_plain = msgspec.json.Decoder(PlainChunk)


def decode_plain(lines: Sequence[bytes]) -> list[PlainChunk] | None:
    """The chunks of lines that begin with `CHUNK_START`; `None` where one of them is not a plain chunk.

    Takes two thirds of the time of `decode_known`, which whoever gets `None` asks next.
    """
    try:
        found = _plain.decode_lines(b"".join(lines))
    except _NOT_A_RECORD:
        return None
    # No string goes on over a line's end, and there is no object within one of these: every line begins one.
    # So there is one in each, where there are no more of them than lines.
    return found if len(found) == len(lines) else None


def decode_chunk(line: bytes) -> records.Chunk:
    """The record of a line that is known to be a chunk."""
    try:
        return _chunk.decode(line)
    except _NOT_A_RECORD as error:
        raise LineError(_reason(line, error)) from None


def decode_chunks(text: bytes, count: int) -> list[records.Chunk] | None:
    """The records of `count` lines that are known to be chunks; `None` where one of them cannot be read."""
    try:
        found = _chunk.decode_lines(text)
    except _NOT_A_RECORD:
        return None
    return found if len(found) == count else None


def type_of(record: Record) -> str:
    """The `type` of a record's line."""
    return record.type if isinstance(record, Unknown) else _NAMES[type(record)]


def data_of(record: records.WithData) -> bytes:
    """The bytes that a record carries; `LineError` where its data fields are not legal."""
    if record.text is not None and record.head is None and record.tail is None:
        return record.text.encode()
    if not has_data(record):
        raise LineError("neither `text` nor `base64`")
    try:
        return decode_data(record)
    except ValueError as error:
        raise LineError(str(error)) from None


def _reason(line: bytes, error: Exception) -> str:
    if len(line) > MAX_LINE:
        return f"longer than {MAX_LINE} bytes"
    if line.startswith(b"\xef\xbb\xbf"):
        return "starts with a byte order mark"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: {error.reason} at byte {error.start} of the line"
    if isinstance(error, RecursionError):
        return "not a record: nested too deeply"
    return f"not a record: {error}"
