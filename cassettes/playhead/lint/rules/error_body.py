"""An error where a stream was asked for. Knows remarks and statuses."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.remarks import remarks, spot
from playhead.lint.rule import Group, Rule, Spot
from playhead.protocols.remarks import RemarkKind

_FAILED = 400


def _find(exchange: Exchange) -> Iterator[Spot]:
    response = exchange.response
    honest = response is not None and response.status >= _FAILED
    for remark in remarks(exchange, RemarkKind.ERROR_BODY):
        yield spot(exchange, remark, Severity.WARNING if honest else Severity.ERROR)


RULE = Rule(
    id="error-body",
    group=Group.CONTENT,
    severity=Severity.WARNING,
    title="an error instead of a stream",
    explanation=(
        "The request asked for a stream and was answered with an error as one JSON body. With a status of"
        " 400 or more official clients raise the exception for it, and retry some. With a success status"
        " nothing tells the client: it finds no events, and takes that for an empty answer. Such a finding"
        " is an error."
    ),
    source="anthropic and openai `_base_client.py`, `_make_status_error`",
    find=_find,
)
