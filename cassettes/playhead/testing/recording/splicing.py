"""New exchanges behind those that a cassette has, which stay as they are, byte for byte.

Knows lines and records; no file. The new ones get the numbers that follow, and times on the clock of the
cassette: so much later as its header says that they were recorded later.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import msgspec

from playhead.format import codec, records
from playhead.store.cassette import open_data

_GAP_SECONDS = 1.0
"""Between the last record and the first new one, where nobody knows how long it was."""
_NOT_COPIED = (records.Header, records.Columns)


def spliced(old: bytes, new: bytes) -> bytes:
    """The text of a cassette with the exchanges of another behind its own."""
    known, more = open_data(old, "the cassette"), open_data(new, "the recording")
    numbers = max(known, default=0)
    begins = _begins(known.header, more.header, _last(known.lines()))
    added = b"".join(
        codec.encode(_moved(record, numbers, begins))
        for record in map(codec.decode, more.lines())
        if not isinstance(record, _NOT_COPIED)
    )
    return old + codec.encode(_note(more.header, numbers, len(more))) + added


def _note(header: records.Header, numbers: int, count: int) -> records.Note:
    """What the header says of those that it was written for, it does not say of these."""
    redaction = dict(header.facts).get("redaction", "unknown")
    which = f"{numbers + 1}" if count == 1 else f"{numbers + 1} to {numbers + count}"
    when = f"on {header.created}" if header.created else "later"
    return records.Note(
        name="appended", text=f"{which}: recorded {when} by {header.writer}; redaction {redaction}"
    )


def _moved(record: records.Record, numbers: int, begins: float) -> records.Record:
    changes: dict[str, object] = {}
    if (number := getattr(record, "exchange", None)) is not None:
        changes["exchange"] = number + numbers
    for name in ("t", "t_start"):
        if (t := getattr(record, name, None)) is not None:
            changes[name] = round(t + begins, 6)
    return msgspec.structs.replace(record, **changes) if changes else record


def _last(lines: Iterator[bytes]) -> float:
    """The last time that a cassette tells; 0 where it tells none."""
    next(lines)
    return max((t for line in lines if (t := codec.envelope(line).t) is not None), default=0.0)


def _begins(old: records.Header, new: records.Header, last: float) -> float:
    later = None
    before, now = _moment(old.created), _moment(new.created)
    if before is not None and now is not None:
        later = now - before
    return later if later is not None and later > last else last + _GAP_SECONDS


def _moment(text: str | None) -> float | None:
    """Seconds since the epoch; `None` where nobody knows: any text may stand in a header."""
    try:
        return None if text is None else datetime.datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
