"""The recorded requests of a cassette, found by what is asked.

Knows requests by their places in a sequence; not what they were answered with, nor which were played.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from playhead.matching.bodies import heeded
from playhead.matching.redacted import Redacted
from playhead.matching.rules import DEFAULT, Matcher, Rules, Shown, suits
from playhead.model import Redaction, Request


@dataclass(frozen=True, slots=True)
class Entry:
    """A recorded request, `None` where the cassette does not say (an import), and what was redacted."""

    request: Request | None
    redactions: Sequence[Redaction] = ()


_REMEMBERED: Final = 32
"""Requests that are kept as they were compared."""
_LONGEST: Final = 64 * 1024
"""Bytes of a body that is."""


class Book:
    """Entries by the parts that the rules compare; they stay as they are. Safe to use from several threads.

    Of the requests that are made it remembers how some were read: tests make the same ones again and again.
    Which entries it finds does not depend on that.
    """

    def __init__(self, entries: Iterable[Entry], rules: Rules = DEFAULT) -> None:
        self.entries: tuple[Entry, ...] = tuple(entries)
        self.rules: Rules = rules
        self._exact: dict[tuple[Hashable, ...], list[int]] = {}
        self._shown: list[Shown | None] = []
        self._unknown: list[int] = []
        self._asked: dict[tuple[object, ...], tuple[bytes, tuple[Hashable, ...]]] = {}
        redacted: list[tuple[int, Shown]] = []
        for place, entry in enumerate(self.entries):
            if entry.request is None:
                self._unknown.append(place)
                self._shown.append(None)
                continue
            shown = rules.recorded(entry.request, entry.redactions)
            self._shown.append(shown)
            if shown.is_exact:
                self._exact.setdefault(shown.values, []).append(place)
            else:
                redacted.append((place, shown))
        self._redacted = Redacted(redacted)

    def fitting(self, request: Request, asked: tuple[Hashable, ...] | None = None) -> list[int]:
        """The places of the entries that answer, in order; those whose request nobody knows come last.

        `asked` is the request as the rules compare it, for who has it already.
        """
        asked = self.compared(request) if asked is None else asked
        found = list(self._exact.get(asked, ()))
        if self._redacted:
            found = sorted([*found, *self._redacted.fitting(asked)])
        for matcher in self.rules.matchers:
            found = [place for place in found if self._suits(matcher, request, place)]
        return [*found, *self._unknown]

    def compared(self, request: Request) -> tuple[Hashable, ...]:
        """A request as the rules compare it; what is asked again, byte for byte, is not read again."""
        body = request.body or b""
        if self.rules.named_headers or len(body) > _LONGEST:
            return self.rules.asked(request)
        key = (request.method, request.url, heeded(request.headers), len(body))
        known = self._asked.get(key)
        if known is None or known[0] != body:
            if len(self._asked) >= _REMEMBERED:
                self._asked.clear()
            known = self._asked[key] = (body, self.rules.asked(request))
        return known[1]

    def shown(self, place: int) -> Shown | None:
        """An entry as it is compared; `None` where its request is unknown."""
        return self._shown[place]

    def _suits(self, matcher: Matcher, request: Request, place: int) -> bool:
        recorded = self.entries[place].request
        assert recorded is not None
        return suits(matcher, request, recorded)
