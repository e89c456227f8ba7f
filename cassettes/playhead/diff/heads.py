"""The request and the response head: how two of them differ.

Knows requests and responses; no event.
"""

from __future__ import annotations

from collections.abc import Iterator

from playhead.diff.model import ABSENT, Absent, Settings
from playhead.diff.values import Difference, differences, texts
from playhead.model import Headers, Request, Response
from playhead.protocols.ledger import Json
from playhead.protocols.payload import NotJson, parse


def requests(a: Request | None, b: Request | None, settings: Settings) -> Iterator[Difference]:
    """Method, URL, headers, body."""
    if a is None or b is None:
        yield from _one_missing(a is None, b is None)
        return
    yield from _fields(a, b, ("method", "url", "http_version"))
    yield from _headers(a.headers, b.headers, settings)
    yield from _bodies(a.body, b.body, settings)


def heads(a: Response | None, b: Response | None, settings: Settings) -> Iterator[Difference]:
    """Status, reason, headers."""
    if a is None or b is None:
        yield from _one_missing(a is None, b is None)
        return
    yield from _fields(a, b, ("status", "reason", "http_version"))
    yield from _headers(a.headers, b.headers, settings)


def _one_missing(no_a: bool, no_b: bool) -> Iterator[Difference]:
    if no_a is not no_b:
        yield Difference("", ABSENT if no_a else "known", ABSENT if no_b else "known")


def _fields(a: Request | Response, b: Request | Response, names: tuple[str, ...]) -> Iterator[Difference]:
    for name in names:
        value_a, value_b = getattr(a, name), getattr(b, name)
        if value_a != value_b:
            yield Difference(name, value_a, value_b)


def _headers(a: Headers, b: Headers, settings: Settings) -> Iterator[Difference]:
    """By name in any case; the values of one name in their order. The order of names does not count."""
    values_a, values_b = _by_name(a), _by_name(b)
    for name in [*values_a, *(name for name in values_b if name not in values_a)]:
        if not settings.ignores(name) and values_a.get(name) != values_b.get(name):
            yield Difference(f"headers.{name}", _joined(values_a.get(name)), _joined(values_b.get(name)))


def _by_name(headers: Headers) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value)
    return found


def _joined(values: list[str] | None) -> str | Absent:
    return ABSENT if values is None else ", ".join(values)


def _bodies(a: bytes | None, b: bytes | None, settings: Settings) -> Iterator[Difference]:
    """By JSON path where both are JSON, else as text; `None` is a body that was not captured."""
    if a == b:
        return
    if a is None or b is None:
        yield Difference("body", _size(a), _size(b))
        return
    json_a, json_b = _json(a), _json(b)
    if not isinstance(json_a, Absent) and not isinstance(json_b, Absent):
        yield from differences("body", json_a, json_b, settings)
        return
    yield from texts("body", a.decode("utf-8", "backslashreplace"), b.decode("utf-8", "backslashreplace"))


def _size(body: bytes | None) -> str | Absent:
    return ABSENT if body is None else f"{len(body)} bytes"


def _json(body: bytes) -> Json | Absent:
    try:
        return parse(body.decode("utf-8"))
    except (NotJson, UnicodeDecodeError):
        return ABSENT
