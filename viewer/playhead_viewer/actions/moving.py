"""Moving the cursor: steps, ends, blocks, tool calls, stalls, findings, errors, marks, typed places."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from playhead_viewer.command import Command, Group, When, has_events, has_exchange
from playhead_viewer.core.landmarks import Landmark
from playhead_viewer.core.places import EXAMPLES, PlaceError, parse_place
from playhead_viewer.text.safe import Safe

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer
    from playhead_viewer.viewing import Viewing


def _moving(move: Callable[[Viewing], object]) -> Callable[[Viewer], None]:
    """What moves the cursor by hand: playing stops, following too."""

    def run(app: Viewer) -> None:
        if app.viewing is not None:
            app.viewing.take_over()
            move(app.viewing)
            app.moved()

    return run


def _stepping(by: int) -> Callable[[Viewer], None]:
    return _moving(lambda viewing: viewing.cursor.step(by))


def _page(app: Viewer, by: int) -> None:
    _stepping(by * app.page)(app)


def _last(app: Viewer) -> None:
    _moving(lambda viewing: viewing.cursor.last())(app)
    if app.viewing is not None and not app.viewing.loader.is_over:
        app.viewing.follows = True
        app.moved()


def _leap(app: Viewer, kind: Landmark, back: bool) -> None:
    viewing = app.viewing
    if viewing is None:
        return
    viewing.player.pause()
    if viewing.leap(kind, back):
        viewing.follows = False
        app.moved()
        return
    unknown = _unknown(viewing, kind, app.key_of("check"))
    app.say(unknown or f"No {kind.value} {'before' if back else 'behind'} this event.")


def _unknown(viewing: Viewing, kind: Landmark, check_key: str) -> str | None:
    """Why nobody can say yet whether there is a landmark of a kind."""
    if kind is Landmark.HIT and viewing.search is None:
        return "Nothing is searched for."
    if kind not in (Landmark.FINDING, Landmark.STALL, Landmark.ERROR):
        return None
    several = f"{kind.value.capitalize()}s"
    if viewing.analysis is None:
        return f"{several} are not known yet: the stream is still read."
    if viewing.analysis.findings is not None or kind is Landmark.STALL:
        return None
    if viewing.stream is not None and not viewing.stream.is_over:
        return f"{several} are not known yet: a stream is checked when it is over."
    return f"{several} are not known: {check_key} checks a long stream."


def leaps(
    kind: Landmark, keys: str, back_keys: str, group: Group = Group.MOVE, name: str = ""
) -> tuple[Command, ...]:
    name = name or kind.value
    id_ = kind.name.lower()
    return (
        Command(id_, keys, f"Next {name}", group, partial(_leap, kind=kind, back=False), has_events),
        Command(
            f"{id_}_back",
            back_keys,
            f"Previous {name}",
            group,
            partial(_leap, kind=kind, back=True),
            has_events,
        ),
    )


def _go(app: Viewer) -> None:
    def check(text: str) -> tuple[str, int, int] | None:
        try:
            parse_place(text)
        except PlaceError as error:
            return str(error), 0, len(text)
        return None

    def done(text: str | None) -> None:
        if text and app.viewing is not None:
            said: list[str | None] = []
            _moving(lambda viewing: said.append(viewing.go(parse_place(text))))(app)
            if said and said[0]:
                app.say(f"{said[0].capitalize()}.")

    app.prompt("Go to", Safe(""), EXAMPLES, check, done)


def _exchange(app: Viewer, by: int) -> None:
    app.opening.step(by)


def _is_alone(app: Viewer) -> str:
    viewing = app.viewing
    if viewing is None or viewing.stream is None:
        return has_exchange.lacks(app)
    return f"This is the only exchange{'' if viewing.loader.is_over else ' so far'}."


def _percent(app: Viewer, tens: int) -> None:
    _moving(lambda viewing: viewing.cursor.share(tens * 10))(app)


_several = When(lambda app: app.viewing is not None and app.viewing.exchanges > 1, _is_alone)
COMMANDS = (
    Command("step", "j,down,full_stop", "Next event", Group.MOVE, _stepping(1), has_events),
    Command("step_back", "k,up,comma", "Previous event", Group.MOVE, _stepping(-1), has_events),
    Command("page", "pagedown,ctrl+f", "Page down", Group.MOVE, partial(_page, by=1), has_events),
    Command("page_back", "pageup,ctrl+b", "Page up", Group.MOVE, partial(_page, by=-1), has_events),
    Command(
        "first",
        "g,home",
        "First event",
        Group.MOVE,
        _moving(lambda viewing: viewing.cursor.first()),
        has_events,
    ),
    Command(
        "last", "G,end", "Last event; of a live stream, stay on the newest", Group.MOVE, _last, has_events
    ),
    *leaps(Landmark.BLOCK, "right_square_bracket", "left_square_bracket"),
    *leaps(Landmark.TOOL, "t", "T"),
    *leaps(Landmark.STALL, "s", "S"),
    *leaps(Landmark.FINDING, "e", "E", name="finding"),
    *leaps(Landmark.ERROR, "x", "X"),
    *leaps(Landmark.MARK, "apostrophe", "quotation_mark"),
    Command("go", "colon", f"Go to a place: {EXAMPLES}", Group.MOVE, _go, has_events),
    *(
        Command(
            f"percent_{tens}",
            str(tens),
            f"To {tens * 10} % of the events",
            Group.MOVE,
            partial(_percent, tens=tens),
            has_events,
        )
        for tens in range(10)
    ),
    Command(
        "exchange", "right_curly_bracket", "Next exchange", Group.MOVE, partial(_exchange, by=1), _several
    ),
    Command(
        "exchange_back",
        "left_curly_bracket",
        "Previous exchange",
        Group.MOVE,
        partial(_exchange, by=-1),
        _several,
    ),
)
