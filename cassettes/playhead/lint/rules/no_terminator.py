"""The stream ended before its protocol said so. Knows remarks and endings."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.remarks import remarks, spot
from playhead.lint.rule import Group, Rule, Spot
from playhead.model import EndingKind
from playhead.protocols.remarks import RemarkKind
from playhead.sse import FrameKind

# Endings that are no silent cut: nobody takes the part for the whole.
_TOLD = {
    EndingKind.SERVER_CLOSED: (Severity.WARNING, "the connection broke, which clients are told"),
    EndingKind.TIMEOUT: (Severity.WARNING, "it timed out, which clients are told"),
    EndingKind.CLIENT_CLOSED: (Severity.INFO, "the client had left"),
    EndingKind.RECORDER_STOPPED: (Severity.INFO, "the recorder was stopped before"),
    EndingKind.TRUNCATED: (Severity.INFO, "the recording stops before"),
}


def _find(exchange: Exchange) -> Iterator[Spot]:
    told = _TOLD.get(exchange.ending.kind)
    for remark in remarks(exchange, RemarkKind.NO_TERMINATOR):
        if told is None:
            found = spot(exchange, remark, Severity.ERROR)
            yield msgspec.structs.replace(found, message=found.message + _tail(exchange))
        else:
            severity, words = told
            # What a reader says of clients holds for a body that ends in good order.
            said = msgspec.structs.replace(remark, text=f"the message is not whole: {words}")
            yield spot(exchange, said, severity)


def _tail(exchange: Exchange) -> str:
    """Where the end may stand all the same."""
    frames = exchange.frames
    if frames and frames.kind(len(frames) - 1) is FrameKind.TAIL and frames[-1].data is not None:
        return "; an event without its blank line stands in the tail"
    return ""


RULE = Rule(
    id="no-terminator",
    group=Group.ORDER,
    severity=Severity.ERROR,
    title="the stream ends before its message does",
    explanation=(
        "The protocol has an event that says that the message is whole, and it did not come. Clients raise"
        " nothing when the body ends in good order: they hand out what there is, with a stop reason of null,"
        " and half an answer is taken for all of it. Check for the closing event or the stop reason before"
        " you use an answer. Where the connection broke, so that clients raised, this is a warning; where"
        " the client or the recorder left first, it is worth knowing only."
    ),
    source=(
        "anthropic `lib/streaming/_messages.py`, which never asks for `message_stop`; openai `_streaming.py`"
    ),
    find=_find,
)
