"""What a protocol is: a way to recognise its streams, and a reader for them.

A protocol is added by the entry point group `playhead.protocols`: a name, and an object that is a
`StreamProtocol`. Knows what there is to recognise a stream by; knows no protocol.
"""

from __future__ import annotations

import enum
from functools import cached_property
from typing import Protocol, runtime_checkable
from urllib.parse import SplitResult, urlsplit

from playhead.model import Headers, Request, Response, header
from playhead.protocols.ledger import Json
from playhead.protocols.payload import parse_object
from playhead.protocols.record import Record
from playhead.sse import Frame


class Certainty(enum.IntEnum):
    """How sure a protocol is that a stream is its own. The surest reads it."""

    NO = 0
    FALLBACK = 1
    """It can read anything."""
    HEADERS = 2
    """A header, or the body of the request, looks like it."""
    URL = 3
    SHAPE = 4
    """The events look like it, and others may look the same."""
    CONTENT = 5
    """The events are this protocol's and no other's."""


class Clues:
    """What there is to recognise a stream by: the request, the response's head, the first events.

    Any of it may be missing: an imported stream has neither request nor head.
    """

    def __init__(
        self, request: Request | None, response: Response | None, events: tuple[Frame, ...], body: bytes = b""
    ) -> None:
        self.request = request
        self.response = response
        self.events = events
        """The first frames of kind `EVENT`."""
        self.body = body
        """The response body, where it is no stream of events."""

    @cached_property
    def url(self) -> SplitResult:
        """The request's URL; all empty where it is unknown."""
        try:
            return urlsplit(self.request.url if self.request else "")
        except ValueError:
            return urlsplit("")

    @property
    def path(self) -> str:
        return self.url.path

    @property
    def host(self) -> str:
        """In lower case, without the port."""
        try:
            return self.url.hostname or ""
        except ValueError:
            return ""

    @property
    def status(self) -> int | None:
        return self.response.status if self.response else None

    @property
    def content_type(self) -> str:
        """Of the response, in lower case, without parameters; `""` where it is unknown."""
        kind = self.response_header("content-type") or ""
        return kind.split(";")[0].strip().lower()

    def request_header(self, name: str) -> str | None:
        return header(_headers(self.request), name)

    def response_header(self, name: str) -> str | None:
        return header(_headers(self.response), name)

    @cached_property
    def asked(self) -> dict[str, Json]:
        """The JSON object in the request's body; empty where there is none."""
        body = self.request.body if self.request else None
        return parse_object(body.decode("utf-8", "replace")) or {} if body else {}

    @cached_property
    def payloads(self) -> tuple[dict[str, Json], ...]:
        """The JSON objects among the data of the first events."""
        found = (parse_object(event.data or "") for event in self.events)
        return tuple(payload for payload in found if payload is not None)


class Reader(Protocol):
    """Reads one response into a `Record`. Never raises for what a stream holds."""

    def feed(self, number: int, frame: Frame) -> None:
        """Take in a frame of any kind; `number` is its number from 1, and stamps what it writes."""
        ...

    def close(self, number: int) -> None:
        """The stream is over; `number` is that of its last frame, 0 where there was none.

        Here a reader remarks on what is missing.
        """
        ...

    def read_body(self, body: bytes) -> None:
        """The response was no stream of events but this. What it says is stamped with frame 1."""
        ...


@runtime_checkable
class StreamProtocol(Protocol):
    """A protocol as it is registered."""

    @property
    def name(self) -> str:
        """As users type it: `anthropic-messages`."""
        ...

    @property
    def title(self) -> str:
        """As people read it: `Anthropic Messages`."""
        ...

    def recognise(self, clues: Clues) -> Certainty: ...

    def reader(self, record: Record, clues: Clues) -> Reader: ...


def _headers(head: Request | Response | None) -> Headers:
    return head.headers if head else ()
