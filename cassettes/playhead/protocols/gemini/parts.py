"""The parts of a candidate as blocks: what each is, and what of it there is to show.

Knows parts as google-genai names them, and the record. Judges nothing but what a block is.
"""

from __future__ import annotations

from playhead.protocols.blocks import BlockKind, BlockLog
from playhead.protocols.gemini.arguments import Arguments
from playhead.protocols.ledger import Json, Rope
from playhead.protocols.record import Record

# What a part may hold besides text, and what that is to a reader.
KINDS = {
    "functionCall": BlockKind.TOOL_CALL,
    "toolCall": BlockKind.TOOL_CALL,
    "functionResponse": BlockKind.TOOL_RESULT,
    "toolResponse": BlockKind.TOOL_RESULT,
    "codeExecutionResult": BlockKind.TOOL_RESULT,
    "executableCode": BlockKind.DATA,
    "inlineData": BlockKind.MEDIA,
    "fileData": BlockKind.MEDIA,
    "audioTranscription": BlockKind.DATA,
}
_TEXTS = {"codeExecutionResult": "output", "executableCode": "code", "audioTranscription": "text"}


class Shown:
    """The blocks of one candidate. `text` is the block to which text is added, if the last part was text."""

    def __init__(self, record: Record, choice: int) -> None:
        self._record = record
        self._choice = choice
        self.text: BlockLog | None = None
        self.call: BlockLog | None = None
        """A function call that is said to continue."""
        self._arguments = Arguments()
        self._last: BlockLog | None = None
        self._cited: BlockLog | None = None
        self._citations: list[Json] = []

    def open_text(self, frame: int, text: str, is_thought: bool) -> Rope:
        """A new block of text; its rope, which the message shares."""
        kind, type_ = (BlockKind.THINKING, "thought") if is_thought else (BlockKind.TEXT, "text")
        block = self.text = self._open(frame, kind, type_)
        if not is_thought:
            self._cited = block
        self._record.grow(frame, block, text)
        return block.text

    def sign(self, frame: int, signature: Json) -> None:
        """The signature of the last part."""
        if signature and self._last is not None:
            self._last.signature.set(frame, signature)

    def open_other(self, frame: int, values: dict[str, Json]) -> bool:
        """Blocks for what stands in a part besides text; `False` where there is nothing that we know."""
        found = [(name, values[name]) for name in KINDS if name in values]
        for name, value in found:
            held = value if isinstance(value, dict) else {}
            if name == "functionCall":
                self._function_call(frame, held)
                continue
            block = self._open(frame, KINDS[name], name)
            block.data.set(frame, held.get("args", {}) if name == "toolCall" else held)
            block.id.set(frame, held.get("id"))
            block.name.set(frame, held.get("name", held.get("toolType")))
            text = held.get(_TEXTS.get(name, ""))
            if isinstance(text, str) and text:
                self._record.grow(frame, block, text)
            else:
                self._record.grow_otherwise(frame, block)
        return bool(found)

    def open_unknown(self, frame: int, part: Json) -> BlockLog:
        """A block for a part that nobody knows."""
        block = self._open(
            frame, BlockKind.DATA, next(iter(part), "part") if isinstance(part, dict) else "part"
        )
        block.data.set(frame, part)
        self._record.grow_otherwise(frame, block)
        return block

    def _function_call(self, frame: int, call: dict[str, Json]) -> None:
        """A call, or a piece of the one that is said to continue: pieces name no function."""
        block = self.call
        if block is None and not call:
            return  # the end of a call that had ended
        if block is None or "name" in call:
            block = self._open(frame, BlockKind.TOOL_CALL, "functionCall")
            block.id.set(frame, call.get("id"))
            block.name.set(frame, call.get("name"))
            self._arguments = Arguments()
            block.data.set(frame, call.get("args", {}))
        elif "args" in call:
            block.data.set(frame, call["args"])
        pieces = call.get("partialArgs")
        for piece in pieces if isinstance(pieces, list) else ():
            if isinstance(piece, dict):
                if block.data.latest is not self._arguments:
                    block.data.set(frame, self._arguments)
                self._arguments.add(frame, piece)
        if call:
            self._record.grow_otherwise(frame, block)
        self.call = block if call.get("willContinue") else None
        if self.call is None:
            block.closed = frame
        else:
            block.reopen(frame)

    def _open(self, frame: int, kind: BlockKind, type_: str) -> BlockLog:
        self.close(frame)
        block = self._last = self._record.open_block(frame, kind, type_, choice=self._choice)
        if kind not in (BlockKind.TEXT, BlockKind.THINKING):
            block.closed = frame
        self.text = None
        return block

    def close(self, frame: int) -> None:
        """Text is over: another part follows, or nothing."""
        if self.text is not None and not self.text.closed:
            self.text.closed = frame

    def cite(self, frame: int, citations: list[Json]) -> None:
        """What the last text of the answer rests on; what was said already is not said again."""
        block = self._cited
        if block is None:
            return
        for citation in citations:
            if citation not in self._citations:
                self._citations.append(citation)
                block.citations.append(frame, citation)
