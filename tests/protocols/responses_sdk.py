"""The installed openai SDK: what its Responses stream holds after each event, and what it raises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai

from playhead.protocols.reading import Reading
from playhead.sse import Decoder, FrameKind

from .reads import SSE, Pieces, cut

DUMP = {"mode": "json", "by_alias": True, "exclude_unset": True, "warnings": False}


@dataclass
class Told:
    """What the SDK made of a stream."""

    states: list[Any] = field(default_factory=list)
    """After each event that it took in without raising: its answer where it has one, else its snapshot."""
    error: Exception | None = None
    """What `get_final_response` raises, or the iteration before it."""

    @property
    def error_name(self) -> str | None:
        return type(self.error).__name__ if self.error else None

    @property
    def last(self) -> Any:
        return self.states[-1] if self.states else None


def events_taken(body: bytes, reading: Reading) -> list[int]:
    """The frames of the events that the client has taken in by our reading: a state of the SDK for each."""
    frozen = reading.record.frozen
    last = len(reading) if frozen is None else frozen
    return [
        number
        for number, frame in enumerate(Decoder().feed(body), 1)
        if frame.kind is FrameKind.EVENT and number <= last and not (frame.data or "").startswith("[DONE]")
    ]


class Sdk:
    """One client for many bodies: to make a client costs more than to read a short stream."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        transport = httpx2.MockTransport(self._answer)
        self.client = openai.OpenAI(
            api_key="x",
            base_url="http://sdk.invalid/v1",
            max_retries=0,
            http_client=httpx2.Client(transport=transport),
        )

    def _answer(self, _: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": SSE}, stream=Pieces(self._chunks))

    def follow(self, body: bytes, *, size: int | None = None) -> Told:
        """Event by event, as `ResponseStream` does it."""
        self._chunks = cut(body, size)
        told = Told()
        with self.client.responses.stream(model="m", input="x") as stream:
            state = stream._state
            try:
                for event in stream._raw_stream:
                    state.handle_event(event)
                    told.states.append(_held(state))
                if state._completed_response is None:
                    raise RuntimeError("Didn't receive a `response.completed` event.")
            except Exception as error:  # noqa: BLE001 - whatever the SDK raises is its answer
                told.error = error
        return told

    def final(self, body: bytes, *, size: int | None = None) -> Told:
        """By `get_final_response` alone."""
        self._chunks = cut(body, size)
        told = Told()
        with self.client.responses.stream(model="m", input="x") as stream:
            try:
                told.states.append(stream.get_final_response().model_dump(**DUMP))
            except Exception as error:  # noqa: BLE001 - whatever the SDK raises is its answer
                told.error = error
                held = _held(stream._state)
                told.states += [held] if held is not None else []
        return told


def _held(state: Any) -> Any:
    held = state._completed_response or state._ResponseStreamState__current_snapshot
    return held.model_dump(**DUMP) if held is not None else None
