"""Ending with whoever started this process: a pipe whose other end closes when that one is gone.

Knows descriptors and one thread; not what ends. A process that is killed tells its children nothing, but the
system closes what it held.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import click

FLAG = "--while-open"


def option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The hidden option by which a command is told the descriptor; its parameter is `while_open`."""
    return click.option(FLAG, "while_open", type=click.IntRange(min=0), hidden=True)(command)


@contextlib.contextmanager
def held() -> Iterator[int]:
    """The descriptor to hand to children, by `pass_fds` and `FLAG`; the other end closes with this."""
    theirs, ours = os.pipe()
    try:
        yield theirs
    finally:
        os.close(ours)
        os.close(theirs)


def when_closed(descriptor: int, then: Callable[[], object]) -> None:
    """Call `then`, in a thread of its own, when the other end of `descriptor` is closed."""
    with contextlib.suppress(OSError):
        os.set_inheritable(descriptor, False)

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(descriptor, 512):
                pass
        then()

    threading.Thread(target=wait, name="playhead-lifeline", daemon=True).start()
