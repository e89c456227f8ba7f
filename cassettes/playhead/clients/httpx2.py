"""How `EventSource` of httpx2 reads a body. Source: httpx2 2.16.2, `_sse.py`.

Knows text in UTF-8: httpx2 goes by the charset of the content type, which is left out of account here
(`heads`). Has, unlike its ancestor httpx-sse, a limit to the size of an event.
"""

from __future__ import annotations

from playhead.clients.body import ClientDecoder
from playhead.clients.fields import FieldDecoder
from playhead.clients.lines import Line, Settled
from playhead.clients.quirks import Dispatch, Quirks
from playhead.clients.records import Outcome

QUIRKS = Quirks(strict=False, unnamed="message", no_id="", dispatch=Dispatch.IF_A_FIELD_CAME)
MAX_EVENT = 1024 * 1024
"""How many bytes the lines of one frame may have, comments and line ends aside."""


def decoder() -> ClientDecoder:
    return _Decoder()


class _Decoder(FieldDecoder):
    def __init__(self) -> None:
        self._text = Settled(blank_after_cr=True)
        self._size = 0
        super().__init__(self._text, QUIRKS)

    def _begin_block(self) -> None:
        super()._begin_block()
        self._size = 0

    def _field(self, line: Line, text: str) -> None:
        self._size += len(line.data) if line.data.isascii() else len(text.encode())
        super()._field(line, text)

    def _take(self, item: Line, found: list[Outcome]) -> None:
        super()._take(item, found)
        self._check(self._size, item.end, found)

    def _chunk_read(self, found: list[Outcome]) -> None:
        # The line that is still to end counts, even if it is a comment.
        self._check(self._size + self._text.unfinished, self._position, found)

    def _check(self, size: int, end: int, found: list[Outcome]) -> None:
        if size > MAX_EVENT:
            message = f"Server-sent event exceeded the {MAX_EVENT} byte limit."
            start = self._text.given if self._block_start is None else self._block_start
            self._stop(found, "SSEError", message, start, end)
