"""One event against the messages of its channel: which one it is, and what is wrong with it.

Knows messages, schemas and what an event holds; no exchange. Validators are made once a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from playhead.asyncapi import keywords, words
from playhead.asyncapi.model import Channel, Message, Schema, Unsupported
from playhead.asyncapi.rules import Breach
from playhead.protocols.ledger import Json
from playhead.protocols.payload import NotJson, is_too_deep, parse

UNNAMED = "message"
"""The type of an event that names none (WHATWG HTML §9.2)."""
_CANNOT_CHECK = (RecursionError, ArithmeticError, TypeError, ValueError)
"""What the library raises of payloads nested too deeply, and of numbers that it cannot divide."""
_MOST = 5
"""So many things are said of one event."""


@dataclass(frozen=True, slots=True)
class Problem:
    rule: Breach
    text: str


class Content:
    """The data of an event, read as JSON when somebody asks."""

    def __init__(self, data: str) -> None:
        self.data = data
        self.reason: str = ""
        """Why it is no JSON."""

    @cached_property
    def is_json(self) -> bool:
        try:
            self.value: Json = parse(self.data)
        except NotJson as error:
            self.reason = str(error)
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Verdict:
    """How an event fits a message. `problems` are what breaks it, `notes` what it may do."""

    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    distance: tuple[int, ...] = ()
    """How far it is from that message, where several could be meant."""
    is_other: bool = False
    """Whether it has nothing in common with that message."""


class Judge:
    """Says what is wrong with the events of one channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._named: dict[str, list[_Kind]] = {}
        self._kinds = [_Kind(message) for message in channel.messages]
        for kind in self._kinds:
            name = kind.message.name
            if name is not None and (name != UNNAMED or kind.message.is_named):
                self._named.setdefault(name, []).append(kind)
        self._nameless = [kind for kind in self._kinds if kind.message.name is None]
        self._plans: dict[int, keywords.Plan] = {}
        """By the id of a list of messages that may be meant: those above, which live as long as this."""

    def judge(self, event: str, data: str) -> Iterator[Problem]:
        """What is wrong with an event: its type, and its data."""
        kinds = self._candidates(event)
        if not kinds:
            yield Problem(Breach.UNKNOWN_MESSAGE, self._no_such(event))
            return
        content = Content(data)
        tried: dict[int, _Verdict] = {}
        for place in self._likely(kinds, content):
            verdict = tried[place] = kinds[place].check(content)
            if not verdict.problems:
                yield from verdict.notes
                return
        yield from self._worst([tried.get(place) or kind.check(content) for place, kind in enumerate(kinds)])

    def _likely(self, kinds: Sequence[_Kind], content: Content) -> Sequence[int]:
        """The places of the messages that may fit, in the document's order: constants exclude the others."""
        if len(kinds) == 1:
            return (0,)
        plan = self._plans.get(id(kinds))
        if plan is None:
            plan = self._plans[id(kinds)] = keywords.Plan([kind.schema for kind in kinds])
        return sorted(plan.candidates(content.value if content.is_json else None))

    def _candidates(self, event: str) -> Sequence[_Kind]:
        named = self._named.get(event)
        if named is not None:
            return named
        if event == UNNAMED:
            return () if self._channel.needs_names else self._kinds
        return self._nameless

    def _no_such(self, event: str) -> str:
        if event == UNNAMED and self._channel.needs_names:
            return "an event without a name: clients of this channel pass over it"
        return f"{words.cut(event)!r} is no message of the channel {words.cut(self._channel.key)!r}"

    def _worst(self, verdicts: Sequence[_Verdict]) -> Iterator[Problem]:
        """What to say of an event that fits none: what keeps it from the message that it is closest to."""
        if len(verdicts) == 1:
            yield from verdicts[0].problems
            return
        if all(verdict.is_other for verdict in verdicts):
            said = f"fits none of the {len(verdicts)} messages that it could be"
            yield Problem(Breach.UNKNOWN_MESSAGE, said)
            return
        yield from min(verdicts, key=lambda verdict: verdict.distance).problems


