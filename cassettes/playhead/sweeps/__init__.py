"""Sweeps: a recording broken at every point, one after the other, and what the code makes of each.

    points = playhead.sweep("cut", "agent/weather.cassette.jsonl")
    client = httpx.Client(transport=ReplayTransport(points.session))
    for point in points:
        with point:
            point.result = run_agent(client)

The first point is the intact stream: its result is what the others are held against. A point is *loud*
(something was raised), *recovered* (the same result, by more requests), *unaffected*, *silent* (another
result without a word) or *unplayed* (the code did not ask for what was broken). At the end of the loop
`SweepFailed` is raised where a point is silent or unplayed.

For whoever wires this into a test framework: `sweep(kind, session, …)` needs a `Session` and nothing else;
it stages the altered exchanges in it (`Session.restage`) and settles it at the end. `Sweep.report` has the
`Report` once the loop is over, also when `SweepFailed` was raised: `str(report)` is the table,
`report.properties()` are JUnit's, `report.findings` the points. `matrix("split")` is a fixed list of named
alterations for parameters; `playhead.altered` applies one. Judging, points and reports are pure.
"""

from __future__ import annotations

from playhead.sweeps.judging import Kind, Outcome, Verdict
from playhead.sweeps.points import Case, Spot, matrix
from playhead.sweeps.report import Finding, Report
from playhead.sweeps.runner import Point, Sweep, intact_only, sweep

__all__ = [
    "Case",
    "Finding",
    "Kind",
    "Outcome",
    "Point",
    "Report",
    "Spot",
    "Sweep",
    "Verdict",
    "intact_only",
    "matrix",
    "sweep",
]
