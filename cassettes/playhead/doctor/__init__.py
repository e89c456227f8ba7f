"""Whether this machine can record, replay and show: checks, each of which gives one finding.

Knows the installation, the folder for cassettes and the machine; no proxy. What only a recorder needs, the
recorder's own package checks in the same form.
"""

from playhead.doctor.checks import CHECKS
from playhead.doctor.findings import Check, Finding, Level, Surroundings, examine

__all__ = ["CHECKS", "Check", "Finding", "Level", "Surroundings", "examine"]
