"""MCP over streamable HTTP, of both generations: with sessions and resumption, and (2026-07-28) without.

Knows how such a response is recognised. The official client is the mcp SDK.
"""

from __future__ import annotations

from playhead.protocols.base import Certainty, Clues, Reader
from playhead.protocols.ledger import Json
from playhead.protocols.mcp.reader import McpReader
from playhead.protocols.payload import parse_object
from playhead.protocols.record import Record

_HEADERS = ("mcp-session-id", "mcp-protocol-version", "mcp-method")
_ANSWERS = ("result", "error", "method")
# Agent2Agent speaks JSON-RPC over events too, and answers one request many times.
_OTHER_METHODS = ("message/", "tasks/", "agent/")


class Mcp:
    name = "mcp"
    title = "MCP"

    def recognise(self, clues: Clues) -> Certainty:
        method = clues.asked.get("method")
        if isinstance(method, str) and method.startswith(_OTHER_METHODS):
            return Certainty.NO
        payloads = clues.payloads
        if clues.body and (whole := parse_object(clues.body.decode("utf-8", "replace"))):
            payloads = (whole,)
        speaks = any(map(_is_message, payloads))
        if any(clues.request_header(name) or clues.response_header(name) for name in _HEADERS):
            return Certainty.CONTENT if speaks else Certainty.URL
        if speaks:
            return Certainty.SHAPE
        return Certainty.HEADERS if clues.asked.get("jsonrpc") == "2.0" else Certainty.NO

    def reader(self, record: Record, clues: Clues) -> Reader:
        return McpReader(record, clues)


def _is_message(payload: dict[str, Json]) -> bool:
    result = payload.get("result")
    if isinstance(result, dict) and isinstance(result.get("kind"), str):
        return False
    return payload.get("jsonrpc") == "2.0" and any(name in payload for name in _ANSWERS)


PROTOCOL = Mcp()
