"""Which recorded request answers one that is made now: compared by meaning, secrets left open. Pure.

`Rules` say what counts (method, path, query and body unless told otherwise); a `Book` holds the recorded
requests by them and finds the ones that fit; `misses` says, where none does, which is nearest and how it
differs. Who plays what, in which order, `playhead.replay.session` decides.
"""

from __future__ import annotations

from playhead.matching.book import Book, Entry
from playhead.matching.rules import DEFAULT, Matcher, Rules

__all__ = ["DEFAULT", "Book", "Entry", "Matcher", "Rules"]
