"""What lint says of the exchange, by event; the findings of the event at the cursor marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from playhead import Finding, Severity
from playhead_viewer.panes.document import Document, Line, Style, line, wrapped
from playhead_viewer.source import analysing
from playhead_viewer.source.moment import Moment
from playhead_viewer.text.numbers import counted
from playhead_viewer.text.safe import Safe, safe, shortened

GLYPHS = {Severity.ERROR: "✖", Severity.WARNING: "⚠", Severity.INFO: "·"}
STYLES = {Severity.ERROR: Style.ERROR, Severity.WARNING: Style.WARNING, Severity.INFO: Style.PLAIN}
_MOST = 500
_LONG = 600


def document(moment: Moment, width: int) -> Document:
    findings = moment.analysis.findings if moment.analysis is not None else None
    if findings is None:
        return Document(list(wrapped(_unchecked(moment), width, Style.FAINT)), title=Safe("Lint"))
    if not findings:
        return Document([line("✓ Nothing found.", Style.GOOD)], title=Safe("Lint"))
    first = _first_shown(findings, moment.number)
    lines: list[Line] = []
    sight = (0, 0)
    for finding in findings[first : first + _MOST]:
        here = bool(moment.number) and finding.frame == moment.number
        start = len(lines)
        lines.extend(_finding(finding, here, width))
        if here and sight == (0, 0):
            sight = (start, len(lines) - 1)
    if len(findings) > _MOST:
        lines.append(line(f"… of {counted(len(findings), 'finding')}, those near the event", Style.FAINT))
    return Document(lines, sight, Safe(f"Lint {len(findings):,}"))


def key(moment: Moment) -> object:
    """What the document depends on besides the analysis: the event, if there is anything to say of it."""
    findings = moment.analysis.findings if moment.analysis is not None else None
    if not findings or len(findings) > _MOST:
        return moment.number, moment.is_checking, moment.check_key
    return any(finding.frame == moment.number for finding in findings) and moment.number


def _unchecked(moment: Moment) -> str:
    if moment.is_checking:
        return "Being checked …"
    if moment.analysis is None:
        return "Not checked yet: the stream is still read."
    if not moment.analysis.is_whole:
        return "Not checked yet: that is done when the stream is over."
    if moment.stream.chunks.damage is not None:
        return "Not checked: it is damaged."
    asked = f": {moment.check_key}, or `check` in the palette" if moment.check_key else ", by playhead lint"
    most = f"{analysing.CHECKED_UNASKED:,}, or {analysing.CHECKED_BYTES / 1e6:g} MB"
    count = counted(moment.stream.count, "event")
    return f"Not checked: it has {count}, and more than {most}, are checked when you ask only{asked}."


def _first_shown(findings: Sequence[Finding], number: int) -> int:
    if len(findings) <= _MOST:
        return 0
    before = sum(1 for finding in findings if (finding.frame or 0) < number)
    return max(min(before - _MOST // 2, len(findings) - _MOST), 0)


def _finding(finding: Finding, here: bool, width: int) -> Iterator[Line]:
    place = f"#{finding.frame}" if finding.frame else "all"
    head = f"{'▸' if here else ' '}{GLYPHS[finding.severity]} {place} {safe(finding.rule)}"
    yield line(head, STYLES[finding.severity])
    message = safe(shortened(finding.message, _LONG))
    for part in wrapped(message, max(width - 4, 8)):
        yield ((Safe("    "), Style.PLAIN), *part)
