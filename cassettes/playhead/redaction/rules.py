"""Which names and which shapes are secret, as data: a rule id for each.

Knows words, never texts. Sources: the authentication pages of the providers, the headers that their
official SDKs and the common gateways send, the signature schemes of the clouds.
"""

from __future__ import annotations

import re
from typing import Final

REQUEST_HEADERS: Final = {
    "authorization": "authorization",
    "proxy-authorization": "authorization",
    "cookie": "cookie",
    "x-api-key": "api-key",
    "api-key": "api-key",
    "x-goog-api-key": "api-key",
    "ocp-apim-subscription-key": "api-key",
    "x-amz-security-token": "api-key",
    "cf-aig-authorization": "authorization",
    "helicone-auth": "authorization",
    "x-portkey-api-key": "api-key",
    "x-goog-user-project": "account",
    "openai-organization": "account",
    "openai-project": "account",
    "chatgpt-account-id": "account",
    "x-claude-code-session-id": "account",
}
RESPONSE_HEADERS: Final = {
    "set-cookie": "cookie",
    "set-cookie2": "cookie",
    "anthropic-organization-id": "account",
    "anthropic-workspace-id": "account",
    "openai-organization": "account",
    "openai-project": "account",
}
SECRET_NAME: Final = re.compile(
    r"auth|token|secret|api[-_]?key|cookie|credential|session|passw|signature|private[-_]?key", re.IGNORECASE
)
"""What the name of a request header says of its value. `author` is caught too: rather once too often."""

QUERY_NAMES: Final = frozenset({"key", "sig", "sas", "auth", "authorization", "code", "password", "pass"})
QUERY_ENDINGS: Final = (
    "token",
    "secret",
    "signature",
    "credential",
    "credentials",
    "password",
    "apikey",
    "api_key",
    "api-key",
)
"""How the names of secret query parameters end (`access_token`, `X-Amz-Signature`); not `max_tokens`."""

SCHEME: Final = re.compile(
    r"[ \t]*(?:Bearer|Basic|Digest|Token|Negotiate|NTLM|DPoP|OAuth|ApiKey|Api-Key|Hawk|AWS4-HMAC-SHA256)"
    r"[ \t]+(?=\S)",
    re.IGNORECASE,
)
"""An authentication scheme before what it carries (RFC 9110, 11.4)."""

PREFIXES: Final = (
    ("sk-ant-", "anthropic-key"),
    ("sk-proj-", "openai-key"),
    ("sk-svcacct-", "openai-key"),
    ("sk-admin-", "openai-key"),
    ("sk-or-v1-", "openrouter-key"),
    ("sk-", "openai-key"),
    ("pplx-", "perplexity-key"),
    ("hf_", "huggingface-token"),
    ("gsk_", "groq-key"),
    ("xai-", "xai-key"),
    ("AIza", "google-key"),
    ("ya29.", "google-token"),
    ("AKIA", "aws-key"),
    ("ASIA", "aws-key"),
    ("ABSK", "aws-key"),
    ("ghp_", "github-token"),
    ("gho_", "github-token"),
    ("ghu_", "github-token"),
    ("ghs_", "github-token"),
    ("ghr_", "github-token"),
    ("github_pat_", "github-token"),
    ("glpat-", "gitlab-token"),
    ("xoxb-", "slack-token"),
    ("eyJ", "jwt"),
)
"""How well-known keys begin, the longer before the shorter: what may stay, since it is no secret."""

SHAPE: Final = re.compile(
    r"(?<![A-Za-z0-9])(?P<prefix>"
    + "|".join(re.escape(prefix) for prefix, rule in PREFIXES if rule != "jwt")
    + r")[A-Za-z0-9_\-.~+/]{12,}"
    + r"|(?<![A-Za-z0-9])(?P<jwt>eyJ)[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)?"
)
"""A well-known key wherever it stands."""
RULE_OF_PREFIX: Final = dict(PREFIXES)
