"""How sseclient-py reads a body. Source: `SSEClient` of sseclient-py 1.9.0.

Whatever stands before a separator is one event, blank lines of other line ends within it or not, and
whatever stands unterminated at the end is one too. No id outlives its frame. Knows lines; no JSON.
"""

from __future__ import annotations

from playhead.clients.body import BodyDecoder, ClientDecoder
from playhead.clients.fields import Ignored, reason_of_block, unknown_field
from playhead.clients.lines import Batches, Line
from playhead.clients.records import Outcome, Seen, Unseen, UnseenReason


def decoder() -> ClientDecoder:
    return _Decoder()


class _Decoder(BodyDecoder[list[Line]]):
    def __init__(self) -> None:
        super().__init__(Batches())

    def _take(self, item: list[Line], found: list[Outcome]) -> None:
        fields: dict[str, str] = {}
        data: list[str] = []
        ignored: list[Ignored] = []
        lines = [line for line in item if line.data]
        for line in lines:
            if self._block_start is None:
                self._block_start = line.start
            try:
                text = line.data.decode("utf-8")
            except UnicodeDecodeError as error:
                self._stop(found, type(error).__name__, str(error), line.start, line.end)
                return
            name, _, value = text.partition(":")
            value = value.removeprefix(" ")
            if text.startswith(":"):
                ignored.append(Ignored(line, UnseenReason.COMMENT))
            elif name == "data":
                data.append(value)
            elif name in ("event", "id", "retry"):
                fields[name] = value
            else:
                ignored.append(unknown_field(line))
        self._dispatch(item, fields, data, ignored, found)

    def _dispatch(
        self,
        batch: list[Line],
        fields: dict[str, str],
        data: list[str],
        ignored: list[Ignored],
        found: list[Outcome],
    ) -> None:
        start, self._block_start = self._block_start, None
        if start is None:
            return
        end = batch[-1].end
        if data:
            event = fields.get("event") or "message"
            seen = Seen(
                start, end, self._chunk, event, "\n".join(data), fields.get("id"), fields.get("retry"),
                at_end=self._at_end,
            )  # fmt: skip
            found.append(seen)
            found.extend(line.unseen() for line in ignored)
        else:
            lines = sum(1 for line in batch if line.data)
            found.append(Unseen(start, end, reason_of_block(ignored, lines)))
