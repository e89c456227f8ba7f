"""Times as the format writes them: seconds with six decimals, strictly increasing in a file.

Source: FORMAT.md, "Times". Truncating each nanosecond reading on its own cannot drift, however many
gaps a stream has; a tie is moved by one microsecond, so that `t` sorts as the file does. Reads no clock.
"""

from __future__ import annotations

import datetime


def seconds(elapsed_ns: int) -> float:
    """Nanoseconds since the cassette's start as the format's seconds, cut to the microsecond."""
    return max(elapsed_ns, 0) // 1000 / 1e6


def later(t: float, last: float | None) -> float:
    """`t`, or one microsecond after `last` where it does not come later."""
    if last is None or t > last:
        return t
    return (round(last * 1e6) + 1) / 1e6


def timestamp(moment: datetime.datetime) -> str:
    """RFC 3339 in UTC, with microseconds and `Z`."""
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
