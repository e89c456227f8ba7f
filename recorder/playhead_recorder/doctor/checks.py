"""Every check of the recorder's, in the order in which they are told."""

from __future__ import annotations

from playhead.doctor import Check
from playhead_recorder.doctor import authority, mitmproxies, port, programs, scratch, trust, variables

CHECKS: tuple[tuple[str, Check], ...] = (
    ("temporary folder", scratch.scratch),
    ("port", port.port),
    ("proxy variables", variables.proxies),
    ("no proxy", variables.no_proxy),
    ("CA variables", variables.authorities),
    ("CA", authority.authority),
    ("CA trust", trust.trust),
    ("mitmproxy", mitmproxies.on_path),
    ("node", programs.node),
    ("curl", programs.curl),
)
