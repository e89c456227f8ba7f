"""Writes google-genai's answers beside our Gemini streams.

Run: `python -m tests.protocols.make_answers_gemini`.
"""

from __future__ import annotations

import json
from pathlib import Path

from .gemini_sdk import VERSION, Sdk, merged

STREAMS = Path(__file__).parent / "streams" / "gemini"


def main() -> None:
    sdk = Sdk()
    for path in sorted(STREAMS.glob("*.sse")):
        chunks, error = sdk.read(path.read_bytes())
        message = merged(chunks)
        answer = {
            "sdk": VERSION,
            "final": None if error else message,
            "partial": message if error else None,
            "error": {"type": type(error).__name__, "code": getattr(error, "code", None)} if error else None,
        }
        path.with_suffix(".json").write_text(json.dumps(answer, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
