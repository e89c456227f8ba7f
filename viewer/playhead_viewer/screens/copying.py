"""The menu of what can be copied, each thing once, and a row that says where to.

Knows names and words; what is copied, and how, `actions.copying` knows.
"""

from __future__ import annotations

from collections.abc import Mapping

from playhead_viewer.panes.document import Style
from playhead_viewer.screens.choices import Choice, ChoiceScreen, cells
from playhead_viewer.text.safe import Safe

_WHERE = "where"
_PLACES = ("The clipboard; choose this to have a file", "A file; choose this to have the clipboard")


class CopyScreen(ChoiceScreen):
    """Closes with the name of what was chosen, and ` file` behind it where that is to go to a file."""

    ENTER = "Copy"

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__(Safe("Copy"), _rows(words, to_file=False))
        self._words = words
        self._to_file = False

    def choose(self, id_: str) -> None:
        if id_ != _WHERE:
            self.dismiss(f"{id_} file" if self._to_file else id_)
            return
        self._to_file = not self._to_file
        self.forget()  # what is typed next is to find what is copied
        title = "Copy to a file" if self._to_file else "Copy"
        self.replace(_rows(self._words, to_file=self._to_file), Safe(title))


def _rows(words: Mapping[str, str], *, to_file: bool) -> list[Choice]:
    rows = [_choice(name, told, Style.KEY) for name, told in words.items()]
    return [*rows, _choice(_WHERE, f"To: {_PLACES[to_file]}", Style.BOLD)]


def _choice(id_: str, told: str, style: Style) -> Choice:
    return Choice(id_, f"{id_} {told}", lambda width: cells(width, (id_, 9, style), (told, 0, Style.PLAIN)))
