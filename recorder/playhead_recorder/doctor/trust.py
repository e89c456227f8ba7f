"""Whether clients that are led to the recorder by variables would trust its certificates.

Only a forward proxy needs that, and only for https. What the system's own store trusts is not looked at:
most clients on their own (certifi, Node) do not either.
"""

from __future__ import annotations

from pathlib import Path

from playhead.doctor import Finding, Level, Surroundings
from playhead_recorder.doctor.authority import PUBLIC
from playhead_recorder.doctor.variables import leads_here
from playhead_recorder.wrap import certificates

_NAME = "CA trust"
_READ = {
    "SSL_CERT_FILE": "Python's ssl, httpx, curl",
    "REQUESTS_CA_BUNDLE": "requests",
    "NODE_EXTRA_CA_CERTS": "Node",
}
"""The variables that name one file, and who reads each."""


def trust(surroundings: Surroundings) -> Finding:
    """Whether the CA is among what the variables name."""
    if not leads_here(surroundings):
        return Finding(_NAME, Level.OK, "not needed: no proxy variable leads to the recorder")
    authority = surroundings.confdir / PUBLIC
    wanted = certificates.found_in(authority)
    if not wanted:
        return Finding(_NAME, Level.NOTE, f"{authority} is not there yet: nobody can trust it")
    lacking = [
        f"{name} ({who})"
        for name, who in _READ.items()
        if not wanted <= certificates.found_in(Path(surroundings.environ.get(name) or "/nowhere"))
    ]
    if lacking:
        return Finding(
            _NAME,
            Level.WARN,
            f"clients will refuse the recorder: its CA is not in {', '.join(lacking)}",
            f"Add {authority} to a file that these name, or let `playhead record -- CMD` do it for CMD.",
        )
    return Finding(_NAME, Level.OK, f"{', '.join(_READ)} hold the recorder's CA")
