"""Recording transports for the clients of the loop's tests."""

from __future__ import annotations

from typing import Any

import httpx

import playhead.httpx
import playhead.httpx2

from ..loop.clients import Client


def recording(client: Client, target: Any, transport: Any = None, **options: Any) -> Any:
    """The recording transport of a client's library."""
    module = playhead.httpx if client.library is httpx else playhead.httpx2
    return module.RecordingTransport(target, transport, **options)
