"""What a command line adds to a policy: the entries of its tables, each with the switch that it came by.

Knows the tables of `policy_file`; nothing of their values, which are checked there as a file's are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from playhead.errors import UsageError

FLAGS: Final[Mapping[str, str]] = {
    "allow_headers": "--allow-header",
    "secret_headers": "--secret-header",
    "secret_parameters": "--secret-parameter",
    "secret_fields": "--secret-field",
    "rules_off": "--rule-off",
    "shapes": "--shape",
}
"""What commands call the switches, by their names in `Switches`."""
_LISTS: Final[Mapping[str, tuple[str, str]]] = {
    "allow_headers": ("headers", "allow"),
    "secret_headers": ("headers", "secret"),
    "secret_parameters": ("query", "secret"),
    "secret_fields": ("body", "secret"),
    "rules_off": ("rules", "off"),
}
"""The table and key of those that are lists in a file."""


class Switches(msgspec.Struct, frozen=True, kw_only=True):
    """Each as a policy's file has it: names of headers and parameters, paths, ids of rules."""

    allow_headers: tuple[str, ...] = ()
    secret_headers: tuple[str, ...] = ()
    secret_parameters: tuple[str, ...] = ()
    secret_fields: tuple[str, ...] = ()
    rules_off: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    """`NAME=REGEX`."""
    called: Mapping[str, str] = msgspec.field(default_factory=lambda: FLAGS)
    """What whoever gave them calls them, for what is said of a wrong one."""

    def entries(self) -> Iterator[tuple[str, str, str, str]]:
        """Table, key, value, and the switch. Raises `UsageError` for what cannot be an entry."""
        for field, (table, key) in _LISTS.items():
            for value in getattr(self, field):
                if not value:
                    raise UsageError(f"{self.called[field]}: expected a name")
                yield table, key, value, self.called[field]
        switch = self.called["shapes"]
        for shape in self.shapes:
            name, equals, pattern = shape.partition("=")
            if not equals:
                raise UsageError(
                    f"{switch}: expected NAME=REGEX", hint="As in team-key=team_[a-z0-9]{32}, in quotes."
                )
            yield "shapes", name, pattern, switch

    def added_to(self, data: dict[str, Any]) -> dict[tuple[str, str, str], str]:
        """Put the entries into a policy's tables, and tell which switch each came by. A shape takes the place
        of one of its name; what is no table or list is left to whoever checks it.
        """
        switches: dict[tuple[str, str, str], str] = {}
        for table, key, value, switch in self.entries():
            keys = data.setdefault(table, {})
            if not isinstance(keys, dict):
                continue
            if table == "shapes":
                keys[key] = value
                switches[table, key, ""] = switch
            elif isinstance(values := keys.setdefault(key, []), list):
                keys[key] = [*values, value]
                switches[table, key, value.lower()] = switch
        return switches


NONE = Switches()
