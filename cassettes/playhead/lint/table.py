"""Which rules there are: ours by id and dotted path, others' by the entry point group `playhead.rules`.

An entry point of the id of one of ours takes its place. A rule's module is imported when it is asked for.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from functools import cache

from playhead.errors import CannotRun, UsageError
from playhead.lint.rule import Rule

GROUP = "playhead.rules"
_MODULES = (
    # framing
    "byte_order_mark",
    "dataless_block",
    "empty_block_after_id",
    "unterminated_tail",
    "mixed_line_ends",
    "invalid_utf8",
    "nul_in_id",
    "invalid_retry",
    "line_separator_in_data",
    "long_line",
    "wrong_content_type",
    # order
    "no_start",
    "second_start",
    "block_reopened",
    "block_left_open",
    "delta_without_block",
    "delta_after_stop",
    "delta_mismatch",
    "index_gap",
    "sequence_gap",
    "done_differs",
    "no_terminator",
    "missing_done",
    "data_after_end",
    # content
    "client_raises",
    "client_ignores",
    "error_event",
    "error_body",
    "not_json",
    "unknown_event",
    "unknown_block",
    "unknown_delta",
    "unexpected_shape",
    "unsupported_stream",
    "invalid_tool_input",
    "usage_shrank",
    "role_repeated",
    "id_changed",
    "tool_name_repeated",
    # time
    "stall",
    "masked_stall",
    # secrets
    "secret_in_head",
    "secret_in_request",
    "secret_in_response",
    # recording
    "lost_data",
    "unclear_ending",
    "undecoded_body",
    "reader_failed",
)
_OURS = {name.replace("_", "-"): f"playhead.lint.rules.{name}:RULE" for name in _MODULES}


@cache
def _targets() -> dict[str, str | importlib.metadata.EntryPoint]:
    others = {entry.name: entry for entry in importlib.metadata.entry_points(group=GROUP)}
    return _OURS | others


def ids() -> tuple[str, ...]:
    """Every rule's id, ours first, by group."""
    return tuple(_targets())


@cache
def rule_of(name: str) -> Rule:
    """The rule of that id. Raises `UsageError` where there is none, `CannotRun` for one that is broken."""
    target = _targets().get(name)
    if target is None:
        raise UsageError(f"no rule is named {name!r}", hint="List them with: playhead lint --rules")
    if isinstance(target, str):
        module, _, attribute = target.partition(":")
        ours: Rule = getattr(importlib.import_module(module), attribute)
        return ours
    try:
        loaded = target.load()
    except (ImportError, AttributeError) as error:
        raise _broken(name, target, f"cannot be imported: {error}") from error
    if not isinstance(loaded, Rule) or loaded.id != name:
        raise _broken(name, target, "is no `playhead.lint.Rule` of that id")
    return loaded


def _broken(name: str, target: importlib.metadata.EntryPoint, why: str) -> CannotRun:
    return CannotRun(
        f"the rule {name!r} from {target.value} {why}",
        hint="Mend or remove the package that registers it.",
    )
