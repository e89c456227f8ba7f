"""What the header row, the notices and an empty list say about an exchange.

Knows endings, losses and torn tails in words; nothing of widths or colours.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final
from urllib.parse import urlsplit

import msgspec

from playhead import DamagedCassette, Ending, EndingKind, Exchange, How, Loss
from playhead import Severity as Found
from playhead.model import header
from playhead_viewer.source.files import Trouble
from playhead_viewer.source.loader import Loader
from playhead_viewer.source.moment import Analysis
from playhead_viewer.source.stream import Anchor, Stream
from playhead_viewer.text.numbers import counted, duration
from playhead_viewer.text.safe import Safe, safe, shortened

_NOTHING = Safe("")
_LONG = 2000
_LOSSES = 5
_REFUSED = 400
_FROM_REQUEST = ("request_complete", "request_start")


class Severity(enum.Enum):
    """How bad it is: with a glyph, because colour alone says nothing without colours."""

    FINE = "✓"
    WARNING = "⚠"
    ERROR = "✖"
    UNKNOWN = "?"


ENDINGS: Final[dict[EndingKind, tuple[Severity, str]]] = {
    EndingKind.COMPLETE: (Severity.FINE, "The response was delivered whole."),
    EndingKind.CLIENT_CLOSED: (Severity.WARNING, "The client closed before the end."),
    EndingKind.SERVER_CLOSED: (Severity.ERROR, "The server stopped before the end."),
    EndingKind.TIMEOUT: (Severity.ERROR, "The stream timed out."),
    EndingKind.RECORDER_STOPPED: (
        Severity.WARNING,
        "The recorder was stopped; nobody knows how the stream went on.",
    ),
    EndingKind.TRUNCATED: (
        Severity.WARNING,
        "The cassette holds no end: its recorder died, or is still at work.",
    ),
    EndingKind.UNKNOWN: (Severity.UNKNOWN, "How the exchange ended is not known."),
}


_NO_END = Ending(kind=EndingKind.TRUNCATED)
_DIED = Safe(
    "The recorder died; no more will come. The next one that starts in this folder finishes the cassette,"
    " playhead recover too."
)
_PIPE_ENDED = Safe("The pipe ended before the exchange did.")
_LATER = Safe("If a recorder still writes it, open it again later.")
_CUT = Safe(
    "The compressed file is cut short: what stood behind is missing. Copy it anew from where it is whole."
)
_TROUBLES = {
    Trouble.REMOVED: Safe("The file was removed; what was opened is still shown."),
    Trouble.REPLACED: Safe("The file was replaced by another; what was opened is still shown."),
    Trouble.CUT: Safe("The file was cut while it was shown; what is gone cannot be read any more."),
    Trouble.GREW: Safe("The file has grown since it was read; what has come is not shown."),
}


class Verdict(msgspec.Struct, frozen=True):
    """The header row. `place` is such as `1/3`; what is unknown is empty."""

    file: Safe
    place: Safe
    request: Safe
    status: Safe
    ending: Safe
    severity: Severity
    model: Safe = _NOTHING
    timing: Safe = _NOTHING
    findings: Safe = _NOTHING
    is_refused: bool = False
    """Whether the status is an error's."""


class Notice(msgspec.Struct, frozen=True):
    severity: Severity
    text: Safe


def title(file: str) -> Safe:
    """A file's name as the header says it: without what every cassette's name ends in."""
    return safe(file.removesuffix(".partial").removesuffix(".zst").removesuffix(".cassette.jsonl") or file)


def verdict(
    file: str, count: int, stream: Stream, analysis: Analysis | None, *, is_checking: bool = False
) -> Verdict:
    """The header row of an exchange, one of `count`; `is_checking` while a long one is, on demand."""
    exchange, loader = stream.exchange, stream.loader
    request, response, ending = exchange.request, exchange.response, exchange.ending
    severity, told = ENDINGS[ending.kind][0], ending.kind.value
    if ending.kind is EndingKind.TRUNCATED and not stream.is_over:
        severity, told = Severity.FINE, loader.place.growing if loader.is_live else "reading"
    elif severity is Severity.FINE:
        severity, told = _whole(stream) or (severity, told)
    return Verdict(
        file=title(file),
        place=Safe(f"{stream.place + 1}/{count}{'' if loader.is_over else '+'}"),
        request=safe(
            shortened(f"{request.method} {path_of(request.url)}" if request else "request unknown", _LONG)
        ),
        status=Safe(_status(response.status) if response else "no response"),
        is_refused=response is not None and response.status >= _REFUSED,
        ending=Safe(told),
        severity=severity,
        model=_model(stream),
        timing=_timing(analysis),
        findings=_findings(analysis, is_checking),
    )


