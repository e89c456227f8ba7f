"""The cassette format, version 1: records, their codec, their times. Touches no file.

The specification is `cassettes/FORMAT.md`; `records` is its table as types.
"""

VERSION = 1
NAME = "playhead-cassette"
MAX_LINE = 16 * 1024 * 1024
"""Bytes in a line, its LF included."""
MAX_DELIVERY = 8 * 1024 * 1024
"""Bytes in one chunk record; a longer delivery becomes several."""
