"""The lines of a cassette, redacted one by one: most as they stand, some encoded again.

Knows records as JSON objects, so that fields nobody knows stay in a line that is edited. The bytes of bodies
are read with their bodies; all else that a line says is read as text. The order within an exchange holds:
what was replaced in a head is listed behind it, what was in a body before the `end`. A line that is no record
raises `LineError`: whoever has counted the lines says which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from playhead.exchange import Exchange
from playhead.format import codec, records
from playhead.format.data import encode_data
from playhead.model import Headers, Redaction
from playhead.redaction.examine import find_in_request, find_in_response
from playhead.redaction.headers import redact_request_headers, redact_response_headers
from playhead.redaction.kept import FACT as KEPT
from playhead.redaction.patches import distinct, patches_for
from playhead.redaction.policy import UNSCANNED, Policy
from playhead.redaction.secret import Found, Secret
from playhead.redaction.texts import find_in_text
from playhead.redaction.urls import redact_url
from playhead.store.scrub import Scrubber

_DATA = ("head", "text", "tail", "base64")
_FACT = "redaction"
_NAMELESS = "unknown"
"""What a record is called whose type holds a secret."""
_encode = msgspec.json.Encoder().encode

_Json = dict[str, Any]


class Rewriter:
    """Of one cassette. `replaced` and `unscanned` are known when its lines have been read to the end."""

    def __init__(self, exchanges: Iterable[Exchange], policy: Policy, key: bytes) -> None:
        self._policy = policy
        self._key = key
        self._scrub = Scrubber(policy, key)
        self._plans = {exchange.number: _Plan(exchange, policy, key) for exchange in exchanges}
        self.replaced: list[tuple[int | None, Redaction]] = []
        """Each span with its exchange; `None` for what belongs to none."""
        self.unscanned: list[tuple[int, str, int]] = [
            (number, name, offset) for number, plan in self._plans.items() for name, offset in plan.unscanned
        ]
        """Bodies that could not be read, and from which byte on."""

    def header(self, line: bytes) -> records.Header:
        """The header, which tells the policy."""
        read = codec.decode(line)
        assert isinstance(read, records.Header)
        facts = tuple(pair for pair in read.facts if pair[0] not in (_FACT, KEPT))
        if len(facts) < len(read.facts):
            # A policy has patterns in it, which may look like what they are to find.
            line = codec.encode(msgspec.structs.replace(read, facts=facts))
        header = codec.decode(self._without(line, None, "header"))
        assert isinstance(header, records.Header)
        return msgspec.structs.replace(header, facts=(*header.facts, (_FACT, self._policy.label)))

    def secrets(self) -> Iterator[tuple[int, str, Secret]]:
        """Each secret of a body, with its exchange and place: one of several pieces counts once."""
        for number, plan in self._plans.items():
            for place, found in plan.secrets:
                for secret in distinct(found):
                    yield number, place, secret

    def lines(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Every line but the header, redacted; the columns are the writer's to write."""
        for line in lines:
            if line.startswith(codec.CHUNK_START):
                chunk = codec.decode_chunk(line)
                plan = self._plans.get(chunk.exchange)
                if plan is not None and self._scrub.holds_data_alone(line, chunk):
                    yield plan.chunk(line, chunk)
                    continue
            if not codec.is_columns(line):
                yield from self._line(line, codec.decode(line))
        for number, plan in self._plans.items():
            yield from self._listed(number, plan.body_redactions())

    def _line(self, line: bytes, record: records.Record) -> Iterator[bytes]:
        assert not isinstance(record, records.Header | records.Columns)
        type_ = codec.type_of(record)
        if isinstance(record, records.Unknown) and find_in_text(type_, self._policy):
            type_ = _NAMELESS
        plan = self._plans.get(record.exchange or 0)
        if plan is None:
            yield self._without(line, None, type_)
        elif isinstance(record, records.Chunk):
            yield from self._head(type_, plan.chunk(line, record), plan)
        elif isinstance(record, records.RequestChunk):
            yield from self._head(type_, plan.request_chunk(line, record), plan)
        else:
            yield from self._head(type_, line, plan)

    def _without(self, line: bytes, number: int | None, type_: str) -> bytes:
        """A line that may not list what it lost."""
        line, rules = self._scrub(line, type_)
        self.replaced += [(number, Redaction(type_, rule)) for rule in rules]
        return line

    def _head(self, type_: str, line: bytes, plan: _Plan) -> Iterator[bytes]:
        found: tuple[Redaction, ...] = ()
        if type_ == "request":
            line, found = self._request(line, plan)
        elif type_ == "response":
            line, found = self._headers(line, "response.headers")
        elif type_ == "end":
            line, found = self._headers(plan.end(line), "response.trailers")
        line, rules = self._scrub(line, type_)
        found += tuple(Redaction(type_, rule) for rule in rules)
        if type_ == "end":
            yield from self._listed(plan.number, (*plan.body_redactions(), *found))
            yield line
        else:
            yield line
            yield from self._listed(plan.number, found)

    def _request(self, line: bytes, plan: _Plan) -> tuple[bytes, tuple[Redaction, ...]]:
        record = codec.fields(line)
        policy, key = self._policy, self._key
        url, in_url = redact_url(record["url"], key, policy=policy)
        headers, in_headers = redact_request_headers(_pairs(record), key, policy=policy)
        changed = plan.request_data(record)
        found = (*in_url, *in_headers)
        if not found and not changed:
            return line, ()
        record["url"] = url
        if "headers" in record:
            record["headers"] = headers
        return bytes(_encode(record)) + b"\n", found

    def _headers(self, line: bytes, place: str) -> tuple[bytes, tuple[Redaction, ...]]:
        record = codec.fields(line)
        headers, found = redact_response_headers(_pairs(record), self._key, place, policy=self._policy)
        if not found:
            return line, ()
        record["headers"] = headers
        return _encode(record) + b"\n", found

    def _listed(self, number: int, found: Iterable[Redaction]) -> Iterator[bytes]:
        for redaction in found:
            if redaction.rule != UNSCANNED:
                self.replaced.append((number, redaction))
            record = records.Redaction(
                exchange=number,
                name=redaction.name,
                detail=redaction.rule,
                byte_offset=redaction.byte_offset,
                bytes=redaction.size,
            )
            yield codec.encode(record)


