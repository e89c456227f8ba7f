"""Which rules there are: ours by id and dotted path, others' by the entry point group `playhead.rules`.

An entry point of the id of one of ours takes its place. A rule's module is imported when it is asked for.
Knows ids and paths; knows nothing of what a rule finds.
"""

from __future__ import annotations

from playhead.errors import CannotRun, UsageError
from playhead.lint.rule import Rule
from playhead.plugins import Plugins

GROUP = "playhead.rules"
_MODULES = (
    # framing
    "byte_order_mark",
    "dataless_frame",
    "empty_frame_after_id",
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


_RULES = Plugins(GROUP, _OURS, Rule, "rule")


def ids() -> tuple[str, ...]:
    """Every rule's id, ours first, by group."""
    return _RULES.names()


def rule_of(name: str) -> Rule:
    """The rule of that id. Raises `UsageError` where there is none, `CannotRun` for one that is broken."""
    rule = _RULES.get(name)
    if rule is None:
        raise UsageError(f"no rule is named {name!r}", hint="List them with: playhead lint --rules")
    if rule.id != name:
        raise CannotRun(
            f"the rule {rule.id!r} is registered under the name {name!r}",
            hint="Mend or remove the package that registers it: an entry point is named by its rule's id.",
        )
    return rule
