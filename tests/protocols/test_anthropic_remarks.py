"""What is remarked of Anthropic streams, and that nothing is of healthy ones."""

from __future__ import annotations

import pytest

from playhead.protocols.remarks import RemarkKind as K

from .anthropic_sdk import asked_by, ours
from .make_answers_anthropic import STREAMS

REMARKED: dict[str, set[tuple[K, int, int | None, str | None]]] = {
    "after_stop": {(K.AFTER_TERMINATOR, 7, None, None)},
    "after_stop_delta": {(K.AFTER_TERMINATOR, 7, None, None), (K.DELTA_AFTER_STOP, 7, 1, None)},
    "block_left_open": {(K.BLOCK_LEFT_OPEN, 5, 1, None)},
    "block_reopened": {(K.BLOCK_REOPENED, 5, 1, None)},
    "data_is_empty": {(K.UNEXPECTED_SHAPE, 2, None, None)},
    "data_is_not_json": {
        (K.NOT_JSON, 3, None, None),
        (K.CLIENT_RAISES, 3, None, "JSONDecodeError"),
        (K.BLOCK_LEFT_OPEN, 5, 1, None),
    },
    "delta_after_stop": {(K.DELTA_AFTER_STOP, 5, 1, None)},
    "delta_of_another_type": {(K.DELTA_MISMATCH, 4, 1, None), (K.DELTA_MISMATCH, 10, 2, None)},
    "delta_without_block": {
        (K.CLIENT_RAISES, 5, None, "IndexError"),
        (K.DELTA_WITHOUT_BLOCK, 5, 2, None),
        (K.BLOCK_LEFT_OPEN, 7, 2, None),
    },
    "empty": {(K.CLIENT_RAISES, 0, None, "AssertionError"), (K.NO_TERMINATOR, 0, None, None)},
    "error_first": {
        (K.ERROR_EVENT, 1, None, None),
        (K.CLIENT_RAISES, 1, None, "anthropic.APIStatusError"),
    },
    "error_overloaded": {
        (K.ERROR_EVENT, 4, None, None),
        (K.CLIENT_RAISES, 4, None, "anthropic.APIStatusError"),
    },
    "error_text": {(K.ERROR_EVENT, 2, None, None), (K.CLIENT_RAISES, 2, None, "anthropic.APIStatusError")},
    "error_under_another_name": {(K.ERROR_EVENT, 3, None, None), (K.CLIENT_IGNORES, 3, None, None)},
    "event_under_another_name": {(K.UNEXPECTED_SHAPE, 2, None, None)},
    "event_without_data": {(K.UNEXPECTED_SHAPE, 2, None, None)},
    "event_without_name": {(K.CLIENT_IGNORES, 4, None, None)},
    "events_without_names": {
        (K.CLIENT_IGNORES, 1, None, None),
        (K.CLIENT_RAISES, 6, None, "AssertionError"),
    },
    "gateway_done_sentinel": {(K.AFTER_TERMINATOR, 7, None, None)},
    "gateway_usage_without_start": {(K.CLIENT_RAISES, 5, None, "AttributeError")},
    "index_from_one": {(K.INDEX_GAP, 2, None, None), (K.CLIENT_RAISES, 3, None, "IndexError")},
    "missing_start": {(K.NO_START, 1, None, None), (K.CLIENT_RAISES, 5, None, "AssertionError")},
    "ping_hides_an_event": {(K.CLIENT_IGNORES, 3, None, None)},
    "second_start": {
        (K.SECOND_START, 5, None, None),
        (K.ID_CHANGED, 5, None, None),
        (K.DELTA_AFTER_STOP, 6, 1, None),
    },
    "tool_use_cut_string": {(K.INVALID_TOOL_INPUT, 6, 1, None)},
    "tool_use_not_json": {(K.CLIENT_RAISES, 4, None, "ValueError"), (K.INVALID_TOOL_INPUT, 8, 1, None)},
    "tool_use_trailing_text": {(K.INVALID_TOOL_INPUT, 8, 1, None)},
    "truncated": {(K.NO_TERMINATOR, 3, None, None)},
    "truncated_in_event": {(K.NO_TERMINATOR, 6, None, None)},
    "truncated_input": {(K.NO_TERMINATOR, 3, None, None)},
    "unknown_block": {(K.UNKNOWN_BLOCK, 2, 1, None)},
    "unknown_delta": {(K.UNKNOWN_DELTA, 3, 1, None)},
    "unknown_event": {(K.UNKNOWN_EVENT, 2, None, None)},
    "usage_shrinks": {(K.USAGE_SHRANK, 5, None, None)},
}
HEALTHY = [
    "advisor",
    "blocks_interleaved",
    "citations",
    "code_execution",
    "comments_and_ids",
    "compaction",
    "compaction_stop",
    "container",
    "container_upload",
    "crlf",
    "data_in_two_lines",
    "fallback",
    "ga_compaction",
    "ga_fallback",
    "ga_mcp",
    "gateway_minimal",
    "mcp",
    "server_tool_use",
    *(path.stem for path in sorted(STREAMS.glob("stop_*.sse")) if path.stem != "stop_without_block"),
    "text",
    "text_begins_with_text",
    "text_empty_deltas",
    "text_several_blocks",
    "thinking",
    "thinking_redacted",
    "thinking_signature_replaced",
    "tool_search",
    "tool_use",
    "tool_use_escapes",
    "tool_use_input_at_once",
    "tool_use_no_input",
    "tool_use_several",
    "unknown_members",
    "usage_merged",
    "usage_twice",
    "web_fetch",
    "web_search_error",
]


@pytest.mark.parametrize("name", sorted(REMARKED))
def test_what_is_amiss_is_remarked(name: str) -> None:
    remarks = ours((STREAMS / f"{name}.sse").read_bytes(), asked_by(name)).remarks
    assert {(each.kind, each.frame, each.block, each.raises) for each in remarks} == REMARKED[name]


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_streams_give_no_remark(name: str) -> None:
    assert not ours((STREAMS / f"{name}.sse").read_bytes(), asked_by(name)).remarks
