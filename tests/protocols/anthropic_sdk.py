"""The installed anthropic SDK on a body: its snapshot after every event that it decodes, and what it raises.

Also ours on the same body, told by the same events. Plain functions: the tests and the script that writes
the answers share them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import anthropic
from anthropic._streaming import SSEDecoder

from playhead.model import Request, Response
from playhead.protocols.reading import Answer, Reading
from playhead.sse import Decoder, FrameKind

from .reads import canonical, client, cut

SSE_HEADERS = (("content-type", "text/event-stream"),)
FINE_GRAINED = "fine-grained-tool-streaming-2025-05-14"


@dataclass(frozen=True)
class Heard:
    """`states` are canonical JSON, one for each event up to the one that raised."""

    states: list[str]
    exception: str | None
    message: str = ""
    snapshot: object = None


@dataclass(frozen=True)
class Asked:
    """Who asked: which client, with which `anthropic-beta` header."""

    beta: bool = True
    header: str | None = None

    @property
    def request(self) -> Request:
        headers = (("anthropic-beta", self.header),) if self.header else ()
        query = "?beta=true" if self.beta else ""
        return Request(method="POST", url="http://api.invalid/v1/messages" + query, headers=headers)


def sdk_hears(body: bytes, asked: Asked = Asked(), *, status: int = 200) -> Heard:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic's, about values of other types
        return _sdk_hears(body, asked, status)


def _sdk_hears(body: bytes, asked: Asked, status: int) -> Heard:
    kept = client(body, status=status)
    sdk = anthropic.Anthropic(api_key="x", base_url="http://api.invalid", max_retries=0, http_client=kept)
    messages = sdk.beta.messages if asked.beta else sdk.messages
    states: list[str] = []
    stream = None

    def dumped() -> object:
        held = stream._current_snapshot_or_none() if stream else None
        if held is None:
            return None
        return held.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)

    class Telling(SSEDecoder):
        def iter_bytes(self, iterator: Iterator[bytes]) -> Iterator[object]:  # type: ignore[override]
            for event in super().iter_bytes(iterator):
                yield event
                states.append(canonical(dumped()))

    headers = {"anthropic-beta": asked.header} if asked.header else None
    question = [{"role": "user", "content": "x"}]
    try:
        with messages.stream(model="m", max_tokens=9, messages=question, extra_headers=headers) as stream:
            stream._raw_stream._decoder = Telling()
            stream.get_final_message()
    except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
        return Heard(states, type(error).__name__, str(error), dumped())
    return Heard(states, None, "", dumped())


def ours(body: bytes, asked: Asked = Asked(), *, size: int | None = None) -> Reading:
    reading = Reading(
        Answer(asked.request, Response(status=200, headers=SSE_HEADERS)), protocol="anthropic-messages"
    )
    decoder = Decoder()
    for chunk in cut(body, size):
        reading.feed(decoder.feed(chunk))
    reading.feed(decoder.close())
    reading.close()
    return reading


def we_hear(body: bytes, asked: Asked = Asked()) -> Heard:
    """The states after the events that the SDK decodes too, and the exception that we foretell."""
    reading = ours(body, asked)
    decoder = Decoder()
    frames = [*decoder.feed(body), *decoder.close()]
    events = [
        number
        for number, frame in enumerate(frames, 1)
        if frame.kind is FrameKind.EVENT or (frame.kind is FrameKind.DATALESS and frame.event)
    ]
    raising = [remark for remark in reading.remarks if remark.raises]
    states = [canonical(reading.at(number).message) for number in events]
    if raising:
        states = states[: sum(number < raising[0].frame for number in events)]
        if raising[0].raises == "AssertionError":
            states = ["null"] * len(events)
    name = raising[0].raises.rpartition(".")[2] if raising and raising[0].raises else None
    return Heard(states, name, raising[0].text if raising else "", reading.final().message)


def asked_by(name: str) -> Asked:
    """Which client reads the stream of that name: `ga_` the plain one, `fine_` one with that header."""
    return Asked(beta=not name.startswith("ga_"), header=FINE_GRAINED if name.startswith("fine_") else None)
