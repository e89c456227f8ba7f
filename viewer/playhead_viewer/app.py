"""The app: the viewer, and what its keys do. The one module by which the command imports Textual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from playhead_viewer.actions.table import BY_ID, COMMANDS, FOOTERS
from playhead_viewer.chooser import Chooser, Place
from playhead_viewer.command import Command, bindings
from playhead_viewer.source.loader import Loader
from playhead_viewer.viewer import Viewer
from playhead_viewer.widgets.bars import Footer, Hint


class PlayheadApp(Viewer):
    """Steps through a cassette, from exchange number `exchange` on (the first, if `None`).

    `loader` is `None` where a list of `paths` is shown first. After it has run, `failure` is the error that
    ended it, if one did.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(each for each in COMMANDS if Place.EVENTS in each.places)

    def __init__(
        self,
        loader: Loader | None,
        exchange: int | None = None,
        *,
        follow: bool = False,
        paths: Sequence[str] = (),
    ) -> None:
        self._remapped: Mapping[str, str] = {}
        self._shown: dict[tuple[str, bool, bool], str] = {}  # the footer asks for them at each step
        self._by_key: Mapping[str, Command] | None = None
        super().__init__(loader, exchange, follow=follow, paths=paths)

    def set_keymap(self, keymap: Mapping[str, str]) -> None:
        super().set_keymap(keymap)
        self._remapped = keymap
        self._shown.clear()
        self._by_key = None

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Do what a key of ours says at once, where nothing that is in focus has a use of its own for it.

        Textual copies the bindings of all that stands around the focus twice for each key, and takes the key
        through a queue of each: a fifth of what a step costs.
        """
        if priority and self.place is Place.EVENTS:
            command = self._commands().get(key)
            if command is not None and not self._is_taken(key) and command.when(self):
                self.run_command(command)
                return True
        return await super()._check_bindings(key, priority)

    def _is_taken(self, key: str) -> bool:
        focused = self.focused
        return focused is not None and any(
            key in node._bindings.key_to_bindings for node in focused.ancestors_with_self if node is not self
        )

    def _commands(self) -> Mapping[str, Command]:
        """The command of each key, as the keys are now."""
        if self._by_key is None:
            bindings = self._bindings.copy()
            bindings.apply_keymap(self._keymap)
            self._by_key = {
                key: BY_ID[binding.id]
                for key, bound in bindings.key_to_bindings.items()
                for binding in bound[:1]
                if binding.id in BY_ID
            }
        return self._by_key

    def action_do(self, id_: str) -> None:
        self.run_command(BY_ID[id_])

    def run_command(self, command: Command) -> None:
        """Do what a command says, or say why not: nothing can be done once the viewer was told to end."""
        if self.has_left or self.place not in command.places:
            return
        if command.when(self):
            command.run(self)
        else:
            self.say(command.when.lacks(self))

    @property
    def place(self) -> Place:
        """Where a key would be pressed now."""
        if len(self.screen_stack) > 1:
            return self.screen.PLACE if isinstance(self.screen, Chooser) else Place.HELP
        return Place.LINE if self.is_prompted else Place.EVENTS

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action != "do":
            return True
        return self.place in BY_ID[str(parameters[0])].places

    def choose_session(self) -> None:
        self.run_command(BY_ID["sessions"])

    def show_help(self, *, by_group: bool) -> None:
        from playhead_viewer.screens.help import open_help

        open_help(
            self, self.place, COMMANDS, self.keys_of, self._names_of, self.run_command, by_group=by_group
        )

    def hints(self, chooser: Chooser | None = None) -> Sequence[Hint]:
        found: list[Hint] = []
        at_events = Place.LINE if self.is_prompted else Place.EVENTS
        for hint in FOOTERS[chooser.PLACE if chooser is not None else at_events]:
            if all(BY_ID[id_].when(self) for id_ in hint.ids):
                is_typed = chooser is not None or self.is_prompted
                keys = tuple(self.keys_of(id_, first=True, untyped=is_typed) for id_ in hint.ids)
                found.append(Hint(keys, hint.word or (chooser.ENTER if chooser else ""), hint.ids))
        return found

    def key_of(self, id_: str) -> str:
        return self.keys_of(id_, first=True)

    def on_footer_chosen(self, message: Footer.Chosen) -> None:
        self.run_command(BY_ID[message.id])

    def keys_of(self, id_: str, *, first: bool = False, untyped: bool = False) -> str:
        """The keys that are bound to a command now, as people read them; `untyped`: that type nothing."""
        shown = self._shown.get((id_, first, untyped))
        if shown is None:
            keys = self._names_of(id_).split(",")
            if untyped:
                from playhead_viewer.key_names import types  # no first row needs them

                keys = [key for key in keys if not types(key)]
            told = [self.get_key_display(Binding(key, "")) for key in keys[: 1 if first else None]]
            shown = self._shown[id_, first, untyped] = " ".join(told)
        return shown

    def _names_of(self, id_: str) -> str:
        return self._remapped.get(id_, BY_ID[id_].keys)
