"""The installed openai SDK on a chat stream: its snapshot after every frame, what it returns, what it raises.

Frames are served one by one: whenever the SDK asks for the next, it is done with the one before.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2
import openai

from playhead.protocols.reading import Reading
from playhead.sse import Decoder

from .reads import SSE, canonical, read

URL = "http://api.invalid/v1/chat/completions"


@dataclass
class Heard:
    """`states` are canonical JSON, one for each frame up to the one that ended it."""

    states: list[str] = field(default_factory=list)
    exception: str | None = None
    message: str = ""
    snapshot: object = None
    """What `get_final_completion()` returns; where that raises, the last snapshot."""


def frames_of(body: bytes) -> list[bytes]:
    """The body cut behind every frame."""
    decoder = Decoder()
    ends = [frame.end for frame in [*decoder.feed(body), *decoder.close()]]
    starts = [0, *ends]
    return [body[start:end] for start, end in zip(starts, [*ends, len(body)], strict=True) if start < end]


class _Served(httpx2.SyncByteStream):
    """Hands out frames; `told` is called before each."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts
        self.told = lambda: None

    def __iter__(self) -> Iterator[bytes]:
        for place, part in enumerate(self._parts):
            if place:
                self.told()
            yield part
        self.told()


def sdk_hears(body: bytes, *, status: int = 200) -> Heard:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic's, about values of other types
        return _sdk_hears(body, status)


def _sdk_hears(body: bytes, status: int) -> Heard:
    heard = Heard()
    served = _Served(frames_of(body))

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, headers={"content-type": SSE}, stream=served)

    def keep() -> None:
        heard.states.append(canonical(_snapshot(stream)))

    kept = httpx2.Client(transport=httpx2.MockTransport(answer))
    sdk = openai.OpenAI(api_key="x", base_url="http://api.invalid/v1", max_retries=0, http_client=kept)
    stream = None
    try:
        with sdk.chat.completions.stream(model="m", messages=[{"role": "user", "content": "x"}]) as stream:
            served.told = keep
            stream.until_done()
            heard.snapshot = _dumped(stream.get_final_completion())
    except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
        heard.exception, heard.message = type(error).__name__, str(error)
        heard.snapshot = _snapshot(stream)
        heard.states.append(canonical(heard.snapshot))
    return heard


def _snapshot(stream: object) -> object:
    state = getattr(stream, "_state", None)
    return _dumped(getattr(state, "_ChatCompletionStreamState__current_completion_snapshot", None))


def _dumped(held: object) -> object:
    if held is None:
        return None
    return held.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)  # type: ignore[attr-defined]


def ours(body: bytes, *, size: int | None = None, status: int = 200) -> Reading:
    return read(body, "openai-chat", url=URL, size=size, status=status)


def raised(reading: Reading) -> str | None:
    """The class name of the first exception that ours says the SDK raises."""
    return next((remark.raises.rpartition(".")[2] for remark in reading.remarks if remark.raises), None)


def differs(body: bytes) -> str | None:
    """Where ours is not what the SDK has, after any frame; `None` where it is."""
    heard, reading = sdk_hears(body), ours(body)
    failed = [remark.text for remark in reading.remarks if remark.kind == "reader_failed"]
    if failed:
        return failed[0]
    if raised(reading) != heard.exception:
        return f"the SDK raises {heard.exception} ({heard.message}), ours says {raised(reading)}"
    for frame, state in enumerate(heard.states[: len(reading)], 1):
        found = canonical(reading.at(frame).message)
        if found != state:
            return f"after frame {frame}\n  SDK: {state}\n ours: {found}"
    final = canonical(reading.final().message)
    expected = canonical(heard.snapshot)
    return None if final == expected else f"at the end\n  SDK: {expected}\n ours: {final}"
