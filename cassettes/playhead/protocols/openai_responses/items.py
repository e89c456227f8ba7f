"""What each type of output item, and of content part, is to a reader: a table.

Source: openai 3.51.0 `types/responses/response_output_item.py`. Knows the words of the API; knows no stream.
"""

from __future__ import annotations

import msgspec

from playhead.protocols.blocks import BlockKind
from playhead.protocols.ledger import Json


class ItemShape(msgspec.Struct, frozen=True):
    """How an output item is shown."""

    kind: BlockKind | None
    """`None`: its parts are the blocks."""
    text: tuple[str, ...] = ()
    """Where in the item the text stands that its deltas bring."""
    is_json: bool = False
    """Whether that text is JSON."""
    data: str | None = None
    """The member shown as data; `None` for the whole item."""
    result: str | None = None
    """The member that holds what a server's tool answered: a block of its own."""
    lends: bool = False
    """Its block is lent to its first part: there is something to show before the part comes."""


_CALL = BlockKind.TOOL_CALL
_OUTPUT = ItemShape(BlockKind.TOOL_RESULT)
_DATA = ItemShape(BlockKind.DATA)
_ITEMS = {
    "message": ItemShape(None),
    "reasoning": ItemShape(BlockKind.THINKING, lends=True),
    "function_call": ItemShape(_CALL, ("arguments",), is_json=True),
    "mcp_call": ItemShape(_CALL, ("arguments",), is_json=True, result="output"),
    "mcp_approval_request": ItemShape(_CALL, ("arguments",), is_json=True),
    "custom_tool_call": ItemShape(_CALL, ("input",)),
    "code_interpreter_call": ItemShape(_CALL, ("code",), result="outputs"),
    "program": ItemShape(_CALL, ("code",)),
    "apply_patch_call": ItemShape(_CALL, ("operation", "diff"), data="operation"),
    "shell_call": ItemShape(_CALL, data="action", lends=True),
    "local_shell_call": ItemShape(_CALL, data="action"),
    "computer_call": ItemShape(_CALL, data="action"),
    "tool_search_call": ItemShape(_CALL, data="arguments"),
    "image_generation_call": ItemShape(BlockKind.MEDIA),
    "web_search_call": _DATA,
    "file_search_call": _DATA,
    "mcp_list_tools": _DATA,
    "mcp_approval_response": _DATA,
    "additional_tools": _DATA,
    "compaction": _DATA,
    "function_call_output": _OUTPUT,
    "custom_tool_call_output": _OUTPUT,
    "computer_call_output": _OUTPUT,
    "shell_call_output": _OUTPUT,
    "local_shell_call_output": _OUTPUT,
    "apply_patch_call_output": _OUTPUT,
    "tool_search_output": _OUTPUT,
    "program_output": _OUTPUT,
}

PARTS = {
    "output_text": (BlockKind.TEXT, "text"),
    "refusal": (BlockKind.REFUSAL, "refusal"),
    "reasoning_text": (BlockKind.THINKING, "text"),
    "summary_text": (BlockKind.THINKING, "text"),
}
"""Types of content part: the kind of block, and the member that holds the text."""


def item_shape(kind: Json) -> ItemShape:
    """How an item of this type is shown; as data where the type is unknown."""
    return _ITEMS.get(kind, _DATA) if isinstance(kind, str) else _DATA


def has_parts(kind: Json) -> bool:
    """Whether the item's text stands in parts."""
    shape = item_shape(kind)
    return shape.kind is None or shape.lends


def is_known_item(kind: Json) -> bool:
    return isinstance(kind, str) and kind in _ITEMS


def inside(item: dict[str, Json], path: tuple[str, ...]) -> Json:
    """What stands in `item` under these members; `None` where nothing does."""
    value: Json = item
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
