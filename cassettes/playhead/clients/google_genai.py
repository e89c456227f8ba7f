"""How the Google Gen AI SDK reads a body. Source: google-genai 3.3.0, `_api_client.py`: `HttpResponse` and
`request_streamed`.

It knows no SSE: a line that begins with the literal `data: ` is data, any other is a line of JSON. Lines are
those of `str.splitlines`. Knows what reaches the SDK's models, not what those take; knows text in UTF-8.
"""

from __future__ import annotations

import json
from typing import Any

from playhead.clients.body import BodyDecoder, ClientDecoder
from playhead.clients.judged import Judged
from playhead.clients.lines import TEXT_LINE_END, Line, Settled
from playhead.clients.records import Fate, Outcome, Seen, Verdict

_PREFIX = "data: "


def decoder() -> ClientDecoder:
    return Judged(_Segments(), judge)


class _Segments(BodyDecoder[Line]):
    """The pieces of text that the SDK takes for JSON documents."""

    def __init__(self) -> None:
        super().__init__(Settled(TEXT_LINE_END))
        self._data: list[str] = []
        self._data_start = 0
        self._other: list[str] = []
        self._other_start = 0
        self._open_braces = 0

    def _take(self, item: Line, found: list[Outcome]) -> None:
        text = item.data.decode("utf-8", "replace")
        if not text:
            self._give_data(item.end, found)
        elif text.startswith(_PREFIX):
            if not self._data:
                self._data_start = item.start
            self._data.append(text.removeprefix(_PREFIX))
        else:
            if not self._other:
                self._other_start = item.start
            self._other.append(text)
            self._open_braces += text.count("{") - text.count("}")
            if self._open_braces == 0:
                self._give_other(item.end, found)
        starts = [self._data_start] if self._data else []
        starts += [self._other_start] if self._other else []
        self._block_start = min(starts, default=None)

    def _body_read(self, found: list[Outcome]) -> None:
        self._give_other(self._position, found)
        self._give_data(self._position, found)
        self._block_start = None

    def _give_data(self, end: int, found: list[Outcome]) -> None:
        if self._data:
            found.append(self._segment("\n".join(self._data), self._data_start, end))
            self._data = []

    def _give_other(self, end: int, found: list[Outcome]) -> None:
        if self._other:
            found.append(self._segment("".join(self._other), self._other_start, end))
            self._other = []

    def _segment(self, text: str, start: int, end: int) -> Seen:
        return Seen(start, end, self._chunk, None, text, None, None, at_end=self._at_end)


def judge(seen: Seen) -> Verdict:
    """Every segment must be JSON; an object whose first key is `error` is one."""
    try:
        value = json.loads(seen.data)
        first = next(iter(value), None) if isinstance(value, dict) else None
    except json.JSONDecodeError:
        message = f"Failed to parse response as JSON. Raw response: {seen.data}"
        return Verdict(Fate.RAISES, "UnknownApiResponseError", message)
    except (ValueError, RecursionError) as error:
        return Verdict.raises(error)
    return _error(value) if first == "error" else Verdict(Fate.YIELDED)


def _error(value: dict[str, Any]) -> Verdict:
    """The SDK looks into the error without asking what it is: what that raises, its caller meets."""
    error = value["error"]
    try:
        code = error.get("code")
        name = "ClientError" if 400 <= code < 500 else "ServerError" if 500 <= code < 600 else "APIError"
        shown = code if code else value.get("code", error.get("code"))
        status = value.get("status", error.get("status"))
    except (AttributeError, TypeError) as mistake:
        return Verdict.raises(mistake)
    return Verdict(Fate.RAISES, name, f"{shown} {status}. {value}")
