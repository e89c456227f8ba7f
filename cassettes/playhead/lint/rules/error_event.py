"""An error inside a stream. Knows remarks and statuses."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.remarks import exceptions, remarks, spot
from playhead.lint.rule import Group, Rule, Spot
from playhead.protocols.remarks import RemarkKind


def _find(exchange: Exchange) -> Iterator[Spot]:
    raised = exceptions(exchange)
    for remark in remarks(exchange, RemarkKind.ERROR_EVENT):
        if remark.raises is None:
            remark = msgspec.structs.replace(remark, raises=raised.get(remark.frame))
        yield spot(exchange, remark, Severity.ERROR)


RULE = Rule(
    id="error-event",
    group=Group.CONTENT,
    severity=Severity.ERROR,
    title="an error in the stream, under HTTP 200",
    explanation=(
        "The response began well, its status said so, and then an event told of an error: the answer is not"
        " whole. Status codes, and whatever counts or retries by them, see a success. Official clients raise"
        " an exception in the middle of the iteration, with the status that was sent; programs that read"
        " events themselves must look for it. Retry as for a failed request, and drop what came."
    ),
    source="anthropic `_streaming.py`, event `error`; openai `_streaming.py`, key `error`",
    find=_find,
)
