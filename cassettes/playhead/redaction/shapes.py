"""Secrets that their own shape gives away, wherever they stand. Knows few names: those of members of JSON.

Prefixes are looked for by plain search, and what follows is read only where one stands: most texts hold
none. A text in which prefixes follow one another is read once all the same: where a run of letters ends is
remembered, so that nobody can make a search slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playhead.redaction import rules
from playhead.redaction.spans import MARK, Span, is_ours

_UNMISTAKABLE = 6
"""From this length on a prefix may stand behind a letter, where what follows looks random."""
_SCHEMES = ("bearer", "basic")
_BLOB = 40
_IN_BLOB = re.compile(rf"[A-Za-z0-9_-]{{{_BLOB}}}|.*{MARK}[A-Za-z0-9_-]*", re.DOTALL)


def find_keys(text: str) -> list[Span]:
    """The well-known keys in `text`, each without the prefix that says what it is."""
    found: list[Span] = []
    taken: set[int] = set()
    stems: dict[str, bool] = {}
    for prefix, rule in rules.PREFIXES:
        if (stem := rules.STEMS.get(prefix)) is not None and not _has(text, stem, stems):
            continue
        tails = None
        for at in _places(text, prefix):
            if at in taken:
                continue  # a longer prefix stands there, whatever follows it
            taken.add(at)
            glued = at > 0 and text[at - 1].isascii() and text[at - 1].isalnum()
            if len(prefix) < _UNMISTAKABLE and (glued or _is_in_blob(text, at)):
                continue
            tails = tails or _Tails(text, prefix)
            start = at + len(prefix)
            end = tails.end(start, random=glued or prefix in rules.AMBIGUOUS)
            if end is None:
                continue
            if found and found[-1].rule == rule and found[-1].start <= start < found[-1].end:
                found[-1] = Span(found[-1].start, max(end, found[-1].end), rule)
            else:
                found.append(Span(start, end, rule))
    return found


def _has(text: str, stem: str, known: dict[str, bool]) -> bool:
    """Whether the text holds what several prefixes have in common."""
    if stem not in known:
        known[stem] = stem in text
    return known[stem]


def _is_in_blob(text: str, at: int) -> bool:
    """Whether it stands in a long run of base64 of the URL's alphabet, which has `-` and `_`: signatures and
    encrypted reasoning hold `_sk-` by chance, and a client must get them back as they were."""
    return text[at - 1 : at] in ("-", "_") and _IN_BLOB.fullmatch(text, max(at - _BLOB, 0), at) is not None


class _Tails:
    """What follows one prefix in a text; asked for places in ascending order."""

    def __init__(self, text: str, prefix: str) -> None:
        self._text = text
        self._bounded = rules.BOUNDED_TAILS.get(prefix)
        self._is_jwt = prefix == rules.JWT_PREFIX
        self._runs = [_Runs(text, rules.JWT_PART if self._is_jwt else rules.TAIL) for _ in range(2)]
        self._clear = 0
        self._random = -1
        self._rest = (-1, -1)

    def end(self, start: int, *, random: bool) -> int | None:
        """Where the key ends whose prefix ends at `start`; `None` where it is no key."""
        if self._bounded is not None:
            match = self._bounded.match(self._text, start)
            return None if match is None else match.end()
        if self._is_jwt:
            return self._end_of_jwt(start)
        end = min(self._runs[0].end(start), start + rules.LONGEST)
        end = start + len(self._text[start:end].rstrip(rules.NO_LAST))
        if end - start < rules.SHORTEST or (random and not self._is_random(start, end)):
            return None
        return end

    def _is_random(self, start: int, end: int) -> bool:
        if self._random < start:
            begin = max(start, self._clear)
            match = rules.RANDOM.search(self._text, begin, end)
            if match is None:
                self._clear = max(begin, end - rules.LONGEST_RANDOM)
                return False
            self._random = match.start()
        return self._random + rules.SHORTEST_RANDOM <= end

    def _end_of_jwt(self, start: int) -> int | None:
        first = self._runs[0].end(start)
        if not rules.JWT_SHORTEST <= first - start <= rules.LONGEST or self._text[first : first + 1] != ".":
            return None
        second = self._runs[1].end(first + 1)
        if second - first - 1 < rules.JWT_SHORTEST:
            return None
        second = min(second, first + 1 + 2 * rules.LONGEST)
        if self._rest[0] != second:
            rest = rules.JWT_REST.match(self._text, second)
            self._rest = (second, second if rest is None else rest.end())
        return self._rest[1]


class _Runs:
    """Where runs of some characters end; each is read once."""

    def __init__(self, text: str, pattern: re.Pattern[str]) -> None:
        self._text = text
        self._pattern = pattern
        self._start = self._end = 0

    def end(self, at: int) -> int:
        if not self._start <= at < self._end:
            match = self._pattern.match(self._text, at)
            self._start, self._end = at, at if match is None else match.end()
        return self._end


def find_private_keys(text: str) -> list[Span]:
    """What stands between the first and the last line of a private key in PEM, or to where it is cut."""
    if "PRIVATE KEY" not in text:
        return []
    return [Span(*match.span("key"), rules.PEM_RULE) for match in rules.PEM.finditer(text)]


def find_bearers(text: str) -> list[Span]:
    """What stands behind `Bearer` or `Basic` in `text`."""
    return [Span(match.end("scheme"), match.end(), "auth-scheme") for match in rules.BEARER.finditer(text)]


def find_in_prose(text: str) -> list[Span]:
    """Keys, tokens behind a scheme, members that are named like a credential: what any text may hold."""
    found = [*find_keys(text), *find_private_keys(text)]
    lower = text.lower()
    if any(scheme in lower for scheme in _SCHEMES):
        found += [
            span
            for span in find_bearers(text)
            if rules.TOKEN.fullmatch(text, span.start, span.end) and not _is_kept(text[span.start : span.end])
        ]
    if any(end in lower for end in rules.MEMBER_ENDS):
        found += [
            Span(*match.span("value"), "named-member")
            for match in rules.MEMBER.finditer(text)
            if rules.RANDOM.search(match["value"])
        ]
    return found


def _is_kept(token: str) -> bool:
    """Whether it is what a header keeps of a key: its prefix, and a placeholder."""
    return any(token.startswith(prefix) and is_ours(token[len(prefix) :]) for prefix, _ in rules.PREFIXES)


def _places(text: str, literal: str) -> Iterator[int]:
    at = text.find(literal)
    while at >= 0:
        yield at
        at = text.find(literal, at + 1)