def _whole(stream: Stream) -> tuple[Severity, str] | None:
    """What is to be said instead of `complete`, where the cassette has not all that was delivered."""
    if stream.breaks():
        return Severity.ERROR, "damaged"
    if stream.missing:
        return Severity.ERROR, f"{counted(stream.missing, 'chunk')} missing"
    return (Severity.WARNING, "recorded in part") if stream.exchange.losses else None


def ended(exchange: Exchange, *, is_damaged: bool) -> tuple[Severity, str]:
    """How an exchange ended, for a list: one that ended well may lack chunks, or have one that is damaged."""
    ending = exchange.ending
    severity = ENDINGS[ending.kind][0]
    if severity is not Severity.FINE:
        return severity, ending.kind.value
    if is_damaged or (ending.chunks is not None and len(exchange.chunks) < ending.chunks):
        return Severity.ERROR, "damaged"
    return (Severity.WARNING, "recorded in part") if exchange.losses else (severity, ending.kind.value)


def _status(status: int) -> str:
    return f"{Severity.ERROR.value} {status}" if status >= _REFUSED else str(status)


def _model(stream: Stream) -> Safe:
    if stream.record is None:
        return _NOTHING
    from playhead_viewer.source.models import model_of  # it parses, which no first row does

    return safe(shortened(model_of(stream.exchange, stream.record.model.latest), 60))


def _timing(analysis: Analysis | None) -> Safe:
    if analysis is None:
        return _NOTHING
    from playhead_viewer.source.anchors import (
        anchor_of,
    )  # what timing stands on is not needed for a first row

    anchor = anchor_of(analysis.timing)
    if anchor is None:
        return _NOTHING
    timing = analysis.timing
    first, gaps = timing.since(anchor).first_content, timing.content_gaps
    told = [] if first is None else [f"{'TTFT' if anchor in _FROM_REQUEST else 'first'} {_close(first)}"]
    if gaps.p50 is not None:
        told.append(f"gaps p50 {_close(gaps.p50)} p99 {_close(gaps.p99)}")
    return Safe(" ".join(told))


def _close(t: float | None) -> str:
    """`690ms`: the row is the narrowest there is."""
    return duration(t).replace(" ", "")


def _findings(analysis: Analysis | None, is_checking: bool) -> Safe:
    if analysis is None or not analysis.is_whole:
        return _NOTHING
    if analysis.findings is None:
        return Safe("checking …" if is_checking else "not checked")
    severities = [finding.severity for finding in analysis.findings]
    errors, warnings = severities.count(Found.ERROR), severities.count(Found.WARNING)
    return Safe(f"⚠{warnings} ✖{errors}" if warnings or errors else "")


def notices(
    stream: Stream | None, loader: Loader, trouble: Trouble | None = None, key: str = ""
) -> tuple[Notice, ...]:
    """What a reader must know before trusting what is shown: damage, a cut, a loss, bytes not decoded.

    `key` has the file read anew.
    """
    found: list[Notice] = []
    if trouble is not None:
        again = f" {key} reads the file as it is now." if key and trouble is not Trouble.REMOVED else ""
        found.append(Notice(Severity.WARNING, Safe(_TROUBLES[trouble] + again)))
    damages = [*loader.damages]
    if stream is not None and stream.chunks.damage is not None:
        damages.append(stream.chunks.damage)
    if damages:
        found.append(Notice(Severity.ERROR, _damaged(damages)))
    if stream is not None:
        ending = stream.exchange.ending
        severity, _ = ENDINGS[ending.kind]
        if severity in (Severity.WARNING, Severity.ERROR) and stream.is_over:
            found.append(Notice(severity, _why(ending, loader)))
        if stream.chunks.undecoded is not None:
            found.append(Notice(Severity.WARNING, _undecoded(stream.chunks.undecoded)))
        if stream.missing:
            found.append(Notice(Severity.ERROR, _missing(stream)))
        found.extend(Notice(Severity.WARNING, _lost(loss)) for loss in stream.exchange.losses[:_LOSSES])
        if stream.count and stream.anchor is not Anchor.REQUEST:
            found.append(Notice(Severity.UNKNOWN, _anchored(stream.anchor)))
    if loader.is_cut:
        found.append(Notice(Severity.WARNING, _CUT))
    if loader.is_over and loader.cassette.torn is not None:
        found.append(Notice(Severity.WARNING, safe(f"At the end of the file {loader.cassette.torn}.")))
    return tuple(found)


