"""What whoever runs a recorder sees of it: counters, a file of them, a status line, logs.

Knows numbers, lines and a terminal; no proxy and no traffic. Nothing here raises into a recording, and
nothing here makes one wait: lines and files are written by threads of their own.
"""

from playhead_recorder.operation.counters import Counters, Snapshot
from playhead_recorder.operation.counters_file import CountersFile
from playhead_recorder.operation.facade import Operation
from playhead_recorder.operation.logs import Level, counting_warnings
from playhead_recorder.operation.summary import missing, recorded

__all__ = [
    "Counters",
    "CountersFile",
    "Level",
    "Operation",
    "Snapshot",
    "counting_warnings",
    "missing",
    "recorded",
]
