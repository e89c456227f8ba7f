"""Members of JSON bodies that hold secrets, by their path: `metadata.user_id`, `tools[].headers`.

Knows paths as tuples of names, `[]` being any item of a list. Sources: the reference of the Anthropic
Messages API (metadata, MCP connector), of the OpenAI APIs (user, safety_identifier, prompt_cache_key, remote
MCP tools), RFC 6749 and OpenID Connect (token requests and answers).
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

ITEM: Final = "[]"
RULE: Final = "body-field"
_PATH = re.compile(r"(?:\$\.)?(?:\[\]\.?)*[^\s.\[\]]+(?:\[\])*(?:\.[^\s.\[\]]+(?:\[\])*)*")
_STEP = re.compile(r"\[\]|[^.\[\]]+")

Path = tuple[str, ...]


class Field(msgspec.Struct, frozen=True):
    """A place in a JSON body. `deep` takes all that is below it too, else only a scalar."""

    path: Path
    deep: bool = True


def parse_path(text: str) -> Path:
    """The steps of `mcp_servers[].authorization_token`. Raises `ValueError` where it is no path.

    >>> parse_path("tools[].headers")
    ('tools', '[]', 'headers')
    """
    if not _PATH.fullmatch(text):
        raise ValueError("not a path: names with dots between them, [] for the items of a list")
    return tuple(_STEP.findall(text.removeprefix("$.")))


_SCALARS = (
    "user safety_identifier prompt_cache_key access_token refresh_token id_token client_secret"
    " client_assertion code_verifier device_code password api_key"
)
_DEEP = (
    "client_secret.value metadata.user_id mcp_servers[].authorization_token mcp_servers[].headers"
    " tools[].headers tools[].authorization tools[].server_url"
)
_ECHOED = ("user", "safety_identifier", "prompt_cache_key")
DEFAULT: Final = (
    *(Field(parse_path(path), deep=False) for path in _SCALARS.split()),
    *(Field(parse_path(path)) for path in _DEEP.split()),
    # What the Responses API repeats of the request in its events.
    *(Field(("response", name), deep=False) for name in _ECHOED),
    *(Field(("response", *parse_path(path))) for path in _DEEP.split()),
    # Anthropic's batches, and a line of OpenAI's.
    *(Field(parse_path(f"requests[].params.{path}")) for path in _DEEP.split()),
    *(Field(("body", name), deep=False) for name in _ECHOED),
    *(Field(("body", *parse_path(path))) for path in _DEEP.split()),
)
GRANT: Final = "grant_type"
OF_GRANTS: Final = frozenset({"code", "assertion", "subject_token", "actor_token"})
"""What a document with a `grant_type` holds of secrets besides (RFC 6749, 7521, 8693): elsewhere a `code` is
that of an error, or source code."""


class Trie:
    """Fields as a tree, to be walked along with a document."""

    __slots__ = ("children", "deep", "here")

    def __init__(self) -> None:
        self.children: dict[str, Trie] = {}
        self.here: bool = False
        self.deep: bool = False


def trie_of(fields: tuple[Field, ...]) -> Trie:
    root = Trie()
    for field in fields:
        node = root
        for step in field.path:
            node = node.children.setdefault(step, Trie())
        node.here = True
        node.deep |= field.deep
    return root
