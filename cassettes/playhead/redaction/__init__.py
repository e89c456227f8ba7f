"""Redaction: secrets replaced before they are written, what was replaced said span by span. Pure.

Knows bytes, names and shapes; never where they are stored. The random key comes from the caller, who
throws it away: equal secrets get equal placeholders in one cassette, and nobody can tell from which. What
counts as a secret a `Policy` says; `playhead.store.redact` rewrites cassettes by it.
"""

from playhead.model import Redaction
from playhead.redaction.headers import redact_request_headers, redact_response_headers
from playhead.redaction.policy import DEFAULT, Policy
from playhead.redaction.policy_file import read_policy
from playhead.redaction.urls import redact_url

__all__ = [
    "DEFAULT",
    "Policy",
    "Redaction",
    "read_policy",
    "redact_request_headers",
    "redact_response_headers",
    "redact_url",
]
