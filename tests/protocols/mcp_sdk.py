"""What the mcp SDK makes of a stream: its client's own event handler, fed by httpx2's decoder."""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
from typing import Any

import anyio
import httpx2
from mcp.client.streamable_http import StreamableHTTPTransport
from mcp.shared.message import SessionMessage

from .reads import client

VERSION = f"mcp {importlib.metadata.version('mcp')}, httpx2 {importlib.metadata.version('httpx2')}"


def messages_of(body: bytes, *, size: int | None = None) -> dict[str, Any]:
    """The messages up to the answer, those it cannot read left away, and the last event id."""
    logging.getLogger("mcp").setLevel(logging.CRITICAL)  # it logs a traceback for each of those
    with client(body, size=size).stream("POST", "http://sdk.invalid/mcp") as response:
        return asyncio.run(_messages(list(_events(response))))


def _events(response: httpx2.Response) -> Any:
    return httpx2.EventSource(response, max_event_size=None)


async def _messages(events: list[httpx2.ServerSentEvent]) -> dict[str, Any]:
    transport = StreamableHTTPTransport("http://sdk.invalid/mcp")
    send, receive = anyio.create_memory_object_stream[Any](max_buffer_size=1)
    found: list[dict[str, Any]] = []
    last = ""
    async with send, receive:
        for event in events:
            last = event.id or last
            if event.event == "message" and not event.data:
                found.append({"priming": True, "id": event.id, "retry": event.retry})
            over = await transport._handle_sse_event(event, send)
            try:
                received = receive.receive_nowait()
            except anyio.WouldBlock:
                continue
            if isinstance(received, SessionMessage):
                message = received.message
                written = message.model_dump(mode="json", by_alias=True, exclude_unset=True)
                found.append({"sse_id": event.id, "class": type(message).__name__, "message": written})
            if over:
                break
    return {"messages": found, "last_event_id": last}
