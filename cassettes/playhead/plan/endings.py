"""From a recorded ending to what a performer must do.

Source: the format's paragraph on `ending`. Knows the evidence, not how a socket or a library shows a
finish: that is the performer's part.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from playhead.model import Ending, EndingKind, Framing, How
from playhead.plan.noted import Goaway, Malformed, Noted, noted


class Finish(enum.Enum):
    """How a replayed response stops."""

    CLEAN = "clean"
    """The body is whole, and the framing says so."""
    INCOMPLETE = "incomplete"
    """The connection is closed in order (FIN) before the framing says that the body is whole."""
    RESET = "reset"
    """The connection is reset (RST)."""
    STALL = "stall"
    """Nothing more ever comes."""
    STREAM_RESET = "stream reset"
    """HTTP/2 gives up this stream (RST_STREAM); the connection stands."""
    GOAWAY = "goaway"
    """HTTP/2 gives up the connection (GOAWAY) in the middle of this stream."""
    MALFORMED = "malformed"
    """Bytes come that are no HTTP (`End.raw`)."""
    REFUSED = "refused"
    """There is no connection: refused, no such host, no TLS."""
    RECORDING_ENDED = "recording ended"
    """Nobody knows what came next: the client must notice."""


BY_KIND: Final[Mapping[EndingKind, Finish]] = {
    EndingKind.COMPLETE: Finish.CLEAN,
    # An import knows the bytes but not how they ended; `was_cut` tells it from a recording.
    EndingKind.UNKNOWN: Finish.CLEAN,
    EndingKind.TIMEOUT: Finish.STALL,
    EndingKind.CLIENT_CLOSED: Finish.RECORDING_ENDED,
    EndingKind.RECORDER_STOPPED: Finish.RECORDING_ENDED,
    EndingKind.TRUNCATED: Finish.RECORDING_ENDED,
}
"""`SERVER_CLOSED` is not here: its evidence decides, as it does where nobody knows who cut the body."""

BY_EVIDENCE: Final[Mapping[How, Finish]] = {
    How.CLEAN: Finish.CLEAN,
    How.FIN: Finish.INCOMPLETE,
    How.RESET: Finish.RESET,
    How.TIMEOUT: Finish.STALL,
    How.REFUSED: Finish.REFUSED,
    How.TLS: Finish.REFUSED,
    How.DNS: Finish.REFUSED,
    How.UNKNOWN: Finish.INCOMPLETE,
}
"""What the end of a body that was cut showed itself by."""

_AFTER_A_HEAD: Final[Mapping[Finish, Finish]] = {Finish.REFUSED: Finish.RESET}
"""A connection that has carried a head cannot be refused any more."""
_BEFORE_A_HEAD: Final[Mapping[Finish, Finish]] = {Finish.CLEAN: Finish.INCOMPLETE}
"""A response without a head cannot be whole."""


_EVIDENCE: Final = frozenset({"how", "framing_complete", "client_open", "server_open", "error", "error_code"})
"""The facts that only somebody who watched an exchange end can state: an import has none of them."""


def finish_of(ending: Ending, *, head: bool) -> Finish:
    """What a performer must do at the end; `head` tells whether a response head is sent before it."""
    if (told := noted_of(ending, head=head)) is not None:
        return Finish.GOAWAY if isinstance(told, Goaway) else Finish.MALFORMED
    finish = _by_evidence(ending) if was_cut(ending) else BY_KIND[ending.kind]
    if finish is Finish.RESET and _stream_was_reset(ending):
        return Finish.STREAM_RESET
    return (_AFTER_A_HEAD if head else _BEFORE_A_HEAD).get(finish, finish)


def noted_of(ending: Ending, *, head: bool) -> Noted | None:
    """What the recorder noted of the error that was the end, where that tells more than the evidence."""
    told = noted(ending.facts.get("error")) if was_cut(ending) else None
    return None if isinstance(told, Malformed) and told.in_head is head else told


def was_cut(ending: Ending) -> bool:
    """Whether the evidence decides: the server closed, or it was watched how the exchange ended, but not
    whose doing that was."""
    if ending.kind is EndingKind.UNKNOWN:
        return ending.how is not How.UNKNOWN or not _EVIDENCE.isdisjoint(ending.facts)
    return ending.kind is EndingKind.SERVER_CLOSED


def _by_evidence(ending: Ending) -> Finish:
    finish = BY_EVIDENCE[ending.how]
    fell_short = ending.facts.get("framing_complete") == "false"
    return Finish.INCOMPLETE if finish is Finish.CLEAN and fell_short else finish


def _stream_was_reset(ending: Ending) -> bool:
    """Whether it was the HTTP/2 stream, not its connection: a code came, or the connection lived on.

    Before the head nobody has noted the framing.
    """
    if ending.framing not in (Framing.H2, Framing.UNKNOWN):
        return False
    is_open = ending.framing is Framing.H2 and ending.facts.get("server_open") == "true"
    return is_open or "error_code" in ending.facts


def error_code(ending: Ending) -> int | None:
    """The code of an HTTP/2 reset, where it was recorded as a number."""
    code = ending.facts.get("error_code", "")
    return int(code) if code.isdecimal() and len(code) < 11 else None


def performed_framing(recorded: Framing, ending: Ending, finish: Finish, *, has_length: bool) -> Framing:
    """LENGTH, CHUNKED or CLOSE: how a performer frames the body.

    HTTP/2, HTTP/3 and what is unknown become chunked, or a length where the head told one. Where the body
    was framed by the closing alone, a FIN looks like a clean end; a cut whose kind is unknown is chunked,
    so that the client can see it.
    """
    if recorded is Framing.CLOSE:
        hidden_cut = finish is Finish.INCOMPLETE and ending.how is not How.FIN
        return Framing.CHUNKED if hidden_cut else Framing.CLOSE
    if recorded in (Framing.LENGTH, Framing.CHUNKED):
        return recorded
    return Framing.LENGTH if has_length else Framing.CHUNKED
