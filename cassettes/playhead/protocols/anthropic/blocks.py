"""The content blocks as the stream tells them, by the index that it gives, to the end of the stream.

What the client ignores is read here all the same: a delta without a block opens one. Every irregularity is
remarked on once for a block. Knows the types of blocks and deltas; knows nothing of what the client holds.
"""

from __future__ import annotations

from playhead.protocols.blocks import BlockKind, BlockLog
from playhead.protocols.ledger import Json
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind

_KINDS = {
    "text": BlockKind.TEXT,
    "thinking": BlockKind.THINKING,
    "redacted_thinking": BlockKind.THINKING,
    "tool_use": BlockKind.TOOL_CALL,
    "server_tool_use": BlockKind.TOOL_CALL,
    "mcp_tool_use": BlockKind.TOOL_CALL,
    "web_search_tool_result": BlockKind.TOOL_RESULT,
    "web_fetch_tool_result": BlockKind.TOOL_RESULT,
    "code_execution_tool_result": BlockKind.TOOL_RESULT,
    "bash_code_execution_tool_result": BlockKind.TOOL_RESULT,
    "text_editor_code_execution_tool_result": BlockKind.TOOL_RESULT,
    "tool_search_tool_result": BlockKind.TOOL_RESULT,
    "mcp_tool_result": BlockKind.TOOL_RESULT,
    "advisor_tool_result": BlockKind.TOOL_RESULT,
    "container_upload": BlockKind.MEDIA,
    "mcp_tool_listing": BlockKind.DATA,
    "compaction": BlockKind.DATA,
    "fallback": BlockKind.DATA,
}
TEXT_MEMBERS = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
"""The member that holds the text, by the delta's type."""
_BLOCK_OF = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "thinking",
    "citations_delta": "text",
    "input_json_delta": "tool_use",
    "compaction_delta": "compaction",
}


