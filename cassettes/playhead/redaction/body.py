"""Secrets in a body that is no stream: JSON, a form, text, anything. Knows content types and bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from playhead.model import Headers, header
from playhead.redaction.lanes import Lane, Lanes
from playhead.redaction.policy import Policy
from playhead.redaction.secret import Data, Found, Secret
from playhead.redaction.spans import Span
from playhead.redaction.streams import Bytes, field_of
from playhead.redaction.templates import Templates
from playhead.redaction.texts import find_in_text
from playhead.redaction.tokens import Value, values
from playhead.redaction.urls import find_in_form

_LONGEST_JSON = 64 * 1024 * 1024
_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf")
"""How compressed data begins."""
_UNREADABLE = ("application/vnd.amazon.eventstream", "application/grpc", "application/x-protobuf")
"""Binary framing with checksums or lengths of its own: nothing in it may be replaced blindly."""
_WIDE = re.compile(r"charset\s*=\s*\"?(?:utf-?(?:16|32)|ucs-|utf-7)", re.IGNORECASE)
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[\"]")
_CODED_LINE = re.compile(r"^([0-9a-z]{1,3}):\"([^\"\\\r\n]*(?:\\.[^\"\\\r\n]*)*)\"\r?$", re.MULTILINE)
_SEPARATOR = "\0"


def is_readable(body: bytes, headers: Headers) -> bool:
    """Whether secrets would be seen in it: not packed, not framed in binary, not in wide characters."""
    kind = (header(headers, "content-type") or "").strip().lower()
    if kind.startswith(_UNREADABLE) or _WIDE.search(kind):
        return False
    return not body.startswith((*_PACKED, *_MARKS))


def find_in_body(body: bytes, headers: Headers, policy: Policy) -> Found:
    """The secrets in a whole body with these headers."""
    if not body or policy.off:
        return Found()
    if not is_readable(body, headers):
        return Found((), 0)
    secrets: list[Secret] = []
    is_json = _JSON.match(body) is not None
    scan = Bytes(policy, secrets, lines=False, structured=is_json)
    scan.feed(body)
    scan.close()
    if is_json and len(body) <= _LONGEST_JSON:
        _find_in_json(Data(body.decode("latin-1"), 0), policy, secrets)
    elif is_json:
        return Found(secrets, 0)
    if is_json and body.lstrip().startswith(b"[") and len(body) <= _LONGEST_JSON:
        _find_in_items(body.decode("latin-1"), policy, secrets)
    elif not is_json:
        _find_in_lines(body.decode("latin-1"), policy, secrets)
    kind = header(headers, "content-type") or ""
    if kind.strip().lower().startswith("application/x-www-form-urlencoded"):
        text = body.decode("latin-1")
        secrets += [
            Secret(span.rule, text[span.start : span.end], ((span.start, span.end),))
            for span in find_in_form(text, policy)
        ]
    return Found(secrets)


def _find_in_items(text: str, policy: Policy, secrets: list[Secret]) -> None:
    """A list may be a stream of events that came as one document (Gemini without `alt=sse`)."""
    lanes = Lanes(partial(find_in_text, policy=policy), secrets.append)
    for path, indexes, start, end in Templates(policy.trie).read(text)[0]:
        lanes.add(path, indexes, text[start:end], start)
    lanes.close()


def _find_in_lines(text: str, policy: Policy, secrets: list[Secret]) -> None:
    """Lines of a code and a JSON string are a stream's text as well (the AI SDK's data stream, version 1)."""
    lanes = Lanes(partial(find_in_text, policy=policy), secrets.append)
    for match in _CODED_LINE.finditer(text):
        lanes.add(match[1], (), match[2], match.start(2))
    lanes.close()


def find_in_strings(data: Data, strings: Iterable[Value], policy: Policy, found: list[Secret]) -> None:
    """What a policy's own shapes find in strings of a JSON text, each by itself."""

    def find(text: str) -> list[Span]:
        spans = find_in_text(text, policy)
        return [span for span in spans if _SEPARATOR not in text[span.start : span.end]]

    lane = Lane(find, found.append)
    for value in strings:
        lane.add(data.text[value.start : value.end], value.start)
        lane.add(_SEPARATOR, (_NOTHING, 0))
    lane.scan()


def _find_in_json(data: Data, policy: Policy, secrets: list[Secret]) -> None:
    """Known members; and the policy's own shapes, which may match only within a string."""
    strings: list[Value] = []
    for value in values(data.text, policy.trie):
        if value.is_secret and (secret := field_of(value, data)) is not None:
            secrets.append(secret)
        if policy.shapes and value.is_string:
            strings.append(value)
    if strings:
        find_in_strings(data, strings, policy, secrets)


_NOTHING = Data(_SEPARATOR, None)
