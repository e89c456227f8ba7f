"""What replay does, as data: from an exchange to a lazy sequence of steps, without clock or socket.

`make` reads an exchange into acts (head, sends, end, each with its recorded time); `alterations` change them,
held whole as a `Plan`; `pacing` puts the waits between them. Whoever performs the steps (a transport, the
server) decides nothing about the recording.
"""

from __future__ import annotations

from playhead.plan.endings import Finish
from playhead.plan.make import acts, whole
from playhead.plan.pacing import Pace, Speed, check_speed, paced, parse_speed
from playhead.plan.steps import Act, End, Head, Send, Step, Wait, checked
from playhead.plan.whole import Plan

__all__ = [
    "Act",
    "End",
    "Finish",
    "Head",
    "Pace",
    "Plan",
    "Send",
    "Speed",
    "Step",
    "Wait",
    "acts",
    "check_speed",
    "checked",
    "paced",
    "parse_speed",
    "whole",
]
