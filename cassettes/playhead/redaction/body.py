"""Secrets in a body that is no stream: JSON, a form and its parts, text, anything. Knows content types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from itertools import islice
from urllib.parse import unquote

import msgspec

from playhead.bodies import BodyKind
from playhead.model import Headers, header
from playhead.redaction import fields
from playhead.redaction.lanes import Lane, Lanes
from playhead.redaction.multipart import Part, boundary_of, disposition_of, first_boundary, parts_of
from playhead.redaction.names import is_secret
from playhead.redaction.policy import Policy
from playhead.redaction.secret import Data, Found, Secret
from playhead.redaction.spans import Span, is_ours, merge
from playhead.redaction.streams import Bytes, field_of, find_in_stream
from playhead.redaction.templates import streamed
from playhead.redaction.texts import find_in_percent, find_in_text
from playhead.redaction.tokens import Value, values
from playhead.redaction.urls import find_in_form

_LONGEST_JSON = 128 * 1024 * 1024
_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf")
"""How compressed data begins."""
_SEALED = ("application/vnd.amazon.eventstream",)
"""Binary framing with checksums: what is replaced in it breaks it."""
_BINARY = (
    *("application/grpc", "application/x-protobuf", "application/protobuf", "application/x-google-protobuf"),
    *("application/vnd.google.protobuf", "application/proto", "application/connect+proto"),
    *("application/msgpack", "application/x-msgpack", "application/vnd.msgpack", "application/cbor"),
)
"""Texts stand in it as they are, and what names them is not read."""
_WIDE = re.compile(r"charset\s*=\s*\"?(?:utf-?(?:16|32)|ucs-|utf-7)", re.IGNORECASE)
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_WIDE_START = re.compile(rb"(?:[\t\n\r -~]\x00{1,3}){4}|(?:\x00{1,3}[\t\n\r -~]){4}")
"""ASCII in characters of two or four bytes, of which nothing tells."""
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[\"]")
_LIST = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[")
_CODED_LINE = re.compile(r"^([0-9a-z]{1,3}):\"([^\"\\\r\n]*(?:\\.[^\"\\\r\n]*)*)\"\r?$", re.MULTILINE)
_EVENTS = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])data:")
_LINES = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{[^\r\n]*\}[ \t]*\r?\n\s*\{")
_FORM = re.compile(rb"[^\s=&{}<>\"]{1,100}=[^\s=&]*+=*+(?:&[^\s=&]{1,100}+=[^\s=&]*+=*+)*+\s*\Z")
"""A form that nothing announces."""
_PARTS = re.compile(
    rb"--[^\r\n]{1,200}\r?\n(?:[!-9;-~]{1,200}:[^\r\n]*\r?\n){0,9}?content-disposition:", re.IGNORECASE
)
"""Parts that nothing announces."""
_NESTED = 3
_BATCH = 50_000
"""Strings that are held at once, until it is known which texts they belong to."""
_SEPARATOR = "\0"


def is_readable(body: bytes, headers: Headers) -> bool:
    """Whether secrets would be seen in it: not packed, not framed in binary, not in wide characters."""
    kind = (header(headers, "content-type") or "").strip().lower()
    return not kind.startswith((*_SEALED, *_BINARY)) and is_text(body, kind)


def is_text(body: bytes, content_type: str) -> bool:
    """Whether what it begins with is neither packed nor in wide characters."""
    if _WIDE.search(content_type) or body.startswith((*_PACKED, *_MARKS)):
        return False
    return _WIDE_START.match(body) is None


def find_in_body(body: bytes, headers: Headers, policy: Policy, nested: int = _NESTED) -> Found:
    """The secrets in a whole body with these headers."""
    if not body or policy.off:
        return Found()
    kind = (header(headers, "content-type") or "").strip()
    if not is_readable(body, headers):
        is_binary = kind.lower().startswith(_BINARY) and is_text(body, kind)
        return Found(_in_bytes(body, policy, structured=True) if is_binary else (), 0)
    boundary = _boundary(body, kind) if nested else None
    if boundary is not None:
        return _in_parts(body, boundary, policy, nested - 1)
    is_json = _JSON.match(body) is not None
    secrets = _in_bytes(body, policy, structured=is_json)
    if is_json and len(body) > _LONGEST_JSON:
        return Found(secrets, 0)
    text = body.decode("latin-1")
    if is_json:
        _find_in_json(Data(text, 0), policy, secrets)
        if _LIST.match(body):
            _find_in_items(text, policy, secrets)
    else:
        _find_in_lines(text, policy, secrets)
    if kind.lower().startswith("application/x-www-form-urlencoded") or _FORM.match(body):
        secrets += [
            Secret(span.rule, text[span.start : span.end], ((span.start, span.end),), span.form)
            for span in (*find_in_form(text, policy), *find_in_percent(text, policy, form=True))
        ]
    if stream := _stream_in(body, is_json):
        found = find_in_stream([body], stream, policy)
        return Found([*secrets, *found.secrets], found.unscanned)
    return Found(secrets)


def _boundary(body: bytes, kind: str) -> bytes | None:
    told = boundary_of(kind)
    return first_boundary(body) if told is None and _PARTS.match(body) else told


def _in_bytes(body: bytes, policy: Policy, *, structured: bool) -> list[Secret]:
    secrets: list[Secret] = []
    scan = Bytes(policy, secrets, lines=False, structured=structured)
    scan.feed(body)
    scan.close()
    return secrets


def _stream_in(body: bytes, is_json: bool) -> BodyKind | None:
    """A stream whose content type says something else: the text of its events may hold secrets in parts."""
    if is_json:
        return BodyKind.NDJSON if _LINES.match(body) else None
    return BodyKind.SSE if _EVENTS.search(body) else None


def _in_parts(body: bytes, boundary: bytes, policy: Policy, nested: int) -> Found:
    """Each part of a multipart body as a body of its own, and what stands between them."""
    secrets: list[Secret] = []
    unscanned: list[int] = []
    done = 0
    for part in parts_of(body, boundary):
        secrets += (each.moved(done) for each in _in_bytes(body[done : part.start], policy, structured=False))
        done = part.end
        data = body[part.start : part.end]
        found = find_in_body(data, part.headers, policy, nested)
        if found.unscanned is not None:
            unscanned.append(part.start + found.unscanned)
        if not (whole := _named(part, data, policy)):
            secrets += (each.moved(part.start) for each in found.secrets)
        secrets += whole
    secrets += (each.moved(done) for each in _in_bytes(body[done:], policy, structured=False))
    return Found(secrets, min(unscanned, default=None))


def _named(part: Part, data: bytes, policy: Policy) -> list[Secret]:
    """The value of a form's field, where its name says that it is secret. A file that is announced as one
    is judged by what it holds."""
    told = disposition_of(part.headers)
    text = data.decode("latin-1")
    if not told.names or not text or "named-value" in policy.rules_off or is_ours(text):
        return []
    if told.filename and header(part.headers, "content-type") is not None:
        return []
    if not any(is_secret(unquote(name), text, policy.secret_query) for name in told.names):
        return []
    return [Secret("named-value", text, ((part.start, part.end),))]


def _find_in_items(text: str, policy: Policy, secrets: list[Secret]) -> None:
    """A list may be a stream of events that came as one document (Gemini without `alt=sse`)."""
    lanes = Lanes(partial(find_in_text, policy=policy), secrets.append)
    strings = (value for value in values(text, policy.trie) if value.is_string)
    while batch := list(islice(strings, _BATCH)):
        for path, indexes, start, end in streamed(text, batch):
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
    lane = Lane(partial(_find_in_each, policy=policy), found.append)
    for value in strings:
        lane.add(data.text[value.start : value.end], value.start)
        lane.add(_SEPARATOR, (_NOTHING, 0))
    lane.scan()


def _find_in_each(text: str, policy: Policy) -> list[Span]:
    """The secrets in strings with separators between them.

    They are searched together, since most hold none. What matches beyond the end of a string says nothing of
    it: such strings are searched again, each alone.
    """
    found: list[Span] = []
    searched = 0
    for span in find_in_text(text, policy):
        if _SEPARATOR not in text[span.start : span.end]:
            found.append(span)
            continue
        start = max(text.rfind(_SEPARATOR, 0, span.start) + 1, searched)
        end = text.find(_SEPARATOR, span.end - 1)
        searched = len(text) if end < 0 else end
        for string in text[start:searched].split(_SEPARATOR):
            found += (
                msgspec.structs.replace(each, start=start + each.start, end=start + each.end)
                for each in find_in_text(string, policy)
            )
            start += len(string) + 1
    return merge(found)


def _find_in_json(data: Data, policy: Policy, secrets: list[Secret]) -> None:
    """Known members; and the policy's own shapes, which may match only within a string."""
    strings: list[Value] = []
    grants: list[Value] = []
    is_grant = False
    for value in values(data.text, policy.trie):
        if value.is_secret and (secret := field_of(value, data)) is not None:
            secrets.append(secret)
        elif value.name in fields.OF_GRANTS and not value.container.path:
            grants.append(value)
        is_grant = is_grant or (value.name == fields.GRANT and not value.container.path)
        if policy.shapes and value.is_string:
            strings.append(value)
    if is_grant and fields.RULE not in policy.rules_off:
        secrets += (each for value in grants if (each := field_of(value, data, is_secret=True)) is not None)
    if strings:
        find_in_strings(data, strings, policy, secrets)


_NOTHING = Data(_SEPARATOR, None)
