"""What of a recording may stand in a description of it: names of members, words of discriminators, paths.

A description is meant to be published, a recording is not: whatever may be a value stays out. Knows texts
and the shapes of well-known keys.
"""

from __future__ import annotations

import re

from playhead.redaction.shapes import find_keys

DISCRIMINATORS = ("type", "object")
"""Members whose words tell objects apart, the first that an object has."""
FREE_FORM = frozenset(
    ("input", "args", "arguments", "parameters", "metadata", "properties", "schema", "json_schema")
) | frozenset(("input_schema", "inputSchema", "structuredContent"))
"""Members that hold what users and models made up: nothing within them is described."""

_NAME = re.compile(r"[@$]?[A-Za-z_][A-Za-z0-9_-]{0,63}")
_ID = re.compile(r"[0-9]{9,}|(?=[A-Za-z]*[0-9])[A-Za-z0-9]{16,}")
_PART = r"[a-z]{1,24}[0-9]{0,8}|[0-9]{1,8}"
_WORD = re.compile(
    rf"[a-z]{{1,24}}[0-9]{{0,8}}(?:[_.:/-](?:{_PART}))*"
    r"|(?:[A-Z][a-z]{1,23}){2,}[0-9]{0,3}"
    r"|[A-Z]{1,24}(?:_[A-Z]{1,24})+"
)
_LONGEST = 80
_SEGMENT_ID = re.compile(r"[a-z]+[_-](?=[A-Za-z]*[0-9])[A-Za-z0-9]{8,}")
_PIECE = re.compile(r"[A-Za-z0-9]+")


def is_name(text: str) -> bool:
    """Whether a member's name is one, and not data that serves as a key."""
    return _NAME.fullmatch(text) is not None and not _ID.search(text) and not find_keys(text)


def is_word(text: str) -> bool:
    """Whether a value looks like an identifier of a kind: `content_block_delta`, `chat.completion.chunk`."""
    return len(text) <= _LONGEST and _WORD.fullmatch(text) is not None and not find_keys(text)


def address_of(path: str) -> tuple[str, tuple[str, ...]]:
    """A path as a channel's address: segments that are ids or keys become parameters, which are named too.

    >>> address_of("/v1/threads/thread_8fK2m5Qw1x/runs")
    ('/v1/threads/{id}/runs', ('id',))
    """
    names: list[str] = []
    parts: list[str] = []
    for segment in path.split("/"):
        if is_id(segment):
            names.append(f"id{len(names) + 1}" if names else "id")
            segment = f"{{{names[-1]}}}"
        parts.append(segment)
    return "/".join(parts), tuple(names)


def is_id(segment: str) -> bool:
    """Whether a segment of a path names one thing of many, or is a key."""
    if find_keys(segment) or _SEGMENT_ID.fullmatch(segment):
        return True
    return any(_ID.fullmatch(piece) for piece in _PIECE.findall(segment)) or _is_uuid(segment)


def _is_uuid(segment: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", segment) is not None
