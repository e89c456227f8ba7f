"""What is to be said when a choice, or the stream, ends. Knows lanes; knows no chunk."""

from __future__ import annotations

from playhead.protocols.openai_chat.calls import is_json
from playhead.protocols.openai_chat.lane import Lane
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind


def judge_calls(record: Record, frame: int, lane: Lane) -> None:
    """A choice is finished: the input of its tool calls should be whole.

    No input at all is common, and read as no arguments.
    """
    for call in lane.calls.values():
        text = call.block.text.at(frame) if call.is_json else ""
        if text and not is_json(text):
            said = "the input of a tool call is not valid JSON"
            record.remark(frame, RemarkKind.INVALID_TOOL_INPUT, said, block=call.block.number)


def judge_done(record: Record, frame: int, lanes: dict[int, Lane]) -> None:
    """`[DONE]`: the message is whole, unless an error came before."""
    if record.error.born is None:
        record.completed = frame
        unfinished = [lane.index for lane in lanes.values() if not lane.finished]
        if unfinished or not lanes:
            which = f"choice {unfinished[0]} has" if unfinished else "there is"
            text = f"[DONE], but {which} no finish_reason"
            record.remark(frame, RemarkKind.UNEXPECTED_SHAPE, text)
    for lane in lanes.values():
        lane.end(frame)


def judge_end(record: Record, frame: int, lanes: dict[int, Lane]) -> None:
    """The stream is over without `[DONE]`: the message is whole where every choice was finished."""
    if record.error.born is not None:
        return
    if lanes and all(lane.finished for lane in lanes.values()):
        record.completed = max(lane.finished for lane in lanes.values())
        record.remark(frame, RemarkKind.MISSING_DONE, "the stream ends without [DONE]")
    else:
        text = "the stream ends before a finish_reason and without [DONE]"
        record.remark(frame, RemarkKind.NO_TERMINATOR, text)
