"""Lists of globs: what a filter lets through. Knows texts and patterns, never what they are texts of.

`*` is any run of characters, a `/` too, `?` any single one; everything else stands for itself. A glob after
`!` excludes. A list lets through what any of its globs matches, or anything where it has none, unless one
that excludes matches. All globs of a list become two regular expressions, without backtracking, once.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable

import msgspec

EXCLUDE = "!"


class Globs(msgspec.Struct, frozen=True):
    """A list of globs, compiled. Empty, it lets everything through."""

    wanted: re.Pattern[str] | None = None
    unwanted: re.Pattern[str] | None = None

    @classmethod
    def of(cls, texts: Iterable[str], *, any_case: bool = False) -> Globs:
        """The list of `texts`, which `any_case` has match in upper and lower case alike."""
        texts = tuple(texts)
        excluding = [text[1:] for text in texts if text.startswith(EXCLUDE)]
        including = [text for text in texts if not text.startswith(EXCLUDE)]
        return cls(_compiled(including, any_case), _compiled(excluding, any_case))

    def __bool__(self) -> bool:
        """Whether there are any."""
        return self.wanted is not None or self.unwanted is not None

    def lets(self, *texts: str) -> bool:
        """Whether what goes by all these names gets through; without a name, only where no glob includes."""
        if self.unwanted is not None and any(map(self.unwanted.match, texts)):
            return False
        return self.wanted is None or any(map(self.wanted.match, texts))


def _compiled(globs: list[str], any_case: bool) -> re.Pattern[str] | None:
    if not globs:
        return None
    # A bracket begins a set of characters in the standard library's globs, and an IPv6 address in ours.
    sources = (fnmatch.translate(glob.replace("[", "[[]")) for glob in globs)
    return re.compile("|".join(sources), re.IGNORECASE if any_case else 0)
