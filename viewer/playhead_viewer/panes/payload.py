"""The event's payload as JSON, indented; its fields where it has others than data.

Where there are no events, the body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from playhead import Frame
from playhead.protocols.ledger import Json
from playhead.protocols.payload import NotJson, parse
from playhead_viewer.panes.document import Document, Line, Style, field, line, wrapped
from playhead_viewer.source.moment import Moment
from playhead_viewer.source.stream import READ_AT_MOST, Stream
from playhead_viewer.text.numbers import size
from playhead_viewer.text.safe import Safe, safe, safe_lines, shortened

_STRING = 2000
_LINES = 2000
_ITEMS = 400
_KEY = re.compile(r'( *)("(?:[^"\\]|\\.)*")(: )(.*)\Z', re.DOTALL)


def document(moment: Moment, width: int) -> Document:
    stream, number = moment.stream, moment.number
    if not number:
        return Document(list(_body(stream, width)), title=Safe("JSON"))
    title = Safe(f"JSON #{number}")
    with stream.loader.lock:
        frame, long = stream.frame(number), stream.is_long(number)
    if long:
        told = f"{size(stream.size(number))}: too long to be read at each step. o opens it in your editor."
        lines = [*wrapped(told, width, Style.WARNING), *wrapped(safe((frame.data or "")[:_STRING]), width)]
        return Document(lines, title=title)
    return Document([*_fields(frame, width), *_data(frame, width)], title=title)


def _body(stream: Stream, width: int) -> Iterator[Line]:
    """What came instead of events: most often an error."""
    if not stream.body_size:
        yield line("No event.", Style.FAINT)
        return
    if stream.body_size > READ_AT_MOST:
        yield line(f"The body of {size(stream.body_size)} is too long to be read here.", Style.WARNING)
        return
    with stream.loader.lock:
        data = b"".join(chunk.data for chunk in stream.chunks.after(0))
    yield from _text(data.decode("utf-8", "replace"), width)


def _fields(frame: Frame, width: int) -> Iterator[Line]:
    told = {
        "event": frame.event if frame.event != "message" else None,
        "id": frame.id or None,
        "retry": None if frame.retry is None else f"{frame.retry} ms",
        "comment": frame.comment,
        "ignored": frame.other,
    }
    for name, value in told.items():
        if value is not None:
            yield from field(name, safe(shortened(value, _STRING)), width, names=9)


def _data(frame: Frame, width: int) -> Iterator[Line]:
    if frame.data is None:
        yield line(f"No data: a frame of kind {frame.kind.value}.", Style.FAINT)
        return
    yield from _text(frame.data, width)


def _text(text: str, width: int) -> Iterator[Line]:
    try:
        value = parse(text)
    except NotJson as error:
        if text.strip() != "[DONE]":
            yield from wrapped(f"⚠ no JSON: {safe(shortened(str(error), 200))}", width, Style.WARNING)
        yield from wrapped(safe_lines(shortened(text, _STRING * 4)), width)
        return
    yield from pretty(value, width)


def pretty(value: Json, width: int) -> Iterator[Line]:
    """A value over lines, names told from values; long strings and lists cut, and the rest counted."""
    text = json.dumps(_cut(value), ensure_ascii=False, indent=2)
    rows = text.split("\n")
    for row in rows[:_LINES]:
        yield from _row(safe(row), width)
    if len(rows) > _LINES:
        yield line(f"… {len(rows) - _LINES:,} more lines", Style.WARNING)


def _row(row: Safe, width: int) -> Iterator[Line]:
    found = _KEY.match(row)
    if found is None or len(found[1] + found[2] + found[3]) >= width - 4:
        yield from wrapped(row, width, indent=min(len(row) - len(row.lstrip()) + 2, width // 2))
        return
    head = found[1] + found[2] + found[3]
    rest = list(wrapped(found[4], max(width - len(head), 4))) or [line("")]
    for place, part in enumerate(rest):
        lead = (Safe(head), Style.KEY) if not place else (Safe(" " * len(head)), Style.PLAIN)
        yield (lead, *part)


def _cut(value: Json) -> Json:
    if isinstance(value, str):
        return shortened(value, _STRING)
    if isinstance(value, dict):
        cut: dict[str, Json] = {
            shortened(name, 200): _cut(part) for name, part in list(value.items())[:_ITEMS]
        }
        if len(value) > _ITEMS:
            cut["…"] = f"{len(value) - _ITEMS:,} more"
        return cut
    if isinstance(value, list):
        more: list[Json] = [f"… {len(value) - _ITEMS:,} more"] if len(value) > _ITEMS else []
        return [*map(_cut, value[:_ITEMS]), *more]
    return value
