"""Every check of the recorder's, in the order in which they are told."""

from __future__ import annotations

from playhead.doctor import Check
from playhead_recorder.doctor import authority, mitmproxies, port, programs, variables

CHECKS: tuple[tuple[str, Check], ...] = (
    ("port", port.port),
    ("proxy variables", variables.proxies),
    ("no proxy", variables.no_proxy),
    ("CA variables", variables.authorities),
    ("CA", authority.authority),
    ("mitmproxy", mitmproxies.on_path),
    ("node", programs.node),
    ("curl", programs.curl),
)
