"""URLs that people give: taken apart, and shown without what may be a password in them. Pure.

`urllib` quotes what it cannot read, and behind a slip of the hand that is the password.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

_USER: Final = re.compile(r"^([a-z][a-z0-9+.-]*://)?.*@", re.IGNORECASE | re.DOTALL)


def split(url: str) -> tuple[SplitResult, int | None]:
    """`url` in its parts, and its port. Raises `ValueError`, which quotes nothing of it."""
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise ValueError("its host or its port cannot be read") from None


def shown(url: str) -> str:
    """`url` without user and password, and without whatever stands where these may be.

    >>> shown("http://bob:hunter2@host:1/")
    'http://host:1/'
    """
    return _USER.sub(lambda found: found[1] or "", url)
