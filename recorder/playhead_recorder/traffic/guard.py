"""What keeps an error of ours away from the traffic: hooks that never raise, streams that are never held.

Knows how to say an error, and mitmproxy's one switch by which a body passes as it comes; nothing of what is
recorded.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from mitmproxy import http

from playhead_recorder.traffic import evidence

P = ParamSpec("P")
S = TypeVar("S", bound="Hooked")


class Hooked(Protocol):
    def went_wrong(self, what: str, error: Exception, *about: object) -> None:
        """Say it, once, and see to it that what the hook was `about` passes all the same. Raises nothing."""


def guarded(hook: Callable[Concatenate[S, P], None]) -> Callable[Concatenate[S, P], None]:
    """A hook that says what went wrong instead of raising it into mitmproxy."""

    @functools.wraps(hook)
    def never_raises(self: S, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            hook(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the traffic comes first
            self.went_wrong(hook.__name__, error, *args)

    return never_raises


def pass_on(flow: http.HTTPFlow) -> None:
    """Have a stream that is not recorded pass as one that is: mitmproxy would hold it back to its end."""
    response = flow.response
    if response is None or response.stream:
        return
    try:
        is_stream = evidence.is_stream(flow)
    except Exception:  # noqa: BLE001 - who cannot tell lets pass
        is_stream = True
    if is_stream:
        response.stream = True
