"""Reading a filter expression: words, then a tree; each mistake with the characters at fault.

    expression := term { "or" term }
    term       := factor { ["and"] factor }
    factor     := ("not" | "!") factor | "(" expression ")" | test | word
    test       := field operator value

A word alone is looked for in the event's text. Knows text; what fields there are and what they mean, `fields`
knows.
"""

from __future__ import annotations

import re
from typing import Generic, NamedTuple

from playhead_viewer.core.filter.fields import EVENTS, Fields
from playhead_viewer.core.filter.model import (
    All,
    Any,
    Event,
    Filter,
    FilterError,
    Not,
    Operator,
    T,
    TextTest,
)

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"?)|(?P<sign>!=|!~|<=|>=|==|[=~<>()!])|(?P<word>[^\s"=~<>()!]+))"""
)
_ESCAPE = re.compile(r"\\(.)")
_DEEPEST = 50
_LONGEST = 2000


class _Token(NamedTuple):
    text: str
    start: int
    end: int
    is_sign: bool = False
    is_quoted: bool = False

    @property
    def closes(self) -> bool:
        return self.is_sign and self.text == ")"

    def is_word(self, *words: str) -> bool:
        return not self.is_sign and not self.is_quoted and self.text.lower() in words


def parse(text: str) -> Filter[Event]:
    """The filter of events that `text` tells; an empty one lets all through. Raises `FilterError`."""
    return parse_by(text, EVENTS)


def parse_by(text: str, fields: Fields[T]) -> Filter[T]:
    """The same for whatever has these fields."""
    if len(text) > _LONGEST:
        raise FilterError(f"longer than {_LONGEST} characters", _LONGEST, len(text))
    reader = _Reader(_tokens(text), len(text), fields)
    if reader.peek() is None:
        return All(())
    found = reader.expression(0)
    left = reader.peek()
    if left is not None:
        raise FilterError("nothing is open here" if left.closes else "a test?", *reader.place())
    return found


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        assert match is not None  # every character begins some token
        at = match.end()
        if match["quoted"] is not None:
            found.append(_quoted(match["quoted"], match.start("quoted"), at))
        else:
            name = "sign" if match["sign"] else "word"
            found.append(_Token(match[name], match.start(name), at, is_sign=name == "sign"))
    return found


def _quoted(text: str, start: int, end: int) -> _Token:
    if len(text) < 2 or not text.endswith('"') or _ESCAPE.sub("", text[1:]).find('"') < 0:
        raise FilterError("the quote is not closed", start, end)
    return _Token(_ESCAPE.sub(r"\1", text[1:-1]), start, end, is_quoted=True)


class _Reader(Generic[T]):
    def __init__(self, tokens: list[_Token], size: int, fields: Fields[T]) -> None:
        self._fields = fields
        self._tokens = tokens
        self._at = 0
        self._size = size

    def peek(self) -> _Token | None:
        """The next token, which is left where it is."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def place(self) -> tuple[int, int]:
        """Where the next token stands; behind the end, where there is none."""
        token = self.peek()
        return (self._size, self._size + 1) if token is None else (token.start, token.end)

    def take(self) -> _Token:
        token = self.peek()
        if token is None:
            raise FilterError(f"something is missing here: {self._fields.example}", *self.place())
        self._at += 1
        return token

    def expression(self, depth: int) -> Filter[T]:
        if depth > _DEEPEST:
            raise FilterError("too deep", *self.place())
        terms = [self.term(depth)]
        while (token := self.peek()) is not None and token.is_word("or"):
            self.take()
            terms.append(self.term(depth))
        return terms[0] if len(terms) == 1 else Any(tuple(terms))

    def term(self, depth: int) -> Filter[T]:
        factors = [self.factor(depth)]
        while (token := self.peek()) is not None and not token.closes and not token.is_word("or"):
            if token.is_word("and"):
                self.take()
            factors.append(self.factor(depth))
        return factors[0] if len(factors) == 1 else All(tuple(factors))

    def factor(self, depth: int) -> Filter[T]:
        if depth > _DEEPEST:
            raise FilterError("too deep", *self.place())
        token = self.take()
        if token.is_word("not") or (token.is_sign and token.text == "!"):
            return Not(self.factor(depth + 1))
        if token.is_sign and token.text == "(":
            return self.bracket(token, depth)
        if token.is_sign:
            raise FilterError(f"a field must stand before {token.text}", token.start, token.end)
        if token.is_word("and", "or"):
            raise FilterError(f"a test must stand before {token.text}", token.start, token.end)
        following = self.peek()
        if not token.is_quoted and following is not None and following.is_sign and following.text in _SIGNS:
            return self.test(token)
        return TextTest(self._fields.words, Operator.CONTAINS, token.text.lower())

    def bracket(self, opening: _Token, depth: int) -> Filter[T]:
        inner = self.expression(depth + 1)
        if self.peek() is None:
            raise FilterError("this bracket is not closed", opening.start, opening.end)
        self.take()
        return inner

    def test(self, name: _Token) -> Filter[T]:
        field = self._fields.by_name.get(name.text.lower())
        if field is None:
            raise FilterError(self._no_field(name.text), name.start, name.end)
        sign = self.take()
        operator = _SIGNS[sign.text]
        if operator not in field.operators:
            have = " ".join(each.value for each in field.operators)
            raise FilterError(f"{name.text} takes {have}", sign.start, sign.end)
        value = self.take()
        if value.is_sign:
            raise FilterError("a value must stand here", value.start, value.end)
        try:
            return field.test(operator, value.text)
        except ValueError as error:
            raise FilterError(str(error), value.start, value.end) from None

    def _no_field(self, name: str) -> str:
        import difflib  # asked for by mistakes only

        have = self._fields.by_name
        near = difflib.get_close_matches(name.lower(), have, n=1, cutoff=0.5)
        return f"no field: did you mean {near[0]}?" if near else f"no field: {', '.join(have)}"


_SIGNS = {operator.value: operator for operator in Operator} | {"==": Operator.EQUAL}
