"""What a command line adds to a policy: the entries of its tables, each with the switch that it came by.

Knows the tables of `policy_file`; nothing of their values, which are checked there as a file's are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from playhead.errors import UsageError


class Switches(msgspec.Struct, frozen=True, kw_only=True):
    """Each as a policy's file has it: names of headers and parameters, paths, ids of rules."""

    allow_headers: tuple[str, ...] = ()
    secret_headers: tuple[str, ...] = ()
    secret_parameters: tuple[str, ...] = ()
    secret_fields: tuple[str, ...] = ()
    rules_off: tuple[str, ...] = ()
    shapes: tuple[str, ...] = ()
    """`NAME=REGEX`."""

    def entries(self) -> Iterator[tuple[str, str, str, str]]:
        """Table, key, value, and the switch."""
        lists = (
            ("headers", "allow", "--allow-header", self.allow_headers),
            ("headers", "secret", "--secret-header", self.secret_headers),
            ("query", "secret", "--secret-parameter", self.secret_parameters),
            ("body", "secret", "--secret-field", self.secret_fields),
            ("rules", "off", "--rule-off", self.rules_off),
        )
        for table, key, switch, values in lists:
            for value in values:
                if not value:
                    raise UsageError(f"{switch}: expected a name")
                yield table, key, value, switch
        for shape in self.shapes:
            name, equals, pattern = shape.partition("=")
            if not equals:
                raise UsageError(
                    "--shape: expected NAME=REGEX", hint='As in --shape team-key="team_[a-z0-9]{32}".'
                )
            yield "shapes", name, pattern, "--shape"

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
