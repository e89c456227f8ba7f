"""Whether what a command stands on is installed: asked first, and answered with the way to get it."""

from __future__ import annotations

import importlib.util
import sys

from playhead.errors import CannotRun, MissingExtra

_MITMPROXY_NEEDS = (3, 12)


def need_record(what: str) -> None:
    """`what` (a command, as users type it) needs mitmproxy."""
    if sys.version_info < _MITMPROXY_NEEDS:
        raise CannotRun(
            f"{what} needs Python 3.12 or later, as mitmproxy does",
            hint='Or use a mitmproxy of its own: mitmdump -s "$(playhead addon)"',
        )
    _need(what, "record", "mitmproxy")


def need_serve(what: str) -> None:
    """`what` needs the replay server."""
    _need(what, "serve", "h11")


def need_view(what: str) -> None:
    """`what` needs the viewer."""
    _need(what, "view", "textual")


def has_view() -> bool:
    return importlib.util.find_spec("textual") is not None


def _need(what: str, extra: str, module: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise MissingExtra(what, extra, module)
