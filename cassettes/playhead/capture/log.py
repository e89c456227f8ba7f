"""Saying something in the log, from any thread.

mitmproxy's terminal log leaves the process when the terminal cannot be written to, by `SystemExit` in
whatever thread logged (mitmproxy/addons/termlog.py): that must end neither the writer thread nor a hook.
"""

from __future__ import annotations

import logging

_logger = logging.getLogger("playhead")


def say(message: str, level: int = logging.INFO) -> None:
    """Log `message`, whatever becomes of it."""
    try:
        _logger.log(level, "playhead: %s", message)
    except (Exception, SystemExit):  # noqa: BLE001 - a full terminal must not cost a recording
        return


def warn(message: str) -> None:
    """Say that something is not recorded as it should be."""
    say(message, logging.WARNING)


def say_error(what: str, error: Exception) -> None:
    """Log an error of ours, whatever it makes of being said."""
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - its words are its own
        text = type(error).__name__
    warn(f"{what}: {text}")
