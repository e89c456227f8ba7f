"""Secrets in a stream of events: in its bytes, in known members, in what its deltas add up to.

One pass over the chunks. Knows how frames are cut and where their data stands; knows no protocol. A shape
counts only where its bytes may be replaced: never across line ends, which are the stream's framing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

from playhead.bodies import BodyKind, decoder_of
from playhead.redaction import fields
from playhead.redaction.lanes import Lanes
from playhead.redaction.policy import Policy
from playhead.redaction.secret import Data, Found, Secret, secret_of
from playhead.redaction.spans import Form, is_ours
from playhead.redaction.templates import Templates
from playhead.redaction.texts import find_in_text, find_shapes
from playhead.redaction.tokens import Value, values
from playhead.sse import Frame, FrameKind

_WINDOW = 1024 * 1024
_OVERLAP = 32 * 1024
_WITH_DATA = (FrameKind.EVENT, FrameKind.TAIL, FrameKind.DATALESS)
_LONGEST_FRAME = 16 * 1024 * 1024
_DATA_LINE = re.compile(r"(?:^(?:\xef\xbb\xbf)?|(?<=[\r\n]))data(?:: ?([^\r\n]*)|(?=[\r\n]|$))")
_LINE = re.compile(r"[^\r\n]+")
_JSON_STARTS = ("{", "[", '"')
_NUMBER = re.compile(r"-?[0-9][0-9.eE+-]*")


def find_in_stream(
    chunks: Iterable[bytes],
    kind: BodyKind,
    policy: Policy,
    listen: Callable[[list[Frame]], None] | None = None,
) -> Found:
    """The secrets in the frames of a body of that kind, and in its bytes. `listen` is handed the frames."""
    finder = _Finder(kind, policy, listen)
    for chunk in chunks:
        finder.feed(chunk)
    return finder.close()


def field_of(value: Value, data: Data, *, is_secret: bool = False) -> Secret | None:
    """The value as a secret, where a field says that it is one, or whoever asks."""
    if not (value.is_secret or is_secret) or value.start == value.end:
        return None
    text = data.text[value.start : value.end]
    form = Form.TEXT if value.is_string else Form.NUMBER
    if is_ours(text, form) or (form is Form.NUMBER and not _NUMBER.fullmatch(text)):
        return None  # true, false and null are no secrets
    return Secret(fields.RULE, text, tuple(data.pieces(value.start, value.end)), form)


class Bytes:
    """Scans a body as it stands, in windows that overlap by more than the longest secret has.

    In a structured body it looks for built-in shapes alone: a policy's own may match what is no string.
    """

    def __init__(self, policy: Policy, found: list[Secret], *, lines: bool, structured: bool) -> None:
        self._policy = policy.without_shapes() if structured else policy
        self._found = found
        self._lines = lines
        self._held: list[bytes] = []
        self._size = 0
        self._offset = 0

    def feed(self, data: bytes) -> None:
        """The bytes that follow."""
        if len(data) <= _WINDOW:
            self._add(data)
            return
        for start in range(0, len(data), _WINDOW):
            self._add(data[start : start + _WINDOW])

    def _add(self, data: bytes) -> None:
        self._held.append(data)
        self._size += len(data)
        if self._size >= _WINDOW:
            self._scan(_OVERLAP)

    def close(self) -> None:
        self._scan(0)

    def _scan(self, keep: int) -> None:
        window = b"".join(self._held)
        text = window.decode("latin-1")
        for span in find_in_text(text, self._policy):
            value = text[span.start : span.end]
            # Across line ends stands a stream's framing.
            if not self._lines or ("\n" not in value and "\r" not in value):
                piece = (self._offset + span.start, self._offset + span.end)
                self._found.append(secret_of(text, span, (piece,)))
        rest = window[len(window) - keep :] if keep else b""
        self._offset += len(window) - len(rest)
        self._held = [rest]
        self._size = len(rest)


class _Finder:
    def __init__(self, kind: BodyKind, policy: Policy, listen: Callable[[list[Frame]], None] | None) -> None:
        self._kind = kind
        self._listen = listen
        self._policy = policy
        self._trie = policy.trie
        self._templates = Templates(policy.trie)
        self._decoder = decoder_of(kind)
        self._secrets: list[Secret] = []
        self._bytes = Bytes(policy, self._secrets, lines=True, structured=True)
        self._lanes = Lanes(
            partial(find_in_text, policy=policy), self._secrets.append, singles=bool(policy.shapes)
        )
        self._held = bytearray()  # from the first byte of the frame that is not whole yet
        self._offset = 0
        self._unscanned: int | None = None

    def feed(self, chunk: bytes) -> None:
        self._bytes.feed(chunk)
        assert self._decoder is not None
        self._held += chunk
        self._read(self._decoder.feed(chunk))
        if len(self._held) > _LONGEST_FRAME:
            if self._unscanned is None:
                self._unscanned = self._offset
            self._listen = None
            self._offset += len(self._held)
            self._held.clear()

    def close(self) -> Found:
        self._bytes.close()
        assert self._decoder is not None
        self._read(self._decoder.close())
        self._lanes.close()
        return Found(self._secrets, self._unscanned)

    def _read(self, frames: list[Frame]) -> None:
        if frames and self._listen is not None:
            self._listen(frames)
        done = self._offset
        for frame in frames:
            if frame.start >= self._offset and (frame.kind in _WITH_DATA or self._policy.shapes):
                raw = self._held[frame.start - self._offset : frame.end - self._offset].decode("latin-1")
                data = data_of(raw, frame.start, self._kind)
                if data is not None:
                    self._read_data(data, frame)
                elif self._policy.shapes:
                    self._read_lines(raw, frame.start)
            done = max(done, frame.end)
        if done > self._offset:
            del self._held[: done - self._offset]
            self._offset = done

    def _read_lines(self, raw: str, start: int) -> None:
        """Comments and lines that say nothing: what a policy's own shapes find there."""
        for line in _LINE.finditer(raw):
            for span in find_shapes(line[0], self._policy):
                piece = (start + line.start() + span.start, start + line.start() + span.end)
                self._secrets.append(Secret(span.rule, line[0][span.start : span.end], (piece,)))

    def _read_data(self, data: Data, frame: Frame) -> None:
        if not data.text.lstrip().startswith(_JSON_STARTS):
            origin = (data, 0) if data.offset is None else data.offset
            self._lanes.add(("", frame.event), (), data.text, origin)
            return
        streamed, has_secrets = self._templates.read(data.text)
        if has_secrets:
            self._read_fields(data)
        offset = data.offset
        for path, indexes, start, end in streamed:
            origin = (data, start) if offset is None else offset + start
            self._lanes.add(path, indexes, data.text[start:end], origin)

    def _read_fields(self, data: Data) -> None:
        for value in values(data.text, self._trie):
            if value.is_secret and (secret := field_of(value, data)) is not None:
                self._secrets.append(secret)


def data_of(raw: str, start: int, kind: BodyKind) -> Data | None:
    """The data of the frame whose bytes are `raw` and begin at `start`; `None` where it has none."""
    if kind is BodyKind.NDJSON:
        return Data(raw, start)
    first = 0 if raw.startswith("data:") else raw.find("\ndata:") + 1
    if (first or raw.startswith("data:")) and "\r" not in raw and raw.find("\ndata", first) < 0:
        # Nearly every block: one line of data, LF at its end.
        first += 6 if raw.startswith(" ", first + 5) else 5
        last = raw.find("\n", first)
        return Data(raw[first : last if last >= 0 else len(raw)], start + first)
    lines = [(match[1] or "", start + match.start(1)) for match in _DATA_LINE.finditer(raw)]
    if not lines:
        # An error in JSON that was announced as a stream.
        return Data(raw, start) if raw.lstrip().startswith(_JSON_STARTS) else None
    if len(lines) == 1:
        return Data(*lines[0])
    return Data.of_lines(lines)
