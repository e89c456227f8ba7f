"""What counts when requests are compared: which of their parts, and which places in them do not.

Knows requests and what was redacted of them; never which of them was played.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import msgspec

from playhead.errors import UsageError
from playhead.matching import headers, targets
from playhead.matching.bodies import ANY, body_of, open_body
from playhead.matching.jsonpath import Path, parse
from playhead.matching.wildcards import Span, spans_of
from playhead.model import Redaction, Request
from playhead.sanitise import sanitise

Matcher: TypeAlias = Callable[[Request, Request], bool]
"""A rule of the user's own: the request that is made and the recorded one, redacted as it is; do they fit?
See `suits` for one that raises."""

METHOD: Final = "method"
HOST: Final = "host"
PATH: Final = "path"
QUERY: Final = "query"
BODY: Final = "body"
HEADER: Final = "headers."
NAMES: Final = (METHOD, HOST, PATH, QUERY, BODY)
_USUAL: Final[tuple[str | Matcher, ...]] = (METHOD, PATH, QUERY, BODY)
_IN_QUERY: Final = "query."
_PARTIAL: Final = frozenset({"incomplete", "queue_full"})
"""Facts of a request of which the body was not recorded whole."""


class Open(Protocol):
    """A recorded part that more than one value fits."""

    def fits(self, asked: Any, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A recorded request as it is compared: a value for each part, some of them open."""

    values: tuple[Any, ...]
    is_open: tuple[bool, ...]

    @property
    def is_exact(self) -> bool:
        return True not in self.is_open

    def fits(self, asked: tuple[Hashable, ...]) -> bool:
        """Whether each part of `asked`, as `Rules.asked` gives it, fits."""
        return all(map(_part_fits, self.values, self.is_open, asked))

    def unlike(self, asked: tuple[Hashable, ...]) -> list[int]:
        """The parts that do not fit, by their places."""
        parts = zip(self.values, self.is_open, asked, strict=True)
        return [at for at, part in enumerate(parts) if not _part_fits(*part)]


