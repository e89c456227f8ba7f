"""What tells one client's reading of fields from another's, as data.

Knows which questions there are; each client's module has its answers.
"""

from __future__ import annotations

import enum

import msgspec


class Dispatch(enum.Enum):
    """At which blank lines a client makes an event."""

    IF_ANYTHING_IS_SET = enum.auto()
    """An event name, data, a retry or the last event id: once an id is set, at every blank line."""
    IF_A_FIELD_CAME = enum.auto()
    """The frame had a known field, whatever its value."""


class Quirks(msgspec.Struct, frozen=True, kw_only=True):
    """How a client reads the fields of a frame."""

    strict: bool
    """Bytes that are no UTF-8 raise UnicodeDecodeError; else they become U+FFFD."""
    unnamed: str | None
    """What the client reports as the name of an event without one."""
    no_id: str | None
    """What it reports as id before there is one."""
    dispatch: Dispatch