class _Kind:
    """A message, its schema compiled on first use."""

    def __init__(self, message: Message) -> None:
        self.message = message

    @property
    def schema(self) -> object:
        """What JSON of this message must be; anything, of a message whose payload is text or unsupported."""
        payload = self.message.payload
        return payload.value if isinstance(payload, Schema) and self.message.is_json is not False else True

    @cached_property
    def _validator(self) -> Any:
        payload = self.message.payload
        return keywords.compile_(payload.value) if isinstance(payload, Schema) else None

    @cached_property
    def _members(self) -> frozenset[str]:
        """The members that the payload may have."""
        payload = self.message.payload
        value = payload.value if isinstance(payload, Schema) else None
        properties = value.get("properties") if isinstance(value, dict) else None
        return frozenset(properties) if isinstance(properties, dict) else frozenset()

    def check(self, content: Content) -> _Verdict:
        message = self.message
        is_json = message.is_json
        if is_json is not False and not content.is_json:
            if is_too_deep(content.data):
                text = f"{message.key}: a payload cannot be checked: {content.reason}"
                return _Verdict(notes=(Problem(Breach.UNCHECKED_MESSAGE, text),))
            if is_json:
                return self._not_json(content)
            is_json = False
        if isinstance(message.payload, Unsupported):
            text = f"{message.key}: a payload in {words.cut(message.payload.format)!r} cannot be checked"
            return _Verdict(notes=(Problem(Breach.UNCHECKED_MESSAGE, text),))
        if self._validator is None:
            return _Verdict()
        return self._validate(content.data if is_json is False else content.value)

    def _validate(self, value: Json) -> _Verdict:
        try:
            errors = list(self._validator.iter_errors(value))
        except _CANNOT_CHECK as error:
            text = f"{self.message.key}: a payload cannot be checked: {type(error).__name__}"
            return _Verdict(notes=(Problem(Breach.UNCHECKED_MESSAGE, text),))
        if not errors:
            return _Verdict()
        hard = [error for error in errors if not keywords.is_note(error)]
        notes = [error for error in errors if keywords.is_note(error)]
        return _Verdict(
            problems=self._problems(Breach.INVALID_MESSAGE, hard),
            notes=self._problems(Breach.UNKNOWN_VALUE, notes),
            distance=self._distance(value, hard),
            is_other=self._is_other(value, hard),
        )

    def _problems(self, rule: Breach, errors: Sequence[Any]) -> tuple[Problem, ...]:
        said = dict.fromkeys(words.sentence(error) for error in errors)
        found = [Problem(rule, f"{self.message.key}: {text}") for text in list(said)[:_MOST]]
        if len(said) > _MOST:
            found.append(Problem(rule, f"{self.message.key}: and {len(said) - _MOST} more of this kind"))
        return tuple(found)

    def _not_json(self, content: Content) -> _Verdict:
        what = "no data" if not content.data else f"no JSON: {words.cut(content.reason, 100)}"
        problem = Problem(
            Breach.NOT_JSON, f"{self.message.key}: expected {self.message.content_type}, found {what}"
        )
        return _Verdict((problem,), distance=(0, 0, 0, 1))

    def _distance(self, value: Json, errors: Sequence[Any]) -> tuple[int, ...]:
        common = len(self._members & value.keys()) if isinstance(value, dict) else 0
        is_text = self.message.is_json is False
        return (int(is_text), sum(map(_is_constant, errors)), -common, len(errors))

    def _is_other(self, value: Json, errors: Sequence[Any]) -> bool:
        if any(_is_constant(error) for error in errors):
            return True
        return isinstance(value, dict) and bool(self._members) and not self._members & value.keys()


def _is_constant(error: Any) -> bool:
    """Whether a constant that tells messages apart is another: the payload's own, or a member's of it."""
    return error.validator in ("const", "enum") and len(error.absolute_path) <= 1
