"""The recorded requests of a cassette, found by what is asked.

Knows requests by their places in a sequence; not what they were answered with, nor which were played.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from playhead.matching.rules import DEFAULT, Matcher, Rules, Shown, suits
from playhead.model import Redaction, Request


@dataclass(frozen=True, slots=True)
class Entry:
    """A recorded request, `None` where the cassette does not say (an import), and what was redacted."""

    request: Request | None
    redactions: Sequence[Redaction] = ()


class Book:
    """Entries by the parts that the rules compare. Never changed; safe to use from several threads."""

    def __init__(self, entries: Iterable[Entry], rules: Rules = DEFAULT) -> None:
        self.entries: tuple[Entry, ...] = tuple(entries)
        self.rules: Rules = rules
        self._exact: dict[tuple[Hashable, ...], list[int]] = {}
        self._open: list[tuple[int, Shown]] = []
        self._unknown: list[int] = []
        for place, entry in enumerate(self.entries):
            if entry.request is None:
                self._unknown.append(place)
                continue
            shown = rules.recorded(entry.request, entry.redactions)
            if shown.is_exact:
                self._exact.setdefault(shown.values, []).append(place)
            else:
                self._open.append((place, shown))

    def fitting(self, request: Request, asked: tuple[Hashable, ...] | None = None) -> list[int]:
        """The places of the entries that answer, in order; those whose request nobody knows come last.

        `asked` is the request as the rules compare it, for who has it already.
        """
        asked = self.rules.asked(request) if asked is None else asked
        found = [*self._exact.get(asked, ()), *(place for place, shown in self._open if shown.fits(asked))]
        if self._open:
            found.sort()
        for matcher in self.rules.matchers:
            found = [place for place in found if self._suits(matcher, request, place)]
        return [*found, *self._unknown]

    def shown(self, place: int) -> Shown | None:
        """An entry as it is compared; `None` where its request is unknown."""
        entry = self.entries[place]
        return None if entry.request is None else self.rules.recorded(entry.request, entry.redactions)

    def _suits(self, matcher: Matcher, request: Request, place: int) -> bool:
        recorded = self.entries[place].request
        assert recorded is not None
        return suits(matcher, request, recorded)
