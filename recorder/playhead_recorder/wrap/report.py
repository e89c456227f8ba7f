"""What is said when the wrapped program is over: what there is, what there is not, and what to do about it.

Knows counts and names; no proxy, no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from playhead.cli.output import counted
from playhead_recorder.operation import Snapshot, missing, recorded


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is over. `refused` and `distrusted` are by host."""

    counted: Snapshot
    requests: int
    refused: Mapping[str, int]
    distrusted: Mapping[str, str]
    warnings: Mapping[str, int]
    is_whole: bool
    """Whether the proxy ended as it should."""
    left: str | None = None
    """The line about cassettes that are not finished."""
    unusable: tuple[str, ...] = ()
    """What the environment says of proxies, and nobody could heed."""


def lines(outcome: Outcome, folder: Path) -> Iterator[str]:
    """The lines for people, the first of them what was recorded."""
    for text, number in outcome.warnings.items():
        yield text if number == 1 else f"{text} ({number:,} times)"
    yield recorded(outcome.counted, folder)
    if (line := missing(outcome.counted)) is not None:
        yield line
    if outcome.left is not None:
        yield outcome.left
    yield from outcome.unusable
    for host, number in outcome.refused.items():
        times = counted(number, "connection")
        yield f"{host}: the program refused the recorder's certificate ({times}). {_TRUST}"
    for host, reason in outcome.distrusted.items():
        why = reason.removesuffix(".")
        yield f"{host}: the recorder could not connect: {why}. For a private CA: --upstream-ca FILE."
    if not outcome.requests and not outcome.refused:
        yield _NOTHING_CAME
        yield _WORKS_ALWAYS
    if not outcome.is_whole:
        yield "the proxy did not end as it should: what was open may be unfinished (`playhead recover`)."


_TRUST = (
    "It reads none of the variables that name certificates: give it a base URL (--base-url-env NAME=URL), or "
    "have it trust the CA in a folder of mitmproxy's (--confdir DIR)."
)
_NOTHING_CAME = (
    "Nothing came through the proxy: the program sent no request, or heeds no proxy variable. aiohttp heeds "
    "them with trust_env=True, httpx not with trust_env=False; Java never, Go never for this machine."
)
_WORKS_ALWAYS = (
    "What works with every client is a base URL: --base-url-env NAME=URL sets NAME to a listener of the "
    "recorder before URL. Or use `playhead record --upstream URL`."
)
