"""What a miss says: what was asked, which recorded request is nearest, where the two differ, how to mend it.

Knows requests and the rules they were compared by. Secrets of the request that is made are replaced before
anything of it is told; how, the caller says.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, TypeAlias

import msgspec

from playhead.diff.model import ABSENT
from playhead.errors import UsageError
from playhead.matching import body_differences as bodies
from playhead.matching import queries, targets
from playhead.matching.book import Book, Entry
from playhead.matching.json_values import plain
from playhead.matching.large import LARGE, is_large
from playhead.matching.nearest import nearest
from playhead.matching.rules import BODY, HOST, METHOD, PATH, QUERY, Rules, Shown, name_of, suits
from playhead.model import Request
from playhead.redaction import DEFAULT, Policy, redact_url
from playhead.redaction.body import find_in_body
from playhead.redaction.patches import patches_for
from playhead.sanitise import sanitise

_LISTED: Final = 20
_PLACES: Final = 8
"""Differences of a body that are told; more of them are another request."""
_WIDE: Final = 82
"""Characters of a value in a line: with what stands before it, and pytest's own mark, it is below 100."""
_COLUMNS: Final = 96
_BEFORE: Final = 24
"""Characters that are shown before the first that differs."""

Hide: TypeAlias = Callable[[Request], Request]
"""Takes the secrets out of a request, as `without_secrets` does."""


def told(
    book: Book,
    request: Request,
    played: Sequence[int],
    numbers: Sequence[int],
    name: str,
    hide: Hide,
    compared: tuple[Hashable, ...] | None = None,
) -> str:
    """The message. `played`: how often each entry was; `numbers`: what its exchange is called.

    `compared` is the request as the rules compare it, for who has it already.
    """
    body = request.body
    request = hide(request)
    # To read one of 30 MB takes a second, and what is hidden in large ones is hidden later.
    is_known = compared is not None and request.body is body
    made = book.rules.asked_anew(request, compared) if is_known and compared else book.rules.asked(request)
    lines = [f"No exchange of {name} answers {asked(request)}"]
    spent = book.fitting(request, made)
    place = nearest(book, request, played)
    if not book.entries:
        lines.append("It holds no exchange.")
    elif spent:
        lines += _spent(spent, numbers)
    elif place is None:
        lines.append("It holds no exchange that is left for it.")
    else:
        lines += _differing(book, request, made, place, played, numbers, hide)
    lines += _listing(book, played, numbers)
    return "\n".join(lines)


def asked(request: Request) -> str:
    """A request as messages show it."""
    return sanitise(f"{request.method} {_target(request.url)}")


def without_secrets(request: Request, key: bytes, policy: Policy = DEFAULT) -> Request:
    """The request with its URL's and its body's secrets replaced. Headers are never shown.

    A large body stays as it is: what is shown of it is hidden by itself.
    """
    url = redact_url(request.url, key, policy=policy)[0]
    return msgspec.structs.replace(request, url=url, body=_clean(request, key, policy))


def _clean(request: Request, key: bytes, policy: Policy) -> bytes | None:
    if not request.body or is_large(request.body):
        return request.body
    secrets = find_in_body(request.body, request.headers, policy).secrets
    return patches_for(secrets, key).apply(request.body, 0)


def _target(url: str) -> str:
    (start, end), (query, last) = targets.split(url)
    path = url[start:end] or "/"
    return f"{path}?{url[query:last]}" if query < last else path


def _spent(spent: Sequence[int], numbers: Sequence[int]) -> Iterator[str]:
    which = ", ".join(str(numbers[place]) for place in spent[:_LISTED])
    one = len(spent) == 1
    what = f"Exchange {which} answers it, and was" if one else f"Exchanges {which} answer it, and all were"
    yield f"{what} played: it is made more often than recorded."
    yield "To mend: make it once less, record it once more, or let recorded answers repeat"
    yield '  (repeats="repeat" plays the last one again, repeats="loop" starts over).'


def _differing(
    book: Book,
    request: Request,
    made: tuple[Hashable, ...],
    place: int,
    played: Sequence[int],
    numbers: Sequence[int],
    hide: Hide,
) -> Iterator[str]:
    entry = book.entries[place]
    assert entry.request is not None
    near = Entry(hide(entry.request), entry.redactions)
    state = "played" if played[place] else "not played yet"
    assert near.request is not None
    yield f"Nearest is exchange {numbers[place]}: {asked(near.request)} ({state}). What differs:"
    shown = _shown(book, place, near)
    parts = [book.rules.parts[at] for at in shown.unlike(made)]
    places: list[str] = []
    is_all = True
    ignored = book.rules.parameters
    for part in parts:
        if part == BODY:
            found = bodies.between(near, Entry(request), book.rules, hide)
            yield from _told_bodies(found)
            is_all = is_all and found.is_all
            places += dict.fromkeys(each.path for each in found.places)
        elif part == QUERY:
            unlike = list(queries.unlike(near.request.url, near.redactions, request.url, ignored))
            yield from _told_queries(unlike, near.request, request)
            places += [f"query.{name}" for name, _, _ in unlike]
        else:
            yield from _two(part, _of(part, near.request), _of(part, request))
    for matcher in book.rules.matchers:
        if not suits(matcher, request, near.request):
            yield f"  the matcher {name_of(matcher)} refuses it"
    yield "To mend: make the recorded request, or record this one."
    places = [place for place in places if sanitise(place) == place]
    if is_all and places and len(places) <= _PLACES and _helps(places, parts, book.rules, near, request):
        yield from _ignoring([json.dumps(place, ensure_ascii=False) for place in places])


