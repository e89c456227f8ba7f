"""What tests of recording share: an inner run that finds the provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import playhead

from .inner import Ran, Suite
from .provider import Provider

HEAD = """
import os
import httpx, httpx2, pytest

URL = os.environ["PROVIDER"]
"""


def inner(
    suite: Suite,
    provider: Provider,
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    plugins: Iterable[str] = (),
) -> Ran:
    """Run the tests, which find the provider at `URL`."""
    return suite.run(*arguments, plugins=plugins, environ={"PROVIDER": provider.url, **(environ or {})})


def lines_of(path: Path) -> list[str]:
    return [line.decode() for line in playhead.load(path).lines()]
