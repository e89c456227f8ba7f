"""Whether this machine can record: checks of what only a recorder needs, as `playhead doctor` runs them.

Can be imported, and run, where mitmproxy is not installed: that is a finding.
"""

from playhead_recorder.doctor.checks import CHECKS
from playhead_recorder.doctor.trial import live

__all__ = ["CHECKS", "live"]
