"""What the parts of the app stand on: the viewing, what is said to the reader, a line to type in.

Knows Textual; none of the parts. What they must tell one another goes through the methods at the end,
which the app fills in.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import App
from textual.message import Message

from playhead import PlayheadError
from playhead_viewer.colours import SIXTEEN, Colourless
from playhead_viewer.text.safe import Safe, safe_lines
from playhead_viewer.viewing import Viewing

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.timer import Timer, TimerCallback

    from playhead_viewer.widgets.prompt import Check, Complete
    from playhead_viewer.widgets.said import Grave
    from playhead_viewer.widgets.said import Message as Told

_SECOND_PRESS = 3.0
"""Seconds in which a second ctrl+c quits."""
_SAID, _READ = 4.0, 20.0
"""Seconds that a message stands, and characters for which it stands a second longer."""
_SAID_AT_ONCE = 2
_TURN = 0.001
"""Seconds in which whatever waits for a turn has one."""


class Stage(App[None]):
    """An app that shows a viewing, or nothing yet. After it has run, `failure` is the error that ended it."""

    def __init__(self) -> None:
        super().__init__()
        self.animation_level = "none"
        self.register_theme(SIXTEEN)
        if self.no_color:
            self._filters = [Colourless()]
        self.viewing: Viewing | None = None
        self.failure: PlayheadError | None = None
        self.is_prompted: bool = False
        """Whether a line is typed in."""
        self.has_left: bool = False
        """Whether the viewer was told to end: nothing can be shown any more."""
        self.drawn: Callable[[], object] | None = None
        """Called when the first rows are on the screen."""
        self._interrupted = False
        self._said: list[Told] = []
        self._has_said = False

    @property
    def has_few_colours(self) -> bool:
        """Whether the terminal has sixteen colours: those of the themes would be taken for the nearest."""
        return self.console.color_system == "standard"

    def set_timer(
        self,
        delay: float,
        callback: TimerCallback | None = None,
        *,
        name: str | None = None,
        pause: bool = False,
    ) -> Timer:
        """A timer that fires once, however late.

        Textual skips what is late when the timer begins to wait (`Timer._run`): the only time of one that has
        one. It waits for its own after a change of size, and would lay nothing out again, ever.
        """
        timer = super().set_timer(delay, callback, name=name, pause=pause)
        timer._skip = False
        return timer

    def say(self, text: str, *, severity: Grave = "information", seconds: float | None = None) -> None:
        """Tell the reader something, for a while: as long as it takes to read, unless that is given."""
        from playhead_viewer.widgets.said import Message as Told  # most readers are told nothing at first

        told = Told(safe_lines(text), severity)
        self._said = [*(each for each in self._said if each != told), told][-_SAID_AT_ONCE:]
        self.show_said()
        self.set_timer(seconds or _SAID + len(text) / _READ, lambda: self._unsay(told))

    def unsay(self) -> None:
        """Nothing that was said holds any more."""
        self._said = []
        self.show_said()

    def _unsay(self, told: Told) -> None:
        if any(each is told for each in self._said):
            self._said = [each for each in self._said if each is not told]
            self.show_said()

    def show_said(self) -> None:
        """Show what is said on every screen there is: on one that was opened meanwhile, too."""
        if not self._said and not self._has_said:
            return
        from playhead_viewer.widgets.said import Said

        self._has_said = True
        for screen in self.screen_stack:
            said = next(iter(screen.query(Said)), None)
            if said is None:
                said = Said()
                screen.mount(said, before="#footer" if screen is self.default_screen else None)
            said.show(self._said)

    def after_writing(self, do: Callable[[], object]) -> None:
        """Have something done when what is drawn now stands on the screen.

        A thread writes to the terminal, and a refresh has ended before that thread has had a turn.
        """
        self.call_after_refresh(lambda: asyncio.get_running_loop().call_later(_TURN, self.tell, do))

    def tell(self, do: Callable[..., object], *args: object) -> None:
        """Have something done by the app: for threads and alarms. Nothing is done where the app has ended."""
        with contextlib.suppress(RuntimeError):  # its loop was closed meanwhile
            self.call_later(self._do_if_running, do, args)

    def _do_if_running(self, do: Callable[..., object], args: tuple[object, ...]) -> None:
        if self.is_running and not self.has_left:  # else its widgets go: there is nothing to draw on
            do(*args)

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        self.has_left = True
        super().exit(result, return_code, message)

    def fail(self, error: PlayheadError) -> None:
        """End: there is nothing to show."""
        self.failure = error
        self.exit()

    def _fatal_error(self) -> None:
        """End with one line instead of Textual's traceback, which shows what the program had in hand."""
        if self.is_headless or self._exception is None:
            super()._fatal_error()
            return
        from playhead_viewer.given_back import report

        self.failure = report(self._exception)
        self._close_messages_no_wait()

    async def _dispatch_message(self, message: Message) -> None:
        """As ever; but what could not be read while a message was answered is said, and ends nothing."""
        try:
            await super()._dispatch_message(message)
        except PlayheadError as error:
            self.say(error.message, severity="error")

    def prompt(
        self,
        label: str,
        text: Safe,
        hint: str,
        check: Check,
        done: Callable[[str | None], None],
        changed: Callable[[str], None] | None = None,
        complete: Complete | None = None,
    ) -> None:
        """Ask for a line of text, at the bottom; `done` gets it, or nothing. `complete` is what Tab does."""
        from playhead_viewer.widgets.prompt import Prompt

        def close(found: str | None) -> None:
            prompt.remove()
            done(found)
            self.call_after_refresh(after)

        def after() -> None:
            self.is_prompted = False
            self.draw()
            self.focus_pane()

        prompt = Prompt(label, text, hint, check, close, changed, complete)
        self.is_prompted = True
        self.draw()
        self.screen.mount(prompt)

    def interrupt(self) -> None:
        """Quit, the second time."""
        if self._interrupted:
            self.exit()
            return
        self._interrupted = True
        self.say(f"Press {self.key_of('interrupt')} again to quit.", seconds=_SECOND_PRESS)
        self.set_timer(_SECOND_PRESS, self._forget_interrupt)

    def _forget_interrupt(self) -> None:
        self._interrupted = False

    # What the parts tell.

    def opened(self) -> None:
        """Another exchange is shown."""
        raise NotImplementedError

    def grew(self, *, rows: bool) -> None:
        """More was read, filtered or found; `rows` where there are more events."""
        raise NotImplementedError

    def analysed(self) -> None:
        """Timing and findings are there."""
        raise NotImplementedError

    def moved(self) -> None:
        """The cursor has moved."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw everything but the rows."""
        raise NotImplementedError

    def draw_panes(self) -> None:
        """Draw the panes: others are in sight, or of another size."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw everything: something besides the cursor has changed."""
        raise NotImplementedError

    def focus_pane(self) -> None:
        """Bring the pane that was chosen last into focus."""
        raise NotImplementedError

    def show_help(self, *, by_group: bool) -> None:
        """Show every command: under headings, or as one list to type in."""
        raise NotImplementedError

    def key_of(self, id_: str) -> str:
        """The first of a command's keys, as people read it."""
        raise NotImplementedError

    def choose_session(self) -> None:
        """Show the list of sessions."""
        raise NotImplementedError
