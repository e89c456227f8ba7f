"""The terminal is given back whatever ends the viewer: a kill, a hang-up, an error of the viewer's own.

Knows signals, and where a report goes; nothing of what is shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable

from playhead.errors import CannotRun, InputError, PlayheadError

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_PATIENCE = 10.0
"""Seconds after which a viewer that cannot leave, because its terminal is gone, is ended.

One that is only slow to leave would leave its terminal as it is.
"""


def on_kill(leave: Callable[[int], None]) -> None:
    """Have `leave` called with the exit code when the process is told to end. For the thread of the loop."""
    loop = asyncio.get_running_loop()

    def told(number: int) -> None:
        code = 128 + number
        # A terminal that is gone takes no output any more, and what waits for that would wait for ever.
        last = threading.Timer(_PATIENCE, os._exit, (code,))
        last.daemon = True
        last.start()
        leave(code)

    for name in _NAMES:
        number = getattr(signal, name, None)
        # Windows has no handlers in its loops, and a thread of a test may set none.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            if number is not None:
                loop.add_signal_handler(number, told, int(number))


def as_error(error: Exception, name: str) -> PlayheadError:
    """What ends the viewer, of whatever a thread met that read the file called `name`."""
    if isinstance(error, PlayheadError):
        return error
    return InputError(f"{name}: {error.strerror or error}") if isinstance(error, OSError) else report(error)


def report(error: BaseException) -> CannotRun:
    """What is said of an error that nobody foresaw; how it came about is kept in a file."""
    import tempfile  # these two are not needed for a first row
    import traceback

    told = "".join(traceback.format_exception(error))
    hint = "Please report it."
    with contextlib.suppress(OSError):
        handle, name = tempfile.mkstemp(prefix="playhead-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(told)
        hint = f"Please report it, with what {name} says."
    return CannotRun(f"the viewer met an error of its own: {type(error).__name__}", hint=hint)
