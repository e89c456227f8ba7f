"""Which names and which shapes are secret, as data: a rule id for each.

Knows words, never texts. Sources: the authentication pages of the providers, the headers that their
official SDKs and the common gateways send, the signature schemes of the clouds.
"""

from __future__ import annotations

import re
from typing import Final

HEADERS: Final = {
    "authorization": "authorization",
    "proxy-authorization": "authorization",
    "cookie": "cookie",
    "set-cookie": "cookie",
    "set-cookie2": "cookie",
    "x-api-key": "api-key",
    "api-key": "api-key",
    "x-goog-api-key": "api-key",
    "ocp-apim-subscription-key": "api-key",
    "x-functions-key": "api-key",
    "x-amz-security-token": "api-key",
    "cf-aig-authorization": "authorization",
    "helicone-auth": "authorization",
    "x-portkey-api-key": "api-key",
    "x-goog-user-project": "account",
    "openai-organization": "account",
    "openai-project": "account",
    "anthropic-organization-id": "account",
    "anthropic-workspace-id": "account",
    "chatgpt-account-id": "account",
    "x-claude-code-session-id": "account",
}
"""Headers whose values go, in requests, responses and trailers. What is not listed is judged by its words."""

# Names are judged in lower case, with `-` between their words.
SECRET_PART: Final = re.compile(
    r"auth|token|secret|cookie|credential|session|sessid|passw|passphrase|passcode|signature|jwt|csrf|xsrf"
    r"|api-?key|private-?key|access-?key"
)
"""What makes a name secret wherever it stands in it."""
SECRET_WORD: Final = re.compile(
    r"(?:assertion|bearer|dpop|hmac|jw[es]|macaroon|mfa|t?otp|pass|pin|pwd?|saml(?:request|response)?|sas"
    r"|sid|sig|sign|ticket|(?!(?:don|hoc|joc|mon|tur|whis)key).*keys?(?:id)?)[0-9]*"
)
"""What makes a name secret as one of its words: any that ends with `key`, but for `monkey` and the like."""
SECRET_NAMES: Final = frozenset({"code", "code-verifier", "device-code", "user-code"})
"""What is secret as a whole name only: OAuth's codes, but not `country_code`."""

HARMLESS_PHRASES: Final = re.compile(
    r"(?<![a-z])(?:"
    r"(?:idempotency|surrogate|public|sort|cache|sec-?web-?socket)-?key"
    r"|(?:www|proxy)-authenticate|access-control-allow-credentials"
    r"|author(?:s|ed|ship|ity|ities)?|token(?:iz|is)[a-z]+"
    r")(?![a-z])"
)
"""Parts of names that say what looks secret and is not. The rest of the name is still judged."""
DESCRIBING: Final = re.compile(
    r"(?:^|-)(?:alg(?:orithm)?|budget|count|endpoint|expir(?:es|y)|format|length|limit|method|policy|remaining"
    r"|reset|scheme|size|ttl|type|ur[il]|usage|version)$"
)
"""Last words that make a name tell something about a secret: `key_type`, `token-limit`, `auth_url`."""
RATE_LIMIT: Final = re.compile(r"(?<![a-z])rate-?limit(?![a-z])")
TOKENS: Final = re.compile(r"tokens?(?![a-z])")
"""Model tokens, in a name about rate limits."""
TOKEN_COUNT: Final = re.compile(r"tokens(?![a-z])")
"""Model tokens, where the value is an amount."""
AMOUNT: Final = re.compile(
    r"\d{1,12}(?:\.\d{1,9})?|(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h|d)){1,4}"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
)
"""A number, a duration or a time."""
CHALLENGES: Final = re.compile(r"(?:^|-)(?:www|proxy)-authenticate$|-policy(?:-report-only)?$")
"""Headers whose parameters are public: how to authenticate, and what a page may use."""

BEARER: Final = re.compile(
    r"(?<![A-Za-z0-9])(?P<scheme>(?:Bearer|Basic)[ \t]+)[A-Za-z0-9\-._~+/]{8,}=*(?=[\s,;\"']|$)",
    re.IGNORECASE,
)
"""What a scheme carries, within a longer value."""

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
    ("xoxp-", "slack-token"),
    ("xapp-", "slack-token"),
    ("nvapi-", "nvidia-key"),
    ("csk-", "cerebras-key"),
    ("tgp_v1_", "together-key"),
    ("ek_", "openai-key"),
    ("sk_live_", "stripe-key"),
    ("rk_live_", "stripe-key"),
    ("npm_", "npm-token"),
    ("xoxa-", "slack-token"),
    ("xoxr-", "slack-token"),
    ("xoxs-", "slack-token"),
    ("eyJ", "jwt"),
)
"""How well-known keys begin, the longer before the shorter: what may stay, since it is no secret."""

STEMS: Final = {
    prefix: stem
    for stem in ("sk-", "xox", "_live_")
    for prefix, _ in PREFIXES
    if stem in prefix and stem != prefix
}
"""What several prefixes have in common: without it in a text, none of them is there."""

RULE_OF_PREFIX: Final = dict(PREFIXES)

AMBIGUOUS: Final = frozenset({"sk-", "hf_", "gsk_", "pplx-", "xai-", "ek_", "npm_", "csk-"})
"""Prefixes that words and names in code have too (`sk-estimator-doc-link`, `hf_hub_download`): there what
follows must look random."""
RANDOM: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z0-9]{16}|(?=[A-Za-z]*[0-9]|[A-Z]*[a-z]+[A-Z])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{8})"
)
"""A run of letters and digits that no word is."""
SHORTEST_RANDOM: Final = 8
LONGEST_RANDOM: Final = 16
"""Characters that it has."""
_AWS = re.compile(r"(?:[A-Z0-9]{16}|(?=[A-Z]*[0-9])[A-Z0-9]{12,124})(?![A-Za-z0-9])")
BOUNDED_TAILS: Final = {"AKIA": _AWS, "ASIA": _AWS}
"""What follows a prefix, where it is not a run of `TAIL`."""
TAIL: Final = re.compile(r"[A-Za-z0-9_\-.~+/]*+")
NO_LAST: Final = ".~+/"
"""With what no key ends: it ends a sentence, or begins a path."""
SHORTEST: Final = 12
LONGEST: Final = 4096
"""Characters that follow a prefix."""
JWT_PREFIX: Final = "eyJ"
"""How a JSON object begins in base64."""
JWT_PART: Final = re.compile(r"[A-Za-z0-9_\-]*+")
JWT_SHORTEST: Final = 8
JWT_REST: Final = re.compile(r"(?:\.[A-Za-z0-9_\-]{0,2048}+){0,3}")
"""Signature; the five parts of an encrypted token."""

PEM: Final = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?P<key>(?:(?!-----)[A-Za-z0-9+/=\s:,.()@<>\\_-]){16,16384})"
)
PEM_RULE: Final = "private-key"

MEMBER: Final = re.compile(
    r"\"(?:api[_-]?key|authorization|authorization_token|access_token|refresh_token|client_secret"
    r"|private_key|x-api-key)\"\s{0,8}:\s{0,8}\"(?P<value>[^\"\\\s]{8,4096}(?: [^\"\\\s]{1,4096})?)\"",
    re.IGNORECASE,
)
"""Members that hold a credential wherever they stand; `token` or `signature` is content more often."""
MEMBER_ENDS: Final = ('key"', 'authorization"', '_token"', 'secret"')
TOKEN: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z]).{16,}")
"""What a scheme must carry in prose: `Basic arithmetic` stands there too, and is no credential."""
