"""A sequence whose items are made when they are asked for. Knows places and slices; not what is made."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, TypeVar, overload

_Item = TypeVar("_Item", covariant=True)


class OnAccess(Sequence[_Item]):
    """What there is of a kind of thing: each is made anew, or looked up, whenever it is asked for."""

    __slots__ = ()
    _word: ClassVar[str]
    """What an item is called."""

    @abstractmethod
    def _made(self, place: int) -> _Item:
        """The item at a place that there is, counted from 0."""

    @overload
    def __getitem__(self, at: int) -> _Item: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[_Item]: ...
    def __getitem__(self, at: int | slice) -> _Item | Sequence[_Item]:
        size = len(self)
        if isinstance(at, slice):
            return [self._made(place) for place in range(*at.indices(size))]
        place = at + size if at < 0 else at
        if not 0 <= place < size:
            raise IndexError(f"no {self._word} at {at}: there are {size}")
        return self._made(place)
