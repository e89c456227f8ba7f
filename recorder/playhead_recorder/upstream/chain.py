"""Proxies between the recorder and the servers: which one leads where, and where none does. Pure.

Read as curl and Python's clients read the variables: a scheme's own before ALL_PROXY, lower case before
upper case; NO_PROXY has `*`, names with or without a dot before them, addresses and networks, each with a
port or without.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from playhead_recorder.upstream import urls

_PORTS = {"http": 80, "https": 443}


class UpstreamProxy(msgspec.Struct, frozen=True):
    """A proxy on the way. Its credentials are in no text of it."""

    scheme: str
    host: str
    port: int
    credentials: str | None = None

    @property
    def address(self) -> str:
        """`http(s)://HOST:PORT`, for people and for mitmproxy."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def authorization(self) -> str | None:
        """The value of `Proxy-Authorization`."""
        if self.credentials is None:
            return None
        return "Basic " + base64.b64encode(self.credentials.encode()).decode("ascii")

    def __repr__(self) -> str:
        return f"UpstreamProxy({self.address!r})"


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """The proxies by the scheme of what is asked for, and what is reached without."""

    http: UpstreamProxy | None = None
    https: UpstreamProxy | None = None
    direct: tuple[str, ...] = ()

    @property
    def first(self) -> UpstreamProxy | None:
        """That of tunnels, or the only one there is."""
        return self.https or self.http

    def proxy_for(self, scheme: str, host: str, port: int) -> UpstreamProxy | None:
        """Who leads to a server; `None` where nobody is needed."""
        if any(_covers(entry, host.lower().strip("[]").rstrip("."), port) for entry in self.direct):
            return None
        return self.https if scheme == "https" else self.http


def parse(text: str) -> UpstreamProxy:
    """`[http(s)://][USER:PASSWORD@]HOST[:PORT]`. Raises `ValueError`, which does not quote credentials."""
    parts, port = urls.split(text if "://" in text else f"http://{text}")
    if parts.scheme not in _PORTS:
        raise ValueError(f"a proxy of the kind {parts.scheme}:// cannot be used, only http:// and https://")
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("it is not http(s)://[USER:PASSWORD@]HOST[:PORT]")
    credentials = None
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return UpstreamProxy(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], credentials)


def inherited(environ: Mapping[str, str]) -> tuple[Chain | None, tuple[str, ...]]:
    """The proxies that an environment names, and what to say of those that cannot be used."""
    found: dict[str, UpstreamProxy | None] = {}
    wrong: dict[str, None] = {}
    for scheme in _PORTS:
        # A CGI program finds a request's header `Proxy` in HTTP_PROXY: nothing here is one.
        name, text = _first(environ, f"{scheme}_proxy", "all_proxy")
        try:
            found[scheme] = parse(text) if text else None
        except ValueError as error:
            found[scheme] = None
            wrong[f"{name} is not used: {error}"] = None
    chain = Chain(http=found["http"], https=found["https"], direct=exceptions(environ))
    return (chain if chain.first is not None else None), tuple(wrong)


def exceptions(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What NO_PROXY says."""
    _, text = _first(environ, "no_proxy")
    return tuple(entry.strip().lower() for entry in text.split(",") if entry.strip())


def _first(environ: Mapping[str, str], *names: str) -> tuple[str, str]:
    """The first variable that says something."""
    for spelling in (spelling for name in names for spelling in (name, name.upper())):
        if environ.get(spelling):
            return spelling, environ[spelling]
    return "", ""


def _covers(entry: str, host: str, port: int) -> bool:
    """Whether an entry of NO_PROXY names a server."""
    if entry == "*":
        return True
    name, colon, digits = entry.rpartition(":")
    if colon and digits.isascii() and digits.isdigit() and (name.count(":") == 0 or name.endswith("]")):
        if digits.lstrip("0") != str(port):
            return False
        entry = name
    entry = entry.strip("[]")
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        bare = entry.removeprefix("*").lstrip(".")
        return bool(bare) and (host == bare or host.endswith(f".{bare}"))
