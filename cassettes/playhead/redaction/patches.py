"""What is written over the secrets of a body: as many bytes, in the same places. Knows offsets.

Where secrets overlap, the larger keeps its placeholder whole: a key of which a part was found as well.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

import msgspec

from playhead.redaction.secret import Piece, Secret
from playhead.redaction.spans import filler


class Patch(msgspec.Struct, frozen=True):
    """Bytes for the place at `start`."""

    start: int
    data: bytes
    rule: str

    @property
    def end(self) -> int:
        return self.start + len(self.data)


class Patches:
    """Of one body, ascending, none overlapping."""

    def __init__(self, patches: Iterable[Patch] = ()) -> None:
        self._patches = sorted(patches, key=lambda patch: patch.start)
        self._starts = [patch.start for patch in self._patches]

    def __len__(self) -> int:
        return len(self._patches)

    def __iter__(self) -> Iterator[Patch]:
        return iter(self._patches)

    def apply(self, data: bytes, offset: int) -> bytes:
        """`data`, which stands at `offset` of the body, with what is written over it."""
        patches = self._over(offset, offset + len(data))
        if not patches:
            return data
        changed = bytearray(data)
        for patch in patches:
            first, last = max(patch.start, offset), min(patch.end, offset + len(data))
            changed[first - offset : last - offset] = patch.data[first - patch.start : last - patch.start]
        return bytes(changed)

    def _over(self, start: int, end: int) -> list[Patch]:
        first = bisect_right(self._starts, start) - 1
        last = bisect_left(self._starts, end)
        return [patch for patch in self._patches[max(first, 0) : last] if patch.end > start]


def patches_for(secrets: Iterable[Secret], key: bytes) -> Patches:
    """The patches that take the secrets away; `key` has 1 to 64 random bytes."""
    patches: list[Patch] = []
    largest = _largest_first(secrets)
    covered = _Clusters(largest)
    for secret in largest:
        text = filler(secret.value, key, secret.size, secret.form).encode("ascii")
        done = 0
        for start, end in secret.pieces:
            for first, last in covered.take(start, end):
                data = text[done + first - start : done + last - start]
                patches.append(Patch(first, data, secret.rule))
            done += end - start
    return Patches(patches)


class Covered:
    """Bytes that are spoken for."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def take(self, start: int, end: int) -> list[Piece]:
        """The parts of `start` to `end` that were free; they are taken now."""
        free = self.free(start, end)
        for first, last in free:
            place = bisect_left(self._starts, first)
            self._starts.insert(place, first)
            self._ends.insert(place, last)
        return free

    def free(self, start: int, end: int) -> list[Piece]:
        """The parts of `start` to `end` that nobody has taken."""
        free: list[Piece] = []
        at = bisect_right(self._ends, start)
        here = start
        while at < len(self._starts) and self._starts[at] < end:
            if here < self._starts[at]:
                free.append((here, self._starts[at]))
            here = self._ends[at]
            at += 1
        if here < end:
            free.append((here, end))
        return free


class _Clusters:
    """The same for many pieces that are known beforehand: only those that touch are looked at together."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._starts: list[int] = []
        self._covered: dict[int, Covered] = {}
        last = -1
        for start, end in sorted(piece for secret in secrets for piece in secret.pieces):
            if start >= last:
                self._starts.append(start)
            last = max(last, end)

    def take(self, start: int, end: int) -> list[Piece]:
        """The parts of `start` to `end` that were free; they are taken now."""
        cluster = bisect_right(self._starts, start) - 1
        return self._covered.setdefault(cluster, Covered()).take(start, end)


def _largest_first(secrets: Iterable[Secret]) -> list[Secret]:
    return sorted(secrets, key=lambda secret: (-secret.size, secret.pieces))


def distinct(secrets: Iterable[Secret]) -> list[Secret]:
    """Each secret once, in order of place: one may be found in its bytes, and in the text that it is in."""
    largest = _largest_first(secrets)
    covered = _Clusters(largest)
    kept = [secret for secret in largest if sum(len(covered.take(*piece)) for piece in secret.pieces)]
    return sorted(kept, key=lambda secret: secret.pieces)
