"""A policy from TOML: what a user adds to the built-in one, or takes from it. Knows text, never files.

name = "team"
[headers]
allow = ["x-team-trace", "x-build-*"]
secret = ["x-tenant"]
[query]
secret = ["customer"]
[body]
secret = ["metadata.tenant", "items[].card"]
[rules]
off = ["account"]
[shapes]
team-key = "team_[a-z0-9]{32}"
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from typing import Any, NoReturn

import msgspec

from playhead.errors import UsageError
from playhead.redaction import allowed, fields, rules
from playhead.redaction.fields import Field
from playhead.redaction.patterns import compile_pattern
from playhead.redaction.policy import DEFAULT, RULES, UNSCANNED, Policy, Shape
from playhead.redaction.switches import NONE, Switches

_HEADER = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TABLES: Mapping[str, frozenset[str] | None] = {
    "headers": frozenset({"allow", "secret"}),
    "query": frozenset({"secret"}),
    "body": frozenset({"secret"}),
    "rules": frozenset({"off"}),
    "shapes": None,  # the user's own names
}
_TOP = ("name", "off", *_TABLES)
_MANY = 200


def read_policy(text: str, file: str, switches: Switches = NONE) -> Policy:
    """The policy that `text` describes, and what a command line adds to it. Raises `UsageError` with file,
    line and key, or with the switch, where it is none.
    """
    return _Reader(text, file, switches).policy()


class _Reader:
    def __init__(self, text: str, file: str, switches: Switches) -> None:
        self._lines = text.splitlines()
        self._file = file
        try:
            self._data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{file}: not TOML: {error}") from None
        self._switches = switches.added_to(self._data)

    def policy(self) -> Policy:
        self._check_names(self._data, _TOP, "")
        name = self._name()
        shapes = self._shapes()
        trusted, starts = self._headers()
        is_off = self._flag("off")
        if is_off and self._switches:
            switch = next(iter(self._switches.values()))
            raise UsageError(f"{switch}: does nothing: by {self._file} nothing is secret (off = true)")
        policy = msgspec.structs.replace(
            DEFAULT,
            off=is_off,
            headers=allowed.HEADERS | starts | trusted,
            trusted_headers=trusted,
            secret_headers=self._names("headers", "secret", self._header),
            secret_query=self._names("query", "secret", str.lower),
            fields=(*fields.DEFAULT, *self._fields()),
            shapes=shapes,
            rules_off=self._rules_off({shape.rule for shape in shapes}),
        )
        return policy if policy == DEFAULT else msgspec.structs.replace(policy, name=name)

    def _name(self) -> str:
        name = self._data.get("name", "custom")
        if not isinstance(name, str) or not _ID.fullmatch(name):
            self._refuse("name", "", "expected words of a-z and 0-9 joined by -")
        return name

    def _flag(self, key: str) -> bool:
        value = self._data.get(key, False)
        if not isinstance(value, bool):
            self._refuse(key, "", "expected true or false")
        return value

    def _headers(self) -> tuple[frozenset[str], frozenset[str]]:
        """Those allowed by name, and those by the beginning of their names."""
        names = self._names("headers", "allow", self._header)
        for name in names:
            if rules.HEADERS.get(name) is not None:
                why = f"what {name} holds is never shown, unless its rule {rules.HEADERS[name]!r} is off"
                self._refuse("headers", "allow", why, name)
        starts = frozenset(name for name in names if name.endswith("*"))
        return names - starts, starts

    def _header(self, name: str) -> str:
        if not _HEADER.fullmatch(name) or "*" in name[:-1]:
            raise ValueError("not the name of a header (a * may stand at its end)")
        return name.lower()

    def _fields(self) -> tuple[Field, ...]:
        paths = self._list("body", "secret")
        found: list[Field] = []
        for path in paths:
            try:
                found.append(Field(fields.parse_path(path)))
            except ValueError as error:
                self._refuse("body", "secret", f"{path!r}: {error}", path)
        return tuple(found)

    def _rules_off(self, own: Collection[str]) -> frozenset[str]:
        known = RULES | set(own)
        names = self._list("rules", "off")
        for name in names:
            if name not in known:
                near = difflib.get_close_matches(name, sorted(known), n=2)
                hint = f"; did you mean {' or '.join(near)}?" if near else ""
                self._refuse("rules", "off", f"no rule is named {name!r}{hint}", name)
        return frozenset(names)

    def _shapes(self) -> tuple[Shape, ...]:
        table = self._table("shapes")
        if len(table) > _MANY:
            self._refuse("shapes", "", f"more than {_MANY} shapes")
        found: list[Shape] = []
        for rule, source in table.items():
            if not _ID.fullmatch(rule) or rule in RULES or rule == UNSCANNED:
                self._refuse("shapes", rule, "expected a new rule's name: words of a-z and 0-9 joined by -")
            if not isinstance(source, str):
                self._refuse("shapes", rule, "expected a regular expression, as a string")
            try:
                found.append(Shape(rule, compile_pattern(source)))
            except ValueError as error:
                self._refuse("shapes", rule, str(error))
        return tuple(found)

    def _names(self, table: str, key: str, read: Callable[[str], str]) -> frozenset[str]:
        names: set[str] = set()
        for name in self._list(table, key):
            try:
                names.add(read(name))
            except ValueError as error:
                self._refuse(table, key, f"{name!r}: {error}", name)
        return frozenset(names)

    def _list(self, table: str, key: str) -> list[str]:
        value = self._table(table).get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            self._refuse(table, key, "expected a list of strings")
        return value

    def _table(self, name: str) -> dict[str, Any]:
        table = self._data.get(name, {})
        if not isinstance(table, dict):
            self._refuse(name, "", f"expected a table: [{name}]")
        keys = _TABLES[name]
        if keys is not None:
            self._check_names(table, sorted(keys), name)
        return table

    def _check_names(self, table: Mapping[str, object], known: Collection[str], within: str) -> None:
        for key in table:
            if key not in known:
                path = (within, key) if within else (key, "")
                self._refuse(*path, f"no such key; there are: {', '.join(known)}")

    def _refuse(self, table: str, key: str, why: str, value: str | None = None) -> NoReturn:
        path = f"{table}.{key}" if key else table
        switch = self._switches.get((table, key, (value or "").lower()))
        if switch is not None:
            raise UsageError(f"{switch} {value or key}: {why}")
        raise UsageError(f"{self._file}, line {self._line(table, key, value)}: {path}: {why}")

    def _line(self, table: str, key: str, value: str | None) -> int:
        """Where it stands, as well as can be told of a text that was parsed already."""
        at = self._first(rf"\s*\[\s*{re.escape(table)}\s*\]|\s*\"?{re.escape(table)}\"?\s*[=.]", 0)
        if key:
            at = self._first(rf"\s*(?:{re.escape(table)}\s*\.\s*)?\"?{re.escape(key)}\"?\s*=", at)
        if value is not None:
            at = self._first(rf".*[\"']{re.escape(value)}[\"']", at, re.IGNORECASE)
        return at + 1

    def _first(self, pattern: str, start: int, flags: int = 0) -> int:
        matching = (at for at in range(start, len(self._lines)) if re.match(pattern, self._lines[at], flags))
        return next(matching, start)
