"""Which targets a recorded URL stands for: its path and query, where what was redacted may be anything.

Knows URLs as text and spans in them; not who asks, nor what was played. Hosts are not compared: a replay
stands on another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from playhead.model import Redaction, Request

_IN_URL = "url"


@dataclass(frozen=True, slots=True)
class _Part:
    """The path, or one parameter of the query: equal to `start`, or with anything between start and end."""

    start: str
    end: str | None = None

    def fits(self, part: str) -> bool:
        if self.end is None:
            return part == self.start
        long_enough = len(part) >= len(self.start) + len(self.end)
        return long_enough and part.startswith(self.start) and part.endswith(self.end)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded request as one that may be asked for again. `parts` is empty where nothing was redacted."""

    method: str
    target: str
    parts: tuple[_Part, ...] = ()

    def fits(self, method: str, target: str) -> bool:
        """Whether it is the request that is asked for; `target` as `target_of` gives it."""
        if method != self.method:
            return False
        return target == self.target or (bool(self.parts) and self._fits_redacted(target))

    def _fits_redacted(self, target: str) -> bool:
        asked = [target[start:end] for start, end in _places(target)]
        return len(asked) == len(self.parts) and all(
            part.fits(text) for part, text in zip(self.parts, asked, strict=True)
        )


def target_of(url: str) -> str:
    """The path and query, out of a whole URL too; the fragment, which is never sent, left out."""
    target = url[_start(url) :].partition("#")[0]
    return target if target.startswith("/") else f"/{target}"


def recorded(request: Request, redactions: Iterable[Redaction]) -> Recorded:
    """What a request whose URL holds these redactions (those of other places do not matter) answers.

    A redacted span may be anything of any length, within its path or its parameter.
    """
    target = target_of(request.url)
    spans = list(_spans(request.url, target, redactions))
    if not spans:
        return Recorded(request.method, target)
    parts = tuple(_part(target, start, end, spans) for start, end in _places(target))
    return Recorded(request.method, target, parts)


def _part(target: str, start: int, end: int, spans: list[tuple[int, int]]) -> _Part:
    within = [span for span in spans if span[0] < end and span[1] > start]
    if not within:
        return _Part(target[start:end])
    first = max(min(span[0] for span in within), start)
    last = min(max(span[1] for span in within), end)
    return _Part(target[start:first], target[last:end])


def _spans(url: str, target: str, redactions: Iterable[Redaction]) -> Iterator[tuple[int, int]]:
    """What was redacted, as places in the target. User information stands before it."""
    data = None if url.isascii() else url.encode()
    # The root may be written without its slash.
    shift = _start(url) - (0 if url[_start(url) :].startswith("/") else 1)
    for redaction in redactions:
        offset, size = redaction.byte_offset, redaction.size
        if redaction.name != _IN_URL or offset is None or size is None or offset < 0 or size < 0:
            continue
        start, end = (_characters(data, place) - shift for place in (offset, offset + size))
        if end > 0 and start < min(end, len(target)):
            yield start, end


def _characters(data: bytes | None, offset: int) -> int:
    """An offset in bytes as one in characters; `data` is `None` where every character is a byte."""
    return offset if data is None else len(data[:offset].decode(errors="ignore"))


def _start(url: str) -> int:
    """Where the target begins in a URL, or in what is a target already."""
    if url.startswith("/"):
        return 0
    scheme = url.find("://")
    host = scheme + len("://") if scheme >= 0 and scheme + len("://") < len(url) else 0
    return min((at for sign in "/?#" if (at := url.find(sign, host)) >= 0), default=len(url))


def _places(target: str) -> Iterator[tuple[int, int]]:
    """Start and end of the path, then of each parameter of the query, where there is one."""
    query = target.find("?")
    if query < 0:
        yield 0, len(target)
        return
    yield 0, query
    start = query + 1
    for parameter in target[start:].split("&"):
        yield start, start + len(parameter)
        start += len(parameter) + 1
