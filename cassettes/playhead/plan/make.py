"""From an exchange to the acts of its replay, lazily: a chunk is decoded when its turn comes.

Knows the recording. What is not known is never made up as if it were: a replay that comes to bytes that
were lost, or that could not be decoded, stops there and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import msgspec

from playhead.exchange import Exchange
from playhead.model import EndingKind, Framing, Response, header
from playhead.plan.broken import Broken, is_broken
from playhead.plan.columns import Sends
from playhead.plan.endings import Finish, error_code, finish_of, noted_of, performed_framing, was_cut
from playhead.plan.headers import declared_length, head_bytes, kept, raw, recorded_framing
from playhead.plan.lost import Lost
from playhead.plan.noted import Goaway, Malformed, is_http2_fin
from playhead.plan.steps import Act, End, Head, Send, has_body
from playhead.plan.whole import Plan

_UPGRADED: Final = 101
_SILENT: Final = Response(status=200, headers=(("content-type", "text/event-stream"),))
"""For a body whose head is not recorded."""


def acts(exchange: Exchange, *, method: str = "GET") -> Iterator[Act]:
    """Interim heads, head, sends and end of a replay; `at` counts seconds from the complete request.

    `method` is the one that is answered now: a HEAD is given no body. Raises `DamagedCassette` where a
    line proves to be no record, when its turn comes.
    """
    return chain.from_iterable(_portions(exchange, method))


def whole(exchange: Exchange, *, method: str = "GET") -> Plan:
    """The same, held whole; in columns where the exchange has its chunks at hand."""
    portions = list(_portions(exchange, method))
    columns = next((each for each in portions if isinstance(each, Sends)), ())
    plan = Plan.of(chain.from_iterable(each for each in portions if each is not columns), method=method)
    return msgspec.structs.replace(plan, sends=columns) if columns else plan


def _portions(exchange: Exchange, method: str) -> Iterator[Iterable[Act]]:
    """The same in a few portions: acts that come by the thousand pass through one generator, not two."""
    start = _start(exchange)
    response = exchange.response or (_SILENT if _needs_head(exchange) else None)
    if response is None:
        yield (_end(exchange, start, finish_of(exchange.ending, head=False), 0),)
        return
    if response.status == _UPGRADED:
        why = "the connection was upgraded to another protocol, which replay does not speak"
        yield (_gap(exchange, why),)
        return
    for interim in exchange.responses:
        if interim.status < 200 and interim is not response:
            yield (_head(interim, start),)
    bodiless = not has_body(method, response.status)
    yield (_final_head(exchange, response, start, bodiless),)
    if bodiless:
        yield (_end(exchange, start, Finish.CLEAN, 0),)
    elif (sends := _at_hand(exchange, start)) is None:
        yield _body(exchange, start)
    else:
        sent = len(b"".join(sends.data))  # takes half the time of a sum
        yield sends
        yield (_end(exchange, start, finish_of(exchange.ending, head=True), sent),)


def _needs_head(exchange: Exchange) -> bool:
    kind = exchange.ending.kind
    whole = kind in (EndingKind.COMPLETE, EndingKind.UNKNOWN) and not was_cut(exchange.ending)
    return whole or len(exchange.chunks) > 0


def _start(exchange: Exchange) -> float | None:
    """When the clock of the replay starts: the complete request, else the first thing that is known."""
    request = exchange.request
    times = [request.t, request.t_start] if request else []
    times += [response.t for response in exchange.responses[:1]]
    if len(exchange.chunks):
        times.append(exchange.chunks.time(1))
    return next((t for t in times if t is not None), None)


def _since(start: float | None, t: float | None) -> float | None:
    return None if start is None or t is None else max(t - start, 0.0)


def _head(response: Response, start: float | None) -> Head:
    return Head(
        status=response.status,
        reason=_reason(response),
        http_version=response.http_version,
        headers=kept(response.headers, encoded=True),
        at=_since(start, response.t),
    )


def _reason(response: Response) -> bytes | None:
    return None if response.reason is None else head_bytes(response.reason)


def _final_head(exchange: Exchange, response: Response, start: float | None, bodiless: bool) -> Head:
    framing, length = _framing(exchange, response, bodiless)
    encoded = _is_encoded(exchange)
    if not encoded and not bodiless and is_broken(exchange):
        # How long it is once it is encoded anew, nobody knows yet.
        encoded, framing, length = True, Framing.CHUNKED, None
    return Head(
        status=response.status,
        reason=_reason(response),
        http_version=response.http_version,
        headers=kept(response.headers, encoded=encoded),
        framing=framing,
        length=length,
        encoding=None if encoded else header(response.headers, "content-encoding"),
        at=_since(start, response.t),
    )


def _framing(exchange: Exchange, response: Response, bodiless: bool) -> tuple[Framing, int | None]:
    """How to frame the body, and the length to promise; a head without a body repeats what it declared."""
    declared = declared_length(response)
    if bodiless:
        return Framing.LENGTH, declared
    ending = exchange.ending
    framing = performed_framing(
        recorded_framing(response, ending.framing),
        ending,
        finish_of(ending, head=True),
        has_length=declared is not None,
    )
    return framing, _length(exchange, declared) if framing is Framing.LENGTH else None


def _is_encoded(exchange: Exchange) -> bool:
    """Whether the stored bytes are content-encoded from the first on."""
    chunks = exchange.chunks
    return len(chunks) > 0 and chunks.at_hand is None and chunks[0].undecoded


def _length(exchange: Exchange, declared: int | None) -> int:
    """The length to promise: of the stored bytes, and of as many more as the recording fell short."""
    stored = delivered = 0
    for chunk in exchange.chunks:
        stored += len(chunk.data)
        delivered += len(chunk.data) if chunk.wire_bytes is None else max(chunk.wire_bytes, 0)
    if finish_of(exchange.ending, head=True) is Finish.CLEAN:
        return stored
    return stored + max((declared or 0) - delivered, 1)


def _at_hand(exchange: Exchange, start: float | None) -> Sends | None:
    """The chunks of a short recording, where all of them are played and each as it stands."""
    told = noted_of(exchange.ending, head=True)
    if exchange.losses or (isinstance(told, Malformed) and told.ends_chunk):
        return None
    data = exchange.chunks.at_hand
    return Sends(data, exchange.chunks.times, start) if data is not None and all(data) else None


def _body(exchange: Exchange, start: float | None) -> Iterator[Send | End]:
    """The chunks, as far as they can be played, and the end.

    The last chunk is part of the end where that is malformed within it.
    """
    lost = Lost.of(exchange)
    encoded = _is_encoded(exchange)
    broken = Broken.of(exchange) if not encoded and is_broken(exchange) else None
    told = noted_of(exchange.ending, head=True)
    held: list[Send] | None = [] if isinstance(told, Malformed) and told.ends_chunk else None
    chunks = exchange.chunks
    sent = 0
    # Most of the time before a replay's first byte is spent here: what is rare costs a question, and no
    # chunk is made of a record that becomes a send.
    for number, record in enumerate(chunks.decoded(), 1):
        t, text = record.t, record.text
        if lost is not None and (why := lost.before(number, t)) is not None:
            yield _gap(exchange, why, sent)
            return
        data: bytes | None
        if text is not None and record.head is None and record.tail is None:
            data = text.encode()
        else:
            data = chunks.data(number, record)
        if broken is not None:
            data = broken.feed(data, undecoded=record.undecoded)
        elif record.undecoded is not encoded:
            data = None
        if data is None:
            yield _gap(exchange, f"chunk {number} could not be decoded when it was recorded", sent)
            return
        if data:
            at = None if start is None or t is None else t - start if t > start else 0.0
            send = Send(number, data, at)
            if held is not None:
                held.append(send)
                if len(held) < 2:
                    continue
                send = held.pop(0)
            yield send
            sent += len(send.data)
    if lost is None:
        yield _end(exchange, start, finish_of(exchange.ending, head=True), sent, held)
    else:
        yield _gap(exchange, lost.there, sent)


def _gap(exchange: Exchange, why: str, sent: int = 0) -> End:
    """The end of what can be played, though the stream went on."""
    return End(finish=Finish.RECORDING_ENDED, kind=exchange.ending.kind, detail=why, sent=sent)


def _end(
    exchange: Exchange, start: float | None, finish: Finish, sent: int, held: list[Send] | None = None
) -> End:
    """`held` is the chunk whose end is malformed: it is delivered with that."""
    ending = exchange.ending
    told = noted_of(ending, head=exchange.response is not None)
    raw_end = told.raw if isinstance(told, Malformed) else b""
    for send in held or ():
        raw_end = b"%x\r\n%b%b" % (len(send.data), send.data, raw_end)
    return End(
        finish=finish,
        kind=ending.kind,
        how=ending.how,
        detail=ending.detail,
        trailers=raw(ending.trailers),
        sent=sent,
        raw=raw_end,
        code=error_code(ending),
        goaway=told if isinstance(told, Goaway) else None,
        http_version=_connection_version(exchange),
        # A stall begins with the last bytes: when somebody gave up waiting is no part of it.
        at=None if finish is Finish.STALL else _since(start, ending.t),
    )


def _connection_version(exchange: Exchange) -> str | None:
    """What the connection spoke, where no head tells: what its error says, else what the client asked in."""
    if exchange.response is not None:
        return exchange.response.http_version
    if is_http2_fin(exchange.ending.facts.get("error")):
        return "HTTP/2"
    return exchange.request.http_version if exchange.request is not None else None
