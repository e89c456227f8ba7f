"""Log lines: text for people, a JSON object a line for programs, neither with a secret in it.

Knows log records and words; never where lines go. A message may quote what came from the network (mitmproxy
does): it is made safe for a terminal, paths and queries of URLs are cut off, and what has the shape of a key
is taken out.
"""

from __future__ import annotations

import contextlib
import datetime
import enum
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from playhead.capture.log import PREFIX, unquoted
from playhead.cli.output import json_document
from playhead.format.times import timestamp
from playhead.redaction.texts import find_in_text
from playhead.sanitise import sanitise
from playhead_recorder.options.readers import Log

_MOST_CHARACTERS = 2000
_MOST_READ = 4000
"""Beyond what is said: a key must not be cut before it is looked for."""
_URL = re.compile(
    r"([A-Za-z][A-Za-z0-9+.\-]{0,15}://)(?:[^\s/?#\"'<>@]*@)?([^\s/?#\"'<>]*)([/?#][^\s\"'<>]*)?"
)
_QUERY = re.compile(r"\?[\w.~%\[\]\-]+=[^\s\"'<>]*")
_REMOVED = "[REDACTED]"
_OURS = ("playhead", "playhead_recorder")

Value: TypeAlias = object


class Level(enum.Enum):
    """How much a line matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def style_of(log: Log, *, is_terminal: bool) -> Log:
    """`TEXT` or `JSON`: what is meant where lines go to a terminal, or not."""
    if log is not Log.AUTO:
        return log
    return Log.TEXT if is_terminal else Log.JSON


def safe(text: str) -> str:
    """`text` on one line, without what a log must not hold."""
    text = text[:_MOST_READ]
    for span in reversed(find_in_text(text)):
        text = text[: span.start] + _REMOVED + text[span.end :]
    text = _QUERY.sub("?…", _URL.sub(_origin, text))
    if len(text) > _MOST_CHARACTERS:
        text = text[:_MOST_CHARACTERS] + "…"
    return sanitise(text)


def said(record: logging.LogRecord) -> str:
    """What a log record says; one that is not ours may quote what could not be read.

    Ours lose their prefix: whoever says this has one, or needs none.
    """
    message = record.getMessage()
    if record.name.partition(".")[0] in _OURS:
        return message.removeprefix(PREFIX)
    return unquoted(message)


def text_line(message: str, level: Level) -> str:
    """A line for people. What is no more than information has no prefix."""
    return safe(message) if level is Level.INFO else f"{level.value}: {safe(message)}"


def json_line(
    message: str, level: Level, event: str, fields: dict[str, Value], now: datetime.datetime
) -> str:
    """One JSON object, ASCII only: `time`, `level`, `event`, `message`, and `fields` under their names."""
    found: dict[str, Value] = {
        "time": timestamp(now),
        "level": level.value,
        "event": event,
        "message": safe(message),
    }
    for name, value in fields.items():
        found.setdefault(name, _plain(value))
    return json_document(found)


class Forward(logging.Handler):
    """Gives warnings and errors, whoever logs them, to `say(message, level, fields)`, without a traceback."""

    def __init__(self, say: Callable[[str, Level, dict[str, Value]], None]) -> None:
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        try:
            level = Level.ERROR if record.levelno >= logging.ERROR else Level.WARNING
            fields: dict[str, Value] = {"logger": record.name}
            if record.exc_info and record.exc_info[0] is not None:
                fields["exception"] = record.exc_info[0].__name__
            self._say(said(record), level, fields)
        except Exception:  # noqa: BLE001 - whoever logs is in the middle of something
            return


@contextlib.contextmanager
def forwarded(say: Callable[[str, Level, dict[str, Value]], None]) -> Iterator[None]:
    """Everybody's warnings and errors go to `say` meanwhile."""
    handler = Forward(say)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


@contextlib.contextmanager
def counting_warnings(warned: Callable[[], None]) -> Iterator[None]:
    """`warned` is called for every warning and error of Playhead's own meanwhile."""
    handler = Forward(lambda *_: warned())
    logger = logging.getLogger("playhead")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _origin(match: re.Match[str]) -> str:
    """A URL without user, path, query."""
    return f"{match[1]}{match[2]}" + ("/…" if (match[3] or "/") != "/" else match[3] or "")


def _plain(value: Value) -> Value:
    if isinstance(value, bool | int | float | None):
        return value
    if isinstance(value, enum.Enum):
        return _plain(value.value)
    if isinstance(value, Mapping):
        return {safe(str(name)): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return safe(str(value))
