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
from playhead.asyncapi.rules import Rule
from playhead.protocols.ledger import Json
from playhead.protocols.payload import NotJson, parse

UNNAMED = "message"
"""The type of an event that names none (WHATWG HTML §9.2)."""
_CANNOT_CHECK = (RecursionError, ArithmeticError, TypeError, ValueError)
"""What the library raises of payloads nested too deeply, and of numbers that it cannot divide."""
_MOST = 5
"""So many things are said of one event."""


@dataclass(frozen=True, slots=True)
class Problem:
    rule: Rule
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
        self._usual: dict[str, _Kind] = {}

    def judge(self, event: str, data: str) -> Iterator[Problem]:
        """What is wrong with an event: its type, and its data."""
        kinds = self._candidates(event)
        if not kinds:
            yield Problem(Rule.UNKNOWN_MESSAGE, self._no_such(event))
            return
        content = Content(data)
        usual = self._usual.get(event)
        if usual is not None and len(kinds) > 1:
            kinds = [usual, *(kind for kind in kinds if kind is not usual)]
        verdicts = []
        for kind in kinds:
            verdict = kind.check(content)
            if not verdict.problems:
                self._usual[event] = kind
                yield from verdict.notes
                return
            verdicts.append(verdict)
        yield from self._worst(event, kinds, verdicts)

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

    def _worst(self, event: str, kinds: Sequence[_Kind], verdicts: Sequence[_Verdict]) -> Iterator[Problem]:
        if len(kinds) == 1:
            yield from verdicts[0].problems
            return
        if all(verdict.is_other for verdict in verdicts):
            yield Problem(Rule.UNKNOWN_MESSAGE, f"fits none of the {len(kinds)} messages that it could be")
            return
        yield from min(verdicts, key=lambda verdict: verdict.distance).problems


class _Kind:
    """A message, its schema compiled on first use."""

    def __init__(self, message: Message) -> None:
        self.message = message

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
            if is_json:
                return self._not_json(content)
            is_json = False
        if isinstance(message.payload, Unsupported):
            text = f"{message.key}: a payload in {words.cut(message.payload.format)!r} cannot be checked"
            return _Verdict(notes=(Problem(Rule.UNCHECKED_MESSAGE, text),))
        if self._validator is None:
            return _Verdict()
        return self._validate(content.data if is_json is False else content.value)

    def _validate(self, value: Json) -> _Verdict:
        try:
            errors = list(self._validator.iter_errors(value))
        except _CANNOT_CHECK as error:
            text = f"{self.message.key}: a payload cannot be checked: {type(error).__name__}"
            return _Verdict(notes=(Problem(Rule.UNCHECKED_MESSAGE, text),))
        if not errors:
            return _Verdict()
        hard = [error for error in errors if not keywords.is_note(error)]
        notes = [error for error in errors if keywords.is_note(error)]
        return _Verdict(
            problems=self._problems(Rule.INVALID_MESSAGE, hard),
            notes=self._problems(Rule.UNKNOWN_VALUE, notes),
            distance=self._distance(value, hard),
            is_other=self._is_other(value, hard),
        )

    def _problems(self, rule: Rule, errors: Sequence[Any]) -> tuple[Problem, ...]:
        said = dict.fromkeys(words.sentence(error) for error in errors)
        found = [Problem(rule, f"{self.message.key}: {text}") for text in list(said)[:_MOST]]
        if len(said) > _MOST:
            found.append(Problem(rule, f"{self.message.key}: and {len(said) - _MOST} more of this kind"))
        return tuple(found)

    def _not_json(self, content: Content) -> _Verdict:
        what = "no data" if not content.data else f"no JSON: {words.cut(content.reason, 100)}"
        problem = Problem(
            Rule.NOT_JSON, f"{self.message.key}: expected {self.message.content_type}, found {what}"
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
