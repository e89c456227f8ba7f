"""Headers that `match_on` names: their values, what of a recorded one is open, when nothing is left to match.

Knows headers and what was redacted of them; not which exchange they are of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playhead.matching.wildcards import Pieces, pieces, spans_of
from playhead.model import Redaction, Request


@dataclass(frozen=True, slots=True)
class AnyValue:
    """A recorded header of which nothing is known."""

    def fits(self, asked: tuple[str, ...]) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class OneValue:
    """A recorded header, of which spans were redacted."""

    value: Pieces[str]

    def fits(self, asked: tuple[str, ...]) -> bool:
        return len(asked) == 1 and self.value.fits(asked[0])


def values(request: Request, name: str) -> tuple[str, ...]:
    """All values of the header, as they came."""
    lower = name.lower()
    return tuple(value for key, value in request.headers if key.lower() == lower)


def opened(request: Request, name: str, redactions: Sequence[Redaction]) -> AnyValue | OneValue | None:
    """A recorded header as it is compared; `None` where nothing of it was redacted."""
    place = f"request.headers.{name}".lower()
    named = [each for each in redactions if each.name.lower() == place]
    if not named:
        return None
    recorded = values(request, name)
    if len(recorded) != 1:  # a redaction does not tell which of them it is about
        return AnyValue()
    spans = spans_of(named, named[0].name, len(recorded[0]))
    return OneValue(pieces(recorded[0], spans)) if spans else AnyValue()


def is_lost(request: Request, name: str, redactions: Sequence[Redaction]) -> bool:
    """Whether the header's own value was redacted: at most a scheme or a key's prefix is left to compare."""
    found = opened(request, name, redactions)
    return isinstance(found, AnyValue) or (found is not None and _says_nothing(found.value))


def is_credential(name: str) -> bool:
    """Whether a policy cannot allow the header."""
    from playhead.redaction.rules import HEADERS

    return name.lower() in HEADERS


def _says_nothing(left: Pieces[str]) -> bool:
    """Whether only what redaction leaves of a value that is replaced whole stands there."""
    from playhead.redaction.rules import PREFIXES, SCHEME  # most tests match on no header

    before, *others = left.kept
    if any(others):
        return False
    scheme = SCHEME.match(f"{before}x")  # a scheme is one before what it carries
    rest = before[scheme.end() :] if scheme else before
    return not rest or any(rest == prefix for prefix, _ in PREFIXES)