def _shown(book: Book, place: int, near: Entry) -> Shown:
    """The nearest request, without secrets, as it is compared; a large body is not read again."""
    before, known = book.entries[place].request, book.shown(place)
    assert near.request is not None
    if before is not None and known is not None and near.request.body is before.body:
        return book.rules.recorded_anew(near.request, near.redactions, known)
    return book.rules.recorded(near.request, near.redactions)


def _ignoring(places: Sequence[str]) -> Iterator[str]:
    what = "that does" if len(places) == 1 else "these do"
    line = f"  Where {what} not matter: ignore=[{', '.join(places)}]"
    if len(line) <= _COLUMNS:
        yield line
        return
    yield f"  Where {what} not matter: ignore=["
    yield from (f"    {place}," for place in places)
    yield "  ]"


def _helps(places: Sequence[str], parts: Sequence[str], rules: Rules, near: Entry, request: Request) -> bool:
    """Whether the recorded request would answer if these places, in `parts`, were ignored."""
    assert near.request is not None
    if not all(suits(matcher, request, near.request) for matcher in rules.matchers):
        return False
    if is_large(near.request.body, request.body):
        return set(parts) <= {BODY, QUERY}  # to be sure would take as long as all else
    try:
        rules = Rules.of(rules.match_on, (*rules.ignore, *places))
    except UsageError:
        return False
    return rules.recorded(near.request, near.redactions).fits(rules.asked(request))


def _of(part: str, request: Request) -> str:
    path, query = targets.split(request.url)
    if part == METHOD:
        return request.method
    if part == PATH:
        return targets.path_of(request.url[slice(*path)])
    if part == QUERY:
        return request.url[slice(*query)] or "(none)"
    # Of other headers only whether they are there: what they say may be a secret.
    return targets.host_of(request.url) if part == HOST else _presence(part, request)


def _presence(part: str, request: Request) -> str:
    name = part.partition(".")[2].lower()
    there = any(key.lower() == name for key, _ in request.headers)
    return "there, with another value" if there else "not there"


def _two(path: str, recorded: str, made: str) -> Iterator[str]:
    recorded, made = sanitise(recorded), sanitise(made)
    if recorded != made and unicodedata.normalize("NFC", recorded) == unicodedata.normalize("NFC", made):
        # They look the same.
        recorded, made = (text.encode("ascii", "backslashreplace").decode() for text in (recorded, made))
    # Where both are long and begin alike, what is alike is left out.
    start = 0
    if max(len(recorded), len(made)) > _WIDE:
        alike = (at for at, pair in enumerate(zip(recorded, made, strict=False)) if pair[0] != pair[1])
        start = max(next(alike, 0) - _BEFORE, 0)
    yield f"  {_cut(sanitise(path), 0)}"
    yield f"    recorded  {_cut(recorded, start)}"
    yield f"    made now  {_cut(made, start)}"


def _cut(text: str, start: int) -> str:
    """As much of the text from `start` on as a line takes, and how long it is where that is not all."""
    if not start and len(text) <= _WIDE:
        return text
    before = "…" if start else ""
    if len(before) + len(text) - start <= _WIDE:
        return before + text[start:]
    behind = f"… ({len(text)} characters)"
    return before + text[start : start + _WIDE - len(before) - len(behind)] + behind


def _told_queries(
    unlike: Sequence[tuple[str, queries.Values, queries.Values]], near: Request, request: Request
) -> Iterator[str]:
    for name, recorded, made in unlike[:_PLACES]:
        yield from _two(f"query {name}", _values(recorded), _values(made))
    if len(unlike) > _PLACES:
        yield f"  and {len(unlike) - _PLACES} more parameters"
    if not unlike:
        yield from _two(QUERY, _of(QUERY, near), _of(QUERY, request))


def _values(values: queries.Values) -> str:
    return ", ".join(json.dumps(each, ensure_ascii=False) for each in values) or "(nothing)"


def _told_bodies(found: bodies.Found) -> Iterator[str]:
    for each in found.places[:_PLACES]:
        path = f"body {each.path}" if each.path else "body"
        at = f", from character {each.offset}" if each.offset is not None else ""
        yield from _two(f"{path}{at}", _json(each.a), _json(each.b))
    if not found.is_all:
        yield f"  Of bodies above {LARGE // 1024**2} MiB no more than this was compared."
    elif len(found.places) > _PLACES:
        yield f"  and {len(found.places) - _PLACES} more places of the body"


def _json(part: Any) -> str:
    if part is ABSENT:
        return "(nothing)"
    return part if isinstance(part, bodies.Plain) else plain(json.dumps(part, ensure_ascii=False))


def _listing(book: Book, played: Sequence[int], numbers: Sequence[int]) -> Iterator[str]:
    """What there is, exchanges that follow each other and are alike in one line."""
    if book.entries:
        yield f"It holds ({played.count(0)} of {len(played)} are left to play):"
    states = map(_state, book.entries, played)
    groups = [
        (what, [number for _, number in group])
        for what, group in groupby(zip(states, numbers, strict=True), lambda line: line[0])
    ]
    for what, alike in groups[:_LISTED]:
        which = f"{alike[0]}" if len(alike) == 1 else f"{alike[0]} to {alike[-1]}"
        yield f"  {which}. {what}"
    if len(groups) > _LISTED:
        yield f"  and {sum(len(alike) for _, alike in groups[_LISTED:])} more"


def _state(entry: Entry, count: int) -> str:
    what = asked(entry.request) if entry.request else "any request"
    return f"{what} ({'played' if count else 'not played yet'})"
