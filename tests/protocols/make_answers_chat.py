"""Write the SDK's answers beside the streams of `streams/openai_chat`, where a stream or the SDK has changed.

Run it from the root: `python -m tests.protocols.make_answers_chat`.
`NAME.json` holds what the installed SDK makes of `NAME.sse`: its final completion; or the snapshot that it
had, and the exception that it raises.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

from .chat_sdk import sdk_hears

STREAMS = Path(__file__).parent / "streams" / "openai_chat"


def answer(path: Path) -> dict[str, object]:
    heard = sdk_hears(path.read_bytes())
    error = {"type": heard.exception, "message": heard.message} if heard.exception else None
    return {
        "sdk": "openai " + version("openai"),
        "final": None if error else heard.snapshot,
        "partial": heard.snapshot if error else None,
        "error": error,
    }


if __name__ == "__main__":
    for stream in sorted(STREAMS.glob("*.sse")):
        stream.with_suffix(".json").write_text(json.dumps(answer(stream), indent=1) + "\n")
