"""The first line of a cassette: is this one, and can this version read it?"""

from __future__ import annotations

from playhead.errors import CassetteError, DamagedCassette, UnsupportedVersion
from playhead.format import NAME, VERSION, codec, records

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SSE_STARTS = (b"data:", b"event:", b"id:", b"retry:", b":", _BYTE_ORDER_MARK + b"data:")


def read_header(line: bytes, name: str) -> records.Header:
    """The header record of the first line, which has no LF where the file has none.

    `name` is what errors call the file.
    """
    if not line and name.endswith(".zst"):
        raise CassetteError(f"{name} holds nothing that can be decompressed: it is empty, or was cut")
    if not line:
        raise CassetteError(f"{name} is empty")
    if line.startswith(_SSE_STARTS):
        raise CassetteError(
            f"{name} is not a cassette: it looks like a raw event stream",
            hint=f"Make it one: playhead import {name} --from sse",
        )
    if not line.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"{"):
        raise CassetteError(f"{name} is not a cassette: its first line is no JSON object")
    if not line.endswith(b"\n"):
        raise DamagedCassette(name, 1, 0, "the header line is torn: no line of the file is whole")
    try:
        record = codec.decode(line)
    except codec.LineError as error:
        raise DamagedCassette(name, 1, 0, str(error)) from None
    if not isinstance(record, records.Header) or record.format != NAME:
        raise CassetteError(
            f"{name} is not a cassette: its first line is no `{NAME}` header",
            hint='A cassette starts with {"type":"header","format":"playhead-cassette","version":1}',
        )
    if record.version > VERSION:
        raise UnsupportedVersion(
            f"{name} is a cassette of version {record.version}; this Playhead reads up to {VERSION}",
            hint="Please update Playhead: pip install -U playhead",
        )
    if record.version < 1:
        raise DamagedCassette(name, 1, 0, f"no such version: {record.version}")
    return record
