"""Which parts of Playhead are installed, and whether they are new enough. Imports none of them."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
from collections.abc import Callable, Mapping

from playhead.doctor.findings import Finding, Level, Surroundings

_RECORDER_NEEDS = (3, 12)

EXTRAS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "record": (("mitmproxy", "12.2.1"), ("brotli", "1.2")),
    "view": (("textual", "8.2.5"),),
    "serve": (("h11", "0.16"),),
    "lint": (("jsonschema", "4.20"), ("pyyaml", "6.0.2")),
    "convert": (("pyyaml", "6.0.2"),),
}
"""The distributions that an extra stands for, and the oldest version of each, as in pyproject.toml."""

VersionOf = Callable[[str], str | None]


def python(_: Surroundings) -> Finding:
    """Whether this Python can do everything."""
    return judge_python(sys.version_info[:2], platform.python_version())


def judge_python(version: tuple[int, int], text: str) -> Finding:
    if version >= _RECORDER_NEEDS:
        return Finding("python", Level.OK, f"{text}, {sys.executable}")
    return Finding(
        "python",
        Level.NOTE,
        f"{text} has no recorder: mitmproxy needs 3.12",
        'Use Python 3.12 or later, or a mitmproxy of its own: mitmdump -s "$(playhead addon)"',
    )


def installed(distribution: str) -> str | None:
    """The version that is installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def extra(name: str, _: Surroundings, version_of: VersionOf = installed) -> Finding:
    """Whether the extra `name` is there, whole and new enough."""
    found = {needed: version_of(needed) for needed, _ in EXTRAS[name]}
    missing = [needed for needed, version in found.items() if version is None]
    if missing:
        return Finding(name, Level.NOTE, f"{', '.join(missing)} not installed", _install(name))
    old = [
        f"{needed} {found[needed]} (needs {least})"
        for needed, least in EXTRAS[name]
        if _numbers(found[needed] or "") < _numbers(least)
    ]
    if old:
        return Finding(name, Level.FAIL, f"too old: {', '.join(old)}", _install(name, "--upgrade "))
    return Finding(name, Level.OK, ", ".join(f"{needed} {version}" for needed, version in found.items()))


def _install(name: str, how: str = "") -> str:
    return f"pip install {how}'playhead[{name}]'"


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with: `12.2.3.dev1` is (12, 2, 3)."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, match[0].split("."))) if match else ()
