"""Which exchanges are recorded: filters by host, path, method, header and model, and sampling.

Pure: knows requests, never a proxy, a clock or chance itself. What it does runs on the proxy's event loop:
patterns are compiled once, a body is read only where there is a filter of models, and only so far.
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import msgspec

from playhead.encodings import ContentDecoder
from playhead.model import Headers, Request, header
from playhead.protocols.payload import parse_object
from playhead_recorder.options.globs import Globs

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a request's body, decoded, in which its model is looked for."""
_MAX_ODD = 256 * 1024
"""The same for bodies whose JSON only a slower parser reads."""
_SLICE = 4096
"""Bytes that are decoded at a time: a bomb is noticed before it is large."""
_PORTS = {"http": 80, "https": 443}
_BITS = 53
_KEY = b"playhead sample"
"""The key of the hash that decides over sessions: the same in all recorders, so that they agree."""
# Gemini's and Vertex' models, Azure's deployments, Bedrock's models.
_MODEL_IN_PATH = re.compile(r"/(?:models|deployments|model)/([^/:?]+)")


class Reason(enum.Enum):
    """Why an exchange is not recorded. The values name counters."""

    HOST = "host"
    PATH = "path"
    METHOD = "method"
    HEADER = "header"
    MODEL = "model"
    SAMPLED_OUT = "sampled_out"
    NOT_A_STREAM = "not_a_stream"


class HeaderFilter(msgspec.Struct, frozen=True):
    """What a request must have in the header `name`, in lower case, and must not have."""

    name: str
    values: Globs


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which exchanges are recorded; as it comes, all of them.

    An exchange must pass every filter. Case counts in paths and in values of headers, nowhere else.
    """

    hosts: Globs = Globs()
    """Of the URL: matched without its port and with it (`HOST:PORT`)."""
    paths: Globs = Globs()
    """Of the URL, as it is written there, without the query."""
    methods: Globs = Globs()
    models: Globs = Globs()
    headers: tuple[HeaderFilter, ...] = ()
    """One for each name. All must be met, each by any of the header's values."""
    only_streams: bool = False
    """Whether responses that are no streams are left out: whoever sees the response tells."""
    sample: float = 1.0
    """The part of the exchanges that is recorded, from 0 to 1."""
    sample_by: str | None = None
    """A request header, in lower case: exchanges with the same value are all recorded, or none is."""

    def why_not_head(self, request: Request) -> Reason | None:
        """What of that before the body keeps it out: host, path, method or headers."""
        if self.methods and not self.methods.lets(request.method):
            return Reason.METHOD
        if self.hosts or self.paths:
            names, path = _place(request.url)
            if not self.hosts.lets(*names):
                return Reason.HOST
            if not self.paths.lets(path):
                return Reason.PATH
        if self.headers and not all(_meets(request.headers, each) for each in self.headers):
            return Reason.HEADER
        return None

    def wants_model(self, request: Request) -> bool:
        """Whether the model that is asked passes. A request that names none does where no glob includes.

        The model stands in the path (Gemini's, an Azure deployment, Bedrock's), and in the member `model`
        of the body, whole JSON in any content encoding; both names count where there are two.
        """
        return not self.models or self.models.lets(*models_of(request))

    def is_sampled(self, request: Request, chance: float) -> bool:
        """Whether it is in the sample. `chance`, evenly from [0, 1), decides where no header does."""
        if self.sample >= 1:
            return True
        value = header(request.headers, self.sample_by) if self.sample_by is not None else None
        return (_share(value) if value else chance) < self.sample

    def why_not(self, request: Request, chance: float) -> Reason | None:
        """What keeps a request out, first of all; `None` where it passes. For `chance` see `is_sampled`."""
        if (reason := self.why_not_head(request)) is not None:
            return reason
        if not self.is_sampled(request, chance):
            return Reason.SAMPLED_OUT
        return None if self.wants_model(request) else Reason.MODEL


def models_of(request: Request) -> Iterator[str]:
    """The names under which a request asks for a model: that in the path, that in the body."""
    found = _MODEL_IN_PATH.search(_place(request.url)[1])
    if found:
        yield unquote(found[1])
    if request.body and (model := _model_in(request.body, request.headers)) is not None:
        yield model


class _Asked(msgspec.Struct):
    """Of a body, all that is read."""

    model: str | None = None


_ASKED = msgspec.json.Decoder(_Asked)


def _model_in(body: bytes, headers: Headers) -> str | None:
    """The member `model`; `None` where the body has none, is no JSON object or is too long to be read."""
    encoding = header(headers, "content-encoding")
    if encoding is not None:
        body = _decoded(body, encoding)
    if len(body) > MAX_BODY:
        return None
    try:
        return _ASKED.decode(body).model
    except (msgspec.DecodeError, RecursionError):
        return _model_in_odd(body) if len(body) <= _MAX_ODD else None


def _model_in_odd(body: bytes) -> str | None:
    """The same of what msgspec refuses and servers take: lone surrogates, NaN."""
    model = (parse_object(body.decode("utf-8", "replace")) or {}).get("model")
    return model if isinstance(model, str) else None


def _decoded(body: bytes, encoding: str) -> bytes:
    """The body without its encoding, or a little more of it than is ever read."""
    decoder = ContentDecoder(encoding)
    parts: list[bytes] = []
    size = 0
    for at in range(0, len(body), _SLICE):
        parts.append(decoder.feed(body[at : at + _SLICE]).data)
        size += len(parts[-1])
        if size > MAX_BODY:
            break
    return b"".join(parts)


def _place(url: str) -> tuple[tuple[str, ...], str]:
    """The names that its host goes by, and its path."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return (), ""
    names = (host,) if port is None else (host, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    return names, parts.path or "/"


def _meets(headers: Headers, wanted: HeaderFilter) -> bool:
    return wanted.values.lets(*[value for name, value in headers if name.lower() == wanted.name])


def _share(value: str) -> float:
    """Where a value falls in [0, 1): always in the same place."""
    digest = hashlib.blake2b(value.encode("utf-8", "backslashreplace"), digest_size=8, key=_KEY).digest()
    return (int.from_bytes(digest) >> (64 - _BITS)) / (1 << _BITS)
