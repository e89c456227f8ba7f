"""How an exchange ended, judged from what could be seen when it did. Pure: a table and its reading.

Knows the two peers and the framing; never mitmproxy's objects, whose messages name the wrong side too
often (a stream reset by the server reads "stream reset by client"). What cannot be known is `unknown`.

mitmproxy itself crashes on trailers after a chunked HTTP/1 body: the client waits for an end that does not
come, the ending is `unknown`, and its `error` fact has the exception. An informational response such as
103 it takes for the whole answer: the stream that follows reaches neither the client nor a cassette, save
in `playhead record`, where `interim` prevents it.
"""

from __future__ import annotations

import enum

import msgspec

from playhead.capture.items import Verdict
from playhead.model import EndingKind, Framing, How


class Cause(enum.Enum):
    """Which of mitmproxy's hooks said that it is over."""

    RESPONSE = enum.auto()
    """`response`: the body was delivered as far as its framing tells."""
    ERROR = enum.auto()
    KILLED = enum.auto()
    """`error`, because an addon killed the flow."""
    STOPPED = enum.auto()
    """`done`: the proxy shuts down. Error hooks that follow have false causes."""


class Peer(enum.Enum):
    """A connection, seen from the proxy at that moment."""

    OPEN = enum.auto()
    """It can be read from."""
    FIN = enum.auto()
    """The peer closed it."""
    RESET = enum.auto()
    """The peer reset it."""
    FAILED = enum.auto()
    """The network failed (no route, no acknowledgement)."""
    SILENT = enum.auto()
    """It is closed, and nothing had come from the peer: the proxy closed it."""
    GONE = enum.auto()
    """It is closed, and nobody saw by whom."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen. `multiplexed` is HTTP/2 and 3: a stream can end while its connection stays open."""

    cause: Cause
    client: Peer
    server: Peer
    client_multiplexed: bool = False
    server_multiplexed: bool = False
    idle: bool = False
    """Nothing had passed for as long as the proxy waits before it closes idle connections."""
    framing: Framing = Framing.UNKNOWN
    error: str | None = None
    """What the proxy says, verbatim."""
    error_code: int | None = None
    """Of a stream of HTTP/2 that was reset, by whichever side (RFC 9113, 7)."""
    crashed: bool = False
    """The proxy crashed on a delivery, and nothing passed since."""
    unreached: How | None = None
    """How it failed to reach the server, where it never did."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict, and what must have been seen for it; an empty set or `None` asks for nothing."""

    then: Verdict
    causes: frozenset[Cause] = frozenset()
    client: frozenset[Peer] = frozenset()
    server: frozenset[Peer] = frozenset()
    framing: frozenset[Framing] = frozenset()
    client_multiplexed: bool | None = None
    server_multiplexed: bool | None = None
    idle: bool | None = None
    crashed: bool | None = None

    def fits(self, seen: Evidence) -> bool:
        return (
            _among(seen.cause, self.causes)
            and _among(seen.client, self.client)
            and _among(seen.server, self.server)
            and _among(seen.framing, self.framing)
            and self.client_multiplexed in (None, seen.client_multiplexed)
            and self.server_multiplexed in (None, seen.server_multiplexed)
            and self.idle in (None, seen.idle)
            and self.crashed in (None, seen.crashed)
        )


def _among(value: object, wanted: frozenset[object]) -> bool:
    return not wanted or value in wanted


def _one(*values: Peer) -> frozenset[Peer]:
    return frozenset(values)


