"""How the Google Gen AI SDK reads a body. Source: google-genai 3.3.0, `_api_client.py`: `HttpResponse` and
`request_streamed`.

It knows no SSE: lines become `segments`, each a JSON document. Lines are those of `str.splitlines`. Knows
what reaches the SDK's models, not what those take; knows text in UTF-8.
"""

from __future__ import annotations

import json
from typing import Any

from playhead.clients.body import BodyDecoder, ClientDecoder
from playhead.clients.judged import Judged
from playhead.clients.lines import TEXT_LINE_END, Line, Settled
from playhead.clients.records import Fate, Outcome, Seen, Verdict
from playhead.segments import Segment, Segments


def decoder() -> ClientDecoder:
    return Judged(_Segments(), judge)


class _Segments(BodyDecoder[Line]):
    """The pieces of text that the SDK takes for JSON documents."""

    def __init__(self) -> None:
        super().__init__(Settled(TEXT_LINE_END))
        self._segments = Segments()

    def _take(self, item: Line, found: list[Outcome]) -> None:
        text = item.data.decode("utf-8", "replace")
        found += map(self._seen, self._segments.take(text, item.start, item.end))
        self._block_start = self._segments.begun

    def _body_read(self, found: list[Outcome]) -> None:
        found += map(self._seen, self._segments.close(self._position))
        self._block_start = None

    def _seen(self, segment: Segment) -> Seen:
        return Seen(
            segment.start, segment.end, self._chunk, None, segment.text, None, None, at_end=self._at_end
        )


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
