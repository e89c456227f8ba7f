"""An exchange as its cassette holds it: request, responses, chunks, frames, ending, each read on access.

Knows records and frames. Never knows where lines come from: whoever built the index hands in a
source of lines (a mapped file, bytes from a pipe) and a way to say where one stands.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from playhead.bodies import BodyKind, kind_of
from playhead.chunks import Chunks
from playhead.exchange_index import ExchangeIndex, Lines, data_at, record_at
from playhead.format import records
from playhead.format.data import has_data
from playhead.frames import Frames
from playhead.model import (
    Ending,
    EndingKind,
    Framing,
    Headers,
    How,
    Loss,
    Redaction,
    Request,
    Response,
    header,
)

if TYPE_CHECKING:
    from playhead.protocols.reading import Reading
    from playhead.protocols.state import State

_RETRY_COUNT = "x-stainless-retry-count"
_COUNT = re.compile("[0-9]{1,6}")

E = TypeVar("E", EndingKind, How, Framing)


class FrameMaker(Protocol):
    """What makes the frames of an exchange when they are first asked for: `Frames`, or a kind of them."""

    def __call__(self, chunks: Chunks, body: BodyKind, /, *, over: bool) -> Frames: ...


class Exchange:
    """A request and what came of it. `number` counts from 1 in request order."""

    def __init__(
        self,
        number: int,
        lines: Lines,
        index: ExchangeIndex,
        *,
        over: bool = True,
        framed: FrameMaker = Frames,
    ) -> None:
        self.number = number
        self._framed = framed
        self._lines = lines
        self._index = index
        self._over = over
        self._request_lines: tuple[int | None, int] | None = None  # what `request` was read from
        self._readings: list[Reading] = []  # those that still grow

    def grow(self, *, over: bool) -> None:
        """The index has grown, or nothing more will come (`over`): forget what may have changed."""
        self._over = over
        for name in ("responses", "response", "ending", "losses", "redactions"):
            self.__dict__.pop(name, None)
        if self._request_lines != self._lines_of_request():
            self.__dict__.pop("request", None)
        frames = self.__dict__.get("frames")
        if not self.is_stream or (frames is not None and frames.body is not self.body_kind):
            self.__dict__.pop("frames", None)
            self.__dict__.pop("reading", None)
            self._readings.clear()
        elif frames is not None:
            self._grow_readings(frames)

    def _grow_readings(self, frames: Frames) -> None:
        for reading in self._readings:
            if reading.is_undecided:
                reading.learn(self.request, self.response)
        frames.grow(over=self.is_over)
        if self.is_over:
            for reading in self._readings:
                reading.close()
            self._readings.clear()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come: it has ended, or its cassette has."""
        return self._over or self._index.end is not None

    def __repr__(self) -> str:
        request = self.request
        what = f"{request.method} {request.url}" if request else "request unknown"
        return f"<Exchange {self.number}: {what}, {len(self.chunks)} chunks, {self.ending.kind.value}>"

    @cached_property
    def request(self) -> Request | None:
        """`None` where the cassette does not say (an imported stream)."""
        self._request_lines = self._lines_of_request()
        line = self._index.request
        if line is None:
            return None
        record = record_at(self._lines, line, records.Request)
        body = self._request_body(line, record)
        return Request(
            method=record.method,
            url=record.url,
            http_version=record.http_version,
            headers=record.headers,
            body=body,
            t=record.t,
            t_start=record.t_start,
            facts=dict(record.facts),
        )

    @property
    def attempt(self) -> int | None:
        """How often the client had sent this request before, as it says: 0 is the first time.

        From `x-stainless-retry-count`, which the SDKs that Stainless generates send, Anthropic's and OpenAI's
        among them (`_base_client.py`, `_build_headers`); `None` where there is none.

        >>> import playhead
        >>> playhead.load(playhead.sample("anthropic-tools"))[1].attempt
        0
        """
        value = header(self.request.headers, _RETRY_COUNT) if self.request is not None else None
        return int(value) if value is not None and _COUNT.fullmatch(value) else None

    def _lines_of_request(self) -> tuple[int | None, int]:
        return self._index.request, len(self._index.request_chunks)

    def _request_body(self, line: int, record: records.Request) -> bytes | None:
        parts: list[bytes] = []
        if has_data(record):
            parts.append(data_at(self._lines, line, record))
        for place in self._index.request_chunks:
            parts.append(data_at(self._lines, place, record_at(self._lines, place, records.RequestChunk)))
        return b"".join(parts) if parts else None

    @cached_property
    def responses(self) -> tuple[Response, ...]:
        """Every response head: interim ones (1xx), then the final one."""
        return tuple(
            _response(record_at(self._lines, line, records.Response)) for line in self._index.responses
        )

    @cached_property
    def response(self) -> Response | None:
        """The final response head; `None` where none arrived."""
        final = [response for response in self.responses if response.status >= 200 or response.status == 101]
        return final[-1] if final else None

    @cached_property
    def chunks(self) -> Chunks:
        """The response body, chunk by chunk."""
        return Chunks(self._lines, self._index)

    @property
    def body(self) -> bytes:
        """The response body, after transfer and content decoding."""
        return b"".join(chunk.data for chunk in self.chunks)

    @property
    def size(self) -> int:
        """The bytes of the body, as its writer counted them, else counted now."""
        counted = self.ending.size
        return counted if counted is not None else sum(len(chunk.data) for chunk in self.chunks)

    @property
    def body_kind(self) -> BodyKind:
        """What the response says that its body is; one that says nothing is taken for an event stream."""
        return kind_of(self.response.headers if self.response else ())

    @property
    def is_sse(self) -> bool:
        """Whether the body consists of Server-Sent Events."""
        return self.body_kind is BodyKind.SSE

    @property
    def is_stream(self) -> bool:
        """Whether the body consists of frames: Server-Sent Events, or lines of JSON."""
        return self.body_kind is not BodyKind.WHOLE

    @cached_property
    def frames(self) -> Frames:
        """The frames of the body, indexed on first access; empty where it is no stream."""
        return self._framed(self.chunks, self.body_kind, over=self.is_over)

    @cached_property
    def reading(self) -> Reading:
        """The response as its protocol reads it, which is recognised. Read on first access."""
        return self.read_as(None)

    def read_as(self, protocol: str | None) -> Reading:
        """The response read anew by the protocol of that name; `None` recognises it."""
        from playhead.protocols.reading import Answer, Reading  # most who open a cassette never read it

        body = None if self.is_stream else self.body
        reading = Reading(Answer(self.request, self.response, body), protocol=protocol)
        if body is None:
            self.frames.listen(reading.feed)
        if self.is_over:
            reading.close()
        else:
            self._readings.append(reading)
        return reading

    def use_protocol(self, name: str) -> None:
        """Let `reading`, and all that stands on it, go by the protocol of that name from now on."""
        self.reading = self.read_as(name)

    def at(self, frame: int) -> State:
        """The message as it stood after `frame`; `at(0)` is empty. Raises `IndexError` outside.

        >>> import playhead
        >>> exchange = playhead.load(playhead.sample("anthropic-tools"))[1]
        >>> exchange.at(0).blocks[:]
        []
        """
        return self.reading.at(frame)

    def final(self) -> State:
        """The message after the last frame: what the official client makes of the stream."""
        return self.reading.final()

    @cached_property
    def ending(self) -> Ending:
        """How the exchange stopped: `TRUNCATED` where the cassette holds no end record."""
        line = self._index.end
        if line is None:
            return Ending(kind=EndingKind.TRUNCATED)
        return ending_of(record_at(self._lines, line, records.End))

    @cached_property
    def losses(self) -> tuple[Loss, ...]:
        """What passed by unrecorded, of this exchange or of all that were open then, in the file's order."""
        found = (record_at(self._lines, line, records.Loss) for line in self._index.all_losses())
        return tuple(
            Loss(detail=loss.detail, t=loss.t, t_start=loss.t_start, chunks=loss.chunks, size=loss.bytes)
            for loss in found
        )

    @property
    def chunks_before_losses(self) -> tuple[int, ...]:
        """For each of `losses`, how many chunks stand before it in the file."""
        return tuple(bisect_left(self._index.chunks, line) for line in self._index.all_losses())

    @cached_property
    def redactions(self) -> tuple[Redaction, ...]:
        """What was replaced before it was written."""
        found = (record_at(self._lines, line, records.Redaction) for line in self._index.redactions)
        return tuple(
            Redaction(record.name, record.detail, record.byte_offset, record.bytes) for record in found
        )

    def line(self, frame: int | None = None) -> int:
        """The line of the cassette, from 1, that completed `frame`; without one, the exchange's first."""
        if frame is None or not 0 < frame <= len(self.frames):
            return self._lines.number(self._index.begin)
        chunk = self.frames.chunk_numbers[frame - 1]
        return self._lines.number(self._index.chunks[chunk - 1])

    def frame_times(self) -> Iterator[float | None]:
        """When each frame was complete, in order."""
        return (self.chunks.time(number) for number in self.frames.chunk_numbers)


def is_event_stream(headers: Headers) -> bool:
    """Whether a response with these headers is an event stream: it says so, or says nothing."""
    return kind_of(headers) is BodyKind.SSE


def _response(record: records.Response) -> Response:
    return Response(
        status=record.status,
        reason=record.detail,
        http_version=record.http_version,
        headers=record.headers,
        t=record.t,
        facts=dict(record.facts),
    )


def ending_of(record: records.End) -> Ending:
    """The ending that an end record tells."""
    facts = dict(record.facts)
    return Ending(
        kind=_known(EndingKind, record.ending, EndingKind.UNKNOWN),
        t=record.t,
        detail=record.detail,
        how=_known(How, facts.get("how"), How.UNKNOWN),
        framing=_known(Framing, facts.get("framing"), Framing.UNKNOWN),
        trailers=record.headers,
        chunks=record.chunks,
        size=record.bytes,
        sha256=record.sha256,
        facts=facts,
    )


def _known(type_: type[E], value: str | None, other: E) -> E:
    """The enum's member; `other` for a value that a later version may have added."""
    if value is None:
        return other
    try:
        return type_(value)
    except ValueError:
        return other
