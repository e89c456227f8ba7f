"""The one shape of event that streams are made of, and the names by which events are read.

Knows what OpenAI's Responses API puts into an event (openai 3.51.0, `types/responses/*_event.py`); knows
no ledger and no block.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from playhead.protocols.blocks import BlockKind


class Delta(msgspec.Struct, gc=False):
    """What the delta events have in common, decoded without the rest; -1 stands for an absent number.

    Any event decodes to it: `delta` tells whether it is one.
    """

    type: str
    output_index: int = -1
    content_index: int = -1
    summary_index: int = -1
    command_index: int = -1
    sequence_number: int = -1
    delta: str | None = None
    error: object = None


decode_delta: Callable[[str], Delta] = msgspec.json.Decoder(Delta).decode


class Stream(msgspec.Struct, frozen=True):
    """Text that comes in deltas: where it belongs, and what it is."""

    slot: str
    """Which of an item's texts: `content`, `summary`, `command`; `item` for the item's own."""
    index: str | None
    """The member that numbers it within its item."""
    kind: BlockKind
    type: str
    """The block's type where the stream opens none."""
    whole: str | None = None
    """The member of the closing event that holds all of it."""


_TEXTS = {
    "output_text": Stream("content", "content_index", BlockKind.TEXT, "output_text", "text"),
    "refusal": Stream("content", "content_index", BlockKind.REFUSAL, "refusal", "refusal"),
    "reasoning_text": Stream("content", "content_index", BlockKind.THINKING, "reasoning_text", "text"),
    "reasoning_summary_text": Stream("summary", "summary_index", BlockKind.THINKING, "summary_text", "text"),
    "function_call_arguments": Stream("item", None, BlockKind.TOOL_CALL, "function_call", "arguments"),
    "mcp_call_arguments": Stream("item", None, BlockKind.TOOL_CALL, "mcp_call", "arguments"),
    "custom_tool_call_input": Stream("item", None, BlockKind.TOOL_CALL, "custom_tool_call", "input"),
    "code_interpreter_call_code": Stream("item", None, BlockKind.TOOL_CALL, "code_interpreter_call", "code"),
    "apply_patch_call_operation_diff": Stream("item", None, BlockKind.TOOL_CALL, "apply_patch_call", "diff"),
    "shell_call_command": Stream("command", "command_index", BlockKind.TOOL_CALL, "shell_call", "command"),
    "shell_call_output_content": Stream("item", None, BlockKind.TOOL_RESULT, "shell_call_output"),
    "audio": Stream("audio", None, BlockKind.MEDIA, "audio"),
    "audio.transcript": Stream("transcript", None, BlockKind.TEXT, "audio_transcript"),
}
DELTAS = {f"response.{name}.delta": stream for name, stream in _TEXTS.items()}
DONES = {f"response.{name}.done": stream for name, stream in _TEXTS.items()}

PARTS: dict[str, tuple[str, str]] = {
    "response.content_part": ("content", "content_index"),
    "response.reasoning_part": ("content", "content_index"),
    "response.reasoning_summary_part": ("summary", "summary_index"),
}
"""Parts that are `.added` and `.done`: their slot, and the member that numbers them."""

STATUSES: dict[str, tuple[str, str]] = {
    f"response.{item}.{status}": (item, status)
    for item, statuses in {
        "code_interpreter_call": ("in_progress", "interpreting", "completed"),
        "file_search_call": ("in_progress", "searching", "completed"),
        "web_search_call": ("in_progress", "searching", "completed"),
        "image_generation_call": ("in_progress", "generating", "completed"),
        "mcp_call": ("in_progress", "completed", "failed"),
        "mcp_list_tools": ("in_progress", "completed", "failed"),
        "compaction": ("compacting",),
    }.items()
    for status in statuses
}
"""How far an item has come."""

LIFECYCLE = ("response.created", "response.queued", "response.in_progress")
TERMINATORS = ("response.completed", "response.failed", "response.incomplete")

UNTYPED = frozenset(
    {
        "keepalive",
        "response.apply_patch_call_operation_diff.delta",
        "response.apply_patch_call_operation_diff.done",
        "response.reasoning_part.added",
        "response.reasoning_part.done",
    }
)
"""Events that are sent, that we read, and that the official client has no type for."""
