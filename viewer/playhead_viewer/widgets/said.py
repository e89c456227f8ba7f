"""What is said to the reader, for a while, in rows of its own: nothing that is read stands below it.

Knows messages and how grave they are; not how long they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec
from textual.content import Content
from textual.widgets import Static

from playhead_viewer.text.safe import Safe

Grave: TypeAlias = Literal["information", "warning", "error"]


class Message(msgspec.Struct, frozen=True):
    """`text` may have several lines."""

    text: Safe
    grave: Grave = "information"


_SIGNS: dict[Grave, str] = {"information": "·", "warning": "⚠", "error": "✖"}
_STYLES: dict[Grave, str] = {
    "information": "bold",
    "warning": "bold $text-warning",
    "error": "bold $text-error",
}


class Said(Static):
    """Takes no room while nothing is said. The newest message stands last."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Said { height: auto; max-height: 6; padding: 0 1; background: $surface; }
    ChoiceScreen > Said { dock: bottom; }
    """

    def show(self, messages: Sequence[Message]) -> None:
        """All that is to be read now."""
        self.display = bool(messages)
        lines = [self._line(each) for each in messages]
        self.update(Content("\n").join(lines))

    def _line(self, message: Message) -> Content:
        """Without colours an error is reversed: grey would make it the faintest text of all."""
        is_reversed = self.app.no_color and message.grave == "error"
        style = "bold reverse" if is_reversed else _STYLES[message.grave]
        return Content.styled(f"{_SIGNS[message.grave]} {message.text}", style)
