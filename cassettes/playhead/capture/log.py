"""Saying something in the log, from any thread; of an error, only what cannot quote what was recorded.

mitmproxy's terminal log leaves the process when the terminal cannot be written to, by `SystemExit` in
whatever thread logged (mitmproxy/addons/termlog.py): that must end neither the writer thread nor a hook.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from pathlib import Path

from playhead.errors import CannotRun, UsageError

PREFIX = "playhead: "
"""Before every message: a client's log, or mitmproxy's, need not show who logged it."""
_logger = logging.getLogger("playhead")
# As Python writes strings and bytes; an apostrophe within a word begins none.
_QUOTED = re.compile(
    r"(?<![A-Za-z0-9])(?P<b>b?)(?P<sign>['\"])(?P<text>(?:\\.|(?!(?P=sign))[^\\])*)(?P=sign)?", re.DOTALL
)


def say(message: str, level: int = logging.INFO) -> None:
    """Log `message`, whatever becomes of it."""
    try:
        _logger.log(level, "%s%s", PREFIX, message)
    except (Exception, SystemExit):  # noqa: BLE001 - a full terminal must not cost a recording
        return


def warn(message: str) -> None:
    """Say that something is not recorded as it should be."""
    say(message, logging.WARNING)


def say_error(what: str, error: Exception) -> None:
    """Log an error of ours, in `words` of ours."""
    warn(f"{what}: {words(error)}")


def words(error: BaseException) -> str:
    """An error without its own text, which may quote what was recorded: its type, and where it comes from.

    The system's errors are told in the system's words, and what cannot be done with a file in Playhead's.
    """
    if isinstance(error, CannotRun | UsageError):
        return error.message
    if isinstance(error, OSError) and error.errno and error.strerror:
        return error.strerror
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def unquoted(text: str) -> str:
    """What a proxy or a client says of an error, without what it quotes: that may be any line that passed.

    Addresses stay.

    >>> unquoted("Invalid header line: b'x-key hunter2'")
    "Invalid header line: b'…'"
    >>> unquoted("the server's [Errno 111] Connect call failed ('127.0.0.1', 9)")
    "the server's [Errno 111] Connect call failed ('127.0.0.1', 9)"
    """
    return _QUOTED.sub(_without, text)


def _without(match: re.Match[str]) -> str:
    try:
        ipaddress.ip_address(match["text"])
    except ValueError:
        return f"{match['b']}{match['sign']}…{match['sign']}" if match["text"] else match[0]
    return match[0]
