"""Opening one exchange of a cassette: everything that may take long or fail, done in one call.

The app runs it in a thread. A damaged cassette shows itself here, before anything of it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

from playhead import Cassette
from playhead_viewer.safe import Safe
from playhead_viewer.source.chunks import Watch
from playhead_viewer.source.stream import Stream
from playhead_viewer.source.words import Notice, Verdict, no_frames, nothing_read, notices, verdict


@dataclass(frozen=True, slots=True)
class Opening:
    """The exchange at `place` (from 0) of `count`. `stream` is `None` in an empty cassette."""

    place: int
    count: int
    stream: Stream | None
    verdict: Verdict | None
    notices: tuple[Notice, ...]
    message: tuple[Safe, ...]
    """Why there is nothing in the list, and what to do: empty where there is something."""

    @property
    def bare(self) -> bool:
        """Whether there are not even bytes to show."""
        return self.stream is None or not (len(self.stream) or self.stream.body_size)


def open_exchange(
    cassette: Cassette, file: str, watch: Watch, *, place: int = 0, number: int | None = None
) -> Opening:
    """Read the exchange at `place`, or exchange `number`. Raises `InputError`, and what `watch` raises."""
    exchanges = cassette.exchanges
    if number is not None:
        place = exchanges.index(cassette[number])
    if not exchanges:
        return Opening(0, 0, None, None, notices(cassette, None), nothing_read(file))
    exchange = exchanges[place]
    stream = Stream(exchange, watch)
    return Opening(
        place=place,
        count=len(exchanges),
        stream=stream,
        verdict=verdict(file, place + 1, len(exchanges), exchange),
        notices=notices(cassette, stream),
        message=() if len(stream) else no_frames(stream),
    )