def _damaged(damages: Sequence[DamagedCassette]) -> Safe:
    first = damages[0]
    more = f", and {len(damages) - 1:,} more" if len(damages) > 1 else ""
    name = PurePath(first.path).name
    return safe(
        f"Damaged: line {first.line} (byte {first.byte}): {shortened(first.reason, 200)}{more}."
        f" The rest is shown; playhead recover {name} saves it."
    )


def nothing_read(file: str) -> tuple[Safe, ...]:
    """An empty cassette."""
    return (
        safe(f"{file} holds no exchange."),
        Safe("Record one with: playhead record --upstream URL"),
    )


def nothing_yet(stream: Stream | None, file: str) -> tuple[Safe, ...]:
    """No frame so far, and more may come."""
    if stream is None:
        return (safe(f"Reading {file} …"),)
    response = stream.exchange.response
    what = (
        "No response has come yet."
        if response is None
        else f"Status {response.status}; no event has come yet."
    )
    return (Safe(what), Safe("New events are shown as they reach the file."))


def nothing_passes(*, is_filtered: bool) -> Safe:
    """No row under a filter; more may come, where it has not asked all events."""
    return Safe("No event passes the filter." if is_filtered else "No event has passed the filter so far.")


def no_frames(stream: Stream) -> tuple[Safe, ...]:
    """Why an exchange has no frames, and how it ended."""
    exchange = stream.exchange
    response, size = exchange.response, stream.body_size
    if response is None and not size:
        what = Safe("No response arrived.")
    elif not size:
        what = Safe("The response has no body.")
    elif not exchange.is_stream:
        kind = header(response.headers, "content-type") if response else None
        what = safe(
            f"The response is no stream of events: its content-type is {kind}. Its {size:,} bytes are shown."
        )
    elif stream.chunks.undecoded is not None:
        what = _undecoded(stream.chunks.undecoded)
    elif stream.chunks.damage is not None:
        what = safe(f"Its first chunk is damaged: {shortened(stream.chunks.damage.reason, 200)}.")
    else:
        what = Safe(f"No event in the {size:,} bytes of the body: blank lines only.")
    may_go_on = exchange.ending == _NO_END and not stream.loader.was_live
    advice = (_LATER,) if may_go_on else ()
    return Safe("No frames in this exchange."), what, _why(exchange.ending, stream.loader), *advice


def _why(ending: Ending, loader: Loader) -> Safe:
    if ending.kind is EndingKind.TRUNCATED and ending.detail:
        return safe(f"The recorder died before the end ({shortened(ending.detail, 500)}).")
    if ending == _NO_END and loader.was_live:
        return _PIPE_ENDED if loader.place.is_pipe else _DIED
    _, sentence = ENDINGS[ending.kind]
    how = f" ({ending.how.value})" if ending.how not in (How.UNKNOWN, How.CLEAN, How.TIMEOUT) else ""
    detail = f": {shortened(ending.detail, 500)}" if ending.detail else "."
    return safe(f"{sentence[:-1]}{how}{detail}")


def not_followed(stream: Stream | None, loader: Loader, key: str) -> Safe:
    """Why what is over is not followed; `key` has the file read anew."""
    # Whoever writes it need not hold it.
    may_go_on = stream is not None and stream.exchange.ending == _NO_END and not loader.was_live
    if may_go_on or loader.trouble is Trouble.GREW:
        return Safe(f"No recorder holds this file, so it is not followed. {key} reads it as it is now.")
    return Safe("The recording is over: there is nothing to follow.")


def _missing(stream: Stream) -> Safe:
    told = stream.exchange.ending.chunks or 0
    marked = "; the list shows where" if stream.breaks() else ""
    return Safe(f"Of the {told:,} chunks that were recorded {stream.missing:,} cannot be read{marked}.")


def _undecoded(chunk: int) -> Safe:
    return Safe(
        f"From chunk {chunk} on the body is still content-encoded: decoding it failed. No frames there."
    )


def _anchored(anchor: Anchor | None) -> Safe:
    if anchor is None:
        return Safe("The times of this exchange are not known.")
    return Safe(f"The time of the request is not known: t counts from the {anchor.value}.")


def _lost(loss: Loss) -> Safe:
    what = [f"{loss.chunks:,} chunks"] if loss.chunks is not None else []
    what += [f"{loss.size:,} bytes"] if loss.size is not None else []
    reason = f" ({shortened(loss.detail, 200)})" if loss.detail else ""
    return safe(f"Not recorded: {', '.join(what) or 'an unknown part'}{reason}.")


def path_of(url: str) -> str:
    """The path and query of a URL; all of it where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return path or url
