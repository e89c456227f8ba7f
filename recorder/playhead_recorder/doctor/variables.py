"""What the environment tells clients: which proxy, what goes past it, whom to trust.

Values of proxy variables may hold a password: only hosts and ports of them are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from playhead.doctor import Finding, Level, Surroundings
from playhead.errors import UsageError
from playhead_recorder.wrap import base_urls, certificates
from playhead_recorder.wrap.environment import CA_FILE, CA_FOLDER, PROXY

_PROXY = "proxy variables"
_NO_PROXY = "no proxy"
_CA = "CA variables"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_WRAPPED = "`playhead record -- CMD` sets its own for CMD."


def proxies(surroundings: Surroundings) -> Finding:
    """Whether clients go through a proxy, and through which."""
    environ = surroundings.environ
    found = _proxies(environ)
    if not found:
        return Finding(_PROXY, Level.OK, f"none set. {_WRAPPED}")
    unlike = [
        name
        for name in PROXY
        if environ.get(name) and environ.get(name.lower()) and environ[name] != environ[name.lower()]
    ]
    if unlike:
        return Finding(
            _PROXY,
            Level.WARN,
            f"{unlike[0]} and {unlike[0].lower()} differ: clients disagree about which they read",
            "Give both the same value.",
        )
    ours = _ours(surroundings)
    others = {name: where for name, where in found.items() if where != ours}
    if not others:
        return Finding(_PROXY, Level.OK, f"{', '.join(found)} lead to {ours}")
    told = ", ".join(f"{name} leads to {where or '(no address)'}" for name, where in others.items())
    return Finding(
        _PROXY,
        Level.WARN,
        f"{told}. `playhead record` connects to servers without it, but for `playhead record -- CMD`",
        "With CMD, nothing: it goes on through that proxy, if its URL is http:// or https://. Else name it,"
        " where it is needed: --upstream-proxy URL.",
    )


def no_proxy(surroundings: Surroundings) -> Finding:
    """Whether something that is to be recorded would go past the recorder."""
    environ = surroundings.environ
    entries = [
        entry.strip()
        for name in ("NO_PROXY", "no_proxy")
        for entry in environ.get(name, "").split(",")
        if entry.strip()
    ]
    entries = list(dict.fromkeys(entries))
    if not entries:
        return Finding(_NO_PROXY, Level.OK, "none set")
    if not leads_here(surroundings):
        return Finding(_NO_PROXY, Level.NOTE, f"{', '.join(entries)}. {_WRAPPED}")
    hosts = [*_LOOPBACK, *(urlsplit(url).hostname or "" for url in base_urls.KNOWN.values())]
    past = [host for host in hosts if any(_covers(entry, host) for entry in entries)]
    if past:
        return Finding(
            _NO_PROXY,
            Level.WARN,
            f"NO_PROXY has clients go past the recorder to {', '.join(past)}",
            f"Unset NO_PROXY and no_proxy. {_WRAPPED}",
        )
    return Finding(_NO_PROXY, Level.NOTE, f"clients go past the recorder to {', '.join(entries)}")


def authorities(surroundings: Surroundings) -> Finding:
    """Whether the files that name trusted certificates are there."""
    environ = surroundings.environ
    named = {name: environ[name] for name in (*CA_FILE, CA_FOLDER) if environ.get(name)}
    if not named:
        return Finding(_CA, Level.OK, f"none set. {_WRAPPED}")
    wrong = [f"{name}: {why}" for name, value in named.items() if (why := _why_not(Path(value)))]
    if wrong:
        return Finding(
            _CA, Level.WARN, "; ".join(wrong), f"Unset it, or name a file of certificates (PEM). {_WRAPPED}"
        )
    first, *others = named
    told = first + (f" and {len(others)} more" if others else "")
    return Finding(_CA, Level.OK, f"{told}: there, with certificates")


def leads_here(surroundings: Surroundings) -> bool:
    """Whether a proxy variable leads to where the recorder would listen."""
    return _ours(surroundings) in _proxies(surroundings.environ).values()


def _why_not(path: Path) -> str | None:
    """Why clients cannot take certificates from `path`: a file, or a folder of them."""
    if path.is_dir():
        return None
    try:
        certificates.require(path)
    except UsageError as error:
        return error.message
    return None


def _proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """`HOST:PORT` by variable; `""` for a value that names none."""
    names = [each for name in PROXY for each in (name, name.lower())]
    return {name: _address(environ[name]) for name in names if environ.get(name)}


def _address(value: str) -> str:
    try:
        parts = urlsplit(value if "://" in value else f"//{value}")
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    return f"{host}:{port}" if host and port is not None else host


def _ours(surroundings: Surroundings) -> str:
    return f"{surroundings.host}:{surroundings.port}"


def _covers(entry: str, host: str) -> bool:
    """Whether an entry of NO_PROXY excepts `host`, as most clients read it: itself, or what is below it."""
    name = entry.lower().removeprefix("*").lstrip(".")
    if entry == "*":
        return True
    return bool(name) and (host == name or host.endswith("." + name))
