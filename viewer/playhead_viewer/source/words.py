"""What the header row, the notices and an empty list say about an exchange.

Knows endings, losses and torn tails in words; nothing of widths or colours.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from playhead import Cassette, Ending, EndingKind, Exchange, How, Loss
from playhead.model import header
from playhead_viewer.safe import Safe, safe
from playhead_viewer.source.stream import Anchor, Stream


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


_LATER = Safe("If a recorder still writes it, open it again later.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The header row. `place` is such as `1/3`."""

    file: Safe
    place: Safe
    request: Safe
    status: Safe
    ending: Safe
    severity: Severity


@dataclass(frozen=True, slots=True)
class Notice:
    severity: Severity
    text: Safe


def title(file: str) -> Safe:
    """A file's name as the header says it: without what every cassette's name ends in."""
    return safe(file.removesuffix(".zst").removesuffix(".cassette.jsonl") or file)


def verdict(file: str, place: int, count: int, exchange: Exchange) -> Verdict:
    """The header row of the exchange that is `place` of `count`."""
    request, response, ending = exchange.request, exchange.response, exchange.ending
    return Verdict(
        file=title(file),
        place=Safe(f"{place}/{count}"),
        request=safe(f"{request.method} {_path(request.url)}" if request else "request unknown"),
        status=Safe(str(response.status) if response else "no response"),
        ending=Safe(ending.kind.value),
        severity=ENDINGS[ending.kind][0],
    )


def notices(cassette: Cassette, stream: Stream | None) -> tuple[Notice, ...]:
    """What a reader must know before trusting what is shown: a cut, a loss, bytes nobody could decode."""
    found: list[Notice] = []
    if stream is not None:
        ending = stream.exchange.ending
        severity, _ = ENDINGS[ending.kind]
        if severity in (Severity.WARNING, Severity.ERROR):
            found.append(Notice(severity, _why(ending)))
        if stream.chunks.undecoded is not None:
            found.append(Notice(Severity.WARNING, _undecoded(stream.chunks.undecoded)))
        found.extend(Notice(Severity.WARNING, _lost(loss)) for loss in stream.exchange.losses)
        if stream and stream.anchor is not Anchor.REQUEST:
            found.append(Notice(Severity.UNKNOWN, _anchored(stream.anchor)))
    if cassette.torn is not None:
        found.append(Notice(Severity.WARNING, safe(f"At the end of the file {cassette.torn}.")))
    return tuple(found)


def nothing_read(file: str) -> tuple[Safe, ...]:
    """An empty cassette."""
    return (
        safe(f"{file} holds no exchange."),
        Safe("Record one with: playhead record --upstream URL"),
    )


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
    else:
        what = Safe(f"No event in the {size:,} bytes of the body: blank lines only.")
    advice = (_LATER,) if exchange.ending.kind is EndingKind.TRUNCATED else ()
    return Safe("No frames in this exchange."), what, _why(exchange.ending), *advice


def _why(ending: Ending) -> Safe:
    _, sentence = ENDINGS[ending.kind]
    how = f" ({ending.how.value})" if ending.how not in (How.UNKNOWN, How.CLEAN, How.TIMEOUT) else ""
    detail = f": {ending.detail}" if ending.detail else "."
    return safe(f"{sentence[:-1]}{how}{detail}")


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
    reason = f" ({loss.detail})" if loss.detail else ""
    return safe(f"Not recorded: {', '.join(what) or 'an unknown part'}{reason}.")


def _path(url: str) -> str:
    """The path and query of a URL; all of it where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return path or url
