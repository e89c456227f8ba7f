"""A plan held whole: what an alteration takes and gives, where acts are read one after the other.

Knows acts and their lengths. Never knows which alteration is made, nor who performs the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from playhead.bodies import BodyKind, kind_of
from playhead.model import Framing
from playhead.plan.columns import Sends
from playhead.plan.endings import Finish
from playhead.plan.steps import Act, End, Head, Send, has_body


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The acts of one replay. `interim` are the heads below 200; `head` is `None` where none is sent.

    `method` is the one that is answered.
    """

    interim: tuple[Head, ...] = ()
    head: Head | None = None
    sends: Sequence[Send] = ()
    end: End
    method: str = "GET"

    @classmethod
    def of(cls, acts: Iterable[Act], *, method: str = "GET") -> Plan:
        """Acts in their legal order, which answer `method`, gathered.

        Raises `ValueError` where they have no end.
        """
        if isinstance(acts, cls):
            return acts if acts.method == method else msgspec.structs.replace(acts, method=method)
        interim: list[Head] = []
        head: Head | None = None
        sends: list[Send] = []
        for act in acts:
            if type(act) is Send:
                sends.append(act)
            elif type(act) is End:
                return cls(interim=tuple(interim), head=head, sends=tuple(sends), end=act, method=method)
            elif type(act) is Head and act.interim:
                interim.append(act)
            elif type(act) is Head:
                head = act
        raise ValueError("acts without an end")

    def __iter__(self) -> Iterator[Act]:
        """The acts, in the order in which they are performed."""
        yield from self.interim
        if self.head is not None:
            yield self.head
        yield from self.sends
        yield self.end

    @property
    def data(self) -> Sequence[bytes]:
        """What is sent, a piece a send."""
        sends = self.sends
        return sends.data if isinstance(sends, Sends) else [send.data for send in sends]

    @property
    def body(self) -> bytes:
        """All bytes that are sent, as they are sent."""
        return b"".join(self.data)

    @property
    def kind(self) -> BodyKind:
        """What the head says that the body is."""
        if self.head is None:
            return BodyKind.WHOLE
        return kind_of(
            tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self.head.headers)
        )

    @property
    def is_bodiless(self) -> bool:
        """Whether the response has no body by its nature: to a HEAD, or with a status that has none."""
        return self.head is not None and not has_body(self.method, self.head.status)

    def sending(self, sends: Iterable[Send], *, end: End | None = None) -> Plan:
        """The same plan with another body, and another end where one is given; both agree with the length.

        Where the framing promises a length, a whole body keeps its promise and a cut one breaks it.
        """
        if self.is_bodiless:
            return msgspec.structs.replace(self, end=end or self.end)
        delivered = tuple(sends)
        total = sum(len(send.data) for send in delivered)
        ended = msgspec.structs.replace(end or self.end, sent=total)
        head = self.head
        if head is not None and head.framing is Framing.LENGTH and head.length is not None:
            whole = ended.finish is Finish.CLEAN
            length = total if whole else max(head.length, total + 1)
            head = msgspec.structs.replace(head, length=length)
        return msgspec.structs.replace(self, head=head, sends=delivered, end=ended)

    def timed(self, when: Callable[[float | None, int], float | None]) -> Plan:
        """The same plan with every time mapped by `when`, in order, given the number of sends before it.

        The head stands at -1, those below 200 stand at -2.
        """
        interim = tuple(msgspec.structs.replace(each, at=when(each.at, -2)) for each in self.interim)
        head = self.head
        if head is not None:
            head = msgspec.structs.replace(head, at=when(head.at, -1))
        sends = tuple(Send(s.number, s.data, when(s.at, place)) for place, s in enumerate(self.sends))
        end = msgspec.structs.replace(self.end, at=when(self.end.at, len(sends)))
        return msgspec.structs.replace(self, interim=interim, head=head, sends=sends, end=end)


class Timing:
    """From a recorded time and a place to a new time: scaled, then later by `delay` from place `behind` on.

    Places are those of the sends; the head stands at -1, those below 200 at -2.
    """

    __slots__ = ("behind", "delay", "factor")

    def __init__(self, *, factor: float = 1.0, delay: float = 0.0, behind: float = -math.inf) -> None:
        self.factor: float = factor
        self.delay: float = delay
        self.behind: float = behind

    def __call__(self, at: float | None, place: int) -> float | None:
        if at is None:
            return None
        return at * self.factor + (self.delay if place >= self.behind else 0.0)