@dataclass(frozen=True, slots=True)
class Rules:
    """`match_on`: `method`, `host`, `path`, `query`, `body`, `headers.NAME`, and matchers of your own.

    `ignore`: places that do not count, as JSONPath in the body (`$.metadata.user_id`) or as `query.NAME`.
    Made by `Rules.of`, which raises `UsageError` for what is none of these.
    """

    match_on: tuple[str | Matcher, ...] = _USUAL
    ignore: tuple[str, ...] = ()
    paths: tuple[Path, ...] = field(default=(), compare=False)
    parameters: frozenset[str] = field(default=frozenset(), compare=False)
    parts: tuple[str, ...] = field(init=False, compare=False, repr=False)
    """The parts that are compared by value."""
    named_headers: tuple[str, ...] = field(init=False, compare=False, repr=False)
    """The names of the headers among them."""
    matchers: tuple[Matcher, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Asked for by every request: told apart once.
        named = tuple(part for part in self.match_on if isinstance(part, str))
        others = tuple(part for part in self.match_on if not isinstance(part, str))
        object.__setattr__(self, "parts", named)
        names = tuple(part[len(HEADER) :] for part in named if part.startswith(HEADER))
        object.__setattr__(self, "named_headers", names)
        object.__setattr__(self, "matchers", others)

    @classmethod
    def of(cls, match_on: Iterable[str | Matcher] | None = None, ignore: Iterable[str] = ()) -> Rules:
        if match_on is None and ignore == ():
            return DEFAULT
        chosen = _USUAL if match_on is None else _listed("match_on", match_on)
        if not chosen:
            raise UsageError(
                "match_on names nothing to compare: any request would fit",
                hint="Name what must be alike (match_on=['path']), or leave it out.",
            )
        for name in chosen:
            if not callable(name):
                _check_part(name)
        places = tuple(_place(each) for each in _listed("ignore", ignore))
        paths = tuple(parse(place) for place in places if not place.startswith(_IN_QUERY))
        names = (place[len(_IN_QUERY) :] for place in places if place.startswith(_IN_QUERY))
        return cls(chosen, places, paths, frozenset(names))

    def lost(self, request: Request, redactions: Sequence[Redaction]) -> str | None:
        """The first header of `match_on` whose recorded value was redacted: any other would fit it."""
        return next((name for name in self.named_headers if headers.is_lost(request, name, redactions)), None)

    def asked(self, request: Request) -> tuple[Hashable, ...]:
        """A request that is made, as it is compared: a value for each of `parts`. `url` may be a target."""
        path, query = targets.split(request.url)
        return tuple([self._asked(part, request, path, query) for part in self.parts])

    def asked_anew(self, request: Request, known: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
        """The same of a request whose body is that of the one that `known` is of: it is not read again."""
        path, query = targets.split(request.url)
        each = zip(self.parts, known, strict=True)
        return tuple([had if part == BODY else self._asked(part, request, path, query) for part, had in each])

    def recorded_anew(self, request: Request, redactions: Sequence[Redaction], known: Shown) -> Shown:
        """`recorded`, of one whose body is that of the one that `known` is of."""
        if BODY not in self.parts:
            return self.recorded(request, redactions)
        at = self.parts.index(BODY)
        rest = self.recorded(msgspec.structs.replace(request, body=b""), redactions)
        values, is_open = list(rest.values), list(rest.is_open)
        values[at], is_open[at] = known.values[at], known.is_open[at]
        return Shown(tuple(values), tuple(is_open))

    def recorded(self, request: Request, redactions: Sequence[Redaction]) -> Shown:
        """A recorded request, as it is compared."""
        open_parts = {part: found for part in self.parts if (found := self._open(part, request, redactions))}
        path, query = targets.split(request.url)
        values = [open_parts.get(part) or self._asked(part, request, path, query) for part in self.parts]
        return Shown(tuple(values), tuple([part in open_parts for part in self.parts]))

    def _asked(self, part: str, request: Request, path: Span, query: Span) -> Hashable:
        if part == METHOD:
            return request.method
        if part == PATH:
            return targets.path_of(request.url[slice(*path)])
        if part == QUERY:
            return self._counted(targets.query_of(request.url[slice(*query)]))
        if part == BODY:
            return body_of(request.body or b"", self.paths, request.headers)
        return targets.host_of(request.url) if part == HOST else headers.values(request, part[len(HEADER) :])

    def _open(self, part: str, request: Request, redactions: Sequence[Redaction]) -> Open | None:
        """The part of a recorded request, where it may be more than what is written."""
        if part == BODY:
            return self._open_body(request, redactions)
        if not redactions:
            return None
        if part in (PATH, QUERY):
            return self._open_target(part, request.url, redactions)
        if not part.startswith(HEADER):
            return None
        return headers.opened(request, part[len(HEADER) :], redactions)

    def _open_target(self, part: str, url: str, redactions: Sequence[Redaction]) -> Open | None:
        size = len(url) if url.isascii() else len(url.encode())
        spans = targets.characters(url, spans_of(redactions, "url", size))
        if not spans:
            return None
        path, query = targets.split(url)
        if part == PATH:
            return targets.redacted_path(url, path, spans)
        found = targets.redacted_query(url, query, spans)
        if found is None or not self.parameters:
            return found
        kept = tuple(pair for pair in found.open if pair[0] not in self.parameters)
        exact = self._counted(found.exact)
        return targets.Query(exact, kept)

    def _open_body(self, request: Request, redactions: Sequence[Redaction]) -> Open | None:
        body = request.body
        if body is None or request.facts.get("body") in _PARTIAL:
            return ANY
        spans = spans_of(redactions, "request.body", len(body)) if redactions else []
        return open_body(body, spans, self.paths, request.headers) if spans else None

    def _counted(self, pairs: tuple[targets.Pair, ...]) -> tuple[targets.Pair, ...]:
        if not self.parameters:
            return pairs
        return tuple(pair for pair in pairs if pair[0] not in self.parameters)


DEFAULT: Final = Rules()


def suits(matcher: Matcher, made: Request, recorded: Request) -> bool:
    """What a rule of the user's own says.

    One that only asserts is understood, as vcrpy does: `AssertionError` is no, and no answer is yes. Raises
    `UsageError` for whatever else it raises.
    """
    try:
        found: object = matcher(made, recorded)
        return found is None or bool(found)
    except AssertionError:
        return False
    except Exception as error:
        why = sanitise(f"{type(error).__name__}: {error}"[:_REASON])
        raise UsageError(f"the matcher {name_of(matcher)} failed{_where(matcher, error)}: {why}") from error


def _where(matcher: Matcher, error: Exception) -> str:
    """The innermost line of the matcher's own file that led to its error."""
    file = getattr(getattr(matcher, "__code__", None), "co_filename", None)
    found, step = "", error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            found = sanitise(f" at {file}:{step.tb_lineno}")
        step = step.tb_next
    return found


def name_of(matcher: Callable[..., object]) -> str:
    """What messages call it."""
    return sanitise(getattr(matcher, "__name__", None) or repr(matcher))


_REASON: Final = 400
"""Characters of somebody else's error."""


def _part_fits(value: Any, is_open: bool, asked: Hashable) -> bool:
    return bool(value.fits(asked) if is_open else value == asked)


T = TypeVar("T")


def _listed(what: str, given: Iterable[T]) -> tuple[T, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        shown = name_of(given) if callable(given) else repr(given)
        hint = f"Put it into one: {what}=[…]." if callable(given) else f"Write {what}=[{shown}]."
        raise UsageError(f"{what} is a list, not {shown}", hint=hint)
    return tuple(given)


def _place(place: object) -> str:
    """A place that is ignored, where it can be one."""
    if isinstance(place, str) and (place.startswith("$") or place[: len(_IN_QUERY)] == _IN_QUERY != place):
        return place
    raise UsageError(f"nothing can be ignored by {place!r}", hint=_IGNORE_HINT)


_IGNORE_HINT: Final = "Name a place in the JSON body ($.metadata.user_id) or a parameter (query.NAME)."


def _check_part(name: object) -> None:
    named = isinstance(name, str) and (name in NAMES or (name.startswith(HEADER) and len(name) > len(HEADER)))
    if not named:
        known = ", ".join((*NAMES, f"{HEADER}NAME"))
        raise UsageError(
            f"requests cannot be matched on {name!r}", hint=f"There are: {known}, or a function."
        )
