"""The events of two exchanges, and their endings.

Knows frames and endings; no time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from playhead.diff.model import ABSENT, Settings
from playhead.diff.texts import runs
from playhead.diff.values import Difference, differences, key
from playhead.model import Ending
from playhead.protocols.ledger import Json
from playhead.protocols.payload import NotJson, parse
from playhead.sse import Frame


def events(a: Sequence[Frame], b: Sequence[Frame], settings: Settings) -> Iterator[Difference]:
    """Frames of every kind, aligned; a frame that both have is told by what changed in it."""
    keys_a, keys_b = ([_key(frame, settings) for frame in frames] for frames in (a, b))
    for run in runs(keys_a, keys_b):
        paired = min(run.a_to - run.a_from, run.b_to - run.b_from)
        for step in range(paired):
            at = run.a_from + step
            yield from differences(
                f"event {at + 1}", _described(a[at]), _described(b[run.b_from + step]), settings
            )
        for at in range(run.a_from + paired, run.a_to):
            yield Difference(f"event {at + 1}", _described(a[at]), ABSENT)
        for at in range(run.b_from + paired, run.b_to):
            yield Difference(f"event {at + 1}", ABSENT, _described(b[at]))


def endings(a: Ending, b: Ending) -> Iterator[Difference]:
    """How both stopped, and how much had come."""
    for name in ("kind", "how", "framing", "detail", "trailers"):
        value_a, value_b = getattr(a, name), getattr(b, name)
        if value_a != value_b:
            yield Difference(name, _plain(value_a), _plain(value_b))


def _plain(value: object) -> Json:
    if isinstance(value, tuple):
        return [list(pair) for pair in value]
    return None if value is None else str(value)


def _key(frame: Frame, settings: Settings) -> bytes:
    """The same for two frames that do not differ, and small: a stream may have a million."""
    if settings.ignore:
        text = key(_described(frame), settings)
    else:
        text = repr((frame.kind, frame.event, frame.data, frame.id, frame.retry, frame.comment))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _described(frame: Frame) -> Json:
    """A frame as JSON, what it has not left away."""
    described: dict[str, Json] = {"kind": frame.kind.value}
    for name in ("event", "data", "id", "retry", "comment"):
        value = getattr(frame, name)
        if value not in (None, ""):
            described[name] = _value(value) if name == "data" else value
    return described


def _value(data: str) -> Json:
    """The JSON in `data`, which differs by member; else the text."""
    try:
        return parse(data)
    except NotJson:
        return data
