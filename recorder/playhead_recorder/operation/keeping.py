"""What there is to see of a recorder in a mitmproxy of the user's: its counters, in a file.

Knows its siblings; no proxy. What is said there, mitmproxy says, in its own log.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from playhead.capture.log import warn
from playhead_recorder.operation.counters import Counters
from playhead_recorder.operation.counters_file import CountersFile
from playhead_recorder.operation.logs import counting_warnings


@contextlib.contextmanager
def kept(counters: Counters, path: Path | None) -> Iterator[None]:
    """Count the recorder's warnings meanwhile, and keep the counters in the file at `path`, if there is one.

    The last ones are written at the end.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(counting_warnings(counters.warned))
        if path is not None:
            file = CountersFile(path, counters.snapshot, warn)
            file.start()
            stack.callback(file.stop)
        yield
