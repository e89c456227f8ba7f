"""What counts as a secret: the built-in policy, and what a user adds to it or takes from it. Pure.

Knows names, paths and shapes; `policy_file` reads one from TOML.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import Final

import msgspec

from playhead.redaction import allowed, fields, rules
from playhead.redaction.fields import Field, Trie

VERSION: Final = 1
"""Of what the built-in policy finds. It grows when that changes."""
UNSCANNED: Final = "unscanned"
"""Not a rule: what a `redaction` record says of bytes that nobody could read for secrets."""
UNLISTED: Final = "unlisted-header"

RULES: Final = frozenset(
    {
        *rules.HEADERS.values(),
        *rules.RULE_OF_PREFIX.values(),
        *(rules.PEM_RULE, fields.RULE, UNLISTED),
        *("auth-scheme", "named-member", "named-value", "query-parameter", "secret-name", "userinfo"),
    }
)
"""The ids of all built-in rules."""


class Shape(msgspec.Struct, frozen=True):
    """A pattern for values that a policy adds; `patterns` has checked it."""

    rule: str
    pattern: re.Pattern[str]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Which headers stay, and what is secret. Names in lower case."""

    name: str = "default"
    off: bool = False
    """Nothing is replaced, nothing is found."""
    headers: frozenset[str] = allowed.HEADERS
    """The allow-list; a `*` at the end of a name stands for any rest."""
    trusted_headers: frozenset[str] = frozenset()
    """Headers that the user allows by their whole name, though it may look like a credential's."""
    secret_headers: frozenset[str] = frozenset()
    secret_query: frozenset[str] = frozenset()
    """Parameters of URLs and forms."""
    fields: tuple[Field, ...] = fields.DEFAULT
    shapes: tuple[Shape, ...] = ()
    rules_off: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """What a cassette says of its policy: `default/1`, `NAME/1+` and a hash of it, `off`."""
        if self.off:
            return "off"
        if self == DEFAULT:
            return f"default/{VERSION}"
        return f"{self.name}/{VERSION}+{_digest(self)}"

    @property
    def rules(self) -> frozenset[str]:
        """The ids of the rules that are on."""
        return (RULES | {shape.rule for shape in self.shapes}) - self.rules_off

    def allows(self, name: str) -> bool:
        """Whether the header of that name, in lower case, keeps its value."""
        return name in self.headers or any(name.startswith(start) for start in _starts(self.headers))

    def without_shapes(self) -> Policy:
        """The same without shapes of its own."""
        return msgspec.structs.replace(self, shapes=()) if self.shapes else self

    @property
    def trie(self) -> Trie:
        """The fields, to be walked along with a document."""
        return _trie(() if fields.RULE in self.rules_off else self.fields)


DEFAULT: Final = Policy()


@cache
def _starts(names: frozenset[str]) -> tuple[str, ...]:
    return tuple(name[:-1] for name in names if name.endswith("*"))


@cache
def _trie(of: tuple[Field, ...]) -> Trie:
    return fields.trie_of(of)


def _digest(policy: Policy) -> str:
    """Eight characters that differ where policies do."""
    parts = (
        *(sorted(policy.headers), sorted(policy.trusted_headers), sorted(policy.secret_headers)),
        *(sorted(policy.secret_query), sorted(map(repr, policy.fields)), sorted(policy.rules_off)),
        sorted((shape.rule, shape.pattern.pattern) for shape in policy.shapes),
    )
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:8]
