"""Writes the mcp SDK's answers beside our MCP streams. Run: `python -m tests.protocols.make_answers_mcp`."""

from __future__ import annotations

import json
from pathlib import Path

from .mcp_sdk import VERSION, messages_of

STREAMS = Path(__file__).parent / "streams" / "mcp"


def main() -> None:
    for path in sorted(STREAMS.glob("*.sse")):
        answer = {"sdk": VERSION, "final": messages_of(path.read_bytes()), "partial": None, "error": None}
        path.with_suffix(".json").write_text(json.dumps(answer, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