# The first rule that fits decides. A client that leaves takes the server's connection with it, so the
# client is looked at first; a server that leaves finds the client still there.
RULES = (
    Rule(
        # Whoever leaves a stream that gets no further is not why it ended.
        causes=frozenset({Cause.ERROR, Cause.STOPPED}),
        crashed=True,
        then=Verdict(EndingKind.UNKNOWN, How.UNKNOWN, "mitmproxy crashed, and passed nothing on since"),
    ),
    Rule(
        causes=frozenset({Cause.STOPPED}),
        then=Verdict(EndingKind.RECORDER_STOPPED, How.UNKNOWN, "the recorder was shut down"),
    ),
    Rule(
        causes=frozenset({Cause.RESPONSE}),
        server=_one(Peer.RESET, Peer.FAILED),
        framing=frozenset({Framing.CLOSE}),
        then=Verdict(EndingKind.SERVER_CLOSED, How.RESET, "reset in a body that only its end delimits"),
    ),
    Rule(causes=frozenset({Cause.RESPONSE}), then=Verdict(EndingKind.COMPLETE, How.CLEAN)),
    Rule(
        causes=frozenset({Cause.KILLED}),
        then=Verdict(EndingKind.UNKNOWN, How.UNKNOWN, "another addon killed the flow"),
    ),
    Rule(
        client=_one(Peer.FIN),
        then=Verdict(EndingKind.CLIENT_CLOSED, How.FIN, "the client closed its connection"),
    ),
    Rule(
        client=_one(Peer.RESET),
        then=Verdict(EndingKind.CLIENT_CLOSED, How.RESET, "the client reset its connection"),
    ),
    Rule(
        client=_one(Peer.FAILED),
        then=Verdict(EndingKind.CLIENT_CLOSED, How.UNKNOWN, "the client's connection failed"),
    ),
    Rule(
        client=_one(Peer.SILENT, Peer.GONE),
        client_multiplexed=False,
        idle=True,
        then=Verdict(EndingKind.TIMEOUT, How.TIMEOUT, "the proxy closed the idle connection"),
    ),
    Rule(
        client=_one(Peer.GONE),
        then=Verdict(EndingKind.CLIENT_CLOSED, How.UNKNOWN, "the client's connection is gone"),
    ),
    Rule(
        client=_one(Peer.SILENT),
        then=Verdict(EndingKind.UNKNOWN, How.UNKNOWN, "the proxy closed the client's connection"),
    ),
    Rule(
        server=_one(Peer.FIN),
        then=Verdict(EndingKind.SERVER_CLOSED, How.FIN, "the server closed its connection"),
    ),
    Rule(
        server=_one(Peer.RESET),
        then=Verdict(EndingKind.SERVER_CLOSED, How.RESET, "the server reset its connection"),
    ),
    Rule(
        server=_one(Peer.FAILED),
        then=Verdict(EndingKind.SERVER_CLOSED, How.UNKNOWN, "the server's connection failed"),
    ),
    Rule(
        # The proxy closes an HTTP/1 server connection when the client's stream is reset.
        server=_one(Peer.SILENT),
        client_multiplexed=True,
        server_multiplexed=False,
        then=Verdict(EndingKind.CLIENT_CLOSED, How.RESET, "the client reset its stream"),
    ),
    Rule(
        server=_one(Peer.GONE),
        client_multiplexed=False,
        then=Verdict(EndingKind.SERVER_CLOSED, How.UNKNOWN, "the server's connection is gone"),
    ),
    Rule(
        # GOAWAY, or a frame that is none: mitmproxy closes at once.
        server=_one(Peer.SILENT, Peer.GONE),
        server_multiplexed=True,
        then=Verdict(EndingKind.SERVER_CLOSED, How.UNKNOWN, "the server ended its HTTP/2 connection"),
    ),
    Rule(
        client=_one(Peer.OPEN),
        server=_one(Peer.OPEN),
        client_multiplexed=False,
        server_multiplexed=True,
        then=Verdict(EndingKind.SERVER_CLOSED, How.RESET, "the server reset its stream"),
    ),
    Rule(
        client=_one(Peer.OPEN),
        server=_one(Peer.OPEN),
        client_multiplexed=True,
        server_multiplexed=True,
        then=Verdict(EndingKind.UNKNOWN, How.RESET, "the stream was reset; by which side cannot be seen"),
    ),
    Rule(then=Verdict(EndingKind.UNKNOWN, How.UNKNOWN)),
)


def judge(seen: Evidence) -> Verdict:
    """The verdict of the first rule that fits; the last one fits everything."""
    if seen.unreached is not None:
        return Verdict(EndingKind.SERVER_CLOSED, seen.unreached, "the server could not be reached")
    return next(rule.then for rule in RULES if rule.fits(seen))


def facts(seen: Evidence, verdict: Verdict) -> dict[str, str]:
    """The evidence in the format's words (FORMAT.md, `end`)."""
    found = {
        "how": verdict.how.value,
        "client_open": _truth(seen.client is Peer.OPEN),
        "server_open": _truth(seen.server is Peer.OPEN),
        "framing": seen.framing.value,
    }
    complete = _framing_complete(seen, verdict)
    if complete is not None:
        found["framing_complete"] = _truth(complete)
    if seen.error is not None:
        found["error"] = seen.error
    if seen.error_code is not None:
        found["error_code"] = str(seen.error_code)
    return found


def _framing_complete(seen: Evidence, verdict: Verdict) -> bool | None:
    """Whether the framing says that the body is whole; `None` where nobody can say."""
    if verdict.kind is not EndingKind.COMPLETE:
        return None if seen.crashed else False
    if seen.framing in (Framing.CLOSE, Framing.UNKNOWN):
        return True if seen.server is Peer.FIN else None
    return True


def _truth(value: bool) -> str:
    return "true" if value else "false"
