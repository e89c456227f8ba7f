"""Which channel a URL belongs to: addresses with parameters, behind the paths of the servers.

Knows paths as URLs have them. A gateway may put anything before an address, never behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from playhead.asyncapi.model import Channel

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*")
_PARAMETER = re.compile(r"\{([^{}/]+)\}")


def path_of(url: str) -> str | None:
    """The path of a URL, without a slash at its end or a brace anywhere; `None` where it is no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if not parts.path and not parts.netloc:
        return None
    return "/" + parts.path.strip("/").replace("{", "%7B").replace("}", "%7D")


def patterns(
    address: str | None, prefixes: Iterable[str]
) -> tuple[tuple[re.Pattern[str], ...], re.Pattern[str] | None]:
    """What matches an address behind each server's path, and what matches a path that ends with it."""
    if address is None:
        return (), None
    own = _expression(_ORIGIN.sub("", address).split("?")[0])
    exact = tuple(re.compile(_expression(prefix) + own) for prefix in {*prefixes, ""})
    return exact, re.compile(".*" + own) if own else None


def choose(channels: Sequence[Channel], path: str) -> list[Channel]:
    """The channels that `path` belongs to: by the whole of it, else by its end; the longest address wins.

    Several may have the same address, as where one connection carries them all.
    """
    for fits in (_fits, _ends):
        found = [channel for channel in channels if fits(channel, path)]
        if found:
            best = max(map(_rank, found))
            return [channel for channel in found if _rank(channel) == best]
    return []


def _fits(channel: Channel, path: str) -> bool:
    own = path if path != "/" else ""
    return any(pattern.fullmatch(own) for pattern in channel.exact)


def _ends(channel: Channel, path: str) -> bool:
    return channel.ending is not None and channel.ending.fullmatch(path) is not None


def _rank(channel: Channel) -> tuple[int, int]:
    """Long addresses before short ones, those without parameters before those with."""
    address = _ORIGIN.sub("", channel.address or "").strip("/")
    return address.count("/"), -len(_PARAMETER.findall(address))


def _expression(address: str) -> str:
    """A regular expression for an address; a parameter stands for one segment or a part of one."""
    address = address.strip("/")
    if not address:
        return ""
    parts = _PARAMETER.split(address)
    return "/" + "".join("[^/]+" if place % 2 else re.escape(part) for place, part in enumerate(parts))
