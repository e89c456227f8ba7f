"""How an exchange ended, judged from what its client met: the exception, or that it left. Pure.

Knows the exceptions of httpx, httpx2, their httpcore and what stands behind them by the names of their
classes, so that neither library is imported. The chain of causes tells more than a message: only whether
HTTP/1 was cut by a FIN or broken by garbage is told by h11's words alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from playhead.capture.items import Verdict
from playhead.errors import RecordingEnded, ReplayMiss
from playhead.model import EndingKind, Framing, Headers, How, header

_MOST_CAUSES = 64
_NO_BODY = frozenset({204, 304})
_MULTIPLEXED = {"HTTP/2": Framing.H2, "HTTP/3": Framing.H3}


class Body(msgspec.Struct, frozen=True):
    """How a response tells where its body ends; `length` where it told one."""

    framing: Framing = Framing.UNKNOWN
    length: int | None = None

    def is_whole(self, size: int) -> bool:
        """Whether `size` bytes are known to be all."""
        return self.length is not None and size >= self.length


class Left(msgspec.Struct, frozen=True):
    """The client left: after how many bytes, and whether it had begun to read."""

    size: int
    began: bool


class Rule(msgspec.Struct, frozen=True):
    """A verdict for exceptions of a class, by its name, whose causes have one of `causes` among them."""

    name: str
    kind: EndingKind
    how: How
    causes: frozenset[str] = frozenset()
    begins: tuple[str, ...] = ()
    """How the message of one of them begins; empty asks for nothing."""


_GONE = ("peer closed connection", "Server disconnected")
"""h11's words for a FIN in the body, httpcore's for one before the head."""
_STOPPED = EndingKind.SERVER_CLOSED

# The first rule that fits decides. A class fits by its own name or that of one it derives from.
RULES = (
    Rule(RecordingEnded.__name__, EndingKind.RECORDER_STOPPED, How.UNKNOWN),
    Rule(ReplayMiss.__name__, EndingKind.UNKNOWN, How.UNKNOWN),
    Rule("TimeoutException", EndingKind.TIMEOUT, How.TIMEOUT),
    Rule("TimeoutError", EndingKind.TIMEOUT, How.TIMEOUT),
    Rule("ConnectError", _STOPPED, How.DNS, frozenset({"gaierror"})),
    Rule("ConnectError", _STOPPED, How.TLS, frozenset({"SSLError"})),
    Rule("ConnectError", _STOPPED, How.REFUSED),
    Rule("ConnectionRefusedError", _STOPPED, How.REFUSED),
    Rule("RemoteProtocolError", _STOPPED, How.RESET, frozenset({"StreamReset"})),
    Rule("RemoteProtocolError", _STOPPED, How.FIN, begins=_GONE),
    Rule("RemoteProtocolError", _STOPPED, How.UNKNOWN),
    Rule("NetworkError", _STOPPED, How.RESET, frozenset({"ConnectionError"})),
    # On asyncio a reset has no cause that says so; another failure of the network has.
    Rule("NetworkError", _STOPPED, How.UNKNOWN, frozenset({"OSError"})),
    Rule("NetworkError", _STOPPED, How.RESET),
    Rule("ConnectionError", _STOPPED, How.RESET),
    Rule("Exception", EndingKind.UNKNOWN, How.UNKNOWN),
    # What is no `Exception` is the client's own will: a cancelled task, an interrupt.
    Rule("BaseException", EndingKind.CLIENT_CLOSED, How.UNKNOWN),
)


def judge(met: BaseException | Left | None, body: Body) -> tuple[Verdict, dict[str, str]]:
    """The verdict and its evidence in the format's words; `None` is the end of the body."""
    if met is None or (isinstance(met, Left) and body.is_whole(met.size)):
        verdict = Verdict(EndingKind.COMPLETE, How.CLEAN)
        server_open = body.framing is not Framing.CLOSE
        return verdict, _facts(verdict, body, client_open=True, server_open=server_open)
    if isinstance(met, Left):
        reading = "while it was reading" if met.began else "without reading it"
        verdict = Verdict(EndingKind.CLIENT_CLOSED, How.FIN, f"the client closed the response {reading}")
        return verdict, _facts(verdict, body, client_open=False, server_open=True)
    causes = list(_chain(met))
    rule = next(rule for rule in RULES if _fits(rule, causes))
    verdict = Verdict(rule.kind, rule.how, str(met) or type(met).__name__)
    facts = _facts(
        verdict,
        body,
        client_open=rule.kind is not EndingKind.CLIENT_CLOSED,
        server_open=None if rule.kind is EndingKind.UNKNOWN else rule.kind is not _STOPPED,
    )
    facts["error"] = f"{type(met).__name__}: {met}"
    codes = (getattr(cause, "error_code", None) for cause in causes)
    code = next((code for code in codes if isinstance(code, int)), None)
    if code is not None:
        facts["error_code"] = str(int(code))
    return verdict, facts


def body_of(method: str, status: int, http_version: str | None, headers: Headers) -> Body:
    """How the body of a response is framed (RFC 9112, 6.3)."""
    length = _length(header(headers, "content-length"))
    if method == "HEAD" or status in _NO_BODY:
        length = 0
    version = http_version or ""
    for name, framing in _MULTIPLEXED.items():
        if version.startswith(name):
            return Body(framing, length)
    if not version:
        return Body(Framing.UNKNOWN, length)
    if length != 0 and "chunked" in (header(headers, "transfer-encoding") or "").lower():
        return Body(Framing.CHUNKED)
    return Body(Framing.CLOSE) if length is None else Body(Framing.LENGTH, length)


def _length(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() else None


def _facts(verdict: Verdict, body: Body, *, client_open: bool, server_open: bool | None) -> dict[str, str]:
    found = {"how": verdict.how.value, "client_open": _truth(client_open)}
    if server_open is not None:
        found["server_open"] = _truth(server_open)
    if body.framing is not Framing.UNKNOWN:
        found["framing"] = body.framing.value
    found["framing_complete"] = _truth(verdict.kind is EndingKind.COMPLETE)
    return found


def _fits(rule: Rule, causes: list[object]) -> bool:
    if not _is_a(causes[0], rule.name):
        return False
    if rule.causes and not any(_is_a(cause, name) for cause in causes for name in rule.causes):
        return False
    return not rule.begins or any(str(cause).startswith(rule.begins) for cause in causes)


def _is_a(value: object, name: str) -> bool:
    return any(kind.__name__ == name for kind in type(value).__mro__)


def _chain(error: BaseException) -> Iterator[object]:
    """The exception, what caused it, and what it carries: httpcore wraps exceptions and events of h2."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_CAUSES:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, BaseException):
            waiting += [arg for arg in each.args if not isinstance(arg, str | bytes | int)]
            # Not its context, which may be what the client was at before it sent this request.
            waiting += [each.__cause__] if each.__cause__ is not None else []
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions


def _truth(value: bool) -> str:
    return "true" if value else "false"
