"""What came now against what was recorded: which requests there were, and how the answers differ.

Knows two texts of cassettes; what a difference is, `playhead.diff` knows. Compared are the status, the
content type, the message, the events, and how the response ended; not other headers, pace or deliveries.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from playhead.diff import Change, Section, Settings, compare
from playhead.diff.told import lines
from playhead.errors import ReplayMiss
from playhead.exchange import Exchange
from playhead.format import codec
from playhead.format.data import encode_data
from playhead.matching import Rules
from playhead.replay.session import Session
from playhead.sanitise import sanitise
from playhead.store.cassette import open_data
from playhead.testing.recording.shapes import unlike

IGNORED: Final = ("id", "created", "created_at", "obfuscation", "request_id", "system_fingerprint")
"""What providers make anew for every answer."""
_SECTIONS: Final = (Section.HEAD, Section.MESSAGE, Section.EVENTS, Section.ENDING)
_COMPARED: Final = {
    Section.HEAD: frozenset({"", "status", "headers.content-type"}),
    # The rest is how whoever recorded it came to know.
    Section.ENDING: frozenset({"kind"}),
}
_SHOWN: Final = 20


def told(
    recorded: bytes, came: bytes, name: str, rules: Rules, ignored: Iterable[str], *, is_shape: bool = False
) -> str:
    """What differs, for people; nothing where nothing does. `is_shape`: not in the words."""
    settings = Settings.of((Section.HEAD, Section.ENDING) if is_shape else _SECTIONS, ignored)
    old = _opened(recorded, name)
    new = _opened(came, "what came") if came else ()
    session = Session(old, name, rules=rules)
    found = [line for exchange in new for line in _compared(session, exchange, settings, is_shape=is_shape)]
    for exchange in session.unplayed:
        found.append(f"exchange {exchange.number} was not asked for: {_request(exchange)}")
    if not found:
        return ""
    listed = "\n".join(found)
    return f"What came is not what {name} holds (record_mode=verify, recorded → now):\n{listed}"


def _compared(session: Session, came: Exchange, settings: Settings, *, is_shape: bool) -> Iterator[str]:
    if came.request is None:
        return
    try:
        recorded = session.take(came.request)
    except ReplayMiss as miss:
        yield str(miss)
        return
    changes = [change for change in compare(recorded, came, settings) if _counts(change)]
    shapes = list(unlike(recorded, came, settings.ignore)) if is_shape else []
    if changes or shapes:
        yield f"exchange {recorded.number}: {_request(recorded)}"
        yield from lines(changes, _SHOWN)
        yield from shapes[:_SHOWN]


def _counts(change: Change) -> bool:
    compared = _COMPARED.get(change.section)
    return compared is None or change.path in compared


def _request(exchange: Exchange) -> str:
    request = exchange.request
    return sanitise(f"{request.method} {request.url}") if request else "a request that nobody knows"


def _opened(text: bytes, name: str) -> tuple[Exchange, ...]:
    """The exchanges, with the same placeholder for every secret of a length.

    The real ones come of a key that each recording has of its own.
    """
    cassette = open_data(text, name)
    spans = {each.number: _spans(each) for each in cassette.exchanges}
    sizes = dict.fromkeys(spans, 0)
    masked = []
    for line in cassette.lines():
        found = codec.envelope(line)
        if found.type == "chunk" and found.exchange is not None and spans[found.exchange]:
            line = _masked(line, sizes, spans[found.exchange])
        masked.append(line)
    return open_data(b"".join(masked), name).exchanges


def _spans(exchange: Exchange) -> list[tuple[int, int]]:
    """Where the body holds placeholders: from and to."""
    return [
        (each.byte_offset, each.byte_offset + each.size)
        for each in exchange.redactions
        if each.name == "response.body" and each.byte_offset is not None and each.size is not None
    ]


def _masked(line: bytes, sizes: dict[int, int], spans: list[tuple[int, int]]) -> bytes:
    record = codec.decode_chunk(line)
    data = bytearray(codec.data_of(record))
    begin = sizes[record.exchange]
    sizes[record.exchange] = end = begin + len(data)
    for start, stop in spans:
        part = slice(max(start, begin) - begin, min(stop, end) - begin)
        if start < end and stop > begin:
            data[part] = b"9" * len(data[part])  # as a placeholder for a number, which has to stay one
    fields = encode_data(bytes(data))
    changed = msgspec.structs.replace(
        record, head=fields.head, text=fields.text, tail=fields.tail, base64=fields.base64
    )
    return line if record.undecoded else codec.encode(changed)
