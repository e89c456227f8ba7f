"""What a reader has to say of a stream beyond the message in it: the raw material of lint.

Knows the kinds of thing worth saying, in words that hold for every protocol. Judges nothing: how serious
a remark is, and what to do, is for the lint rules.
"""

from __future__ import annotations

import enum

import msgspec


class RemarkKind(enum.StrEnum):
    """One kind for each thing a lint rule can be about."""

    NOT_JSON = "not_json"
    """Data that should be JSON and is not."""
    UNKNOWN_EVENT = "unknown_event"
    UNKNOWN_BLOCK = "unknown_block"
    UNKNOWN_DELTA = "unknown_delta"
    UNEXPECTED_SHAPE = "unexpected_shape"
    """A known event whose payload has not the members or types that it must have."""
    UNSUPPORTED = "unsupported"
    """A stream that Playhead records and does not read."""
    CLIENT_RAISES = "client_raises"
    """The official client raises here and reads no further."""
    CLIENT_IGNORES = "client_ignores"
    """Data that means something and that the official client drops."""
    NO_START = "no_start"
    """Deltas before the event that must begin the message."""
    SECOND_START = "second_start"
    BLOCK_REOPENED = "block_reopened"
    """A block is opened whose index is open, or was used."""
    BLOCK_LEFT_OPEN = "block_left_open"
    """The message is complete, a block in it is not."""
    DELTA_WITHOUT_BLOCK = "delta_without_block"
    DELTA_AFTER_STOP = "delta_after_stop"
    DELTA_MISMATCH = "delta_mismatch"
    """A delta of one type for a block of another."""
    INDEX_GAP = "index_gap"
    NO_TERMINATOR = "no_terminator"
    """The stream ended before the protocol said so: clients may take what there is for the whole."""
    MISSING_DONE = "missing_done"
    """The message ended, the sentinel behind it is missing."""
    AFTER_TERMINATOR = "after_terminator"
    INVALID_TOOL_INPUT = "invalid_tool_input"
    USAGE_SHRANK = "usage_shrank"
    ROLE_REPEATED = "role_repeated"
    ID_CHANGED = "id_changed"
    """The message's id changes under way."""
    NAME_REPEATED = "name_repeated"
    """The id or name of a tool call is sent again, and clients join the two."""
    DONE_DIFFERS = "done_differs"
    """What the deltas add up to is not what the closing event says."""
    SEQUENCE_GAP = "sequence_gap"
    ERROR_EVENT = "error_event"
    """An error inside a stream that began well."""
    ERROR_BODY = "error_body"
    """An error instead of a stream."""
    READER_FAILED = "reader_failed"
    """Our reader failed on the event: a bug of ours, or of a protocol that somebody added."""


class Remark(msgspec.Struct, frozen=True):
    """`frame` is the number of the frame that gave rise to it; 0 where the whole exchange did."""

    frame: int
    kind: RemarkKind
    text: str
    """One sentence; hostile text inside is not sanitised."""
    block: int | None = None
    """The number of the block concerned."""
    raises: str | None = None
    """Class name of the exception that the official client raises: `IndexError`, `openai.APIError`."""
