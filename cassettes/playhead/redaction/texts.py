"""Secrets in a text of which nothing is known: bytes read as ISO-8859-1, a stream's text, a JSON string.

One way of finding for the whole project: by shape, plain, behind JSON's escapes (two deep), in base64, and
by the shapes of a policy. Knows no names but those that `shapes` knows.
"""

from __future__ import annotations

from functools import partial

from playhead.redaction.encoded import find_encoded, find_in_runs
from playhead.redaction.escapes import View, percent_view
from playhead.redaction.policy import DEFAULT, Policy
from playhead.redaction.shapes import find_in_prose, find_keys, find_private_keys
from playhead.redaction.spans import Form, Span, foreign, merge

_DEPTH = 2
"""How often escapes are undone: JSON in a string of JSON."""


def find_in_text(text: str, policy: Policy = DEFAULT) -> list[Span]:
    """The secrets in `text`, in order, none overlapping; placeholders of ours are none."""
    if policy.off:
        return []
    found = _find(text, policy, _DEPTH)
    return merge(foreign(text, [span for span in found if span.rule not in policy.rules_off]))


def find_in_percent(text: str, policy: Policy = DEFAULT, *, form: bool = False) -> list[Span]:
    """The secrets that percent-encoding hides in `text`: a URL, or a form, whose `+` are spaces."""
    if "%" not in text and not (form and "+" in text):
        return []
    view = percent_view(text, form=form)
    return [
        Span(*view.original(span.start, span.end), span.rule, span.form, view.text[span.start : span.end])
        for span in find_in_text(view.text, policy)
    ]


def find_shapes(text: str, policy: Policy) -> list[Span]:
    """What the policy's own shapes find; they see bytes, and no character of UTF-8 is cut."""
    return [
        Span(*_whole_characters(text, *match.span()), shape.rule)
        for shape in policy.shapes
        for match in shape.pattern.finditer(text)
    ]


def _whole_characters(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and "\x80" <= text[start] <= "\xbf":
        start -= 1
    while end < len(text) and "\x80" <= text[end] <= "\xbf":
        end += 1
    return start, end


def _find(text: str, policy: Policy, depth: int) -> list[Span]:
    found = [*find_in_prose(text), *find_shapes(text, policy), *find_encoded(text, _find_decoded)]
    if policy.shapes:
        found += find_in_runs(text, partial(find_shapes, policy=policy))
    if "\\" not in text or not (found or depth):
        return found
    view = View(text)
    # What is left of an escape that was cut is none, and what it stands in no JSON any more.
    found = [_whole_escapes(text, view, span) for span in found]
    if depth:
        for span in _find(view.text, policy, depth - 1):
            start, end = view.original(span.start, span.end)
            # Ours by its view is ours, whatever escapes stand in between.
            if foreign(view.text, [span]):
                value = span.value if span.value is not None else view.text[span.start : span.end]
                found.append(Span(start, end, span.rule, span.form, value))
    return found


def _whole_escapes(text: str, view: View, span: Span) -> Span:
    """The span with the escapes that it begins or ends in; its value is what was found."""
    start, end = view.whole(span.start, span.end)
    if (start, end) == (span.start, span.end):
        return span
    value = span.value if span.value is not None else text[span.start : span.end]
    return Span(start, end, span.rule, span.form, value)


def _find_decoded(text: str) -> list[Span]:
    return [*find_keys(text), *find_private_keys(text)]


__all__ = ["Form", "Span", "find_in_percent", "find_in_text", "find_shapes"]