class _Plan:
    """What changes in the bodies of one exchange, and how far its lines have come."""

    def __init__(self, exchange: Exchange, policy: Policy, key: bytes) -> None:
        self.number = exchange.number
        in_request = find_in_request(exchange.request, policy, exchange.redactions)
        in_response = find_in_response(exchange, policy)
        self.secrets = (("request.body", in_request.secrets), ("response.body", in_response.secrets))
        self._request = patches_for(in_request.secrets, key)
        self._response = patches_for(in_response.secrets, key)
        self.unscanned = [*_unscanned("request.body", in_request), *_unscanned("response.body", in_response)]
        known = {(each.name, each.byte_offset) for each in exchange.redactions if each.rule == UNSCANNED}
        self._new = [each for each in self.unscanned if each not in known]
        self._sent = 0
        self._received = 0
        self._digest = hashlib.sha256() if self._response else None
        self._told = False

    def request_data(self, record: _Json) -> bool:
        """Change the body in a `request` record; whether anything was."""
        if not self._request:
            return False
        data = codec.data_of(msgspec.convert(record, records.Request)) if _has_data(record) else b""
        self._sent = len(data)
        return _put(record, data, self._request.apply(data, 0))

    def request_chunk(self, line: bytes, record: records.RequestChunk) -> bytes:
        if not self._request:
            return line
        data = codec.data_of(record)
        start, self._sent = self._sent, self._sent + len(data)
        fields = codec.fields(line)
        return _encode(fields) + b"\n" if _put(fields, data, self._request.apply(data, start)) else line

    def chunk(self, line: bytes, record: records.Chunk) -> bytes:
        if self._digest is None:
            return line
        data = codec.data_of(record)
        start, self._received = self._received, self._received + len(data)
        new = data if record.undecoded else self._response.apply(data, start)
        self._digest.update(new)
        if new == data:
            return line
        fields = codec.fields(line)
        _put(fields, data, new)
        return bytes(_encode(fields)) + b"\n"

    def end(self, line: bytes) -> bytes:
        """The `end` record, with the hash of what the body is now."""
        if self._digest is None:
            return line
        record = codec.fields(line)
        if "sha256" not in record:
            return line
        record["sha256"] = self._digest.hexdigest()
        return bytes(_encode(record)) + b"\n"

    def body_redactions(self) -> Iterator[Redaction]:
        """What was replaced in the bodies; told once."""
        if self._told:
            return
        self._told = True
        for name, patches in (("request.body", self._request), ("response.body", self._response)):
            for patch in patches:
                yield Redaction(name, patch.rule, patch.start, len(patch.data))
        for name, offset in self._new:
            yield Redaction(name, UNSCANNED, offset)


def _unscanned(name: str, found: Found) -> Iterator[tuple[str, int]]:
    if found.unscanned is not None:
        yield name, found.unscanned


def _put(record: _Json, old: bytes, new: bytes) -> bool:
    """Put other bytes into a record's data fields; whether they differ."""
    if old == new:
        return False
    for name in _DATA:
        record.pop(name, None)
    fields = encode_data(new)
    record.update((name, value) for name in _DATA if (value := getattr(fields, name)) is not None)
    return True


def _has_data(record: _Json) -> bool:
    return record.get("text") is not None or record.get("base64") is not None


def _pairs(record: _Json) -> Headers:
    return tuple((name, value) for name, value in record.get("headers") or ())
