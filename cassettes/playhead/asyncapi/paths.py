"""Which channel a URL belongs to: addresses with parameters, behind the paths of the servers.

Knows paths as URLs have them. A gateway may put anything before an address, never behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from playhead.asyncapi.model import Channel

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
    own = _expression(address.split("?")[0])
    exact = tuple(re.compile(_expression(prefix) + own) for prefix in {*prefixes, ""})
    return exact, re.compile(".*" + own) if own else None


def choose(channels: Sequence[Channel], path: str) -> Channel | None:
    """The channel that `path` belongs to: the whole of it first, then its end; the longest address wins."""
    for fits in (_fits, _ends):
        found = [channel for channel in channels if fits(channel, path)]
        if found:
            return max(found, key=_rank)
    return None


def _fits(channel: Channel, path: str) -> bool:
    own = path if path != "/" else ""
    return any(pattern.fullmatch(own) for pattern in channel.exact)


def _ends(channel: Channel, path: str) -> bool:
    return channel.ending is not None and channel.ending.fullmatch(path) is not None


def _rank(channel: Channel) -> tuple[int, int]:
    """Long addresses before short ones, those without parameters before those with."""
    address = channel.address or ""
    return address.count("/"), -len(_PARAMETER.findall(address))


def _expression(address: str) -> str:
    """A regular expression for an address; a parameter stands for one segment or a part of one."""
    address = address.strip("/")
    if not address:
        return ""
    parts = _PARAMETER.split(address)
    return "/" + "".join("[^/]+" if place % 2 else re.escape(part) for place, part in enumerate(parts))
