"""The chunks of an answer merged into one response: there is no merge in google-genai, so this is ours.

Adjacent text parts of a candidate become one where both are thought or neither is; other parts are
appended; whatever else a candidate or the response holds, the last one wins. Knows chunks as the SDK hands
them on; knows no block.
"""

from __future__ import annotations

from playhead.protocols.ledger import Fields, Json, Rope, Series, Slot

_TEXT_MEMBERS = frozenset({"text", "thought", "thoughtSignature"})


class Part:
    """The last part of a candidate, to which text may still be added."""

    __slots__ = ("fields", "is_thought", "text")

    def __init__(self, frame: int, values: dict[str, Json], text: Rope | None) -> None:
        self.text: Rope | None = text
        """`None`: a part without text."""
        self.is_thought: bool = bool(values.get("thought"))
        self.fields: Fields = Fields(frame, dict(values))
        if text is not None:
            self.fields.set(frame, "text", text)


def is_mere_text(values: dict[str, Json]) -> bool:
    """Whether a part holds text and nothing that would be lost if it were joined to another."""
    return "text" in values and values.keys() <= _TEXT_MEMBERS


class Candidate:
    """One of the answers. `last` is its last part."""

    __slots__ = ("_content", "_parts", "born", "fields", "finished", "index", "last")

    def __init__(self, frame: int, index: int) -> None:
        self.index: int = index
        self.born: int = frame
        self.last: Part | None = None
        self.finished: int = 0
        """The frame that brought its `finishReason`; 0 while none has."""
        self._parts = Series()
        self._content = Fields(frame, {"parts": self._parts})
        self.fields: Fields = Fields(frame, {"index": index, "content": self._content})

    def set(self, frame: int, values: dict[str, Json]) -> None:
        """What stands in a chunk's candidate beside its content: the last one wins."""
        for name, value in values.items():
            if name != "content":
                self.fields.set(frame, name, value)

    def set_role(self, frame: int, role: str) -> None:
        self._content.set(frame, "role", role)

    def goes_on(self, is_thought: bool) -> bool:
        """Whether text of that kind is added to the last part."""
        last = self.last
        return last is not None and last.text is not None and last.is_thought is is_thought

    def append(self, frame: int, part: Part) -> None:
        self._parts.append(frame, part.fields)
        self.last = part


class Response:
    """The merged response: a node of the ledger. Its `usageMetadata` is the cell of the record."""

    def __init__(self, usage: Slot) -> None:
        self._usage = usage
        self._fields = Fields()
        self._candidates: dict[int, Candidate] = {}

    def set(self, frame: int, name: str, value: Json) -> None:
        """A member beside the candidates and the usage: the last one wins."""
        self._fields.set(frame, name, value)

    @property
    def candidates(self) -> dict[int, Candidate]:
        return self._candidates

    def candidate(self, frame: int, index: int) -> Candidate:
        """The candidate of that index, begun by `frame` where there was none."""
        found = self._candidates.get(index)
        if found is None:
            found = self._candidates[index] = Candidate(frame, index)
        return found

    def at(self, frame: int) -> dict[str, Json]:
        response = self._fields.at(frame)
        usage = self._usage.at(frame)
        if usage is not None:
            response["usageMetadata"] = usage
        begun = sorted(index for index, candidate in self._candidates.items() if candidate.born <= frame)
        if begun:
            response["candidates"] = [self._candidates[index].fields.at(frame) for index in begun]
        return response
