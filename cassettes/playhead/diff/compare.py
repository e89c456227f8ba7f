"""Two exchanges, or two cassettes, side by side.

Knows the sections and their order; a section knows its own part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from playhead.diff.heads import heads, requests
from playhead.diff.messages import messages
from playhead.diff.model import ABSENT, Change, Section, Settings
from playhead.diff.streams import endings, events
from playhead.diff.timings import timings
from playhead.diff.values import Difference
from playhead.exchange import Exchange

_DEFAULTS = Settings()


def compare(a: Exchange, b: Exchange, settings: Settings = _DEFAULTS) -> Iterator[Change]:
    """Every difference between two exchanges, section by section.

    >>> import playhead
    >>> exchange = playhead.load(playhead.sample("anthropic-tools"))[1]
    >>> list(compare(exchange, exchange))
    []
    """
    for section in Section:
        if section in settings.sections:
            for path, value_a, value_b, offset in _differences(section, a, b, settings):
                yield Change(section, path, value_a, value_b, offset)


def _differences(section: Section, a: Exchange, b: Exchange, settings: Settings) -> Iterator[Difference]:
    match section:
        case Section.REQUEST:
            return requests(a.request, b.request, settings)
        case Section.HEAD:
            return heads(a.response, b.response, settings)
        case Section.MESSAGE:
            return messages(a.final(), b.final(), settings)
        case Section.EVENTS:
            return _bodies(a, b, settings)
        case Section.ENDING:
            return endings(a.ending, b.ending)
        case Section.TIMING:
            return timings(a, b, settings)


def _bodies(a: Exchange, b: Exchange, settings: Settings) -> Iterator[Difference]:
    """By event where both are streams of them; the message tells of any other body."""
    yield from events(a.frames, b.frames, settings)
    if not a.frames and not b.frames and a.body != b.body:
        yield Difference("body", f"{len(a.body)} bytes", f"{len(b.body)} bytes")


def pairs(
    a: Mapping[int, Exchange], b: Mapping[int, Exchange]
) -> Iterator[tuple[Exchange | None, Exchange | None]]:
    """The exchanges of two cassettes by their number; `None` where one has none of it."""
    for number in sorted({*a, *b}):
        yield a.get(number), b.get(number)


def compare_pair(a: Exchange | None, b: Exchange | None, settings: Settings = _DEFAULTS) -> Iterator[Change]:
    """As `compare`; an exchange that one side lacks is one change."""
    if a is not None and b is not None:
        yield from compare(a, b, settings)
    elif a is not None:
        yield Change(Section.REQUEST, "", _described(a), ABSENT)
    elif b is not None:
        yield Change(Section.REQUEST, "", ABSENT, _described(b))


def _described(exchange: Exchange) -> str:
    request = exchange.request
    return f"{request.method} {request.url}" if request else "a response without its request"
