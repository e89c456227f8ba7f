"""Which record may follow which within an exchange: the format's order, as data.

Knows record types by name, one exchange's at a time.
"""

from __future__ import annotations

import enum


class State(enum.Enum):
    """How far an exchange has come."""

    NEW = enum.auto()
    REQUESTED = enum.auto()
    RESPONDED = enum.auto()
    DELIVERING = enum.auto()
    ENDED = enum.auto()


_OF_EXCHANGE = frozenset({"request", "request_chunk", "response", "chunk", "end"})
_ADVANCES = {
    "request": State.REQUESTED,
    "response": State.RESPONDED,
    "chunk": State.DELIVERING,
    "end": State.ENDED,
}
_FORBIDDEN = {
    State.NEW: frozenset({"request_chunk"}),
    State.REQUESTED: frozenset({"request"}),
    # A client may go on uploading while the response comes in.
    State.RESPONDED: frozenset({"request"}),
    State.DELIVERING: frozenset({"request", "response"}),
    State.ENDED: _OF_EXCHANGE,
}


def refusal(state: State, type_: str, exchange: int) -> str | None:
    """Why a record of this type may not stand in an exchange that has come so far; `None` where it may."""
    return (
        f"a `{type_}` record where exchange {exchange} is {_WORDS[state]}"
        if type_ in _FORBIDDEN[state]
        else None
    )


def after(state: State, type_: str) -> State:
    """How far the exchange has come with such a record. Nothing leads back."""
    return _ADVANCES.get(type_, state)


class Order:
    """Follows the records of a cassette and tells which one stands where it must not."""

    __slots__ = ("_states",)

    def __init__(self) -> None:
        self._states: dict[int, State] = {}

    def problem(self, type_: str, exchange: int | None) -> str | None:
        """What is wrong with a record of this type here; `None` where it is in its place."""
        if type_ == "header":
            return "a second `header` record"
        if exchange is None or type_ not in _OF_EXCHANGE:
            return None
        state = self._states.get(exchange, State.NEW)
        problem = refusal(state, type_, exchange)
        if problem is None:
            self._states[exchange] = after(state, type_)
        return problem


_WORDS = {
    State.NEW: "without a `request` record",
    State.REQUESTED: "already requested",
    State.RESPONDED: "already answered",
    State.DELIVERING: "already delivering its body",
    State.ENDED: "already ended",
}
