"""Writes the openai SDK's answers beside our Responses streams.

Run: `python -m tests.protocols.make_answers_responses`.
"""

from __future__ import annotations

import json
from pathlib import Path

import openai

from .responses_sdk import Sdk

STREAMS = Path(__file__).parent / "streams" / "openai_responses"


def main() -> None:
    sdk = Sdk()
    for path in sorted(STREAMS.glob("*.sse")):
        told = sdk.final(path.read_bytes())
        error = {"type": told.error_name, "message": str(told.error)} if told.error else None
        answer = {
            "sdk": f"openai {openai.__version__}",
            "final": None if error else told.last,
            "partial": told.last if error else None,
            "error": error,
        }
        path.with_suffix(".json").write_text(json.dumps(answer, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
