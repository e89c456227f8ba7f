"""Which variables get the address of a listener that stands before one provider, and which are left alone.

A client that is told a base URL on loopback speaks plain HTTP to it: no certificate, no proxy variable, no
knowledge of either is needed. Pure: names and URLs, no environment of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from playhead.errors import UsageError
from playhead_recorder.upstream import urls

KNOWN: Mapping[str, str] = {
    "ANTHROPIC_BASE_URL": "https://api.anthropic.com",
    "OPENAI_BASE_URL": "https://api.openai.com/v1",
}
"""What the official SDKs read, and where they go without it (anthropic/_client.py, openai/_client.py)."""


class BaseUrl(msgspec.Struct, frozen=True):
    """A variable `name` that is to lead to `origin` (`http(s)://HOST[:PORT]`), below `path` (`""`, `/v1`)."""

    name: str
    origin: str
    path: str

    def at(self, host: str, port: int) -> str:
        """What the variable says where the listener is at `host` and `port`."""
        return f"http://{host}:{port}{self.path}"


def choose(
    environ: Mapping[str, str], named: Mapping[str, str], *, known: bool = True
) -> tuple[BaseUrl, ...]:
    """The variables to set: `named` (name to URL) always, the known ones where they lead to their provider.

    One that leads elsewhere (a gateway, a local server) is left alone: that goes through the proxy. Raises
    `UsageError` for a URL in `named` that is none.
    """
    chosen = {name: parse(name, url) for name, url in named.items()}
    for name, usual in KNOWN.items() if known else ():
        url = environ.get(name) or usual
        if name not in chosen and _host(url) == _host(usual):
            chosen[name] = parse(name, url)
    return tuple(chosen.values())


def parse(name: str, url: str) -> BaseUrl:
    """`url` in its parts. Raises `UsageError` where no listener can stand before it."""
    try:
        parts, port = urls.split(url)
    except ValueError as error:
        raise UsageError(f"{name} is no http:// or https:// URL: {error}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{name}={urls.shown(url)!r} is no http:// or https:// URL")
    if parts.query or parts.fragment or parts.username is not None:
        raise UsageError(f"{name}: a base URL with credentials, a query or a fragment cannot be recorded")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    origin = f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
    return BaseUrl(name, origin, parts.path)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