class BlockReader:
    """Writes blocks into a record."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._by_index: dict[int, BlockLog] = {}
        self._content = 0  # how many blocks of content were opened
        self._said: set[tuple[RemarkKind, int]] = set()

    def open(self, frame: int, index: Json, content: Json) -> BlockLog:
        """A block begins; `content` is what the event says of it."""
        place = self._place(frame, index)
        self._content += 1
        if not isinstance(content, dict) or not isinstance(type_ := content.get("type"), str):
            block = self._record.open_block(frame, BlockKind.DATA, "content_block")
            self._shape(frame, block, "the content block has no type")
            _fill_data(self._record, frame, block, content)
        else:
            block = self._open_as(frame, type_)
            self._fill(frame, block, content)
        self._by_index[place] = block
        return block

    def grow(self, frame: int, index: Json, delta: Json) -> tuple[BlockLog, str] | None:
        """A delta; returns the text that it adds to its block, which whoever asks writes."""
        if not isinstance(delta, dict) or not isinstance(type_ := delta.get("type"), str):
            self.remark(frame, RemarkKind.UNEXPECTED_SHAPE, "the delta has no type")
            self._record.show(frame, "content_block_delta", delta)
            return None
        block = self._for_delta(frame, index, type_)
        if type_ not in _BLOCK_OF:
            self.remark(
                frame, RemarkKind.UNKNOWN_DELTA, f"unknown delta {type_!r}; the client ignores it", block
            )
            self._record.show(frame, type_, delta)
            return None
        if not self._fits(block, type_):
            text = f"{type_} for a block of type {block.type}; the client ignores it"
            self.remark(frame, RemarkKind.DELTA_MISMATCH, text, block)
            return None
        return self._take(frame, block, type_, delta)

    def close(self, frame: int, index: Json) -> None:
        """The block at `index` ends."""
        block = self._by_index.get(index) if isinstance(index, int) else None
        if block is None:
            text = f"content_block_stop for index {index!r}, at which no block was opened"
            self.remark(frame, RemarkKind.DELTA_WITHOUT_BLOCK, text)
        elif block.closed:
            self.remark(frame, RemarkKind.DELTA_AFTER_STOP, "the block is closed a second time", block)
        else:
            block.closed = frame

    def finish(self, frame: int) -> None:
        """The message is complete: what is open stays so, and tool inputs should be JSON."""
        for block in self._by_index.values():
            if not block.closed:
                text = f"the message ends while the {block.type} block is open"
                self.remark(frame, RemarkKind.BLOCK_LEFT_OPEN, text, block)
        for block in self._record.blocks:
            if block.kind is BlockKind.TOOL_CALL and block.text.size:
                self._check_input(frame, block)

    def remark(self, frame: int, kind: RemarkKind, text: str, block: BlockLog | None = None) -> None:
        """Say it, once for each block."""
        number = block.number if block else 0
        if (kind, number) not in self._said:
            self._said.add((kind, number))
            self._record.remark(frame, kind, text, block=number or None)

    def _place(self, frame: int, index: Json) -> int:
        if not isinstance(index, int) or isinstance(index, bool):
            self._shape(frame, None, "content_block_start has no index")
            return self._content
        before = self._by_index.get(index)
        if before is not None:
            how = "was used before" if before.closed else "is open"
            text = f"a block is opened at index {index}, which {how}"
            self.remark(frame, RemarkKind.BLOCK_REOPENED, text, before)
        elif index != self._content:
            text = f"a block is opened at index {index}, {self._content} was due"
            self.remark(frame, RemarkKind.INDEX_GAP, text)
        return index

    def _open_as(self, frame: int, type_: str) -> BlockLog:
        kind = _KINDS.get(type_)
        block = self._record.open_block(frame, kind or BlockKind.DATA, type_)
        if kind is None:
            self.remark(frame, RemarkKind.UNKNOWN_BLOCK, f"unknown content block {type_!r}", block)
        return block

    def _fill(self, frame: int, block: BlockLog, content: dict[str, Json]) -> None:
        """What the block begins with."""
        match block.kind:
            case BlockKind.TEXT:
                self._fill_text(frame, block, content.get("text"))
                if isinstance(cited := content.get("citations"), list):
                    for citation in cited:
                        block.citations.append(frame, citation)
            case BlockKind.THINKING if block.type == "thinking":
                self._fill_text(frame, block, content.get("thinking"))
                if signature := content.get("signature"):
                    block.signature.set(frame, signature)
            case BlockKind.TOOL_CALL:
                block.id.set(frame, content.get("id"))
                block.name.set(frame, content.get("name"))
                block.data.set(frame, content.get("input"))
                if content.get("input"):
                    self._record.grow_otherwise(frame, block)
            case _:
                if "tool_use_id" in content:
                    block.id.set(frame, content["tool_use_id"])
                _fill_data(self._record, frame, block, content)

    def _fill_text(self, frame: int, block: BlockLog, text: Json) -> None:
        if isinstance(text, str):
            if text:
                self._record.grow(frame, block, text)
        else:
            self._shape(frame, block, f"the {block.type} block begins without {block.type}")

    def _for_delta(self, frame: int, index: Json, type_: str) -> BlockLog:
        block = self._by_index.get(index) if isinstance(index, int) else None
        if block is None:
            text = f"{type_} for index {index!r}, at which no block was opened"
            block = self._open_as(frame, _BLOCK_OF.get(type_, "text"))
            self.remark(frame, RemarkKind.DELTA_WITHOUT_BLOCK, text, block)
            self._by_index[index if isinstance(index, int) else -1] = block
        elif block.closed:
            self.remark(frame, RemarkKind.DELTA_AFTER_STOP, f"{type_} for a block that is closed", block)
        return block

    def _fits(self, block: BlockLog, type_: str) -> bool:
        if block.type not in _KINDS:
            return True  # nobody knows what fits
        if type_ == "input_json_delta":
            return block.kind is BlockKind.TOOL_CALL
        return block.type == _BLOCK_OF[type_]

    def _take(
        self, frame: int, block: BlockLog, type_: str, delta: dict[str, Json]
    ) -> tuple[BlockLog, str] | None:
        if (member := TEXT_MEMBERS.get(type_)) is not None:
            if isinstance(part := delta.get(member), str):
                return block, part
            self._shape(frame, block, f"{type_} without {member}")
        elif type_ == "signature_delta":
            block.signature.set(frame, delta.get("signature"))
        elif type_ == "citations_delta":
            block.citations.append(frame, delta.get("citation"))
        else:
            held = block.data.latest
            before: dict[str, Json] = {**held} if isinstance(held, dict) else {}
            block.data.set(frame, before | {name: part for name, part in delta.items() if name != "type"})
            self._record.grow_otherwise(frame, block)
        return None

    def _check_input(self, frame: int, block: BlockLog) -> None:
        try:
            parse(block.text.at(frame))
        except NotJson as error:
            text = f"the input of the tool call is no JSON: {error}"
            self.remark(frame, RemarkKind.INVALID_TOOL_INPUT, text, block)

    def _shape(self, frame: int, block: BlockLog | None, text: str) -> None:
        self.remark(frame, RemarkKind.UNEXPECTED_SHAPE, text, block)


def _fill_data(record: Record, frame: int, block: BlockLog, data: Json) -> None:
    block.data.set(frame, data)
    record.grow_otherwise(frame, block)
