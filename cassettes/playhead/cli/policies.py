"""The options by which a command is told what counts as a secret: a policy's file, and switches.

Knows click and what makes a policy of them; never what it is used for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from playhead.redaction.policy import Policy
from playhead.redaction.policy_file import read_policy
from playhead.redaction.switches import FLAGS, Switches
from playhead.store.policies import read_policy_file

F = TypeVar("F", bound=Callable[..., Any])

_SWITCHES = (
    ("allow_headers", "NAME", "A header that stays."),
    ("secret_headers", "NAME", "A header that goes."),
    ("secret_parameters", "NAME", "A parameter of URLs, a field of forms."),
    ("secret_fields", "PATH", "A member of JSON bodies, such as items[].card."),
    ("shapes", "NAME=REGEX", "What matches goes, under that rule."),
    ("rules_off", "RULE", "What only that rule finds stays."),
)


def policy_options(command: F) -> F:
    """Add `--policy`, as `policy_file`, and the switches, by their names in `Switches`."""
    for name, metavar, text in reversed(_SWITCHES):
        command = click.option(FLAGS[name], name, metavar=metavar, multiple=True, help=text)(command)
    option = click.option("--policy", "policy_file", metavar="FILE", help="What counts as a secret, as TOML.")
    return option(command)


def policy_of(path: str | None, switches: Mapping[str, Any]) -> Policy:
    """The policy in the file at `path`, or the built-in one, with what the switches add.

    Raises `InputError`, `UsageError`.
    """
    text = read_policy_file(path).text if path is not None else ""
    return read_policy(text, path or "the built-in policy", Switches(**switches))
